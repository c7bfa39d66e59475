//! The table of actions.

use super::{
    Access::{self, *},
    Action,
    Limit::{self, *},
    Verb::{self, *},
};

const NONE: &[Verb] = &[];
const EVERY: &[Verb] = &Verb::ALL;
/// What is read only where a network is there already: the first `apply` plans before it has one.
const ONCE_MADE: &[Verb] = &[Plan, Status, Ips, Attach, Detach, Verify, Destroy, Graph];
const APPLY: &[Verb] = &[Apply];
const ATTACH: &[Verb] = &[Attach];
const DETACH: &[Verb] = &[Detach];
const VERIFY: &[Verb] = &[Verify];
const DESTROY: &[Verb] = &[Destroy];
/// `attach` plans what `apply` plans, so it may mend whatever has drifted.
const APPLY_ATTACH: &[Verb] = &[Apply, Attach];
/// Whoever may make what accounts have a limit of asks first whether there is room.
const PLAN_APPLY_ATTACH: &[Verb] = &[Plan, Apply, Attach];
const ATTACH_VERIFY: &[Verb] = &[Attach, Verify];
const APPLY_ATTACH_VERIFY: &[Verb] = &[Apply, Attach, Verify];
const DETACH_DESTROY: &[Verb] = &[Detach, Destroy];
const APPLY_ATTACH_DETACH_DESTROY: &[Verb] = &[Apply, Attach, Detach, Destroy];
/// Whoever puts a function, a probe included, into a network.
const MOVES: &[Verb] = &[Apply, Attach, Detach, Verify, Destroy];

/// What egress tags.
const TAGGABLE: &[&str] =
    &["elastic-ip", "internet-gateway", "natgateway", "route-table", "security-group", "subnet", "vpc"];

const fn action(
    name: &'static str,
    access: Access,
    always: &'static [Verb],
    sometimes: &'static [Verb],
    on: &'static [Limit],
) -> Action {
    Action { name, access, always, sometimes, on }
}

