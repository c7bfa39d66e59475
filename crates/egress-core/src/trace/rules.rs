//! The rules that findings are named by, in one table: what packets die by, and what is fragile.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is; worse ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It works, and may cost or surprise.
    Info,
    /// It works today, and is fragile.
    Warning,
    /// Packets are stopped, or a function cannot run.
    Error,
}

/// Declares [`RuleId`] from the table: one line per rule, so that a rule cannot lack its condition or its fix.
macro_rules! rules {
    ($($id:ident $severity:ident $name:literal: $condition:literal => $fix:literal,)+) => {
        /// The name of a rule: what a packet can die by, or what is fragile.
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

            /// How bad it is.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$id => Severity::$severity,)+ }
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
    LambdaPublicSubnet Error "LAMBDA_PUBLIC_SUBNET":
        "the route leads to an internet gateway, and the sender's interface, as every function's, has no public address"
        => "put the function into private subnets whose default route leads to a NAT gateway",
    NoDefaultRoute Error "NO_DEFAULT_ROUTE":
        "no route of the subnet's table matches"
        => "add a route 0.0.0.0/0 that leads to a NAT gateway, or for IPv6 ::/0 to an egress-only gateway",
    MainTableFallback Error "MAIN_TABLE_FALLBACK":
        "no route matches in the main table, which the subnet uses only because it is associated with no table, and another table has the NAT gateway"
        => "associate the subnet with the table that has the route to the NAT gateway",
    RouteBlackhole Error "ROUTE_BLACKHOLE":
        "the route that matches has lost its target"
        => "point the route at a gateway that exists, or delete it",
    RouteFiltered Error "ROUTE_FILTERED":
        "the cloud refuses the route that matches"
        => "replace the route",
    ReservedDestination Error "RESERVED_DESTINATION":
        "the destination is reserved for the cloud's own services and never forwarded"
        => "choose another destination",
    PrivateDestination Error "PRIVATE_DESTINATION":
        "an internet gateway drops private destinations"
        => "add a route to the network that holds the destination",
    IgwNotAttached Error "IGW_NOT_ATTACHED":
        "the internet gateway is not attached to the network"
        => "attach the internet gateway to the network",
    EigwNotAttached Error "EIGW_NOT_ATTACHED":
        "the egress-only gateway is not attached to the network"
        => "attach an egress-only gateway to the network, and point the route at it",
    BpaBlocks Error "BPA_BLOCKS":
        "Block Public Access stops what passes the gateway to the internet, and neither the network nor the subnet is excluded"
        => "exclude the network, or the subnet that sends to the gateway, from Block Public Access",
    EipOnLambdaEni Warning "EIP_ON_LAMBDA_ENI":
        "a public address was put on the function's own interface: it is lost when the cloud makes the interface anew"
        => "leave through a NAT gateway",
    NatRouteBlackhole Error "NAT_ROUTE_BLACKHOLE":
        "the route leads to a NAT gateway that is gone"
        => "point the route at a NAT gateway that is available",
    NatNotAvailable Error "NAT_NOT_AVAILABLE":
        "the NAT gateway is pending, failed or being deleted"
        => "wait until it is available, or make it anew",
    NatNoAddress Error "NAT_NO_ADDRESS":
        "the NAT gateway has no address that takes new connections"
        => "associate an address with the NAT gateway",
    NatProtocol Error "NAT_PROTOCOL":
        "a NAT gateway translates TCP, UDP and ICMP only, and of IPv6 what stands for IPv4"
        => "use TCP, UDP or ICMP; for IPv6 a route to an egress-only gateway",
    NatIsNoHost Error "NAT_IS_NO_HOST":
        "the destination is a NAT gateway's own address: it takes no connections, it only translates those that it sends on"
        => "ask for the host behind the gateway, not for the gateway",
    NatInPrivateSubnet Error "NAT_IN_PRIVATE_SUBNET":
        "the NAT gateway's own subnet has no route to an internet gateway"
        => "add a route 0.0.0.0/0 that leads to an internet gateway to the table of the NAT gateway's subnet, or use a NAT gateway in a public subnet",
    DefaultToSelfNat Error "DEFAULT_TO_SELF_NAT":
        "the NAT gateway's own subnet routes to that NAT gateway"
        => "put the functions and the NAT gateway into separate subnets, with a table each",
    PrivateNatToIgw Error "PRIVATE_NAT_TO_IGW":
        "a private NAT gateway keeps a private source, which an internet gateway drops"
        => "use a public NAT gateway",
    RegionalNatAutoIps Warning "REGIONAL_NAT_AUTO_IPS":
        "a regional NAT gateway in automatic mode: the cloud may add addresses to it by itself"
        => "give the NAT gateway its addresses by hand, zone by zone",
    NatInstanceSrcdstCheck Error "NAT_INSTANCE_SRCDST_CHECK":
        "the machine that the route leads to drops what is not for itself: its source/destination check is on"
        => "turn the source/destination check of the machine's interface off",
    NatInstanceDown Error "NAT_INSTANCE_DOWN":
        "the machine that the route leads to does not run, or the interface belongs to no machine"
        => "start the machine, or point the route at one that runs",
    NatInstanceNoAddress Error "NAT_INSTANCE_NO_ADDRESS":
        "the machine that the route leads to sends on to an internet gateway, and has no public address"
        => "put a public address on the machine's interface",
    NoSuchHost Error "NO_SUCH_HOST":
        "the destination is an address of a network that no interface holds, or one that is attached to nothing"
        => "ask for an address that an interface has",
    SgEgressBlocks Error "SG_EGRESS_BLOCKS":
        "no egress rule of the security groups lets the packet out"
        => "add an egress rule for the destination and port",
    SgIngressBlocks Error "SG_INGRESS_BLOCKS":
        "no ingress rule of the destination's security groups lets the packet in"
        => "add an ingress rule for the function's group and the port",
    VpceSgBlocks Error "VPCE_SG_BLOCKS":
        "no ingress rule of the endpoint's security groups lets the packet in"
        => "add an ingress rule for the sender and the port to a group of the endpoint's",
    VpceDnsMismatch Warning "VPCE_DNS_MISMATCH":
        "the network has an endpoint for the name, and the name does not lead to it"
        => "turn on the endpoint's private DNS, and the network's DNS support and DNS hostnames",
    GatewayEndpointBypass Info "GATEWAY_ENDPOINT_BYPASS":
        "a gateway endpoint takes the packet: the service sees a private source, not the fixed address"
        => "allow the endpoint by aws:SourceVpce, not the address by aws:SourceIp",
    NaclBlocksForward Error "NACL_BLOCKS_FORWARD":
        "an ACL of the function's or the destination's subnet stops the packet on its way there"
        => "allow the packet in the ACL",
    NaclBlocksReturn Error "NACL_BLOCKS_RETURN":
        "an ACL of the function's or the destination's subnet stops the answers"
        => "allow ports 1024-65535 back in the ACL",
    NatNaclBlocks Error "NAT_NACL_BLOCKS":
        "the ACL of the NAT gateway's or NAT instance's subnet stops the packet or its answers"
        => "allow the packet and its answers in the ACL",
    CrossZoneNat Warning "CROSS_ZONE_NAT":
        "the subnet and the NAT gateway that it leaves by are in different zones: the traffic costs more, and one zone's failure stops both"
        => "make a NAT gateway in each zone, which means more IPs to list, or accept it",
    PeeringNotActive Error "PEERING_NOT_ACTIVE":
        "the peering carries no packets"
        => "accept the peering, or make it anew",
    PeeringOutside Error "PEERING_OUTSIDE":
        "the destination is no address of the peer: a peering leads no further"
        => "point the route at a NAT gateway of this network",
    MachineStopped Error "MACHINE_STOPPED":
        "the machine does not run: it neither sends nor takes packets"
        => "start the machine",
    Ipv6NotAllowed Error "IPV6_NOT_ALLOWED":
        "the destination is IPv6, which the function is not allowed"
        => "allow the function IPv6 for dual-stack subnets",
    NoAddressOfFamily Error "NO_ADDRESS_OF_FAMILY":
        "the sender has no address of the destination's family"
        => "give the subnet a range and the interface an address of that family, or use a destination of the other one",
    NoReturnRoute Error "NO_RETURN_ROUTE":
        "the destination is in a subnet that has no route back to the internet"
        => "add a route to an internet gateway to the table of the destination's subnet",
    PeeringReturnRoute Error "PEERING_RETURN_ROUTE":
        "the network at the other end of the peering has no route back"
        => "add a route to the sender's range by the peering to the table of the destination's subnet",
    TgwNotAttached Error "TGW_NOT_ATTACHED":
        "the network has no attachment to the transit gateway that carries packets"
        => "attach the network to the transit gateway",
    TgwZoneNotAttached Error "TGW_ZONE_NOT_ATTACHED":
        "the transit gateway has no interface in the sender's zone"
        => "add a subnet of the sender's zone to the attachment",
    TgwNoTable Error "TGW_NO_TABLE":
        "the attachment is associated with no route table of the transit gateway"
        => "associate the attachment with a route table of the transit gateway",
    TgwNoRoute Error "TGW_NO_ROUTE":
        "no route matches at the transit gateway, or in the network that it hands the packet to"
        => "add a route for the destination",
    TgwRouteBlackhole Error "TGW_ROUTE_BLACKHOLE":
        "the transit gateway's route that matches drops packets"
        => "replace the route with one that leads to an attachment",
    TgwNaclBlocks Error "TGW_NACL_BLOCKS":
        "the ACL of a subnet that the transit gateway has an interface in stops the packet or its answers"
        => "allow the packet and its answers in the ACL",
    TgwUntranslated Error "TGW_UNTRANSLATED":
        "a packet from another network comes to an internet gateway with its private source"
        => "lead what comes from the transit gateway to a NAT gateway",
    TgwReturnRoute Error "TGW_RETURN_ROUTE":
        "answers do not find back through the transit gateway"
        => "add a route to the sender's range by the transit gateway",
    NotInVpc Error "NOT_IN_VPC":
        "the function is in no network: its IP is not fixed, and no private address can be reached"
        => "attach the function to subnets whose default route leads to a NAT gateway, in the network that holds a private destination",

    // What the doctor sees beside the paths.
    EniPermission Error "ENI_PERMISSION":
        "the function's role lacks the permissions to make network interfaces"
        => "attach the policy AWSLambdaVPCAccessExecutionRole to the role",
    MixedSubnets Error "MIXED_SUBNETS":
        "some subnets of the function have no way out, others have one: it fails now and then"
        => "give every subnet a way out, or take those without one from the function",
    EipNotOwned Error "EIP_NOT_OWNED":
        "the NAT gateway leaves from another address than the one that is pinned to it"
        => "put the pinned address back on the NAT gateway",
    DnsBroken Error "DNS_BROKEN":
        "names are not resolved: the network's DNS support is off, or its own name servers cannot be reached"
        => "turn DNS support on, or open port 53 to the name servers",
    MultipleSourceIps Warning "MULTIPLE_SOURCE_IPS":
        "functions leave from more than one address: an allow-list that has one of them is not enough"
        => "have every address listed, or lead all subnets to one NAT gateway with one address",
    MoreSpecificBypass Warning "MORE_SPECIFIC_BYPASS":
        "a route that is more specific than the default route leads some destinations another way"
        => "confirm that these destinations are meant to leave there, or delete the route",
    Ipv6Bypass Warning "IPV6_BYPASS":
        "the function may send IPv6, which no NAT gateway translates: it is seen from its own IPv6 address"
        => "keep the function from sending IPv6, or have the range of its subnets listed too",
    EniCapacity Warning "ENI_CAPACITY":
        "a subnet of the function has few free addresses left: new network interfaces may find none"
        => "use larger subnets",
    PortExhaustionRisk Warning "PORT_EXHAUSTION_RISK":
        "more functions may run at once than the NAT gateway has ports for one destination: 55,000 for each of its addresses"
        => "add addresses to the NAT gateway, or reuse connections",
    FunctionInactive Warning "FUNCTION_INACTIVE":
        "the function sleeps, could not be made, or its last update failed"
        => "wake it, or mend what the update failed by and update it again",
    NatIdle350 Info "NAT_IDLE_350":
        "the function may run for longer than the 350 s after which a NAT gateway forgets an idle connection"
        => "keep connections alive with a packet every few minutes, or limit the function's timeout",
    PublishedVersionHoldsEni Info "PUBLISHED_VERSION_HOLDS_ENI":
        "a published version is attached to subnets that the function has left: it leaves from there, and keeps their interfaces"
        => "publish the function anew, point aliases at the new version, and delete the old one",
    UnusedNatCost Info "UNUSED_NAT_COST":
        "no route leads to the NAT gateway, which costs money each hour"
        => "delete the NAT gateway if nobody needs it; its addresses stay yours",
    UnattachedAddressCost Info "UNATTACHED_ADDRESS_COST":
        "nothing uses the address, which costs money each hour"
        => "whoever gave its IP to a third party decides: once released, an address may never be had again",
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
