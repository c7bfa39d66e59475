//! How EC2 calls each kind of thing: in its ids, and where it refuses one.

use crate::cloud::{ApiError, Code};

/// One kind of thing, as EC2 calls it.
#[derive(Clone, Copy, Debug)]
pub(super) struct IdKind {
    /// What its ids begin with, without the hyphen.
    pub(super) prefix: &'static str,
    /// The code for an id of another form; `None` where AWS's page of error codes has none.
    malformed: Option<Code>,
    /// The code for an id that nothing has.
    unknown: Code,
    /// The sentence about one such id, in which `{}` stands for it, and about several.
    sentences: [&'static str; 2],
}

/// Codes: EC2 API reference, "Error codes for the Amazon EC2 API", where AWS's own spelling varies between `ID` and `Id`.
macro_rules! kinds {
    ($($name:ident $prefix:literal $malformed:expr, $unknown:ident $one:literal $many:literal;)+) => {
        $(pub(super) const $name: IdKind = IdKind {
            prefix: $prefix,
            malformed: $malformed,
            unknown: Code::$unknown,
            sentences: [$one, $many],
        };)+
    };
}

kinds! {
    VPC "vpc" Some(Code::VpcMalformed), VpcNotFound
        "The vpc ID '{}' does not exist" "The vpc IDs '{}' do not exist";
    SUBNET "subnet" Some(Code::SubnetMalformed), SubnetNotFound
        "The subnet ID '{}' does not exist" "The subnet IDs '{}' do not exist";
    ROUTE_TABLE "rtb" Some(Code::RouteTableMalformed), RouteTableNotFound
        "The routeTable ID '{}' does not exist" "The routeTable IDs '{}' do not exist";
    GROUP "sg" Some(Code::GroupMalformed), GroupNotFound
        "The security group '{}' does not exist" "The security groups '{}' do not exist";
    RULE "sgr" Some(Code::RuleMalformed), RuleNotFound
        "The security group rule ID '{}' does not exist" "The security group rule IDs '{}' do not exist";
    ACL "acl" Some(Code::AclMalformed), AclNotFound
        "The networkAcl ID '{}' does not exist" "The networkAcl IDs '{}' do not exist";
    INTERFACE "eni" Some(Code::InterfaceMalformed), InterfaceNotFound
        "The networkInterface ID '{}' does not exist" "The networkInterface IDs '{}' do not exist";
    ENDPOINT "vpce" Some(Code::EndpointMalformed), EndpointNotFound
        "The Vpc Endpoint Id '{}' does not exist" "The Vpc Endpoint Ids '{}' do not exist";
    PEERING "pcx" Some(Code::PeeringMalformed), PeeringNotFound
        "The vpcPeeringConnection ID '{}' does not exist" "The vpcPeeringConnection IDs '{}' do not exist";
    PREFIX_LIST "pl" Some(Code::PrefixListMalformed), PrefixListNotFound
        "The prefix list ID '{}' does not exist" "The prefix list IDs '{}' do not exist";
    INTERNET_GATEWAY "igw" Some(Code::InternetGatewayMalformed), InternetGatewayNotFound
        "The internetGateway ID '{}' does not exist" "The internetGateway IDs '{}' do not exist";
    NAT_GATEWAY "nat" Some(Code::NatGatewayMalformed), NatGatewayNotFound
        "The Nat Gateway {} was not found" "The Nat Gateways {} were not found";
    ADDRESS "eipalloc" None, InvalidAllocationNotFound
        "The allocation ID '{}' does not exist" "The allocation IDs '{}' do not exist";
    EGRESS_ONLY_GATEWAY "eigw" Some(Code::EgressOnlyMalformed), GatewayNotFoundForRoute
        "The gateway ID '{}' does not exist" "The gateway IDs '{}' do not exist";
    INSTANCE "i" Some(Code::InstanceMalformed), InstanceNotFound
        "The instance ID '{}' does not exist" "The instance IDs '{}' do not exist";
    EXCLUSION "vpcbpa-exclude" None, ExclusionNotFound
        "The vpcBlockPublicAccessExclusion ID '{}' does not exist"
        "The vpcBlockPublicAccessExclusion IDs '{}' do not exist";
    TRANSIT_GATEWAY "tgw" Some(Code::TransitGatewayMalformed), TransitGatewayNotFound
        "Transit Gateway {} was deleted or does not exist." "Transit Gateways {} were deleted or do not exist.";
    TRANSIT_ATTACHMENT "tgw-attach" Some(Code::TransitAttachmentMalformed), TransitAttachmentNotFound
        "Transit Gateway Attachment {} was deleted or does not exist."
        "Transit Gateway Attachments {} were deleted or do not exist.";
    TRANSIT_TABLE "tgw-rtb" Some(Code::RouteTableMalformed), RouteTableNotFound
        "Transit Gateway Route Table {} was deleted or does not exist."
        "Transit Gateway Route Tables {} were deleted or do not exist.";
    DHCP_OPTIONS "dopt" Some(Code::DhcpOptionsMalformed), DhcpOptionsNotFound
        "The dhcpOption ID '{}' does not exist" "The dhcpOption IDs '{}' do not exist";
    LAUNCH_TEMPLATE "lt" Some(Code::LaunchTemplateMalformed), LaunchTemplateNotFound
        "The specified launch template, with template ID {}, does not exist."
        "The specified launch templates, with template IDs {}, do not exist.";
    // Tags have no ids: none is ever refused.
    TAG "tag" None, InvalidId
        "The ID '{}' is not valid" "The IDs '{}' are not valid";
}

impl IdKind {
    /// The refusal of ids that nothing has: of the first that is none at all, else of all. AWS reads all ids before it looks
    /// anything up.
    pub(super) fn refuse(&self, ids: &[&str]) -> ApiError {
        if let Some(error) = ids.iter().find_map(|id| self.malformed(id)) {
            return error;
        }
        let [one, many] = self.sentences;
        let sentence = if ids.len() == 1 { one } else { many };
        ApiError::new(self.unknown, sentence.replace("{}", &ids.join(", ")))
    }

    /// The refusal of an id that is none: recorded for `sg` and for `vpc` (hashicorp/terraform-provider-aws issue 6104,
    /// aws-controllers-k8s/ec2-controller's tests).
    fn malformed(&self, id: &str) -> Option<ApiError> {
        let code = self.malformed.filter(|_| !self.has_form(id))?;
        Some(ApiError::new(code, format!("Invalid id: \"{id}\" (expecting \"{}-...\")", self.prefix)))
    }

    /// The prefix, a hyphen, and 8 (until 2018) or 17 hexadecimal digits.
    fn has_form(&self, id: &str) -> bool {
        let digits = id.strip_prefix(self.prefix).and_then(|rest| rest.strip_prefix('-'));
        digits.is_some_and(|d| matches!(d.len(), 8 | 17) && d.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
    }
}

/// For calls that the model refused: where one of the ids that were given is none at all, AWS says that instead, because it
/// reads the ids first. An id that is none is of nothing, so such a call is never done.
pub(super) fn read_first<'a>(
    ids: impl IntoIterator<Item = (&'a IdKind, &'a str)>,
) -> impl FnOnce(ApiError) -> ApiError {
    let malformed = ids.into_iter().find_map(|(kind, id)| kind.malformed(id));
    move |error| malformed.unwrap_or(error)
}
