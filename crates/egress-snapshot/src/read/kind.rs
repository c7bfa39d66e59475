//! The table of what is known: which top-level key holds what, and what identifies it.

use egress_core::world::Listing;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Identity,
    Zone,
    Vpc,
    VpcAttribute,
    DhcpOptions,
    Subnet,
    RouteTable,
    SecurityGroup,
    Acl,
    Interface,
    Instance,
    Endpoint,
    Peering,
    PrefixList,
    PrefixEntries,
    TransitGateway,
    TransitAttachment,
    TransitVpcAttachment,
    TransitTable,
    TransitRoutes,
    TransitStaticRoutes,
    TransitPropagations,
    BlockOptions,
    BlockExclusion,
    InternetGateway,
    EgressOnlyGateway,
    NatGateway,
    Address,
    Function,
    FunctionConfiguration,
    Version,
    Alias,
    /// That the aliases of a function were listed.
    AliasListing,
    /// That functions were listed with all of their versions.
    AllVersions,
    Concurrency,
    Role,
    RoleDetail,
    Policy,
    RolePolicyNames,
    AttachedPolicies,
    RolePolicy,
}

/// How sure it is that the owner that an entry names is the account that was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// The thing may be shared from another account.
    Shared,
    /// Things like it are listed to their owner alone.
    Own,
    /// The answer says who asked.
    Asked,
}

/// A top-level key and what stands under it.
pub(super) struct Row {
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// The field that identifies an entry.
    pub(super) id: &'static str,
}

const fn row(key: &'static str, kind: Kind, id: &'static str) -> Row {
    Row { key, kind, id }
}

/// Every list, or single thing, under a key of its own. Source: the EC2, Lambda and IAM API references; the `TransitGatewayStaticRoutes`
/// and `TransitGatewayPropagations` are batfish's, which puts one answer per table into a list.
pub(super) const ROWS: [Row; 33] = [
    row("AvailabilityZones", Kind::Zone, "ZoneName"),
    row("Vpcs", Kind::Vpc, "VpcId"),
    row("DhcpOptions", Kind::DhcpOptions, "DhcpOptionsId"),
    row("Subnets", Kind::Subnet, "SubnetId"),
    row("RouteTables", Kind::RouteTable, "RouteTableId"),
    row("SecurityGroups", Kind::SecurityGroup, "GroupId"),
    row("NetworkAcls", Kind::Acl, "NetworkAclId"),
    row("NetworkInterfaces", Kind::Interface, "NetworkInterfaceId"),
    row("Reservations", Kind::Instance, "InstanceId"),
    row("VpcEndpoints", Kind::Endpoint, "VpcEndpointId"),
    row("VpcPeeringConnections", Kind::Peering, "VpcPeeringConnectionId"),
    row("PrefixLists", Kind::PrefixList, "PrefixListId"),
    row("Entries", Kind::PrefixEntries, "PrefixListId"),
    row("TransitGateways", Kind::TransitGateway, "TransitGatewayId"),
    row("TransitGatewayAttachments", Kind::TransitAttachment, "TransitGatewayAttachmentId"),
    row("TransitGatewayVpcAttachments", Kind::TransitVpcAttachment, "TransitGatewayAttachmentId"),
    row("TransitGatewayRouteTables", Kind::TransitTable, "TransitGatewayRouteTableId"),
    row("Routes", Kind::TransitRoutes, "TransitGatewayRouteTableId"),
    row("TransitGatewayStaticRoutes", Kind::TransitStaticRoutes, "TransitGatewayRouteTableId"),
    row("TransitGatewayPropagations", Kind::TransitPropagations, "TransitGatewayRouteTableId"),
    row("TransitGatewayRouteTablePropagations", Kind::TransitPropagations, "TransitGatewayRouteTableId"),
    row("VpcBlockPublicAccessOptions", Kind::BlockOptions, "AwsRegion"),
    row("VpcBlockPublicAccessExclusions", Kind::BlockExclusion, "ExclusionId"),
    row("InternetGateways", Kind::InternetGateway, "InternetGatewayId"),
    row("EgressOnlyInternetGateways", Kind::EgressOnlyGateway, "EgressOnlyInternetGatewayId"),
    row("NatGateways", Kind::NatGateway, "NatGatewayId"),
    row("Addresses", Kind::Address, "AllocationId"),
    row("Functions", Kind::Function, "FunctionName"),
    row("Versions", Kind::Version, "FunctionName"),
    row("Aliases", Kind::Alias, "AliasArn"),
    row("Roles", Kind::Role, "RoleName"),
    row("Role", Kind::Role, "RoleName"),
    row("RoleDetailList", Kind::RoleDetail, "RoleName"),
];