/// All of them, ordered by name.
///
/// Sources of what limits what: Service Authorization Reference, the pages of EC2, Lambda and IAM.
#[rustfmt::skip]
pub const ACTIONS: &[Action] = &[
    action("ec2:AllocateAddress", Write, APPLY, ATTACH, &[Made(&["elastic-ip"])]),
    action("ec2:AssociateRouteTable", Write, APPLY, ATTACH, &[Of(&["route-table", "subnet"])]),
    action("ec2:AttachInternetGateway", Write, APPLY, ATTACH, &[Of(&["internet-gateway", "vpc"])]),
    action("ec2:AuthorizeSecurityGroupEgress", Write, NONE, APPLY_ATTACH, &[Tagged(&["security-group"])]),
    action("ec2:CreateInternetGateway", Write, APPLY, ATTACH, &[Made(&["internet-gateway"])]),
    action("ec2:CreateNatGateway", Write, APPLY, ATTACH, &[Made(&["natgateway"]), Of(&["elastic-ip", "subnet"])]),
    action("ec2:CreateRoute", Write, APPLY, ATTACH, &[Of(&["route-table"])]),
    action("ec2:CreateRouteTable", Write, APPLY, ATTACH, &[Made(&["route-table"]), Of(&["vpc"])]),
    action("ec2:CreateSecurityGroup", Write, APPLY, ATTACH, &[Made(&["security-group"]), Of(&["vpc"])]),
    action("ec2:CreateSubnet", Write, APPLY, ATTACH, &[Made(&["subnet"]), Of(&["vpc"])]),
    action("ec2:CreateTags", Permission, NONE, APPLY_ATTACH, &[WhileMaking, Tagged(TAGGABLE)]),
    action("ec2:CreateVpc", Write, APPLY, ATTACH, &[Made(&["vpc"])]),
    action("ec2:DeleteInternetGateway", Write, DESTROY, NONE, &[Tagged(&["internet-gateway"])]),
    action("ec2:DeleteNatGateway", Write, DESTROY, NONE, &[Tagged(&["natgateway"])]),
    action("ec2:DeleteNetworkInterface", Write, NONE, DESTROY, &[Of(&["network-interface"])]),
    action("ec2:DeleteRoute", Write, NONE, DESTROY, &[Of(&["route-table"])]),
    action("ec2:DeleteRouteTable", Write, DESTROY, NONE, &[Tagged(&["route-table"])]),
    action("ec2:DeleteSecurityGroup", Write, DESTROY, NONE, &[Tagged(&["security-group"])]),
    action("ec2:DeleteSubnet", Write, DESTROY, NONE, &[Tagged(&["subnet"])]),
    action("ec2:DeleteTags", Write, NONE, APPLY_ATTACH, &[Tagged(TAGGABLE)]),
    action("ec2:DeleteVpc", Write, DESTROY, NONE, &[Tagged(&["vpc"])]),
    action("ec2:DescribeAccountAttributes", Read, NONE, PLAN_APPLY_ATTACH, &[Anything]),
    action("ec2:DescribeAddresses", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeAvailabilityZones", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeInternetGateways", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeManagedPrefixLists", Read, NONE, EVERY, &[Anything]),
    action("ec2:DescribeNatGateways", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeNetworkAcls", Read, ONCE_MADE, APPLY, &[Anything]),
    action("ec2:DescribeNetworkInterfaces", Read, ONCE_MADE, APPLY, &[Anything]),
    action("ec2:DescribeRouteTables", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeSecurityGroups", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeSubnets", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeVpcAttribute", Read, NONE, EVERY, &[Anything]),
    action("ec2:DescribeVpcEndpoints", Read, NONE, EVERY, &[Anything]),
    action("ec2:DescribeVpcPeeringConnections", Read, NONE, EVERY, &[Anything]),
    action("ec2:DescribeVpcs", Read, EVERY, NONE, &[Anything]),
    action("ec2:DetachInternetGateway", Write, DESTROY, NONE, &[Tagged(&["internet-gateway"]), Of(&["vpc"])]),
    action("ec2:DisassociateRouteTable", Write, DESTROY, NONE, &[Of(&["route-table", "subnet"])]),
    action("ec2:GetManagedPrefixListEntries", Read, NONE, EVERY, &[Anything]),
    action("ec2:GetSecurityGroupsForVpc", Permission, MOVES, NONE, &[Of(&["security-group", "vpc"])]),
    action("ec2:ReleaseAddress", Write, NONE, DESTROY, &[Tagged(&["elastic-ip"])]),
    action("ec2:ReplaceRoute", Write, NONE, APPLY_ATTACH, &[Of(&["route-table"])]),
    action("ec2:ReplaceRouteTableAssociation", Write, NONE, APPLY_ATTACH, &[Of(&["route-table", "subnet"])]),
    action("iam:AttachRolePolicy", Write, APPLY, ATTACH_VERIFY, &[RolesWithManagedPolicy]),
    action("iam:CreateRole", Write, APPLY, ATTACH_VERIFY, &[OwnRoles]),
    action("iam:DeleteRole", Write, DESTROY, NONE, &[OwnRoles]),
    action("iam:DeleteRolePolicy", Write, NONE, DETACH_DESTROY, &[Roles]),
    action("iam:DetachRolePolicy", Write, DESTROY, DETACH, &[RolesWithManagedPolicy]),
    action("iam:GetRole", Read, EVERY, NONE, &[Roles]),
    action("iam:ListAttachedRolePolicies", Read, DESTROY, NONE, &[OwnRoles]),
    action("iam:ListEntitiesForPolicy", Read, EVERY, NONE, &[ManagedPolicy]),
    action("iam:ListRolePolicies", Read, EVERY, NONE, &[Roles]),
    action("iam:ListRoles", Read, EVERY, NONE, &[Anything]),
    action("iam:PassRole", Permission, APPLY_ATTACH_VERIFY, NONE, &[OwnRolesToLambda]),
    action("iam:PutRolePolicy", Write, NONE, APPLY_ATTACH, &[Roles]),
    action("iam:SimulatePrincipalPolicy", Read, NONE, EVERY, &[Roles]),
    action("iam:TagRole", Permission, NONE, APPLY_ATTACH_VERIFY, &[OwnRoles]),
    action("lambda:CreateFunction", Write, APPLY_ATTACH_VERIFY, NONE, &[Probes]),
    action("lambda:DeleteFunction", Write, APPLY_ATTACH_VERIFY, DESTROY, &[Probes]),
    action("lambda:GetFunction", Read, EVERY, NONE, &[Functions]),
    action("lambda:InvokeFunction", Write, APPLY_ATTACH_VERIFY, NONE, &[Probes]),
    action("lambda:ListAliases", Read, NONE, EVERY, &[Functions]),
    action("lambda:ListFunctions", Read, EVERY, NONE, &[Anything]),
    action("lambda:ListTags", Permission, EVERY, NONE, &[Functions]),
    action("lambda:TagResource", Write, APPLY_ATTACH, VERIFY, &[Functions]),
    action("lambda:UntagResource", Write, DETACH_DESTROY, APPLY_ATTACH, &[Functions]),
    action("lambda:UpdateFunctionConfiguration", Write, APPLY_ATTACH_DETACH_DESTROY, NONE, &[Functions]),
    action("sts:GetCallerIdentity", Read, EVERY, NONE, &[Anything]),
];
