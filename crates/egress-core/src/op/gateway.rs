//! Ops on internet gateways, NAT gateways and addresses.

use std::{fmt, net::Ipv4Addr};

use serde::{Deserialize, Serialize};

use super::{SetTags, made};
use crate::{CloudId, Kind, Tags};

/// One mutating call to a [`GatewayProvider`](crate::GatewayProvider).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GatewayOp<R> {
    /// See [`CreateInternetGateway`].
    CreateInternetGateway(CreateInternetGateway),
    /// See [`AttachInternetGateway`].
    AttachInternetGateway(AttachInternetGateway<R>),
    /// See [`DetachInternetGateway`].
    DetachInternetGateway(DetachInternetGateway<R>),
    /// See [`DeleteInternetGateway`].
    DeleteInternetGateway(DeleteInternetGateway<R>),
    /// See [`AllocateAddress`].
    AllocateAddress(AllocateAddress),
    /// See [`ReleaseAddress`].
    ReleaseAddress(ReleaseAddress<R>),
    /// See [`CreateNatGateway`].
    CreateNatGateway(CreateNatGateway<R>),
    /// See [`DeleteNatGateway`].
    DeleteNatGateway(DeleteNatGateway<R>),
    /// See [`AssociateNatAddress`].
    AssociateNatAddress(AssociateNatAddress<R>),
    /// See [`DisassociateNatAddress`].
    DisassociateNatAddress(DisassociateNatAddress<R>),
    /// See [`SetTags`]; for the kinds of this family.
    SetTags(SetTags<R>),
}

/// Makes an internet gateway that is attached to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateInternetGateway {
    /// Its tags from the start.
    pub tags: Tags,
}

/// Attaches an internet gateway to a network that has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachInternetGateway<R> {
    /// The gateway.
    pub gateway: R,
    /// The network.
    pub network: R,
}

/// Detaches an internet gateway. Fails with `InUse` while a public address is mapped in the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetachInternetGateway<R> {
    /// The gateway.
    pub gateway: R,
    /// The network.
    pub network: R,
}

/// Deletes a detached internet gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteInternetGateway<R> {
    /// Which.
    pub gateway: R,
}

/// Takes a public address for good. Done tells its IP at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocateAddress {
    /// Its tags from the start.
    pub tags: Tags,
}

/// Gives a public address away. It may never be had back, so the IP that the user named stands in the Op beside the
/// reference, and a backend refuses the call where they differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseAddress<R> {
    /// Which.
    pub address: R,
    /// The IP that the user named.
    pub ip: Ipv4Addr,
}

/// Makes a public NAT gateway in one subnet with one address. Done: it exists and is pending or available.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateNatGateway<R> {
    /// The subnet that it stands in, whose own way leads to the internet.
    pub subnet: R,
    /// Its address, which no other gateway holds.
    pub address: R,
    /// Its tags from the start.
    pub tags: Tags,
}

/// Deletes a NAT gateway. Its address stays the account's; routes to it drop packets from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteNatGateway<R> {
    /// Which.
    pub gateway: R,
}

/// Puts one more address on a NAT gateway that is available. Done: the gateway lists it. New connections leave from it, as
/// from the others, once it is in use: nobody is asked again, so third parties must know it before. Fails with `Busy` while
/// another address of the gateway is being put on or taken off, where the cloud makes one such change at a time, as AWS does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssociateNatAddress<R> {
    /// The gateway.
    pub gateway: R,
    /// The address, which no gateway holds.
    pub address: R,
}

/// Takes an address off a NAT gateway that it was put on; the one that the gateway was made with is refused. Done: no new
/// connection leaves from it. Those that are there may end within a time that the cloud sets, and the address stays the
/// account's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisassociateNatAddress<R> {
    /// The gateway.
    pub gateway: R,
    /// The address.
    pub address: R,
    /// The tie between the two: see [`NatAddress::association`](crate::world::NatAddress::association).
    pub association: CloudId,
}

