//! Random Worlds, as far as AWS's shapes can tell them.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, Ipv6Addr},
};

use egress_core::{
    CloudId, Tags, World,
    ipnet::{IpNet, Ipv4Net, Ipv6Net},
    world::*,
};
use fastrand::Rng;

use super::support::ACCOUNT;
use crate::ask;

/// A World with up to `size` things of each sort, which need not fit together, but for what AWS tells in one place alone.
pub(super) fn random(seed: u64, size: usize) -> World {
    let mut any = Any { rng: Rng::with_seed(seed), size };
    let region = any.one(&["eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1"]);
    let mut world = World::default();
    world.network.place = Place { account: any.one(&[ACCOUNT, "210987654321"]), region };
    any.network(&mut world);
    any.transit(&mut world);
    any.gateways(&mut world);
    any.functions(&mut world);
    any.unseen(&mut world);
    world
}

struct Any {
    rng: Rng,
    size: usize,
}

impl Any {
    fn one(&mut self, texts: &[&str]) -> String {
        texts[self.rng.usize(..texts.len())].to_owned()
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.rng.usize(..choices.len())].clone()
    }

    fn id(&mut self, prefix: &str) -> CloudId {
        CloudId::new(format!("{prefix}-0{:07x}", self.rng.u32(..0x0fff_ffff)))
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let n = self.rng.usize(..=self.size);
        (0..n).map(|_| one(self)).collect()
    }

    fn ids<C: FromIterator<CloudId>>(&mut self, prefix: &str) -> C {
        self.list(|any| any.id(prefix)).into_iter().collect()
    }

    fn maybe<T>(&mut self, one: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.rng.bool().then(|| one(self))
    }

    fn map<T>(&mut self, prefix: &str, mut one: impl FnMut(&mut Self, CloudId) -> T) -> BTreeMap<CloudId, T> {
        let things = self.list(|any| {
            let id = any.id(prefix);
            (id.clone(), one(any, id))
        });
        things.into_iter().collect()
    }

    fn tags(&mut self) -> Tags {
        let pairs =
            self.list(|any| (any.one(&["Name", "a b", "ключ", "x:y"]), any.one(&["", "1", "“quoted”", "\\\"\n"])));
        pairs.into_iter().collect()
    }

    fn v4(&mut self) -> Ipv4Addr {
        Ipv4Addr::from(self.rng.u32(..))
    }

    fn net4(&mut self) -> Ipv4Net {
        Ipv4Net::new(self.v4(), self.rng.u8(..=32)).unwrap().trunc()
    }

    fn net6(&mut self) -> Ipv6Net {
        Ipv6Net::new(Ipv6Addr::from(self.rng.u128(..)), self.rng.u8(..=128)).unwrap().trunc()
    }

    fn net(&mut self) -> IpNet {
        if self.rng.bool() { IpNet::V4(self.net4()) } else { IpNet::V6(self.net6()) }
    }

    /// A few ranges, each once and in order.
    fn nets(&mut self) -> Vec<IpNet> {
        let mut nets = self.list(Self::net);
        nets.sort();
        nets.dedup();
        nets
    }

    fn network(&mut self, world: &mut World) {
        let region = world.network.place.region.clone();
        let part = &mut world.network;
        for letter in ["a", "b", "c"].into_iter().take(self.size) {
            let id = self.one(&["euw1-az1", "use1-az3", "use1-az1"]);
            let functions = id != "use1-az3" && self.rng.bool();
            part.zones.push(Zone { name: format!("{region}{letter}"), id, functions });
        }
        part.networks = self.map("vpc", |any, id| {
            let mut cidrs = vec![any.net4()];
            cidrs.extend(any.maybe(Self::net4).filter(|more| !cidrs.contains(more)));
            Network {
                id,
                cidrs,
                cidrs_v6: any.list(Self::net6),
                state: any.of(&[Readiness::Pending, Readiness::Available]),
                is_default: any.rng.bool(),
                dns_support: any.rng.bool(),
                dns_hostnames: any.rng.bool(),
                name_servers: any.list(|any| any.v4().into()),
                owner: any.maybe(|_| "999999999999".to_owned()),
                tags: any.tags(),
            }
        });
        part.subnets = self.map("subnet", |any, id| Subnet {
            id,
            network: any.id("vpc"),
            cidr: any.net4(),
            cidr_v6: any.maybe(Self::net6),
            zone: format!("{region}{}", any.one(&["a", "b"])),
            free_addresses: any.rng.u32(..),
            state: any.of(&[Readiness::Pending, Readiness::Available]),
            owner: any.maybe(|_| "999999999999".to_owned()),
            tags: any.tags(),
        });
        for subnet in part.subnets.values_mut() {
            // Whoever has the network has its subnets.
            if part.networks.get(&subnet.network).is_some_and(|network| network.owner.is_none()) {
                subnet.owner = None;
            }
        }
        part.route_tables = self.map("rtb", |any, id| RouteTable {
            id,
            network: any.id("vpc"),
            associations: any.list(Self::association),
            routes: any.list(Self::route),
            tags: any.tags(),
        });
        part.groups = self.map("sg", |any, id| SecurityGroup {
            id,
            network: any.id("vpc"),
            name: any.one(&["default", "web"]),
            ingress: any.list(Self::rule),
            egress: any.list(Self::rule),
            tags: any.tags(),
        });
        part.acls = self.map("acl", |any, id| Acl {
            id,
            network: any.id("vpc"),
            is_default: any.rng.bool(),
            subnets: any.ids("subnet"),
            entries: any.list(Self::acl_entry),
            tags: any.tags(),
        });
        part.interfaces = self.map("eni", Self::interface);
        part.machines = self.map("i", |any, id| Machine {
            id,
            running: any.rng.bool(),
            interface: any.maybe(|any| any.id("eni")),
            tags: any.tags(),
        });
        part.prefix_lists = self.map("pl", |any, id| {
            let name = format!("com.amazonaws.{region}.{id}");
            PrefixList { id, name, cidrs: any.maybe(Self::nets) }
        });
        let lists: Vec<PrefixList> = part.prefix_lists.values().cloned().collect();
        part.endpoints = self.map("vpce", |any, id| any.endpoint(id, &region, &lists));
        part.peerings = self.map("pcx", |any, id| {
            let mut end = || PeeringEnd { network: any.id("vpc"), cidrs: any.nets() };
            let (requester, accepter) = (end(), end());
            Peering { id, requester, accepter, active: any.rng.bool(), tags: any.tags() }
        });
        part.block_public_access = BlockPublicAccess {
            mode: self.of(&[BlockMode::Off, BlockMode::Bidirectional, BlockMode::Ingress]),
            exclusions: self.map("subnet", |any, _| any.of(&[Exclusion::Bidirectional, Exclusion::Egress])),
        };
    }

    fn association(&mut self) -> Association {
        let with = match self.rng.u8(..3) {
            0 => AssociatedWith::Main,
            1 => AssociatedWith::Subnet(self.id("subnet")),
            _ => AssociatedWith::Gateway(self.id("igw")),
        };
        Association { id: self.id("rtbassoc"), with, active: self.rng.bool() }
    }

    fn route(&mut self) -> Route {
        let destination = match self.rng.bool() {
            true => Destination::Cidr(self.net()),
            false => Destination::PrefixList(self.id("pl")),
        };
        let targets = [
            Target::Local,
            Target::InternetGateway(self.id("igw")),
            Target::EgressOnlyGateway(self.id("eigw")),
            Target::NatGateway(self.id("nat")),
            Target::Interface(self.id("eni")),
            Target::Instance(self.id("i")),
            Target::Peering(self.id("pcx")),
            Target::TransitGateway(self.id("tgw")),
            Target::Endpoint(self.id("vpce")),
            Target::PrivateGateway(self.id("vgw")),
            Target::Other(self.one(&["lgw-1", "cagw-1", "arn:aws:x", "new-1", "a target that is not named"])),
        ];
        Route {
            destination,
            target: self.of(&targets),
            state: self.of(&[RouteState::Active, RouteState::Blackhole, RouteState::Filtered]),
            origin: self.of(&[RouteOrigin::Table, RouteOrigin::Static, RouteOrigin::Propagated]),
        }
    }

    /// A protocol with ports, where it has any.
    fn protocol(&mut self) -> (Protocol, (u16, u16)) {
        match self.rng.u8(..6) {
            0 => (Protocol::All, (0, u16::MAX)),
            1 => (Protocol::Tcp, (self.rng.u16(..), self.rng.u16(..))),
            2 => (Protocol::Udp, (self.rng.u16(..), self.rng.u16(..))),
            3 => (Protocol::Icmp, (0, u16::MAX)),
            4 => (Protocol::Icmp6, (0, u16::MAX)),
            _ => (Protocol::Number(50), (0, u16::MAX)),
        }
    }

    fn rule(&mut self) -> Rule {
        let (protocol, ports) = self.protocol();
        let peer = match self.rng.u8(..3) {
            0 => Peer::Cidr(self.net()),
            1 => Peer::Group(self.id("sg")),
            _ => Peer::PrefixList(self.id("pl")),
        };
        Rule { protocol, ports, peer }
    }

    fn acl_entry(&mut self) -> AclEntry {
        let (protocol, ports) = self.protocol();
        AclEntry {
            number: self.rng.u16(1..=32_767),
            direction: self.of(&[Direction::Ingress, Direction::Egress]),
            protocol,
            ports,
            cidr: self.net(),
            allow: self.rng.bool(),
        }
    }

    fn interface(&mut self, id: CloudId) -> Interface {
        let kinds = [
            InterfaceKind::Function,
            InterfaceKind::NatGateway,
            InterfaceKind::Endpoint,
            InterfaceKind::Machine,
            InterfaceKind::Other,
        ];
        let mut private_ips = self.list(Self::v4);
        private_ips.sort();
        private_ips.dedup();
        let mut prefixes = self.list(Self::net);
        prefixes.sort();
        Interface {
            id,
            network: self.id("vpc"),
            subnet: self.id("subnet"),
            kind: self.of(&kinds),
            in_use: self.rng.bool(),
            groups: self.ids("sg"),
            private_ips,
            ipv6: self.list(|any| Ipv6Addr::from(any.rng.u128(..))),
            prefixes,
            public_ip: self.maybe(Self::v4),
            instance: self.maybe(|any| any.id("i")),
            source_dest_check: self.rng.bool(),
            description: self.one(&["", "Interface for NAT Gateway nat-1"]),
            tags: self.tags(),
        }
    }

    fn endpoint(&mut self, id: CloudId, region: &str, lists: &[PrefixList]) -> Endpoint {
        let list = (!lists.is_empty()).then(|| self.of(lists)).filter(|_| self.rng.bool());
        let service = list.as_ref().map_or_else(|| format!("com.amazonaws.{region}.s3"), |list| list.name.clone());
        let kinds = [
            EndpointKind::Gateway { prefix_list: list.map(|list| list.id), route_tables: self.ids("rtb") },
            EndpointKind::Interface {
                subnets: self.ids("subnet"),
                groups: self.ids("sg"),
                private_dns: self.rng.bool(),
                interfaces: self.ids("eni"),
                names: self.list(|any| any.one(&["a.example", "b.example"])).into_iter().collect(),
            },
            EndpointKind::Appliance,
        ];
        let kind = self.of(&kinds);
        Endpoint { id, network: self.id("vpc"), service, kind, available: self.rng.bool(), tags: self.tags() }
    }

    fn transit(&mut self, world: &mut World) {
        world.network.transit = Transit {
            gateways: self.map("tgw", |any, id| TransitGateway {
                id,
                owner: any.maybe(|_| "999999999999".to_owned()),
                tags: any.tags(),
            }),
            attachments: self.map("tgw-attach", |any, id| {
                let ends = [
                    TransitEnd::Network { network: any.id("vpc"), subnets: any.maybe(|any| any.ids("subnet")) },
                    TransitEnd::Other { kind: "vpn".to_owned(), id: any.maybe(|any| any.id("vpn")) },
                ];
                TransitAttachment {
                    id,
                    gateway: any.id("tgw"),
                    end: any.of(&ends),
                    available: any.rng.bool(),
                    table: any.maybe(|any| any.id("tgw-rtb")),
                    tags: any.tags(),
                }
            }),
            tables: self.map("tgw-rtb", |any, id| TransitTable {
                id,
                gateway: any.id("tgw"),
                routes: any.maybe(|any| any.list(Self::transit_route)),
                tags: any.tags(),
            }),
        };
    }

    fn transit_route(&mut self) -> TransitRoute {
        TransitRoute {
            cidr: self.net(),
            attachments: self.ids("tgw-attach"),
            state: self.of(&[RouteState::Active, RouteState::Blackhole, RouteState::Filtered]),
            propagated: self.rng.bool(),
        }
    }

    fn gateways(&mut self, world: &mut World) {
        let part = &mut world.gateway;
        part.internet_gateways = self.map("igw", |any, id| InternetGateway {
            id,
            network: any.maybe(|any| any.id("vpc")),
            tags: any.tags(),
        });
        part.egress_only_gateways = self.map("eigw", |any, id| EgressOnlyGateway {
            id,
            network: any.maybe(|any| any.id("vpc")),
            tags: any.tags(),
        });
        part.nat_gateways = self.map("nat", Self::nat_gateway);
        part.addresses = self.map("eipalloc", |any, id| Address {
            id,
            ip: Some(any.v4()),
            interface: any.maybe(|any| any.id("eni")),
            nat_gateway: None,
            tags: any.tags(),
        });
        // An address that a gateway uses is held by that gateway.
        for gateway in part.nat_gateways.values().filter(|gateway| gateway.state.is_live()) {
            let used = gateway.addresses.iter().filter(|address| address.is_in_use());
            for id in used.filter_map(|address| address.address.clone()) {
                let holder = Some(gateway.id.clone());
                let ip = Some(self.v4());
                let address = Address { id: id.clone(), ip, interface: None, nat_gateway: holder, tags: self.tags() };
                part.addresses.insert(id, address);
            }
        }
    }

    fn nat_gateway(&mut self, id: CloudId) -> NatGateway {
        let states = [
            NatState::Pending,
            NatState::Available,
            NatState::Deleting,
            NatState::Deleted,
            NatState::Failed { code: "Gateway.NotAttached".to_owned(), message: "no gateway".to_owned() },
        ];
        let scopes = [
            NatScope::Subnet(self.id("subnet")),
            NatScope::Region { route_table: self.maybe(|any| any.id("rtb")), automatic: self.rng.bool() },
        ];
        let state = self.of(&states);
        NatGateway {
            id,
            network: self.id("vpc"),
            scope: self.of(&scopes),
            public: self.rng.bool(),
            addresses: self.list(|any| any.nat_address(&state)),
            state,
            tags: self.tags(),
        }
    }

    fn nat_address(&mut self, gateway: &NatState) -> NatAddress {
        let states = [
            NatAddressState::Associating,
            NatAddressState::Disassociating,
            NatAddressState::Failed { message: "taken".to_owned() },
            if gateway.is_live() { NatAddressState::InUse } else { NatAddressState::Associating },
        ];
        NatAddress {
            address: self.maybe(|any| any.id("eipalloc")),
            public_ip: self.maybe(Self::v4),
            private_ip: self.maybe(Self::v4),
            interface: self.maybe(|any| any.id("eni")),
            zone: self.maybe(|any| any.one(&["eu-west-1a"])),
            association: self.maybe(|any| any.id("eipassoc")),
            primary: self.rng.bool(),
            state: self.of(&states),
        }
    }

    fn functions(&mut self, world: &mut World) {
        let part = &mut world.function;
        part.roles = self.map("role", |any, id| {
            let grants = [vec![], vec![Grant::Managed], vec![Grant::Inline], vec![Grant::Managed, Grant::Inline]];
            let mut grants = any.of(&grants);
            if grants.is_empty() && any.rng.bool() {
                grants.push(Grant::Other("by-hand".to_owned()));
            }
            let grants = grants.into_iter().collect();
            Role { id, trusts_functions: any.rng.bool(), grants, tags: any.tags() }
        });
        part.functions = self.map("pay", Self::function);
    }

    fn function(&mut self, id: CloudId) -> Function {
        let states = [FunctionState::Pending, FunctionState::Active, FunctionState::Inactive, FunctionState::Failed];
        let failed = UpdateState::Failed { code: "EniLimitExceeded".to_owned(), message: "too many".to_owned() };
        let mut tags = self.tags();
        let stack = self.maybe(|_| "shop".to_owned());
        tags.extend(stack.clone().map(|stack| ("aws:cloudformation:stack-name".to_owned(), stack)));
        let attachment = self.attachment();
        let network = attachment.as_ref().and_then(|_| self.maybe(|any| any.id("vpc")));
        let versions: Vec<Version> = (1..=self.rng.usize(..=self.size))
            .map(|n| Version { version: (n * 5).to_string(), attachment: self.attachment() })
            .collect();
        let mut aliases = Vec::new();
        if !versions.is_empty() && self.rng.bool() {
            for name in ["beta", "live"] {
                let versions = versions.iter().take(2).map(|version| version.version.clone()).collect();
                aliases.push(Alias { name: name.to_owned(), versions });
            }
        }
        Function {
            id,
            role: self.maybe(|any| any.id("role")),
            state: self.of(&states),
            update: self.of(&[UpdateState::Done, UpdateState::InProgress, failed]),
            attachment,
            network,
            file_systems: self
                .list(|any| format!("arn:aws:elasticfilesystem:eu-west-1:1:access-point/{}", any.id("fsap"))),
            revision: self.one(&["", "r1"]),
            versions,
            aliases,
            timeout: self.maybe(|any| any.rng.u32(1..=900)),
            concurrency: self.maybe(|any| any.rng.u32(..1000)),
            managed_by: stack.map(|stack| format!("AWS CloudFormation (stack {stack})")),
            tags,
        }
    }

    fn attachment(&mut self) -> Option<Attachment<CloudId>> {
        self.maybe(|any| Attachment {
            subnets: [any.id("subnet")].into_iter().chain(any.ids::<Vec<_>>("subnet")).collect(),
            groups: any.ids("sg"),
            ipv6: any.rng.bool(),
        })
    }

    /// Leaves out a few listings, whose things are then not there. What tells the place stays.
    fn unseen(&mut self, world: &mut World) {
        for listing in Listing::ALL.iter().copied().filter(|listing| *listing != Listing::BlockPublicAccess) {
            if self.rng.u8(..6) > 0 {
                continue;
            }
            let (network, gateway, function) = (&mut world.network, &mut world.gateway, &mut world.function);
            match listing {
                Listing::Zones => network.zones.clear(),
                Listing::Networks => network.networks.clear(),
                Listing::Subnets => network.subnets.clear(),
                Listing::RouteTables => network.route_tables.clear(),
                Listing::SecurityGroups => network.groups.clear(),
                Listing::Acls => network.acls.clear(),
                Listing::Interfaces => network.interfaces.clear(),
                Listing::Machines => network.machines.clear(),
                Listing::Endpoints => network.endpoints.clear(),
                Listing::Peerings => network.peerings.clear(),
                Listing::InternetGateways => gateway.internet_gateways.clear(),
                Listing::EgressOnlyGateways => gateway.egress_only_gateways.clear(),
                Listing::TransitGateways => network.transit.gateways.clear(),
                Listing::TransitAttachments => network.transit.attachments.clear(),
                Listing::TransitTables => network.transit.tables.clear(),
                Listing::Addresses => gateway.addresses.clear(),
                Listing::Roles => function.roles.clear(),
                Listing::Functions => {
                    function.functions.clear();
                    function.unseen.add(Listing::Versions, ask(Listing::Versions));
                }
                Listing::Versions if !function.functions.is_empty() => {
                    for function in function.functions.values_mut() {
                        function.versions.clear();
                        function.aliases.clear();
                    }
                }
                // What these tell stands in others too.
                Listing::Versions | Listing::PrefixLists | Listing::NatGateways | Listing::BlockPublicAccess => {
                    continue;
                }
            }
            let unseen = match listing {
                Listing::Functions | Listing::Versions | Listing::Roles => &mut function.unseen,
                Listing::InternetGateways | Listing::EgressOnlyGateways | Listing::Addresses => &mut gateway.unseen,
                _ => &mut network.unseen,
            };
            unseen.add(listing, ask(listing));
        }
    }
}
