//! Ops on networks, subnets, route tables, routes, security groups, interfaces and leases.

use std::fmt;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::{SetTags, made};
use crate::{
    CloudId, Kind, Tags,
    world::{Destination, Rule, Target},
};

/// One mutating call to a [`NetworkProvider`](crate::NetworkProvider).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NetworkOp<R> {
    /// See [`CreateNetwork`].
    CreateNetwork(CreateNetwork),
    /// See [`DeleteNetwork`].
    DeleteNetwork(DeleteNetwork<R>),
    /// See [`CreateSubnet`].
    CreateSubnet(CreateSubnet<R>),
    /// See [`DeleteSubnet`].
    DeleteSubnet(DeleteSubnet<R>),
    /// See [`CreateRouteTable`].
    CreateRouteTable(CreateRouteTable<R>),
    /// See [`DeleteRouteTable`].
    DeleteRouteTable(DeleteRouteTable<R>),
    /// See [`AssociateRouteTable`].
    AssociateRouteTable(AssociateRouteTable<R>),
    /// See [`DisassociateRouteTable`].
    DisassociateRouteTable(DisassociateRouteTable<R>),
    /// See [`CreateRoute`].
    CreateRoute(CreateRoute<R>),
    /// See [`ReplaceRoute`].
    ReplaceRoute(ReplaceRoute<R>),
    /// See [`DeleteRoute`].
    DeleteRoute(DeleteRoute<R>),
    /// See [`CreateGroup`].
    CreateGroup(CreateGroup<R>),
    /// See [`AllowEgress`].
    AllowEgress(AllowEgress<R>),
    /// See [`DeleteGroup`].
    DeleteGroup(DeleteGroup<R>),
    /// See [`DeleteInterface`].
    DeleteInterface(DeleteInterface<R>),
    /// See [`CreateLease`].
    CreateLease(CreateLease),
    /// See [`DeleteLease`].
    DeleteLease(DeleteLease<R>),
    /// See [`SetTags`]; for the kinds of this family.
    SetTags(SetTags<R>),
}

/// Makes a private network. Done: a network with these tags and exactly this primary range.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateNetwork {
    /// Its range.
    pub cidr: Ipv4Net,
    /// Its tags from the start.
    pub tags: Tags,
}

/// Deletes an empty network and what the cloud made with it. Fails with `InUse` while anything is inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteNetwork<R> {
    /// Which.
    pub network: R,
}

/// Makes a subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateSubnet<R> {
    /// The network that it is part of.
    pub network: R,
    /// Its range, inside the network's and apart from other subnets'.
    pub cidr: Ipv4Net,
    /// The name of its zone.
    pub zone: String,
    /// Its tags from the start.
    pub tags: Tags,
}

/// Deletes an empty subnet. Fails with `InUse` while an interface is inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteSubnet<R> {
    /// Which.
    pub subnet: R,
}

/// Makes a route table that has only the network's own local route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRouteTable<R> {
    /// The network that it routes in.
    pub network: R,
    /// Its tags from the start.
    pub tags: Tags,
}

/// Deletes a route table. Fails with `InUse` while a subnet is associated with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteRouteTable<R> {
    /// Which.
    pub table: R,
}

/// Makes a subnet use a table. Done: the subnet's active association is with this table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssociateRouteTable<R> {
    /// The table.
    pub table: R,
    /// The subnet.
    pub subnet: R,
    /// The association, with another table, that this one takes the place of in one step.
    pub replaces: Option<CloudId>,
}

/// Makes a subnet use its network's main table again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisassociateRouteTable<R> {
    /// The table.
    pub table: R,
    /// The subnet.
    pub subnet: R,
    /// The association itself.
    pub association: CloudId,
}

/// Adds a route. Fails with `AlreadyExists` where the table has a route to that destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateRoute<R> {
    /// The table.
    pub table: R,
    /// Which packets.
    pub destination: Destination,
    /// Where to.
    pub target: Target<R>,
}

/// Gives an existing route another target, in one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaceRoute<R> {
    /// The table.
    pub table: R,
    /// Which packets.
    pub destination: Destination,
    /// Where to from now on.
    pub target: Target<R>,
}

/// Takes a route away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteRoute<R> {
    /// The table.
    pub table: R,
    /// Which packets.
    pub destination: Destination,
}

/// Makes a security group that lets everything out and nothing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateGroup<R> {
    /// The network that it is for.
    pub network: R,
    /// Its name, unique in the network.
    pub name: String,
    /// What it is for, for people.
    pub description: String,
    /// Its tags from the start.
    pub tags: Tags,
}

