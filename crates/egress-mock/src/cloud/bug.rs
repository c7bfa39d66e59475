//! Wrong models on purpose, to see that the model's tests catch them.

use serde::{Deserialize, Serialize};

/// One wrong behaviour. Each is checked at exactly one place of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bug {
    /// A network is deleted with things inside.
    NetworkDeletedWithThingsInside,
    /// An interface gets an address that is reserved in every subnet.
    ReservedAddressGivenOut,
    /// A subnet may overlap another one.
    OverlapAccepted,
    /// An address that a gateway holds is released.
    AddressInUseReleased,
    /// A NAT gateway becomes available in a network that has no way to the internet.
    NatWithoutInternetGateway,
    /// A route stays active although its NAT gateway is gone.
    RouteActiveAfterNatDeletion,
    /// Two NAT gateways hold one address.
    TwoNatsWithOneAddress,
    /// A NAT gateway gives up the address that it was made with.
    OwnAddressTakenOff,
    /// A function's interface disappears as the function leaves.
    InterfaceGoneAtOnce,
    /// A function's configuration is changed while an earlier change is under way.
    SecondUpdateAccepted,
    /// No quota is enforced.
    QuotaIgnored,
    /// A repeated client token makes a second thing.
    TokenForgotten,
    /// A security group is deleted although an interface has it.
    GroupInUseDeleted,
    /// A launch template gets a name that another one has.
    NameGivenTwice,
}

impl Bug {
    /// Every one.
    pub const ALL: [Self; 14] = [
        Self::NetworkDeletedWithThingsInside,
        Self::ReservedAddressGivenOut,
        Self::OverlapAccepted,
        Self::AddressInUseReleased,
        Self::NatWithoutInternetGateway,
        Self::RouteActiveAfterNatDeletion,
        Self::TwoNatsWithOneAddress,
        Self::OwnAddressTakenOff,
        Self::InterfaceGoneAtOnce,
        Self::SecondUpdateAccepted,
        Self::QuotaIgnored,
        Self::TokenForgotten,
        Self::GroupInUseDeleted,
        Self::NameGivenTwice,
    ];
}
