//! A mend applied to a World in memory.

use std::{collections::BTreeSet, convert::Infallible};

use super::{DnsSetting, Mend, Thing};
use crate::{CloudId, Tags, world::*};

impl Mend {
    /// Makes of a World what it would be after the mend.
    ///
    /// What must be made first is there under the name that stands for it, see [`Thing::id`]. Nothing else is made up: a mend of
    /// a resource that the World lacks does nothing.
    pub fn apply(&self, world: &mut World) {
        match self {
            Self::AddRoute { .. }
            | Self::ReplaceRoute { .. }
            | Self::DeleteRoute { .. }
            | Self::CreateRouteTable { .. }
            | Self::Associate { .. } => apply_to_table(self, world),
            Self::AttachInternetGateway { .. }
            | Self::CreateNatGateway { .. }
            | Self::CreateRegionalNatGateway { .. }
            | Self::DeleteNatGateway { .. }
            | Self::AwaitNatGateway { .. }
            | Self::AddNatAddress { .. }
            | Self::RemoveNatAddress { .. } => apply_to_gateway(self, world),
            Self::Attach { .. } | Self::SetTimeout { .. } | Self::Wake { .. } | Self::DeleteVersion { .. } => {
                apply_to_function(self, world);
            }
            Self::AttachPolicy { role } => {
                world.function.roles.entry(role.clone()).and_modify(|role| {
                    role.grants.insert(Grant::Managed);
                });
            }
            Self::AuthorizeEgress { group, protocol, ports, cidr } => {
                let rule = Rule { protocol: *protocol, ports: *ports, peer: Peer::Cidr(*cidr) };
                world.network.groups.entry(group.clone()).and_modify(|group| group.egress.push(rule));
            }
            Self::AuthorizeIngress { group, protocol, ports, peer } => {
                let rule = Rule { protocol: *protocol, ports: *ports, peer: peer.clone() };
                world.network.groups.entry(group.clone()).and_modify(|group| group.ingress.push(rule));
            }
            Self::AddAclEntry { acl, entry } => {
                world.network.acls.entry(acl.clone()).and_modify(|acl| acl.entries.push(entry.clone()));
            }
            Self::AcceptPeering { peering } => {
                world.network.peerings.entry(peering.clone()).and_modify(|peering| peering.active = true);
            }
            Self::DisableSourceDestCheck { interface } => {
                let interface = world.network.interfaces.entry(interface.clone());
                interface.and_modify(|interface| interface.source_dest_check = false);
            }
            Self::SetDns { network, setting } => {
                world.network.networks.entry(network.clone()).and_modify(|network| match setting {
                    DnsSetting::Support => network.dns_support = true,
                    DnsSetting::Hostnames => network.dns_hostnames = true,
                });
            }
            Self::EnablePrivateDns { endpoint } => {
                world.network.endpoints.entry(endpoint.clone()).and_modify(|endpoint| {
                    if let EndpointKind::Interface { private_dns, .. } = &mut endpoint.kind {
                        *private_dns = true;
                    }
                });
            }
            Self::Exclude { network } => {
                world.network.block_public_access.exclusions.insert(network.clone(), Exclusion::Egress);
            }
            Self::AddTransitRoute { table, cidr, attachment } => {
                let route = TransitRoute {
                    cidr: *cidr,
                    attachments: BTreeSet::from([attachment.id()]),
                    state: RouteState::Active,
                    propagated: false,
                };
                let table = world.network.transit.tables.entry(table.clone());
                table.and_modify(|table| table.routes.get_or_insert_default().push(route));
            }
        }
    }
}

fn apply_to_table(mend: &Mend, world: &mut World) {
    match mend {
        Mend::AddRoute { table, destination, target } => set_route(world, &table.id(), destination, target),
        Mend::ReplaceRoute { table, destination, target } => set_route(world, table, destination, target),
        Mend::DeleteRoute { table, destination } => {
            let table = world.network.route_tables.entry(table.clone());
            table.and_modify(|table| table.routes.retain(|route| &route.destination != destination));
        }
        Mend::CreateRouteTable { network } => create_table(world, network),
        Mend::Associate { subnet, table, .. } => {
            let with = AssociatedWith::Subnet(subnet.clone());
            for table in world.network.route_tables.values_mut() {
                table.associations.retain(|association| association.with != with);
            }
            let link = Association { id: CloudId::new("<new association>"), with, active: true };
            world.network.route_tables.entry(table.id()).and_modify(|table| table.associations.push(link));
        }
        _ => {}
    }
}

fn set_route(world: &mut World, table: &CloudId, destination: &Destination, target: &Target<Thing>) {
    let Ok(target) = target.try_map(&mut |thing: &Thing| Ok::<_, Infallible>(thing.id()));
    let route =
        Route { destination: destination.clone(), target, state: RouteState::Active, origin: RouteOrigin::Static };
    world.network.route_tables.entry(table.clone()).and_modify(|table| {
        table.routes.retain(|known| known.destination != route.destination);
        table.routes.push(route);
    });
}

/// A new table has the local routes of its network.
fn create_table(world: &mut World, network: &CloudId) {
    let id = Thing::new_table().id();
    let Some(found) = world.network.networks.get(network) else { return };
    let local = |range: ipnet::IpNet| Route {
        destination: Destination::Cidr(range),
        target: Target::Local,
        state: RouteState::Active,
        origin: RouteOrigin::Table,
    };
    let v4 = found.cidrs.iter().map(|range| local((*range).into()));
    let routes = v4.chain(found.cidrs_v6.iter().map(|range| local((*range).into()))).collect();
    let table =
        RouteTable { id: id.clone(), network: network.clone(), associations: Vec::new(), routes, tags: Tags::new() };
    world.network.route_tables.insert(id, table);
}

