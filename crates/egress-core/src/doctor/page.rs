//! The page of the rules, for people, made from their table.

use std::fmt::Write;

use crate::trace::{RuleId, Severity};

/// Where the page stands.
const PAGE: &str = "https://github.com/egress/egress/blob/main/docs/rules.md";

impl RuleId {
    /// The link to what the documentation says of it.
    pub fn page(self) -> String {
        format!("{PAGE}#{}", self.as_str().to_lowercase())
    }
}

/// The page that [`RuleId::page`] links to: one section for each rule, in Markdown.
pub fn rules_page() -> String {
    let mut page = String::from(HEAD);
    for rule in RuleId::ALL {
        let severity = severity(*rule);
        let _ = writeln!(page, "\n## {rule}\n\n*{severity}*: {}.\n\nTo mend it, {}.", rule.condition(), rule.fix());
        let facts: Vec<String> = sources_of(*rule).map(|(title, url)| format!("[{title}]({url})")).collect();
        if !facts.is_empty() {
            let _ = writeln!(page, "\nAWS says: {}.", facts.join(", "));
        }
    }
    page
}

const HEAD: &str = "\
# What `egress doctor` finds

One section for each rule: how bad it is, when it holds, and how to mend it. A finding names the resource and the functions
that it touches, and gives the mend as an AWS CLI command where there is one.

This page is made from the table in `crates/egress-core/src/trace/rules.rs`. Do not edit it: run
`EGRESS_UPDATE_DOCS=1 cargo test -p egress-core page`.
";

fn severity(rule: RuleId) -> &'static str {
    match (rule, rule.severity()) {
        (RuleId::NotInVpc, _) => "Error where the destination is private, else warning",
        (RuleId::FunctionInactive, _) => "Error where the function could not be made, else warning",
        (RuleId::VpceSgBlocks, _) => "Error where the endpoint's name is asked for, else warning",
        (_, Severity::Error) => "Error",
        (_, Severity::Warning) => "Warning",
        (_, Severity::Info) => "Note",
    }
}

/// The rules that no source is given for.
#[cfg(test)]
pub(super) fn without_source() -> impl Iterator<Item = RuleId> {
    RuleId::ALL.iter().copied().filter(|rule| sources_of(*rule).next().is_none())
}

fn sources_of(rule: RuleId) -> impl Iterator<Item = (&'static str, &'static str)> {
    SOURCES.iter().filter(move |(_, _, rules)| rules.contains(&rule)).map(|(title, url, _)| (*title, *url))
}

/// AWS's own pages, each with the rules that rest on it.
const SOURCES: &[(&str, &str, &[RuleId])] = &[
    (
        "Internet access for VPC-connected functions",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html",
        &[RuleId::LambdaPublicSubnet, RuleId::NotInVpc, RuleId::MixedSubnets, RuleId::EipOnLambdaEni],
    ),
    (
        "Giving functions access to resources in a VPC",
        "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
        &[
            RuleId::EniPermission,
            RuleId::EniCapacity,
            RuleId::Ipv6Bypass,
            RuleId::Ipv6NotAllowed,
            RuleId::NoAddressOfFamily,
            RuleId::PublishedVersionHoldsEni,
        ],
    ),
    (
        "Function states",
        "https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html",
        &[RuleId::FunctionInactive],
    ),
    (
        "Route tables",
        "https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html",
        &[RuleId::NoDefaultRoute, RuleId::MainTableFallback, RuleId::ReservedDestination],
    ),
    (
        "Instance lifecycle",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html",
        &[RuleId::MachineStopped],
    ),
    (
        "Route priority",
        "https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html",
        &[RuleId::MoreSpecificBypass],
    ),
    (
        "Elastic network interfaces",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-eni.html",
        &[RuleId::NoSuchHost],
    ),
    (
        "Route",
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html",
        &[RuleId::RouteBlackhole, RuleId::RouteFiltered],
    ),
    (
        "Reachability Analyzer explanation codes",
        "https://docs.aws.amazon.com/vpc/latest/reachability/explanation-codes.html",
        &[RuleId::PrivateDestination, RuleId::PrivateNatToIgw],
    ),
    (
        "Internet gateways",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
        &[RuleId::IgwNotAttached, RuleId::NoReturnRoute],
    ),
    (
        "Egress-only internet gateways",
        "https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html",
        &[RuleId::EigwNotAttached],
    ),
    (
        "Block public access to VPCs and subnets",
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html",
        &[RuleId::BpaBlocks],
    ),
    (
        "NAT instances",
        "https://docs.aws.amazon.com/vpc/latest/userguide/VPC_NAT_Instance.html",
        &[RuleId::NatInstanceSrcdstCheck, RuleId::NatInstanceDown, RuleId::NatInstanceNoAddress],
    ),
    (
        "Regional NAT gateways",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html",
        &[RuleId::RegionalNatAutoIps],
    ),
    (
        "NAT gateway basics",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html",
        &[
            RuleId::NatProtocol,
            RuleId::NatNoAddress,
            RuleId::PortExhaustionRisk,
            RuleId::NatIdle350,
            RuleId::CrossZoneNat,
            RuleId::MultipleSourceIps,
            RuleId::PrivateNatToIgw,
        ],
    ),
    (
        "Troubleshoot NAT gateways",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html",
        &[
            RuleId::NatIsNoHost,
            RuleId::NatNotAvailable,
            RuleId::NatInPrivateSubnet,
            RuleId::DefaultToSelfNat,
            RuleId::NatRouteBlackhole,
            RuleId::NatIdle350,
        ],
    ),
    (
        "Work with NAT gateways",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-working-with.html",
        &[RuleId::EipNotOwned],
    ),
    (
        "Pricing for NAT gateways",
        "https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-pricing.html",
        &[RuleId::UnusedNatCost],
    ),
    (
        "Elastic IP addresses",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-eips.html",
        &[RuleId::UnattachedAddressCost],
    ),
    (
        "Security group rules",
        "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html",
        &[RuleId::SgEgressBlocks, RuleId::SgIngressBlocks],
    ),
    (
        "Network ACLs",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html",
        &[RuleId::NaclBlocksForward, RuleId::NaclBlocksReturn, RuleId::NatNaclBlocks],
    ),
    (
        "DNS attributes for your VPC",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html",
        &[RuleId::DnsBroken],
    ),
    (
        "How VPC peering connections work",
        "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html",
        &[RuleId::PeeringNotActive, RuleId::PeeringOutside],
    ),
    (
        "Update your route tables for a VPC peering connection",
        "https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-routing.html",
        &[RuleId::PeeringReturnRoute],
    ),
    (
        "Access an AWS service using an interface VPC endpoint",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
        &[RuleId::VpceSgBlocks, RuleId::VpceDnsMismatch],
    ),
    (
        "Gateway endpoints",
        "https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html",
        &[RuleId::GatewayEndpointBypass],
    ),
    (
        "How transit gateways work",
        "https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html",
        &[
            RuleId::TgwNotAttached,
            RuleId::TgwZoneNotAttached,
            RuleId::TgwNoTable,
            RuleId::TgwNoRoute,
            RuleId::TgwRouteBlackhole,
            RuleId::TgwReturnRoute,
        ],
    ),
    (
        "Network ACLs for transit gateways",
        "https://docs.aws.amazon.com/vpc/latest/tgw/tgw-nacls.html",
        &[RuleId::TgwNaclBlocks],
    ),
    (
        "Example: centralized outbound routing to the internet",
        "https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-nat-igw.html",
        &[RuleId::TgwUntranslated],
    ),
];
