//! The table of AWS's errors.

use egress_core::ErrorKind::{self, *};

use super::Row;

const fn row(code: &'static str, kind: ErrorKind) -> Row {
    Row { code, says: None, of: None, kind, means: None, hint: None }
}

impl Row {
    const fn says(mut self, part: &'static str) -> Self {
        self.says = Some(part);
        self
    }

    const fn of(mut self, operation: &'static str) -> Self {
        self.of = Some(operation);
        self
    }

    const fn means(mut self, sentence: &'static str) -> Self {
        self.means = Some(sentence);
        self
    }

    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }
}

const SIGN_IN: &str = "sign in again (`aws sso login`, `aws login`), or get new temporary credentials; what is done so far stays, \
                       and the same command goes on from there";
const KEYS: &str =
    "check the access key and secret of the profile or the environment, and that they are of this partition";
const CLOCK: &str = "set this machine's clock right";
const OPERATOR: &str = "`egress iam-policy` prints what the caller must be allowed";
const SCP: &str = "ask whoever runs the organisation: no policy in this account can allow it";
const BOUNDARY: &str = "the boundary of the user or role that calls must allow it too; ask whoever set it";
const WAIT: &str = "it is tried again by itself; if it stays so, run the same command later";
const NOT_TO_BE_HAD: &str =
    "AWS does not give this address back: another account has it, or it never was this account's here";
const LOST_IP: &str = "check the IP and the region; where it is lost, give your third parties the stack's new IP";
const RAISE: &str = "delete what is not used, or ask for more in the Service Quotas console";
const YOUNG: &str = "it was made a moment ago and is not visible everywhere yet; it is tried again by itself";
const INSIDE: &str = "something is inside still: mostly interfaces of functions, which AWS removes up to 20 minutes after the last \
                      function has left; published versions count too";
const ROLE_POLICY: &str = "attach AWSLambdaVPCAccessExecutionRole to the role; where it is attached, it may be too young, or an \
                           organisation's policy denies it";
const OTHER_ZONE: &str =
    "choose another zone: the zone's id (use1-az3) tells which one it is, its name differs between accounts";

