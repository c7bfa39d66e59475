//! The rules that a path can break: names that users search for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares the rules: the variant, and the name that users see.
macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A rule that a path can break.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name that users see and search for.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

rules! {
    /// The route leads straight to an internet gateway, and the source has no public address of its own.
    LambdaPublicSubnet = "LAMBDA_PUBLIC_SUBNET",
    /// No route matches the destination.
    NoDefaultRoute = "NO_DEFAULT_ROUTE",
    /// The target of the matching route is gone.
    RouteBlackhole = "ROUTE_BLACKHOLE",
    /// The NAT gateway that the matching route leads to is gone.
    NatRouteBlackhole = "NAT_ROUTE_BLACKHOLE",
    /// The NAT gateway does not translate: it is pending, failed, deleting, or has no usable address.
    NatNotAvailable = "NAT_NOT_AVAILABLE",
    /// The NAT gateway's own subnet has no way to an internet gateway.
    NatInPrivateSubnet = "NAT_IN_PRIVATE_SUBNET",
    /// The NAT gateway's own subnet routes to that gateway.
    DefaultToSelfNat = "DEFAULT_TO_SELF_NAT",
    /// A NAT gateway without public connectivity leads to an internet gateway.
    PrivateNatToIgw = "PRIVATE_NAT_TO_IGW",
    /// A NAT gateway is asked to translate something else than TCP, UDP or ICMP.
    NatProtocol = "NAT_PROTOCOL",
    /// The internet gateway of the route is not attached to the network.
    IgwNotAttached = "IGW_NOT_ATTACHED",
    /// An internet gateway is asked to send to a private range.
    PrivateDestination = "PRIVATE_DESTINATION",
    /// The destination is in a range that the network keeps for itself.
    NeverForwarded = "NEVER_FORWARDED",
    /// No rule of the security groups lets the packet out.
    SgEgressBlocks = "SG_EGRESS_BLOCKS",
    /// No rule of the destination's security groups lets the packet in.
    SgIngressBlocks = "SG_INGRESS_BLOCKS",
    /// The filter of the source's subnet stops the packet.
    NaclBlocksForward = "NACL_BLOCKS_FORWARD",
    /// The filter of the source's subnet stops the answer.
    NaclBlocksReturn = "NACL_BLOCKS_RETURN",
    /// The filter of the NAT gateway's subnet stops the packet or the answer.
    NatNaclBlocks = "NAT_NACL_BLOCKS",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