/// Adds a rule that lets something out of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowEgress<R> {
    /// The group.
    pub group: R,
    /// What may go out.
    pub rule: Rule,
}

/// Deletes a security group. Fails with `InUse` while an interface has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteGroup<R> {
    /// Which.
    pub group: R,
}

/// Deletes an interface that nothing uses any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteInterface<R> {
    /// Which.
    pub interface: R,
}

/// Makes a lease. Fails with `AlreadyExists` where the account has one of that name in the region, whether or not it is
/// visible yet: of many who ask at once, one gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateLease {
    /// Its name: 3 to 128 letters, digits and hyphens.
    pub name: String,
    /// Its tags from the start.
    pub tags: Tags,
}

/// Deletes a lease. Its name is free at once, and the id is never given to another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteLease<R> {
    /// Which, by what the cloud calls it.
    pub lease: R,
}

impl<R> NetworkOp<R> {
    pub(super) fn try_map<S, E>(&self, f: &mut impl FnMut(&R) -> Result<S, E>) -> Result<NetworkOp<S>, E> {
        Ok(match self {
            Self::CreateNetwork(op) => NetworkOp::CreateNetwork(op.clone()),
            Self::DeleteNetwork(op) => NetworkOp::DeleteNetwork(DeleteNetwork { network: f(&op.network)? }),
            Self::CreateSubnet(op) => NetworkOp::CreateSubnet(CreateSubnet {
                network: f(&op.network)?,
                cidr: op.cidr,
                zone: op.zone.clone(),
                tags: op.tags.clone(),
            }),
            Self::DeleteSubnet(op) => NetworkOp::DeleteSubnet(DeleteSubnet { subnet: f(&op.subnet)? }),
            Self::CreateRouteTable(op) => {
                NetworkOp::CreateRouteTable(CreateRouteTable { network: f(&op.network)?, tags: op.tags.clone() })
            }
            Self::DeleteRouteTable(op) => NetworkOp::DeleteRouteTable(DeleteRouteTable { table: f(&op.table)? }),
            Self::AssociateRouteTable(op) => NetworkOp::AssociateRouteTable(AssociateRouteTable {
                table: f(&op.table)?,
                subnet: f(&op.subnet)?,
                replaces: op.replaces.clone(),
            }),
            Self::DisassociateRouteTable(op) => NetworkOp::DisassociateRouteTable(DisassociateRouteTable {
                table: f(&op.table)?,
                subnet: f(&op.subnet)?,
                association: op.association.clone(),
            }),
            Self::CreateRoute(op) => NetworkOp::CreateRoute(CreateRoute {
                table: f(&op.table)?,
                destination: op.destination.clone(),
                target: op.target.try_map(f)?,
            }),
            Self::ReplaceRoute(op) => NetworkOp::ReplaceRoute(ReplaceRoute {
                table: f(&op.table)?,
                destination: op.destination.clone(),
                target: op.target.try_map(f)?,
            }),
            Self::DeleteRoute(op) => {
                NetworkOp::DeleteRoute(DeleteRoute { table: f(&op.table)?, destination: op.destination.clone() })
            }
            Self::CreateGroup(op) => NetworkOp::CreateGroup(CreateGroup {
                network: f(&op.network)?,
                name: op.name.clone(),
                description: op.description.clone(),
                tags: op.tags.clone(),
            }),
            Self::AllowEgress(op) => {
                NetworkOp::AllowEgress(AllowEgress { group: f(&op.group)?, rule: op.rule.clone() })
            }
            Self::DeleteGroup(op) => NetworkOp::DeleteGroup(DeleteGroup { group: f(&op.group)? }),
            Self::DeleteInterface(op) => NetworkOp::DeleteInterface(DeleteInterface { interface: f(&op.interface)? }),
            Self::CreateLease(op) => NetworkOp::CreateLease(op.clone()),
            Self::DeleteLease(op) => NetworkOp::DeleteLease(DeleteLease { lease: f(&op.lease)? }),
            Self::SetTags(op) => NetworkOp::SetTags(op.try_map(f)?),
        })
    }

    pub(super) fn references(&self) -> Vec<&R> {
        match self {
            Self::CreateNetwork(_) | Self::CreateLease(_) => Vec::new(),
            Self::DeleteNetwork(op) => vec![&op.network],
            Self::CreateSubnet(op) => vec![&op.network],
            Self::DeleteSubnet(op) => vec![&op.subnet],
            Self::CreateRouteTable(op) => vec![&op.network],
            Self::DeleteRouteTable(op) => vec![&op.table],
            Self::AssociateRouteTable(op) => vec![&op.table, &op.subnet],
            Self::DisassociateRouteTable(op) => vec![&op.table, &op.subnet],
            Self::CreateRoute(op) => [&op.table].into_iter().chain(op.target.id()).collect(),
            Self::ReplaceRoute(op) => [&op.table].into_iter().chain(op.target.id()).collect(),
            Self::DeleteRoute(op) => vec![&op.table],
            Self::CreateGroup(op) => vec![&op.network],
            Self::AllowEgress(op) => vec![&op.group],
            Self::DeleteGroup(op) => vec![&op.group],
            Self::DeleteInterface(op) => vec![&op.interface],
            Self::DeleteLease(op) => vec![&op.lease],
            Self::SetTags(op) => vec![&op.resource],
        }
    }