/// All that is known, the particular before the general. Where two rows fit, the first one counts.
///
/// Sources: EC2's page of error codes, the Lambda, IAM and STS API references, and answers that others recorded.
pub const ROWS: &[Row] = &[
    // Who calls.
    row("ExpiredToken", Unauthenticated).means("the credentials have expired").hint(SIGN_IN),
    row("ExpiredTokenException", Unauthenticated).means("the credentials have expired").hint(SIGN_IN),
    row("TokenRefreshRequired", Unauthenticated).means("the credentials have expired").hint(SIGN_IN),
    row("RequestExpired", Unauthenticated)
        .means("the request is too old for AWS: the credentials have expired, or this machine's clock is wrong")
        .hint("sign in again, and set this machine's clock right"),
    row("RequestTimeTooSkewed", Unauthenticated).means("this machine's clock is wrong").hint(CLOCK),
    row("SignatureDoesNotMatch", Unauthenticated).says("signature expired").means("this machine's clock is wrong").hint(CLOCK),
    row("InvalidSignatureException", Unauthenticated)
        .says("signature expired")
        .means("this machine's clock is wrong")
        .hint(CLOCK),
    row("SignatureDoesNotMatch", Unauthenticated)
        .says("scoped to a valid region")
        .means("this endpoint is of another region than the calls are for")
        .hint("give the endpoint's own region by --region, or AWS_REGION"),
    row("SignatureDoesNotMatch", Unauthenticated).means("the secret does not belong to the access key").hint(KEYS),
    row("InvalidSignatureException", Unauthenticated).means("the secret does not belong to the access key").hint(KEYS),
    row("IncompleteSignature", Unauthenticated).means("the credentials are not complete").hint(KEYS),
    row("InvalidClientTokenId", Unauthenticated).means("AWS does not know the access key").hint(KEYS),
    row("UnrecognizedClientException", Unauthenticated).means("AWS does not know the access key").hint(KEYS),
    row("MissingAuthenticationToken", Unauthenticated).means("the request carried no credentials").hint(KEYS),
    row("MissingAuthenticationTokenException", Unauthenticated).means("the request carried no credentials").hint(KEYS),
    row("AuthFailure", Unauthenticated)
        .says("not able to validate the provided access credentials")
        .means("AWS does not know the access key, or the region is not enabled for the account")
        .hint(KEYS),
    // The address that a NAT gateway still holds; on any other call the same code is about permission.
    row("AuthFailure", InUse)
        .of("ReleaseAddress")
        .means("the address is still held by a NAT gateway that is not gone yet")
        .hint(WAIT),
    row("AuthFailure", Denied).hint(OPERATOR),
    // Whether they may.
    row("UnauthorizedOperation", Denied)
        .says("service control policy")
        .means("a service control policy of the organisation denies this")
        .hint(SCP),
    row("AccessDenied", Denied)
        .says("service control policy")
        .means("a service control policy of the organisation denies this")
        .hint(SCP),
    row("AccessDeniedException", Denied)
        .says("service control policy")
        .means("a service control policy of the organisation denies this")
        .hint(SCP),
    row("UnauthorizedOperation", Denied)
        .says("permissions boundary")
        .means("the caller's permissions boundary does not allow this")
        .hint(BOUNDARY),
    row("AccessDenied", Denied)
        .says("permissions boundary")
        .means("the caller's permissions boundary does not allow this")
        .hint(BOUNDARY),
    row("AccessDeniedException", Denied)
        .says("permissions boundary")
        .means("the caller's permissions boundary does not allow this")
        .hint(BOUNDARY),
    row("UnauthorizedOperation", Denied)
        .says("explicit deny")
        .means("a policy denies this expressly")
        .hint("find the Deny statement: allowing the action elsewhere does not help"),
    row("AccessDenied", Denied)
        .says("explicit deny")
        .means("a policy denies this expressly")
        .hint("find the Deny statement: allowing the action elsewhere does not help"),
    row("AccessDeniedException", Denied)
        .says("explicit deny")
        .means("a policy denies this expressly")
        .hint("find the Deny statement: allowing the action elsewhere does not help"),
    row("AccessDenied", Denied)
        .of("AssumeRole")
        .means("the role cannot be assumed")
        .hint("check its ARN, and that its trust policy names the caller; where it asks for MFA or an external id, use a profile"),
    row("UnauthorizedOperation", Denied).means("the caller may not do this").hint(OPERATOR),
    row("AccessDenied", Denied).means("the caller may not do this").hint(OPERATOR),
    row("AccessDeniedException", Denied).means("the caller may not do this").hint(OPERATOR),
    row("OptInRequired", Denied)
        .means("the account has not enabled this region or service")
        .hint("enable the region for the account, or choose another one"),
    row("SubscriptionRequiredException", Denied)
        .means("the account is not signed up for this service")
        .hint("finish signing the account up"),
    row("Blocked", Denied).means("AWS has blocked the account").hint("ask AWS Support"),
    row("PendingVerification", Denied).means("AWS is still verifying the account").hint("try again in some hours"),
    // Too many calls.
    row("RequestLimitExceeded", Throttled).means("too many calls to EC2 in this region").hint(WAIT),
    row("Throttling", Throttled).means("too many calls").hint(WAIT),
    row("ThrottlingException", Throttled).means("too many calls").hint(WAIT),
    row("ThrottledException", Throttled).means("too many calls").hint(WAIT),
    row("TooManyRequestsException", Throttled).means("too many calls to Lambda").hint(WAIT),
    row("RequestThrottled", Throttled).means("too many calls").hint(WAIT),
    row("EC2ThrottledException", Throttled).means("EC2 has too many calls from Lambda for this account").hint(WAIT),
    row("InvalidParameterValueException", Throttled)
        .says("RequestLimitExceeded")
        .means("EC2 has too many calls from Lambda for this account")
        .hint(WAIT),
    row("InvalidParameterValueException", Throttled)
        .says("throttled by EC2")
        .means("EC2 has too many calls from Lambda for this account")
        .hint(WAIT),
    // What something else still uses.
    row("DependencyViolation", InUse)
        .of("DetachInternetGateway")
        .says("mapped public address")
        .means("a public address is still mapped in the network: its NAT gateway is not gone yet")
        .hint(WAIT),
    row("DependencyViolation", InUse).of("DeleteSubnet").means("the subnet is not empty").hint(INSIDE),
    row("DependencyViolation", InUse)
        .of("DeleteSecurityGroup")
        .means("an interface or another group's rule still uses the group")
        .hint(INSIDE),
    row("DependencyViolation", InUse).of("DeleteVpc").means("the network is not empty").hint(INSIDE),
    row("DependencyViolation", InUse)
        .of("DeleteRouteTable")
        .means("a subnet still uses the route table, or it is the network's main one")
        .hint("associate the subnet with another table first"),
    row("DependencyViolation", InUse)
        .of("DeleteInternetGateway")
        .means("the internet gateway is still attached to a network")
        .hint("detach it first"),
    row("DependencyViolation", InUse).hint(INSIDE),
    row("InvalidGroup.InUse", InUse).means("an interface or another group's rule still uses the group").hint(INSIDE),
    row("InvalidIPAddress.InUse", InUse).means("something still holds the address").hint(WAIT),
    row("InvalidParameterValue", InUse)
        .of("DeleteNetworkInterface")
        .says("in use")
        .means("the interface is still in use")
        .hint(INSIDE),
    row("InvalidNetworkInterface.InUse", InUse).means("the interface is still in use").hint(INSIDE),
    row("DeleteConflict", InUse).hint("take its policies away first"),
    row("OperationInUse", InUse),
    row("Resource.AlreadyAssociated", AlreadyExists)
        .of("AttachInternetGateway")
        .means("the network has an internet gateway already, or the gateway is attached elsewhere")
        .hint("a network has at most one; use the one that it has"),
    row("Resource.AlreadyAssociated", AlreadyExists)
        .of("AssociateRouteTable")
        .means("the subnet has a route table of its own already"),
    row("Resource.AlreadyAssociated", AlreadyExists)
        .of("AssociateNatGatewayAddress")
        .means("the address is on a NAT gateway or an interface already")
        .hint("free it there first: taking it would cut off what uses it"),
    row("Resource.AlreadyAssociated", AlreadyExists).means("it is associated with something else already"),
    row("Gateway.NotAttached", NotFound)
        .means("the network has no internet gateway attached")
        .hint("attach an internet gateway to the network first"),
    // Tried again for things that this run has just made, and only then, as any kind of absence is.
    row("InvalidParameterValue", NotFound)
        .says("belong to different networks")
        .means("the gateway is not attached to the route table's network, or not visibly yet")
        .hint(YOUNG),
    // Routes and rules that are there.
    row("RouteAlreadyExists", AlreadyExists)
        .means("the route table has a route to that destination already, and egress overwrites none that it did not make")
        .hint("find out whose route it is; remove it by hand where nobody needs it"),
    row("InvalidPermission.Duplicate", AlreadyExists).means("the group has this rule already"),
    row("InvalidGroup.Duplicate", AlreadyExists).means("the network has a group of that name already"),
    row("InvalidSubnet.Conflict", AlreadyExists)
        .means("the range overlaps another subnet's")
        .hint("choose another `cidr` for the subnet"),
    row("EntityAlreadyExists", AlreadyExists),
    row("NetworkAclEntryAlreadyExists", AlreadyExists),
    row("InvalidSubnet.Range", Invalid)
        .means("the range is not inside the network's, or not between /16 and /28")
        .hint("choose another `cidr` for the subnet"),
    row("InvalidVpc.Range", Invalid)
        .means("a network's range must be between /16 and /28")
        .hint("choose another `cidr` for the network"),
    row("CannotDelete", Invalid)
        .means("this one cannot be deleted: it came with the network and goes with it"),
    row("IdempotentParameterMismatch", Invalid)
        .means("another call with other parameters had the same client token")
        .hint("run the command again: it uses a new token"),
    // Things that are not there, or not visible yet.
    row("InvalidVpcID.NotFound", NotFound).hint(YOUNG),
    row("InvalidSubnetID.NotFound", NotFound).hint(YOUNG),
    row("InvalidRouteTableID.NotFound", NotFound).hint(YOUNG),
    row("InvalidRouteTableId.NotFound", NotFound).hint(YOUNG),
    row("InvalidInternetGatewayID.NotFound", NotFound).hint(YOUNG),
    row("InvalidGatewayID.NotFound", NotFound).hint(YOUNG),
    row("InvalidNatGatewayID.NotFound", NotFound)
        .means("the NAT gateway does not exist, or is not visible yet")
        .hint(YOUNG),
    row("NatGatewayNotFound", NotFound)
        .means("there is no such NAT gateway; AWS forgets a deleted one after about an hour")
        .hint(YOUNG),
    row("NatGatewayMalformed", Invalid),
    row("InvalidElasticIpID.NotFound", NotFound)
        .means("the address does not exist, or is not visible yet")
        .hint(YOUNG),
    row("InvalidAllocationID.NotFound", NotFound)
        .means("the account holds no such address in this region")
        .hint("check the region; a released address can only be had back while nobody else has it"),
    // Somebody else's address may be answered either way: the user guide tells the rule, but no code.
    row("InvalidAddressID.NotFound", NotFound).of("AllocateAddress").means(NOT_TO_BE_HAD).hint(LOST_IP),
    row("InvalidAddress.NotFound", NotFound).of("AllocateAddress").means(NOT_TO_BE_HAD).hint(LOST_IP),
    row("InvalidAddressID.NotFound", NotFound),
    row("InvalidAddress.NotFound", NotFound),
    row("InvalidGroup.NotFound", NotFound).hint(YOUNG),
    row("InvalidGroupId.Malformed", Invalid),
    row("InvalidNetworkInterfaceID.NotFound", NotFound),
    row("InvalidAssociationID.NotFound", NotFound),
    row("InvalidRoute.NotFound", NotFound).means("the route table has no route to that destination"),
    row("InvalidPrefixListID.NotFound", NotFound),
    row("InvalidPrefixListId.NotFound", NotFound),
    row("InvalidID", NotFound).says("is not valid").hint(YOUNG),
    row("NoSuchEntity", NotFound)
        .says("not attachable")
        .means("the policy does not exist in this partition or account"),
    row("NoSuchEntity", NotFound),
    // Quotas.
    row("VpcLimitExceeded", Quota).means("the region's quota of VPCs is used up (5 by default)").hint(RAISE),
    row("AddressLimitExceeded", Quota)
        .of("AssociateNatGatewayAddress")
        .means("the NAT gateway's quota of addresses is used up (2 by default, 8 at most)")
        .hint(RAISE),
    row("AddressLimitExceeded", Quota).means("the region's quota of Elastic IPs is used up (5 by default)").hint(RAISE),
    row("InternetGatewayLimitExceeded", Quota)
        .means("the region's quota of internet gateways is used up (5 by default, as many as VPCs)")
        .hint(RAISE),
    row("NatGatewayLimitExceeded", Quota).means("the zone's quota of NAT gateways is used up (5 by default)").hint(RAISE),
    row("SubnetLimitExceeded", Quota).means("the network's quota of subnets is used up (200 by default)").hint(RAISE),
    row("RouteTableLimitExceeded", Quota)
        .means("the network's quota of route tables is used up (200 by default)")
        .hint(RAISE),
    row("RouteLimitExceeded", Quota).means("the route table's quota of routes is used up").hint(RAISE),
    row("SecurityGroupLimitExceeded", Quota).means("the region's quota of security groups is used up").hint(RAISE),
    row("RulesPerSecurityGroupLimitExceeded", Quota)
        .means("the group's quota of rules is used up (60 by default)")
        .hint(RAISE),
    row("SecurityGroupsPerInterfaceLimitExceeded", Quota)
        .means("an interface can have no more groups (5 by default)")
        .hint(RAISE),
    row("TagLimitExceeded", Quota).means("a thing can have 50 tags").hint("remove tags that nobody needs"),
    row("LimitExceeded", Quota)
        .of("AttachRolePolicy")
        .means("the role has as many managed policies as it can have (10 by default)")
        .hint("set `permission` to \"inline\", or ask for more in the Service Quotas console"),
    row("LimitExceeded", Quota).hint(RAISE),
    row("CodeStorageExceededException", Quota).means("the region's quota of code storage is used up").hint(RAISE),
    row("ENILimitReachedException", Quota)
        .means("the network's quota of Lambda interfaces is used up (500 by default)")
        .hint(RAISE),
    row("InsufficientFreeAddressesInSubnet", Capacity)
        .means("the subnet has no free address left")
        .hint("use a larger subnet, or delete what is not used in this one"),
    row("InsufficientAddressCapacity", Capacity)
        .means("AWS has no free public address in this region now")
        .hint("try again later"),
    row("SubnetIPAddressLimitReachedException", Capacity)
        .means("a subnet of the function has no free address left")
        .hint("use a larger subnet, or delete what is not used in this one"),
    // Functions and their roles.
    row("InvalidParameterValueException", RoleNotUsable)
        .says("cannot be assumed by Lambda")
        .means("the role is too young to be used, or its trust policy does not name lambda.amazonaws.com")
        .hint("a new role is tried again by itself; otherwise let its trust policy name lambda.amazonaws.com"),
    row("InvalidParameterValueException", RolePermission)
        .says("does not have permissions to call")
        .means("the function's role may not make network interfaces")
        .hint(ROLE_POLICY),
    row("InvalidParameterValueException", Invalid)
        .says("availability zone Lambda doesn't support")
        .means("Lambda does not support a zone of these subnets")
        .hint(OTHER_ZONE),
    row("InvalidLaunchTemplateName.AlreadyExistsException", AlreadyExists)
        .means("a launch template of that name exists already"),
    row("InvalidLaunchTemplateId.NotFound", NotFound).means("the launch template does not exist any more"),
    row("InvalidLaunchTemplateName.NotFoundException", NotFound).means("there is no launch template of that name"),
    row("NotAvailableInZone", Invalid).means("this is not available in that zone").hint(OTHER_ZONE),
    row("InvalidParameterValueException", NotFound)
        .says("InvalidSubnetID.NotFound")
        .means("a subnet does not exist, or is not visible to Lambda yet")
        .hint(YOUNG),
    row("InvalidParameterValueException", NotFound)
        .says("InvalidGroup.NotFound")
        .means("a group does not exist, or is not visible to Lambda yet")
        .hint(YOUNG),
    row("InvalidParameterValueException", NotFound)
        .says("does not exist")
        .of("UpdateFunctionConfiguration")
        .hint(YOUNG),
    row("ResourceConflictException", AlreadyExists)
        .says("already exist")
        .means("a function of that name exists already"),
    row("ResourceConflictException", Busy)
        .says("update is in progress")
        .means("an earlier change of the function is not through yet")
        .hint(WAIT),
    row("ResourceConflictException", Busy)
        .means("the function is in a state that does not allow this yet")
        .hint(WAIT),
    row("ResourceNotReadyException", Busy).means("the function is waking up").hint(WAIT),
    row("ResourceInUseException", Busy).hint(WAIT),
    row("EC2UnexpectedException", Internal),
    row("EC2AccessDeniedException", RolePermission)
        .means("the function's role may not make network interfaces")
        .hint(ROLE_POLICY),
    row("ResourceNotFoundException", NotFound).hint("check the name and the region"),
    row("PreconditionFailedException", Changed)
        .means("somebody else changed the function since it was read")
        .hint("run the command again: it reads the function anew"),
    row("ConcurrentModification", Busy).hint(WAIT),
    row("ConcurrentModificationException", Busy).hint(WAIT),
    row("EntityTemporarilyUnmodifiable", Busy).hint(WAIT),
    // One change of a gateway's addresses at a time (hashicorp/terraform-provider-aws issue 44581).
    row("OperationInProgress", Busy)
        .means("another address of the NAT gateway is still being put on or taken off")
        .hint(WAIT),
    row("IncorrectState", Busy).hint(WAIT),
    // An association that is gone already (hashicorp/terraform-provider-aws, `resourceNATGatewayEIPAssociation`).
    row("InvalidParameter", NotFound)
        .of("DisassociateNatGatewayAddress")
        .means("the NAT gateway has no such association, or it is that of the address that it was made with"),
    // Calls that make no sense to AWS, or that it cannot do.
    row("UnsupportedOperation", Unsupported),
    row("InvalidAction", Unsupported)
        .means("the endpoint does not know this call")
        .hint("an emulator, or a region without the service"),
    row("InvalidParameterValue", Invalid),
    row("InvalidParameterValueException", Invalid),
    row("InvalidParameterCombination", Invalid),
    row("InvalidInput", Invalid),
    row("MalformedPolicyDocument", Invalid),
    row("ValidationException", Invalid),
    row("ValidationError", Invalid),
    // What is AWS's own fault. A mutating call may have taken effect.
    row("InternalError", Internal).hint(WAIT),
    row("InternalFailure", Internal).hint(WAIT),
    row("ServiceException", Internal).hint(WAIT),
    row("ServiceFailure", Internal).hint(WAIT),
    row("Unavailable", Internal).hint(WAIT),
    row("ServiceUnavailable", Internal).hint(WAIT),
];
