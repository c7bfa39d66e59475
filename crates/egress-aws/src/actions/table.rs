//! The table of actions.

use super::{
    Access::{self, *},
    Action,
    Limit::{self, *},
    Verb::{self, *},
};

const NONE: &[Verb] = &[];
const ALL: &[Verb] = &Verb::ALL;
/// Whoever observes a stack.
const EVERY: &[Verb] = &[Plan, Apply, Status, Ips, Attach, Detach, Verify, Destroy, Graph, Recover, Inspect];
/// The same without those who look at a whole account.
const STACKS: &[Verb] = &[Plan, Apply, Status, Ips, Attach, Detach, Verify, Destroy, Graph, Recover];
/// Whoever looks at a whole account, always or where it is asked to.
const INSPECT: &[Verb] = &[Inspect];
const GRAPH: &[Verb] = &[Graph];
/// What is read only where a network is there already: the first `apply` plans before it has one, and an address comes back
/// where nothing else is left.
const ONCE_MADE: &[Verb] = &[Plan, Status, Ips, Attach, Detach, Verify, Destroy, Graph, Inspect];
const APPLY: &[Verb] = &[Apply];
const ATTACH: &[Verb] = &[Attach];
const VERIFY: &[Verb] = &[Verify];
const DESTROY: &[Verb] = &[Destroy];
/// `attach` plans what `apply` plans, so it may mend whatever has drifted, and take down what the file no longer has.
const APPLY_ATTACH: &[Verb] = &[Apply, Attach];
/// Whoever may make what accounts have a limit of asks first whether there is room.
const PLAN_APPLY_ATTACH: &[Verb] = &[Plan, Apply, Attach];
const ATTACH_VERIFY: &[Verb] = &[Attach, Verify];
const APPLY_RECOVER: &[Verb] = &[Apply, Recover];
const APPLY_ATTACH_VERIFY: &[Verb] = &[Apply, Attach, Verify];
const APPLY_ATTACH_DESTROY: &[Verb] = &[Apply, Attach, Destroy];
const APPLY_ATTACH_DETACH: &[Verb] = &[Apply, Attach, Detach];
const DETACH_DESTROY: &[Verb] = &[Detach, Destroy];
const APPLY_ATTACH_DETACH_DESTROY: &[Verb] = &[Apply, Attach, Detach, Destroy];
/// Whoever puts a function, a probe included, into a network.
const MOVES: &[Verb] = &[Apply, Attach, Detach, Verify, Destroy];
/// Whoever holds the lock.
const LOCKS: &[Verb] = &[Apply, Attach, Detach, Verify, Destroy, Recover];
/// Whoever gives a lock up.
const UNLOCKS: &[Verb] = &[Apply, Attach, Detach, Verify, Destroy, Recover, Unlock];
/// Whoever looks at the lock.
const LOOKS: &[Verb] = &[Apply, Status, Attach, Detach, Verify, Destroy, Recover, Unlock];