impl<R> GatewayOp<R> {
    pub(super) fn try_map<S, E>(&self, f: &mut impl FnMut(&R) -> Result<S, E>) -> Result<GatewayOp<S>, E> {
        Ok(match self {
            Self::CreateInternetGateway(op) => GatewayOp::CreateInternetGateway(op.clone()),
            Self::AttachInternetGateway(op) => GatewayOp::AttachInternetGateway(AttachInternetGateway {
                gateway: f(&op.gateway)?,
                network: f(&op.network)?,
            }),
            Self::DetachInternetGateway(op) => GatewayOp::DetachInternetGateway(DetachInternetGateway {
                gateway: f(&op.gateway)?,
                network: f(&op.network)?,
            }),
            Self::DeleteInternetGateway(op) => {
                GatewayOp::DeleteInternetGateway(DeleteInternetGateway { gateway: f(&op.gateway)? })
            }
            Self::AllocateAddress(op) => GatewayOp::AllocateAddress(op.clone()),
            Self::ReleaseAddress(op) => {
                GatewayOp::ReleaseAddress(ReleaseAddress { address: f(&op.address)?, ip: op.ip })
            }
            Self::CreateNatGateway(op) => GatewayOp::CreateNatGateway(CreateNatGateway {
                subnet: f(&op.subnet)?,
                address: f(&op.address)?,
                tags: op.tags.clone(),
            }),
            Self::DeleteNatGateway(op) => GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway: f(&op.gateway)? }),
            Self::AssociateNatAddress(op) => GatewayOp::AssociateNatAddress(AssociateNatAddress {
                gateway: f(&op.gateway)?,
                address: f(&op.address)?,
            }),
            Self::DisassociateNatAddress(op) => GatewayOp::DisassociateNatAddress(DisassociateNatAddress {
                gateway: f(&op.gateway)?,
                address: f(&op.address)?,
                association: op.association.clone(),
            }),
            Self::SetTags(op) => GatewayOp::SetTags(op.try_map(f)?),
        })
    }

    pub(super) fn references(&self) -> Vec<&R> {
        match self {
            Self::CreateInternetGateway(_) | Self::AllocateAddress(_) => Vec::new(),
            Self::AttachInternetGateway(op) => vec![&op.gateway, &op.network],
            Self::DetachInternetGateway(op) => vec![&op.gateway, &op.network],
            Self::DeleteInternetGateway(op) => vec![&op.gateway],
            Self::ReleaseAddress(op) => vec![&op.address],
            Self::CreateNatGateway(op) => vec![&op.subnet, &op.address],
            Self::DeleteNatGateway(op) => vec![&op.gateway],
            Self::AssociateNatAddress(op) => vec![&op.address, &op.gateway],
            Self::DisassociateNatAddress(op) => vec![&op.address, &op.gateway],
            Self::SetTags(op) => vec![&op.resource],
        }
    }

    pub(super) fn created_tags(&self) -> Option<&Tags> {
        match self {
            Self::CreateInternetGateway(op) => Some(&op.tags),
            Self::AllocateAddress(op) => Some(&op.tags),
            Self::CreateNatGateway(op) => Some(&op.tags),
            _ => None,
        }
    }

    pub(super) fn verb(&self) -> &'static str {
        match self {
            Self::CreateInternetGateway(_) | Self::CreateNatGateway(_) => "create",
            Self::AllocateAddress(_) => "allocate",
            Self::ReleaseAddress(_) => "release",
            Self::AttachInternetGateway(_) => "attach",
            Self::DetachInternetGateway(_) => "detach",
            Self::DeleteInternetGateway(_) | Self::DeleteNatGateway(_) => "delete",
            Self::AssociateNatAddress(_) => "associate",
            Self::DisassociateNatAddress(_) => "disassociate",
            Self::SetTags(_) => "tag",
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::CreateInternetGateway(_)
            | Self::AttachInternetGateway(_)
            | Self::DetachInternetGateway(_)
            | Self::DeleteInternetGateway(_) => Kind::InternetGateway,
            Self::AllocateAddress(_)
            | Self::ReleaseAddress(_)
            | Self::AssociateNatAddress(_)
            | Self::DisassociateNatAddress(_) => Kind::Address,
            Self::CreateNatGateway(_) | Self::DeleteNatGateway(_) => Kind::NatGateway,
            Self::SetTags(op) => op.kind,
        }
    }
}

impl<R: fmt::Display> fmt::Display for GatewayOp<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateInternetGateway(op) => write!(f, "create {}", made(&op.tags, Kind::InternetGateway)),
            Self::AttachInternetGateway(op) => write!(f, "attach {} to {}", op.gateway, op.network),
            Self::DetachInternetGateway(op) => write!(f, "detach {} from {}", op.gateway, op.network),
            Self::DeleteInternetGateway(op) => write!(f, "delete {}", op.gateway),
            Self::AllocateAddress(op) => write!(f, "allocate {}", made(&op.tags, Kind::Address)),
            Self::ReleaseAddress(op) => write!(f, "release {} ({})", op.address, op.ip),
            Self::CreateNatGateway(op) => {
                write!(f, "create {} in {} with {}", made(&op.tags, Kind::NatGateway), op.subnet, op.address)
            }
            Self::DeleteNatGateway(op) => write!(f, "delete {}", op.gateway),
            Self::AssociateNatAddress(op) => write!(f, "associate {} with {}", op.address, op.gateway),
            Self::DisassociateNatAddress(op) => write!(f, "disassociate {} from {}", op.address, op.gateway),
            Self::SetTags(op) => op.fmt(f),
        }
    }
}
