//! Which of AWS's requests stand behind the calls of egress-core's traits: what a backend on AWS (`egress-aws`) sends for each
//! observation and each Op. One table; the names go into the record of calls, and each request takes its token.
//!
//! What such a backend asks once and then keeps (who it is, the zones) is left out. Reads that several observations share
//! where they are made at once are counted for each.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Scope, World,
    op::{Family, FunctionOp, GatewayOp, NetworkOp, Op, SetTags},
    quota::Counted,
    world::Grant,
};

use crate::cloud::{Api, Request};

/// AWS's name of an Op's main call.
pub(crate) fn name_of(op: &Op<CloudId>) -> &'static str {
    match op {
        Op::Network(op) => network(op),
        Op::Gateway(op) => gateway(op),
        Op::Function(op) => function(op),
    }
}

/// The requests of an Op.
pub(crate) fn of_op(op: &Op<CloudId>) -> Vec<Request> {
    use Api::{Ec2, Iam, Lambda};
    let actions: &[(Api, &'static str)] = match op {
        // The associations and the address are looked at first, so that nobody else's is changed.
        Op::Network(NetworkOp::AssociateRouteTable(op)) if op.replaces.is_some() => {
            &[(Ec2, "DescribeRouteTables"), (Ec2, "ReplaceRouteTableAssociation")]
        }
        Op::Network(NetworkOp::DisassociateRouteTable(_)) => {
            &[(Ec2, "DescribeRouteTables"), (Ec2, "DisassociateRouteTable")]
        }
        Op::Gateway(GatewayOp::DisassociateNatAddress(_)) => {
            &[(Ec2, "DescribeNatGateways"), (Ec2, "DisassociateNatGatewayAddress")]
        }
        Op::Gateway(GatewayOp::ReleaseAddress(_)) => &[(Ec2, "DescribeAddresses"), (Ec2, "ReleaseAddress")],
        Op::Network(NetworkOp::SetTags(op)) | Op::Gateway(GatewayOp::SetTags(op)) => {
            tagging(op, &[(Ec2, "CreateTags"), (Ec2, "DeleteTags")])
        }
        Op::Function(FunctionOp::SetTags(op)) if op.kind == egress_core::Kind::Role => {
            tagging(op, &[(Iam, "TagRole"), (Iam, "UntagRole")])
        }
        Op::Function(FunctionOp::SetTags(op)) => tagging(op, &[(Lambda, "TagResource"), (Lambda, "UntagResource")]),
        Op::Function(FunctionOp::CreateProbeRole(_)) => &[(Iam, "CreateRole"), (Iam, "AttachRolePolicy")],
        Op::Function(FunctionOp::DeleteProbeRole(_)) => &[
            (Iam, "ListAttachedRolePolicies"),
            (Iam, "ListRolePolicies"),
            (Iam, "DetachRolePolicy"),
            (Iam, "DeleteRole"),
        ],
        Op::Function(FunctionOp::CreateProbe(_)) => &[(Iam, "GetRole"), (Lambda, "CreateFunction")],
        Op::Network(_) | Op::Gateway(_) => return vec![Request::new(Ec2, name_of(op))],
        Op::Function(FunctionOp::GrantNetworkAccess(_) | FunctionOp::RevokeNetworkAccess(_)) => {
            return vec![Request::new(Iam, name_of(op))];
        }
        Op::Function(_) => return vec![Request::new(Lambda, name_of(op))],
    };
    requests(actions)
}

/// Both calls, or the one that has something to do.
fn tagging<'a>(op: &SetTags<CloudId>, both: &'a [(Api, &'static str); 2]) -> &'a [(Api, &'static str)] {
    match (op.set.is_empty(), op.remove.is_empty()) {
        (false, true) => &both[..1],
        (true, false) => &both[1..],
        _ => both,
    }
}

/// The requests of an observation that shows this World.
pub(crate) fn of_observation(family: Family, scope: &Scope, seen: &World) -> Vec<Request> {
    use Api::{Ec2, Iam, Lambda, Tagging};
    const TAGGED: &[(Api, &str)] = &[(Ec2, "DescribeVpcs"), (Ec2, "DescribeSubnets")];
    const BY_WHAT_IS_INSIDE: &[(Api, &str)] =
        &[(Ec2, "DescribeSubnets"), (Ec2, "DescribeRouteTables"), (Ec2, "DescribeSecurityGroups")];
    const INSIDE: &[(Api, &str)] = &[
        (Ec2, "DescribeRouteTables"),
        (Ec2, "DescribeSecurityGroups"),
        (Ec2, "DescribeNetworkAcls"),
        (Ec2, "DescribeNetworkInterfaces"),
    ];
    const GATEWAYS: &[(Api, &str)] = &[
        (Ec2, "DescribeVpcs"),
        (Ec2, "DescribeInternetGateways"),
        (Ec2, "DescribeNatGateways"),
        (Ec2, "DescribeAddresses"),
    ];
    const FUNCTIONS: &[(Api, &str)] = &[
        (Lambda, "ListFunctions"),
        (Iam, "ListEntitiesForPolicy"),
        (Iam, "ListRoles"),
        (Ec2, "DescribeVpcs"),
        (Ec2, "DescribeSubnets"),
    ];
    // Sent where the account has any function beside those that are asked for; counted always.
    const BY_TAG: &[(Api, &str)] = &[(Tagging, "GetResources")];
    const FUNCTION: (Api, &str) = (Lambda, "GetFunction");
    const ROLE: &[(Api, &str)] = &[(Iam, "GetRole"), (Iam, "ListRolePolicies")];

    // A network is also found by the functions that were asked for.
    let (asked, by_tag) = match scope {
        Scope::Stack { functions, .. } => (functions.len(), BY_TAG),
        Scope::Everything => (0, &BY_TAG[..0]),
        Scope::Lease { .. } => return requests(&[(Ec2, "DescribeLaunchTemplates")]),
    };
    let functions = seen.function.functions.len();
    let actions: Vec<(Api, &'static str)> = match family {
        Family::Network if seen.network.networks.is_empty() => {
            [TAGGED, BY_WHAT_IS_INSIDE, &[FUNCTION].repeat(asked)].concat()
        }
        Family::Network => [TAGGED, INSIDE, &[FUNCTION].repeat(asked)].concat(),
        Family::Gateway => [GATEWAYS, &[FUNCTION].repeat(asked)].concat(),
        Family::Function => {
            let each = (&[FUNCTION].repeat(functions.max(asked)), &ROLE.repeat(seen.function.roles.len()));
            [FUNCTIONS, by_tag, each.0, each.1].concat()
        }
    };
    requests(&actions)
}

/// The requests of a question for room.
pub(crate) fn of_quotas(of: &BTreeSet<Counted>) -> Vec<Request> {
    let actions = of.iter().flat_map(|what| -> &[&'static str] {
        match what {
            Counted::Networks => &["DescribeVpcs"],
            Counted::InternetGateways => &["DescribeInternetGateways"],
            Counted::Addresses => &["DescribeAccountAttributes", "DescribeAddresses"],
            Counted::NatGateways { .. } => &["DescribeNatGateways", "DescribeSubnets"],
            Counted::FunctionInterfaces { network: Some(_) } => &["DescribeNetworkInterfaces"],
            _ => &[],
        }
    });
    actions.map(|action| Request::new(Api::Ec2, action)).collect()
}

fn requests(actions: &[(Api, &'static str)]) -> Vec<Request> {
    actions.iter().map(|&(api, action)| Request::new(api, action)).collect()
}

fn network(op: &NetworkOp<CloudId>) -> &'static str {
    match op {
        NetworkOp::CreateNetwork(_) => "CreateVpc",
        NetworkOp::DeleteNetwork(_) => "DeleteVpc",
        NetworkOp::CreateSubnet(_) => "CreateSubnet",
        NetworkOp::DeleteSubnet(_) => "DeleteSubnet",
        NetworkOp::CreateRouteTable(_) => "CreateRouteTable",
        NetworkOp::DeleteRouteTable(_) => "DeleteRouteTable",
        NetworkOp::AssociateRouteTable(op) if op.replaces.is_some() => "ReplaceRouteTableAssociation",
        NetworkOp::AssociateRouteTable(_) => "AssociateRouteTable",
        NetworkOp::DisassociateRouteTable(_) => "DisassociateRouteTable",
        NetworkOp::CreateRoute(_) => "CreateRoute",
        NetworkOp::ReplaceRoute(_) => "ReplaceRoute",
        NetworkOp::DeleteRoute(_) => "DeleteRoute",
        NetworkOp::CreateGroup(_) => "CreateSecurityGroup",
        NetworkOp::AllowEgress(_) => "AuthorizeSecurityGroupEgress",
        NetworkOp::DeleteGroup(_) => "DeleteSecurityGroup",
        NetworkOp::DeleteInterface(_) => "DeleteNetworkInterface",
        NetworkOp::CreateLease(_) => "CreateLaunchTemplate",
        NetworkOp::DeleteLease(_) => "DeleteLaunchTemplate",
        NetworkOp::SetTags(op) if op.set.is_empty() => "DeleteTags",
        NetworkOp::SetTags(_) => "CreateTags",
        _ => "an unknown operation",
    }
}

fn gateway(op: &GatewayOp<CloudId>) -> &'static str {
    match op {
        GatewayOp::CreateInternetGateway(_) => "CreateInternetGateway",
        GatewayOp::AttachInternetGateway(_) => "AttachInternetGateway",
        GatewayOp::DetachInternetGateway(_) => "DetachInternetGateway",
        GatewayOp::DeleteInternetGateway(_) => "DeleteInternetGateway",
        GatewayOp::AllocateAddress(_) => "AllocateAddress",
        GatewayOp::ReleaseAddress(_) => "ReleaseAddress",
        GatewayOp::CreateNatGateway(_) => "CreateNatGateway",
        GatewayOp::DeleteNatGateway(_) => "DeleteNatGateway",
        GatewayOp::AssociateNatAddress(_) => "AssociateNatGatewayAddress",
        GatewayOp::DisassociateNatAddress(_) => "DisassociateNatGatewayAddress",
        GatewayOp::SetTags(op) if op.set.is_empty() => "DeleteTags",
        GatewayOp::SetTags(_) => "CreateTags",
        _ => "an unknown operation",
    }
}

fn function(op: &FunctionOp<CloudId>) -> &'static str {
    match op {
        FunctionOp::SetAttachment(_) => "UpdateFunctionConfiguration",
        FunctionOp::GrantNetworkAccess(op) if op.grant == Grant::Inline => "PutRolePolicy",
        FunctionOp::GrantNetworkAccess(_) => "AttachRolePolicy",
        FunctionOp::RevokeNetworkAccess(op) if op.grant == Grant::Inline => "DeleteRolePolicy",
        FunctionOp::RevokeNetworkAccess(_) => "DetachRolePolicy",
        FunctionOp::CreateProbeRole(_) => "CreateRole",
        FunctionOp::DeleteProbeRole(_) => "DeleteRole",
        FunctionOp::CreateProbe(_) => "CreateFunction",
        FunctionOp::DeleteProbe(_) => "DeleteFunction",
        FunctionOp::SetTags(op) if op.set.is_empty() => "UntagResource",
        FunctionOp::SetTags(_) => "TagResource",
        _ => "an unknown operation",
    }
}