/// What egress tags.
const TAGGABLE: &[&str] = &[
    "elastic-ip",
    "internet-gateway",
    "launch-template",
    "natgateway",
    "route-table",
    "security-group",
    "subnet",
    "vpc",
];

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
    action("ec2:AllocateAddress", Write, APPLY_RECOVER, ATTACH, &[Made(&["elastic-ip"])]),
    action("ec2:AssociateNatGatewayAddress", Write, NONE, APPLY_ATTACH, &[Tagged(&["natgateway"]), Of(&["elastic-ip"])]),
    action("ec2:AssociateRouteTable", Write, APPLY, ATTACH, &[Of(&["route-table", "subnet"])]),
    action("ec2:AttachInternetGateway", Write, APPLY, ATTACH, &[Of(&["internet-gateway", "vpc"])]),
    action("ec2:AuthorizeSecurityGroupEgress", Write, NONE, APPLY_ATTACH, &[Tagged(&["security-group"])]),
    action("ec2:CreateInternetGateway", Write, APPLY, ATTACH, &[Made(&["internet-gateway"])]),
    action("ec2:CreateLaunchTemplate", Write, LOCKS, NONE, &[Made(&["launch-template"])]),
    action("ec2:CreateNatGateway", Write, APPLY, ATTACH, &[Made(&["natgateway"]), Of(&["elastic-ip", "subnet"])]),
    action("ec2:CreateRoute", Write, APPLY, ATTACH, &[Of(&["route-table"])]),
    action("ec2:CreateRouteTable", Write, APPLY, ATTACH, &[Made(&["route-table"]), Of(&["vpc"])]),
    action("ec2:CreateSecurityGroup", Write, APPLY, ATTACH, &[Made(&["security-group"]), Of(&["vpc"])]),
    action("ec2:CreateSubnet", Write, APPLY, ATTACH, &[Made(&["subnet"]), Of(&["vpc"])]),
    action("ec2:CreateTags", Write, NONE, LOCKS, &[WhileMaking, Tagged(TAGGABLE)]),
    action("ec2:CreateVpc", Write, APPLY, ATTACH, &[Made(&["vpc"])]),
    action("ec2:DeleteInternetGateway", Write, DESTROY, APPLY_ATTACH, &[Tagged(&["internet-gateway"])]),
    action("ec2:DeleteLaunchTemplate", Write, UNLOCKS, NONE, &[Tagged(&["launch-template"])]),
    action("ec2:DeleteNatGateway", Write, DESTROY, APPLY_ATTACH, &[Tagged(&["natgateway"])]),
    action("ec2:DeleteNetworkInterface", Write, NONE, APPLY_ATTACH_DESTROY, &[Of(&["network-interface"])]),
    action("ec2:DeleteRoute", Write, NONE, DESTROY, &[Of(&["route-table"])]),
    action("ec2:DeleteRouteTable", Write, DESTROY, APPLY_ATTACH, &[Tagged(&["route-table"])]),
    action("ec2:DeleteSecurityGroup", Write, DESTROY, APPLY_ATTACH, &[Tagged(&["security-group"])]),
    action("ec2:DeleteSubnet", Write, DESTROY, APPLY_ATTACH, &[Tagged(&["subnet"])]),
    action("ec2:DeleteTags", Write, NONE, APPLY_ATTACH, &[Tagged(TAGGABLE)]),
    action("ec2:DeleteVpc", Write, DESTROY, APPLY_ATTACH, &[Tagged(&["vpc"])]),
    action("ec2:DescribeAccountAttributes", Read, NONE, PLAN_APPLY_ATTACH, &[Anything]),
    action("ec2:DescribeAddresses", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeAvailabilityZones", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeDhcpOptions", Read, INSPECT, STACKS, &[Anything]),
    action("ec2:DescribeEgressOnlyInternetGateways", Read, INSPECT, GRAPH, &[Anything]),
    action("ec2:DescribeInstances", Read, INSPECT, STACKS, &[Anything]),
    action("ec2:DescribeInternetGateways", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeLaunchTemplates", Read, LOOKS, NONE, &[Anything]),
    action("ec2:DescribeManagedPrefixLists", Read, NONE, EVERY, &[Anything]),
    action("ec2:DescribeNatGateways", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeNetworkAcls", Read, ONCE_MADE, APPLY_RECOVER, &[Anything]),
    action("ec2:DescribeNetworkInterfaces", Read, ONCE_MADE, APPLY_RECOVER, &[Anything]),
    action("ec2:DescribeRouteTables", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeSecurityGroups", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeSubnets", Read, EVERY, NONE, &[Anything]),
    action("ec2:DescribeTransitGatewayAttachments", Read, NONE, EVERY, &[Anything]),
    action("ec2:DescribeTransitGatewayRouteTables", Read, NONE, EVERY, &[Anything]),
    action("ec2:DescribeTransitGatewayVpcAttachments", Read, NONE, EVERY, &[Anything]),
    action("ec2:DescribeTransitGateways", Read, INSPECT, STACKS, &[Anything]),
    action("ec2:DescribeVpcAttribute", Read, INSPECT, STACKS, &[Anything]),
    action("ec2:DescribeVpcBlockPublicAccessExclusions", Read, INSPECT, GRAPH, &[Anything]),
    action("ec2:DescribeVpcBlockPublicAccessOptions", Read, INSPECT, GRAPH, &[Anything]),
    action("ec2:DescribeVpcEndpoints", Read, INSPECT, STACKS, &[Anything]),
    action("ec2:DescribeVpcPeeringConnections", Read, INSPECT, STACKS, &[Anything]),
    action("ec2:DescribeVpcs", Read, EVERY, NONE, &[Anything]),
    action("ec2:DetachInternetGateway", Write, DESTROY, APPLY_ATTACH, &[Tagged(&["internet-gateway"]), Of(&["vpc"])]),
    action("ec2:DisassociateNatGatewayAddress", Write, NONE, APPLY_ATTACH, &[Tagged(&["natgateway"]), Of(&["elastic-ip"])]),
    action("ec2:DisassociateRouteTable", Write, DESTROY, APPLY_ATTACH, &[Of(&["route-table", "subnet"])]),
    action("ec2:GetManagedPrefixListEntries", Read, NONE, EVERY, &[Anything]),
    action("ec2:GetSecurityGroupsForVpc", Permission, MOVES, NONE, &[Of(&["security-group", "vpc"])]),
    action("ec2:ReleaseAddress", Write, NONE, DESTROY, &[Tagged(&["elastic-ip"])]),
    action("ec2:ReplaceRoute", Write, NONE, APPLY_ATTACH, &[Of(&["route-table"])]),
    action("ec2:ReplaceRouteTableAssociation", Write, NONE, APPLY_ATTACH, &[Of(&["route-table", "subnet"])]),
    action("ec2:SearchTransitGatewayRoutes", Read, NONE, EVERY, &[Anything]),
    action("iam:AttachRolePolicy", Write, APPLY, ATTACH_VERIFY, &[RolesWithManagedPolicy]),
    action("iam:CreateRole", Write, APPLY, ATTACH_VERIFY, &[OwnRoles]),
    action("iam:DeleteRole", Write, DESTROY, NONE, &[OwnRoles]),
    action("iam:DeleteRolePolicy", Write, NONE, APPLY_ATTACH_DETACH_DESTROY, &[Roles]),
    action("iam:DetachRolePolicy", Write, DESTROY, APPLY_ATTACH_DETACH, &[RolesWithManagedPolicy]),
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
    action("sts:GetCallerIdentity", Read, ALL, NONE, &[Anything]),
    action("tag:GetResources", Read, NONE, STACKS, &[Anything]),
];