/// Answers about things that no World has room for.
pub(super) const QUIET: [&str; 40] = [
    "AccountAttributes",
    "Associations",
    "CarrierGateways",
    "ClientVpnEndpoints",
    "CustomerGateways",
    "DBInstances",
    "DirectConnectGateways",
    "DomainStatusList",
    "FlowLogs",
    "GroupDetailList",
    "Groups",
    "InstanceStatuses",
    "InstanceTypes",
    "Layers",
    "ListenerDescriptions",
    "Listeners",
    "LoadBalancerAttributes",
    "LoadBalancerDescriptions",
    "LoadBalancerListeners",
    "LoadBalancerTargetHealth",
    "LoadBalancers",
    "LocalGateways",
    "NetworkAclEntry",
    "PublicIpv4Pools",
    "Regions",
    "SecurityGroupRules",
    "ServiceDetails",
    "ServiceNames",
    "StaleSecurityGroupSet",
    "TargetGroups",
    "TargetHealthDescriptions",
    "TransitGatewayConnects",
    "TransitGatewayPeeringAttachments",
    "TransitGatewayRouteTableAnnouncements",
    "UserDetailList",
    "Users",
    "VirtualGateways",
    "VpcEndpointConnections",
    "VpnConnections",
    "VpnGateways",
];

impl Kind {
    /// The listing that is known once answers of this kind are there, or is not once one of them cannot be read.
    pub(crate) const fn listing(self) -> Option<Listing> {
        Some(match self {
            Self::Identity
            | Self::DhcpOptions
            | Self::VpcAttribute
            | Self::PrefixEntries
            | Self::Concurrency
            | Self::AllVersions => {
                return None;
            }
            Self::Zone => Listing::Zones,
            Self::Vpc => Listing::Networks,
            Self::Subnet => Listing::Subnets,
            Self::RouteTable => Listing::RouteTables,
            Self::SecurityGroup => Listing::SecurityGroups,
            Self::Acl => Listing::Acls,
            Self::Interface => Listing::Interfaces,
            Self::Instance => Listing::Machines,
            Self::Endpoint => Listing::Endpoints,
            Self::Peering => Listing::Peerings,
            Self::PrefixList => Listing::PrefixLists,
            Self::TransitGateway => Listing::TransitGateways,
            Self::TransitAttachment | Self::TransitVpcAttachment => Listing::TransitAttachments,
            Self::TransitTable | Self::TransitRoutes | Self::TransitStaticRoutes | Self::TransitPropagations => {
                Listing::TransitTables
            }
            Self::BlockOptions | Self::BlockExclusion => Listing::BlockPublicAccess,
            Self::InternetGateway => Listing::InternetGateways,
            Self::EgressOnlyGateway => Listing::EgressOnlyGateways,
            Self::NatGateway => Listing::NatGateways,
            Self::Address => Listing::Addresses,
            Self::Function | Self::FunctionConfiguration => Listing::Functions,
            Self::Version | Self::Alias | Self::AliasListing => Listing::Versions,
            Self::Role
            | Self::RoleDetail
            | Self::Policy
            | Self::RolePolicyNames
            | Self::AttachedPolicies
            | Self::RolePolicy => Listing::Roles,
        })
    }

    /// What the owner of such a thing tells.
    pub(super) const fn strength(self) -> Strength {
        match self {
            Self::Identity | Self::BlockOptions => Strength::Asked,
            Self::Interface
            | Self::Instance
            | Self::InternetGateway
            | Self::Endpoint
            | Self::Function
            | Self::FunctionConfiguration
            | Self::Version
            | Self::Alias
            | Self::Role
            | Self::RoleDetail => Strength::Own,
            _ => Strength::Shared,
        }
    }

    /// Whether such a thing is in every region of its account.
    pub(super) const fn is_global(self) -> bool {
        matches!(
            self,
            Self::Role
                | Self::RoleDetail
                | Self::Policy
                | Self::RolePolicyNames
                | Self::AttachedPolicies
                | Self::RolePolicy
                | Self::Identity
        )
    }

    /// Whether such an entry says no more than that it is there.
    pub(super) const fn is_a_mark(self) -> bool {
        matches!(self, Self::AliasListing | Self::AllVersions)
    }

    /// Whether two entries of one id are parts of one list, rather than the same thing told twice.
    pub(super) const fn is_a_list(self) -> bool {
        matches!(
            self,
            Self::PrefixEntries
                | Self::TransitRoutes
                | Self::TransitStaticRoutes
                | Self::TransitPropagations
                | Self::RolePolicyNames
                | Self::AttachedPolicies
        )
    }
}
