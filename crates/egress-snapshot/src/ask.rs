//! Which call tells which listing.

use egress_core::world::Listing;

/// The call whose output tells a listing: what [`Unseen`](egress_core::world::Unseen) says is missing.
pub const fn ask(listing: Listing) -> &'static str {
    match listing {
        Listing::Zones => "aws ec2 describe-availability-zones",
        Listing::Networks => "aws ec2 describe-vpcs",
        Listing::Subnets => "aws ec2 describe-subnets",
        Listing::RouteTables => "aws ec2 describe-route-tables",
        Listing::SecurityGroups => "aws ec2 describe-security-groups",
        Listing::Acls => "aws ec2 describe-network-acls",
        Listing::Interfaces => "aws ec2 describe-network-interfaces",
        Listing::Machines => "aws ec2 describe-instances",
        Listing::Endpoints => "aws ec2 describe-vpc-endpoints",
        Listing::Peerings => "aws ec2 describe-vpc-peering-connections",
        Listing::PrefixLists => "aws ec2 describe-managed-prefix-lists",
        Listing::TransitGateways => "aws ec2 describe-transit-gateways",
        Listing::TransitAttachments => "aws ec2 describe-transit-gateway-attachments",
        Listing::TransitTables => "aws ec2 describe-transit-gateway-route-tables",
        Listing::BlockPublicAccess => "aws ec2 describe-vpc-block-public-access-options",
        Listing::InternetGateways => "aws ec2 describe-internet-gateways",
        Listing::EgressOnlyGateways => "aws ec2 describe-egress-only-internet-gateways",
        Listing::NatGateways => "aws ec2 describe-nat-gateways",
        Listing::Addresses => "aws ec2 describe-addresses",
        Listing::Functions => "aws lambda list-functions",
        Listing::Versions => "aws lambda list-versions-by-function",
        Listing::Roles => "aws iam get-account-authorization-details",
    }
}
