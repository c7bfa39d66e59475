//! The rules that a packet can die by, in one table.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Declares [`RuleId`] from the table: one line per rule, so that a rule cannot lack its condition or its fix.
macro_rules! rules {
    ($($id:ident $name:literal: $condition:literal => $fix:literal,)+) => {
        /// The name of a rule that a packet can die by.
        ///
        /// It is written in capitals (`NO_DEFAULT_ROUTE`), in JSON too, and never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum RuleId {
            $(#[doc = $condition] #[serde(rename = $name)] $id,)+
        }

        impl RuleId {
            /// Every rule, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$id,)+];

            /// The name in capitals.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$id => $name,)+ }
            }

            /// When it holds: one lower-case sentence without its full stop.
            pub const fn condition(self) -> &'static str {
                match self { $(Self::$id => $condition,)+ }
            }

            /// How to mend it in general, likewise. A [`Reason`](super::Reason) may know better.
            pub const fn fix(self) -> &'static str {
                match self { $(Self::$id => $fix,)+ }
            }
        }
    };
}

rules! {
    LambdaPublicSubnet "LAMBDA_PUBLIC_SUBNET":
        "the route leads to an internet gateway, and the function's interface has no public address"
        => "put the function into private subnets whose default route leads to a NAT gateway",
    NoDefaultRoute "NO_DEFAULT_ROUTE":
        "no route of the subnet's table matches"
        => "add a route 0.0.0.0/0 that leads to a NAT gateway",
    MainTableFallback "MAIN_TABLE_FALLBACK":
        "no route matches in the main table, which the subnet uses only because it is associated with no table, and another table has the NAT gateway"
        => "associate the subnet with the table that has the route to the NAT gateway",
    RouteBlackhole "ROUTE_BLACKHOLE":
        "the route that matches has lost its target"
        => "point the route at a gateway that exists, or delete it",
    RouteFiltered "ROUTE_FILTERED":
        "the cloud refuses the route that matches"
        => "replace the route",
    ReservedDestination "RESERVED_DESTINATION":
        "the destination is reserved for the cloud's own services and never forwarded"
        => "choose another destination",
    PrivateDestination "PRIVATE_DESTINATION":
        "an internet gateway drops private destinations"
        => "add a route to the network that holds the destination",
    IgwNotAttached "IGW_NOT_ATTACHED":
        "the internet gateway is not attached to the network"
        => "attach the internet gateway to the network",
    NatRouteBlackhole "NAT_ROUTE_BLACKHOLE":
        "the route leads to a NAT gateway that is gone"
        => "point the route at a NAT gateway that is available",
    NatNotAvailable "NAT_NOT_AVAILABLE":
        "the NAT gateway is pending, failed or being deleted"
        => "wait until it is available, or make it anew",
    NatNoAddress "NAT_NO_ADDRESS":
        "the NAT gateway has no address that takes new connections"
        => "associate an address with the NAT gateway",
    NatProtocol "NAT_PROTOCOL":
        "a NAT gateway translates TCP, UDP and ICMP only"
        => "use TCP, UDP or ICMP",
    NatInPrivateSubnet "NAT_IN_PRIVATE_SUBNET":
        "the NAT gateway's own subnet has no route to an internet gateway"
        => "add a route 0.0.0.0/0 that leads to an internet gateway to the table of the NAT gateway's subnet, or use a NAT gateway in a public subnet",
    DefaultToSelfNat "DEFAULT_TO_SELF_NAT":
        "the NAT gateway's own subnet routes to that NAT gateway"
        => "put the functions and the NAT gateway into separate subnets, with a table each",
    PrivateNatToIgw "PRIVATE_NAT_TO_IGW":
        "a private NAT gateway keeps a private source, which an internet gateway drops"
        => "use a public NAT gateway",
    SgEgressBlocks "SG_EGRESS_BLOCKS":
        "no egress rule of the security groups lets the packet out"
        => "add an egress rule for the destination and port",
    SgIngressBlocks "SG_INGRESS_BLOCKS":
        "no ingress rule of the destination's security groups lets the packet in"
        => "add an ingress rule for the function's group and the port",
    NaclBlocksForward "NACL_BLOCKS_FORWARD":
        "an ACL of the function's or the destination's subnet stops the packet on its way there"
        => "allow the packet in the ACL",
    NaclBlocksReturn "NACL_BLOCKS_RETURN":
        "an ACL of the function's or the destination's subnet stops the answers"
        => "allow ports 1024-65535 back in the ACL",
    NatNaclBlocks "NAT_NACL_BLOCKS":
        "the ACL of the NAT gateway's subnet stops the packet or its answers"
        => "allow the packet and its answers in the ACL",
    PeeringNotActive "PEERING_NOT_ACTIVE":
        "the peering carries no packets"
        => "accept the peering, or make it anew",
    PeeringOutside "PEERING_OUTSIDE":
        "the destination is no address of the peer: a peering leads no further"
        => "point the route at a NAT gateway of this network",
    NotInVpc "NOT_IN_VPC":
        "the function is in no network, and the destination is a private address"
        => "attach the function to the network that holds the destination",
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
