//! What AWS answers when it refuses: one table of codes.

use egress_core::ErrorKind;

/// A refusal in AWS's words. It always means that nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// Which row of the table of codes.
    pub(crate) code: Code,
    /// AWS's sentence.
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The one place where a code, its HTTP status and its kind stand together. Two rows may share AWS's code where AWS uses
/// one code for things that a caller must treat differently.
macro_rules! codes {
    ($($name:ident $aws:literal $status:literal $kind:ident),+ $(,)?) => {
        /// A refusal's code. AWS's own spelling is [`Code::as_str`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code { $($name),+ }

        impl Code {
            /// As AWS spells it.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $aws),+ }
            }

            /// The HTTP status.
            pub(crate) const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// What sort of failure that is to the engine.
            pub(crate) const fn kind(self) -> ErrorKind {
                match self { $(Self::$name => ErrorKind::$kind),+ }
            }
        }
    };
}

// Sources: the EC2 error code page, the Lambda, IAM and tagging API references, and the answers recorded in emulator-facts.md.
codes! {
    AclMalformed "InvalidNetworkAclId.Malformed" 400 Invalid,
    AclEntryExists "NetworkAclEntryAlreadyExists" 400 AlreadyExists,
    AclEntryLimit "NetworkAclEntryLimitExceeded" 400 Quota,
    AclEntryNotFound "InvalidNetworkAclEntry.NotFound" 400 NotFound,
    AclLimit "NetworkAclLimitExceeded" 400 Quota,
    AclNotFound "InvalidNetworkAclID.NotFound" 400 NotFound,
    AddressLimitExceeded "AddressLimitExceeded" 400 Quota,
    AccessDenied "AccessDenied" 403 Denied,
    AddressMalformed "InvalidAddress.Malformed" 400 Invalid,
    AddressNotFound "InvalidAddress.NotFound" 400 NotFound,
    AuthFailure "AuthFailure" 400 InUse,
    CannotDelete "CannotDelete" 400 Invalid,
    CidrBlockLimit "VpcCidrLimitExceeded" 400 Quota,
    DeleteConflict "DeleteConflict" 409 InUse,
    DhcpOptionsMalformed "InvalidDhcpOptionsId.Malformed" 400 Invalid,
    DhcpOptionsNotFound "InvalidDhcpOptionsID.NotFound" 400 NotFound,
    DryRunOperation "DryRunOperation" 412 Invalid,
    DependencyViolation "DependencyViolation" 400 InUse,
    DuplicateSubnetsInSameZone "DuplicateSubnetsInSameZone" 400 Invalid,
    EgressOnlyLimit "EgressOnlyInternetGatewayLimitExceeded" 400 Quota,
    EgressOnlyMalformed "InvalidEgressOnlyInternetGatewayId.Malformed" 400 Invalid,
    ElasticIpNotFound "InvalidElasticIpID.NotFound" 400 NotFound,
    EndpointMalformed "InvalidVpcEndpointId.Malformed" 400 Invalid,
    EndpointNotFound "InvalidVpcEndpointId.NotFound" 400 NotFound,
    EntityAlreadyExists "EntityAlreadyExists" 409 AlreadyExists,
    ExclusionExists "ResourceAlreadyExists" 400 AlreadyExists,
    ExclusionLimit "VpcBlockPublicAccessExclusionLimitExceeded" 400 Quota,
    ExclusionNotFound "InvalidVpcBlockPublicAccessExclusionId.NotFound" 400 NotFound,
    FilterLimit "FilterLimitExceeded" 400 Invalid,
    FunctionAlreadyExists "ResourceConflictException" 409 AlreadyExists,
    FunctionBusy "ResourceConflictException" 409 Busy,
    FunctionNotFound "ResourceNotFoundException" 404 NotFound,
    GatewayNotFoundForRoute "InvalidGatewayID.NotFound" 400 NotFound,
    GatewayNotAttached "Gateway.NotAttached" 400 NotFound,
    GroupDuplicate "InvalidGroup.Duplicate" 400 AlreadyExists,
    GroupLimit "SecurityGroupLimitExceeded" 400 Quota,
    GroupMalformed "InvalidGroupId.Malformed" 400 Invalid,
    GroupNotFoundByLambda "InvalidParameterValueException" 400 NotFound,
    GroupNotFound "InvalidGroup.NotFound" 400 NotFound,
    IncorrectState "IncorrectState" 400 Busy,
    IdempotentParameterMismatch "IdempotentParameterMismatch" 400 Invalid,
    InstanceMalformed "InvalidInstanceID.Malformed" 400 Invalid,
    InstanceNotFound "InvalidInstanceID.NotFound" 400 NotFound,
    InterfaceInUse "InvalidParameterValue" 400 InUse,
    InterfaceMalformed "InvalidNetworkInterfaceId.Malformed" 400 Invalid,
    InterfaceNotFound "InvalidNetworkInterfaceID.NotFound" 400 NotFound,
    InternetGatewayLimit "InternetGatewayLimitExceeded" 400 Quota,
    InternetGatewayMalformed "InvalidInternetGatewayId.Malformed" 400 Invalid,
    InternetGatewayNotFound "InvalidInternetGatewayID.NotFound" 400 NotFound,
    InternalError "InternalError" 500 Internal,
    InvalidAction "InvalidAction" 400 Unsupported,
    InvalidAddressInUse "InvalidIPAddress.InUse" 400 InUse,
    InvalidAllocationNotFound "InvalidAllocationID.NotFound" 400 NotFound,
    InvalidAssociationNotFound "InvalidAssociationID.NotFound" 400 NotFound,
    InvalidEndpointParameter "InvalidParameter" 400 Invalid,
    InvalidInstance "InvalidInstanceID" 400 Invalid,
    InvalidServiceName "InvalidServiceName" 400 NotFound,
    LaunchTemplateMalformed "InvalidLaunchTemplateId.Malformed" 400 Invalid,
    LaunchTemplateNameMalformed "InvalidLaunchTemplateName.MalformedException" 400 Invalid,
    LaunchTemplateNameNotFound "InvalidLaunchTemplateName.NotFoundException" 400 NotFound,
    LaunchTemplateNameTaken "InvalidLaunchTemplateName.AlreadyExistsException" 400 AlreadyExists,
    LaunchTemplateNotFound "InvalidLaunchTemplateId.NotFound" 400 NotFound,
    IamValidation "ValidationError" 400 Invalid,
    InvalidCharacter "InvalidCharacter" 400 Invalid,
    InvalidFunctionParameter "InvalidParameterValueException" 400 Invalid,
    InvalidId "InvalidID" 400 Invalid,
    InvalidInput "InvalidInput" 400 Invalid,
    InvalidRequestContent "InvalidRequestContentException" 400 Invalid,
    InvalidPaginationToken "InvalidPaginationToken" 400 Invalid,
    InvalidParameterCombination "InvalidParameterCombination" 400 Invalid,
    InvalidParameterValue "InvalidParameterValue" 400 Invalid,
    LambdaAccessDenied "AccessDeniedException" 403 Denied,
    MalformedInput "MalformedInput" 400 Invalid,
    MalformedPolicyDocument "MalformedPolicyDocument" 400 Invalid,
    MalformedQueryString "MalformedQueryString" 400 Invalid,
    MissingAction "MissingAction" 400 Invalid,
    MissingAuthenticationToken "MissingAuthenticationToken" 403 Unauthenticated,
    MissingParameter "MissingParameter" 400 Invalid,
    NatAssociationNotFound "InvalidParameter" 400 NotFound,
    NatGatewayLimit "NatGatewayLimitExceeded" 400 Quota,
    NatGatewayMalformed "NatGatewayMalformed" 400 Invalid,
    NatGatewayNotFound "NatGatewayNotFound" 400 NotFound,
    NatGatewayNotFoundForRoute "InvalidNatGatewayID.NotFound" 400 NotFound,
    NatPrimaryAddress "InvalidParameter" 400 Invalid,
    NoFreeAddressInSubnet "InsufficientFreeAddressesInSubnet" 400 Capacity,
    NoSuchEntity "NoSuchEntity" 404 NotFound,
    OperationInProgress "OperationInProgress" 400 Busy,
    PeeringMalformed "InvalidVpcPeeringConnectionId.Malformed" 400 Invalid,
    PeeringNotFound "InvalidVpcPeeringConnectionID.NotFound" 400 NotFound,
    PermissionDuplicate "InvalidPermission.Duplicate" 400 AlreadyExists,
    PermissionMalformed "InvalidPermission.Malformed" 400 Invalid,
    PermissionNotFound "InvalidPermission.NotFound" 400 NotFound,
    PoliciesPerRole "LimitExceeded" 409 Quota,
    PreconditionFailed "PreconditionFailedException" 412 Changed,
    PrefixListMalformed "InvalidPrefixListId.Malformed" 400 Invalid,
    PrefixListNotFound "InvalidPrefixListID.NotFound" 400 NotFound,
    RequestEntityTooLarge "RequestEntityTooLargeException" 413 Invalid,
    RequestLimitExceeded "RequestLimitExceeded" 503 Throttled,
    RequestsThrottled "Throttling" 400 Throttled,
    ResourceAlreadyAssociated "Resource.AlreadyAssociated" 400 AlreadyExists,
    RoleCannotBeAssumed "InvalidParameterValueException" 400 RoleNotUsable,
    RoleLacksPermission "InvalidParameterValueException" 400 RolePermission,
    RouteAlreadyExists "RouteAlreadyExists" 400 AlreadyExists,
    RouteLimit "RouteLimitExceeded" 400 Quota,
    RouteNotFound "InvalidRoute.NotFound" 400 NotFound,
    RouteTableLimit "RouteTableLimitExceeded" 400 Quota,
    RouteTableMalformed "InvalidRouteTableId.Malformed" 400 Invalid,
    RouteTableNotFound "InvalidRouteTableID.NotFound" 400 NotFound,
    RuleMalformed "InvalidSecurityGroupRuleId.Malformed" 400 Invalid,
    RuleNotFound "InvalidSecurityGroupRuleId.NotFound" 400 NotFound,
    RulesPerGroup "RulesPerSecurityGroupLimitExceeded" 400 Quota,
    ServiceUnavailable "ServiceUnavailable" 503 Internal,
    SignatureDoesNotMatch "SignatureDoesNotMatch" 403 Unauthenticated,
    SubnetCidrBlockLimit "SubnetCidrLimitExceeded" 400 Quota,
    SubnetConflict "InvalidSubnet.Conflict" 400 AlreadyExists,
    SubnetLimit "SubnetLimitExceeded" 400 Quota,
    SubnetMalformed "InvalidSubnetID.Malformed" 400 Invalid,
    SubnetNotFoundByLambda "InvalidParameterValueException" 400 NotFound,
    SubnetNotFound "InvalidSubnetID.NotFound" 400 NotFound,
    SubnetRange "InvalidSubnet.Range" 400 Invalid,
    TagLimit "TagLimitExceeded" 400 Quota,
    TaggingParameter "InvalidParameterException" 400 Invalid,
    TaggingThrottled "ThrottledException" 400 Throttled,
    TooManyRequests "TooManyRequestsException" 429 Throttled,
    TransitAssociationNotFound "InvalidAssociation.NotFound" 400 NotFound,
    TransitAttachmentDuplicate "DuplicateTransitGatewayAttachment" 400 AlreadyExists,
    TransitAttachmentMalformed "InvalidTransitGatewayAttachmentID.Malformed" 400 Invalid,
    TransitAttachmentNotFound "InvalidTransitGatewayAttachmentID.NotFound" 400 NotFound,
    TransitGatewayLimit "TransitGatewayLimitExceeded" 400 Quota,
    TransitGatewayMalformed "InvalidTransitGatewayID.Malformed" 400 Invalid,
    TransitGatewayNotFound "InvalidTransitGatewayID.NotFound" 400 NotFound,
    TransitPropagationDuplicate "TransitGatewayRouteTablePropagation.Duplicate" 400 AlreadyExists,
    TransitPropagationNotFound "TransitGatewayRouteTablePropagation.NotFound" 400 NotFound,
    UnknownOperation "UnknownOperationException" 404 Unsupported,
    UnknownParameter "UnknownParameter" 400 Invalid,
    UnknownTarget "UnknownOperationException" 400 Unsupported,
    Unserialisable "SerializationException" 400 Invalid,
    UnsupportedOperation "UnsupportedOperation" 400 Unsupported,
    ValidationFailed "ValidationException" 400 Invalid,
    VpcIdNotSpecified "VPCIdNotSpecified" 400 Invalid,
    VpcLimit "VpcLimitExceeded" 400 Quota,
    VpcMalformed "InvalidVpcID.Malformed" 400 Invalid,
    VpcNotFound "InvalidVpcID.NotFound" 400 NotFound,
    VpcRange "InvalidVpc.Range" 400 Invalid,
}

/// AWS's sentence about an EC2 thing that is not there: `The vpc ID 'vpc-…' does not exist`.
pub(crate) fn no_such(code: Code, noun: &str, id: impl std::fmt::Display) -> ApiError {
    ApiError::new(code, format!("The {noun} ID '{id}' does not exist"))
}

/// AWS's sentence about a thing that cannot go yet: `The vpc 'vpc-…' has dependencies and cannot be deleted.`
pub(crate) fn has_dependencies(noun: &str, id: impl std::fmt::Display) -> ApiError {
    ApiError::new(Code::DependencyViolation, format!("The {noun} '{id}' has dependencies and cannot be deleted."))
}

/// EC2's `InvalidParameterValue`.
pub(crate) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::InvalidParameterValue, message)
}