    pub(super) fn created_tags(&self) -> Option<&Tags> {
        match self {
            Self::CreateNetwork(op) => Some(&op.tags),
            Self::CreateSubnet(op) => Some(&op.tags),
            Self::CreateRouteTable(op) => Some(&op.tags),
            Self::CreateGroup(op) => Some(&op.tags),
            Self::CreateLease(op) => Some(&op.tags),
            _ => None,
        }
    }

    pub(super) fn verb(&self) -> &'static str {
        match self {
            Self::CreateNetwork(_)
            | Self::CreateSubnet(_)
            | Self::CreateRouteTable(_)
            | Self::CreateGroup(_)
            | Self::CreateLease(_) => "create",
            Self::DeleteNetwork(_)
            | Self::DeleteSubnet(_)
            | Self::DeleteRouteTable(_)
            | Self::DeleteGroup(_)
            | Self::DeleteInterface(_)
            | Self::DeleteLease(_) => "delete",
            Self::AssociateRouteTable(_) => "associate",
            Self::DisassociateRouteTable(_) => "disassociate",
            Self::CreateRoute(_) => "route",
            Self::ReplaceRoute(_) => "reroute",
            Self::DeleteRoute(_) => "unroute",
            Self::AllowEgress(_) => "allow",
            Self::SetTags(_) => "tag",
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::CreateNetwork(_) | Self::DeleteNetwork(_) => Kind::Network,
            Self::CreateSubnet(_) | Self::DeleteSubnet(_) => Kind::Subnet,
            Self::CreateRouteTable(_)
            | Self::DeleteRouteTable(_)
            | Self::AssociateRouteTable(_)
            | Self::DisassociateRouteTable(_)
            | Self::CreateRoute(_)
            | Self::ReplaceRoute(_)
            | Self::DeleteRoute(_) => Kind::RouteTable,
            Self::CreateGroup(_) | Self::AllowEgress(_) | Self::DeleteGroup(_) => Kind::SecurityGroup,
            Self::DeleteInterface(_) => Kind::Interface,
            Self::CreateLease(_) | Self::DeleteLease(_) => Kind::Lease,
            Self::SetTags(op) => op.kind,
        }
    }
}

impl<R: fmt::Display> fmt::Display for NetworkOp<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateNetwork(op) => write!(f, "create {} {}", made(&op.tags, Kind::Network), op.cidr),
            Self::DeleteNetwork(op) => write!(f, "delete {}", op.network),
            Self::CreateSubnet(op) => write!(f, "create {} {} in {}", made(&op.tags, Kind::Subnet), op.cidr, op.zone),
            Self::DeleteSubnet(op) => write!(f, "delete {}", op.subnet),
            Self::CreateRouteTable(op) => write!(f, "create {}", made(&op.tags, Kind::RouteTable)),
            Self::DeleteRouteTable(op) => write!(f, "delete {}", op.table),
            Self::AssociateRouteTable(op) => write!(f, "associate {} with {}", op.subnet, op.table),
            Self::DisassociateRouteTable(op) => write!(f, "disassociate {} from {}", op.subnet, op.table),
            Self::CreateRoute(op) => write!(f, "route {} in {} to {}", op.destination, op.table, op.target),
            Self::ReplaceRoute(op) => write!(f, "reroute {} in {} to {}", op.destination, op.table, op.target),
            Self::DeleteRoute(op) => write!(f, "unroute {} in {}", op.destination, op.table),
            Self::CreateGroup(op) => write!(f, "create {}", made(&op.tags, Kind::SecurityGroup)),
            Self::AllowEgress(op) => write!(f, "allow {} out of {}", op.rule.protocol, op.group),
            Self::DeleteGroup(op) => write!(f, "delete {}", op.group),
            Self::DeleteInterface(op) => write!(f, "delete {}", op.interface),
            Self::CreateLease(op) => write!(f, "create lease {}", op.name),
            Self::DeleteLease(op) => write!(f, "delete {}", op.lease),
            Self::SetTags(op) => op.fmt(f),
        }
    }
}