fn apply_to_gateway(mend: &Mend, world: &mut World) {
    match mend {
        Mend::AttachInternetGateway { gateway, network } => {
            let id = gateway.id();
            let attached = InternetGateway { id: id.clone(), network: Some(network.clone()), tags: Tags::new() };
            let there = world.gateway.internet_gateways.entry(id).or_insert(attached);
            there.network = Some(network.clone());
        }
        Mend::CreateNatGateway { subnet, address } => {
            let Some(network) = world.network.subnets.get(&subnet.id()).map(|subnet| subnet.network.clone()) else {
                return;
            };
            let addresses = vec![nat_address(world, &address.id(), None)];
            insert_nat(world, network, NatScope::Subnet(subnet.id()), addresses);
        }
        Mend::CreateRegionalNatGateway { network, addresses } => {
            // The cloud makes a table that leads to the network's internet gateway.
            create_table(world, network);
            let table = Thing::new_table().id();
            let gateways = &world.gateway.internet_gateways;
            let out = gateways.values().find(|igw| igw.network.as_ref() == Some(network)).map(|igw| igw.id.clone());
            if let Some(out) = out {
                let out = Target::InternetGateway(Thing::Known(out));
                set_route(world, &table, &Destination::default_v4(), &out);
            }
            let with_zone = |(zone, address): &(String, Thing)| nat_address(world, &address.id(), Some(zone));
            let addresses = addresses.iter().map(with_zone).collect();
            let scope = NatScope::Region { route_table: Some(table), automatic: false };
            insert_nat(world, network.clone(), scope, addresses);
        }
        Mend::DeleteNatGateway { nat } => {
            world.gateway.nat_gateways.remove(nat);
            for address in world.gateway.addresses.values_mut().filter(|a| a.nat_gateway.as_ref() == Some(nat)) {
                (address.nat_gateway, address.interface) = (None, None);
            }
        }
        Mend::AwaitNatGateway { nat } => {
            world.gateway.nat_gateways.entry(nat.clone()).and_modify(|nat| {
                nat.state = NatState::Available;
                nat.addresses.iter_mut().for_each(|address| address.state = NatAddressState::InUse);
            });
        }
        Mend::AddNatAddress { nat, address } => {
            let added = NatAddress { primary: false, ..nat_address(world, &address.id(), None) };
            hold(world, nat, &address.id());
            world.gateway.nat_gateways.entry(nat.clone()).and_modify(|nat| nat.addresses.push(added));
        }
        Mend::RemoveNatAddress { nat, association } => {
            world.gateway.nat_gateways.entry(nat.clone()).and_modify(|nat| {
                nat.addresses.retain(|address| address.association.as_ref() != Some(association));
            });
        }
        _ => {}
    }
}

fn insert_nat(world: &mut World, network: CloudId, scope: NatScope, addresses: Vec<NatAddress>) {
    let id = Thing::new_nat().id();
    for address in addresses.iter().filter_map(|address| address.address.as_ref()) {
        hold(world, &id, address);
    }
    let state = NatState::Available;
    let nat = NatGateway { id: id.clone(), network, scope, public: true, state, addresses, tags: Tags::new() };
    world.gateway.nat_gateways.insert(id, nat);
}

/// Notes on an address which gateway has it.
fn hold(world: &mut World, nat: &CloudId, address: &CloudId) {
    world.gateway.addresses.entry(address.clone()).and_modify(|a| a.nat_gateway = Some(nat.clone()));
}

fn nat_address(world: &World, address: &CloudId, zone: Option<&String>) -> NatAddress {
    NatAddress {
        address: Some(address.clone()),
        public_ip: world.gateway.addresses.get(address).and_then(|address| address.ip),
        private_ip: None,
        interface: None,
        zone: zone.cloned(),
        association: None,
        primary: true,
        state: NatAddressState::InUse,
    }
}

fn apply_to_function(mend: &Mend, world: &mut World) {
    let functions = &mut world.function.functions;
    match mend {
        Mend::Attach { function, subnets, groups, ipv6 } => {
            let ids = |things: &BTreeSet<Thing>| things.iter().map(Thing::id).collect();
            let attachment = Attachment { subnets: ids(subnets), groups: ids(groups), ipv6: *ipv6 };
            let mut networks = attachment.subnets.iter().filter_map(|id| world.network.subnets.get(id));
            let network = networks.next().map(|subnet| subnet.network.clone());
            functions.entry(function.clone()).and_modify(|function| {
                (function.attachment, function.network) = (Some(attachment), network);
                (function.state, function.update) = (FunctionState::Active, UpdateState::Done);
            });
        }
        Mend::SetTimeout { function, seconds } => {
            functions.entry(function.clone()).and_modify(|function| function.timeout = Some(*seconds));
        }
        Mend::Wake { function } => {
            functions.entry(function.clone()).and_modify(|function| function.state = FunctionState::Active);
        }
        Mend::DeleteVersion { function, version } => {
            functions.entry(function.clone()).and_modify(|f| f.versions.retain(|known| &known.version != version));
        }
        _ => {}
    }
}
