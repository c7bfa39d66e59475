use std::fmt::Write as _;

use super::*;

/// What AWS says in each row of the collection of facts under "Errors worth a better sentence than AWS's", and a few more
/// that every user meets.
const SAID: &[(&str, &str, &str, u16)] = &[
    ("ReleaseAddress", "AuthFailure", "You do not have permission to access the specified resource.", 400),
    (
        "DetachInternetGateway",
        "DependencyViolation",
        "Network vpc-0a1b has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.",
        400,
    ),
    ("DeleteSubnet", "DependencyViolation", "The subnet 'subnet-0a1b' has dependencies and cannot be deleted.", 400),
    ("DeleteSecurityGroup", "DependencyViolation", "resource sg-0a1b has a dependent object", 400),
    ("DeleteVpc", "DependencyViolation", "The vpc 'vpc-0a1b' has dependencies and cannot be deleted.", 400),
    ("CreateNatGateway", "Gateway.NotAttached", "Network vpc-0a1b has no Internet gateway attached", 400),
    (
        "CreateRoute",
        "InvalidParameterValue",
        "route table rtb-0a1b and network gateway igw-0a1b belong to different networks",
        400,
    ),
    ("CreateRoute", "InvalidNatGatewayID.NotFound", "The natGateway ID 'nat-0a1b' does not exist", 400),
    ("CreateNatGateway", "InvalidElasticIpID.NotFound", "The elasticIp ID 'eipalloc-0a1b' does not exist", 400),
    ("CreateRoute", "RouteAlreadyExists", "The route identified by 0.0.0.0/0 already exists.", 400),
    (
        "UpdateFunctionConfiguration",
        "InvalidParameterValueException",
        "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
        400,
    ),
    (
        "CreateFunction",
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
        400,
    ),
    (
        "UpdateFunctionConfiguration",
        "ResourceConflictException",
        "The operation cannot be performed at this time. An update is in progress for resource: arn:aws:lambda:eu-west-1:123456789012:function:pay",
        409,
    ),
    (
        "UpdateFunctionConfiguration",
        "InvalidParameterValueException",
        "Your request has been throttled by EC2, please make sure you have enough API rate limit. EC2 Error Code: RequestLimitExceeded. EC2 Error Message: Request limit exceeded.",
        400,
    ),
    ("CreateSubnet", "NotAvailableInZone", "The requested resource is not available in the zone.", 400),
    (
        "CreateFunction",
        "InvalidParameterValueException",
        "The provided subnets contain availability zone Lambda doesn't support. Please use a different set of subnets.",
        400,
    ),
    ("DeleteSecurityGroup", "InvalidGroup.InUse", "There are active instances using security group 'sg-0a1b'", 400),
    (
        "AssociateNatGatewayAddress",
        "OperationInProgress",
        "Service is currently ASSOCIATING the following EIPs: [eipalloc-0a1b].",
        400,
    ),
    ("AssociateNatGatewayAddress", "AddressLimitExceeded", "The maximum number of addresses has been reached.", 400),
    (
        "DisassociateNatGatewayAddress",
        "InvalidParameter",
        "The association ID 'eipassoc-0a1b' does not exist on NAT gateway nat-0a1b",
        400,
    ),
    ("ReleaseAddress", "InvalidAllocationID.NotFound", "The allocation ID 'eipalloc-0a1b' does not exist", 400),
    ("DeleteNatGateway", "NatGatewayNotFound", "The Nat Gateway nat-0a1b was not found", 400),
    (
        "DeleteSecurityGroup",
        "CannotDelete",
        "the specified group: \"sg-0a1b\" name: \"default\" cannot be deleted by a user",
        400,
    ),
    ("DescribeVpcs", "RequestExpired", "Request has expired.", 400),
    ("GetCallerIdentity", "ExpiredToken", "The security token included in the request is expired", 403),
    ("DescribeVpcs", "AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    (
        "CreateVpc",
        "UnauthorizedOperation",
        "You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/u is not authorized to perform: ec2:CreateVpc with an explicit deny in a service control policy",
        403,
    ),
    (
        "CreateRole",
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/u is not authorized to perform: iam:CreateRole because no permissions boundary allows the iam:CreateRole action",
        403,
    ),
    (
        "ReleaseAddress",
        "UnauthorizedOperation",
        "User: u is not authorized to perform: ec2:ReleaseAddress with an explicit deny in an identity-based policy",
        403,
    ),
    ("ListFunctions", "AccessDeniedException", "User: u is not authorized to perform: lambda:ListFunctions", 403),
    ("DescribeVpcs", "RequestLimitExceeded", "Request limit exceeded.", 503),
    ("AllocateAddress", "AddressLimitExceeded", "The maximum number of addresses has been reached.", 400),
    (
        "UpdateFunctionConfiguration",
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id.",
        412,
    ),
];

#[test]
fn every_error_that_is_worth_it_has_a_better_sentence() {
    let mut text = String::new();
    for (operation, code, message, status) in SAID {
        let error = explain(operation, Some(code), message, *status);
        writeln!(text, "{error}\n  [{:?}]", error.kind).unwrap();
        if let Some(hint) = &error.hint {
            writeln!(text, "  hint: {hint}").unwrap();
        }
    }
    insta::assert_snapshot!(text);
}

#[test]
fn each_row_is_met_before_any_that_hides_it() {
    for (i, row) in ROWS.iter().enumerate() {
        let operation = row.of.unwrap_or("AnyOperation");
        let message = row.says.unwrap_or("anything");
        let first = ROWS.iter().position(|r| r.fits(operation, row.code, message));
        assert_eq!(first, Some(i), "{row:?} is hidden by {:?}", first.map(|f| ROWS[f]));
    }
}

#[test]
fn codes_that_are_not_in_the_table_are_judged_by_their_names() {
    let cases = [
        ("InvalidThing.NotFound", 400, ErrorKind::NotFound),
        ("InvalidThing.Duplicate", 400, ErrorKind::AlreadyExists),
        ("ThingLimitExceeded", 400, ErrorKind::Quota),
        ("ThingAlreadyExists", 409, ErrorKind::AlreadyExists),
        ("InvalidThing.InUse", 400, ErrorKind::InUse),
        ("WhatEver", 403, ErrorKind::Denied),
        ("WhatEver", 429, ErrorKind::Throttled),
        ("WhatEver", 500, ErrorKind::Internal),
        ("WhatEver", 400, ErrorKind::Invalid),
    ];
    for (code, status, kind) in cases {
        assert_eq!(explain("CreateThing", Some(code), "", status).kind, kind, "{code} {status}");
    }
}

#[test]
fn an_answer_without_a_code_says_that_it_is_none_of_awss() {
    let error = explain("CreateVpc", None, "", 403);
    assert_eq!(error.to_string(), "CreateVpc: HTTP 403 without an error code of AWS's");
    assert_eq!(explain("CreateVpc", Some(""), "", 502).kind, ErrorKind::Internal);
}

#[test]
fn a_long_text_is_cut() {
    let error = explain("CreateVpc", Some("WhatEver"), &"ü".repeat(1000), 400);
    assert_eq!(error.message.chars().count(), LONGEST + 1);
}

#[test]
fn credentials_that_cannot_be_had_say_what_helps() {
    let hint = |why| unauthenticated("GetCallerIdentity", why).hint.unwrap();
    assert!(hint("User u is not authorized to perform: sts:AssumeRole on resource r").contains("trust policy"));
    assert!(hint("the SSO session has expired or is invalid").contains("sign in again"));
    assert!(hint("the credential provider was not enabled").contains("AWS_PROFILE"));
}
