//! What people and their other tools do behind egress's back: a table.

use egress_core::{
    CloudId, Kind, Tags, World,
    op::{
        AllocateAddress, CreateGroup, CreateNatGateway, CreateRouteTable, CreateSubnet, DeleteNatGateway,
        DisassociateNatAddress, FunctionOp, GatewayOp, NetworkOp, Op, SetAttachment,
    },
    tags,
    world::{
        AclEntry, AssociatedWith, Attachment, Direction, Grant, Interface, InterfaceKind, NatState, Protocol, Target,
    },
};
use egress_mock::FunctionSetup;
use fastrand::Rng;

use super::account::{Account, Undo, stack, tags_mut};

/// One thing that somebody does; nothing where the account has nothing to do it to.
type Drift = (&'static str, fn(&mut Account, &mut Rng));

/// Every sort of drift. What egress cannot mend by itself is put in order by whoever did it, before a life is judged.
pub(super) const DRIFTS: [Drift; 18] = [
    ("the NAT gateways are deleted", delete_nat_gateways),
    ("the private routes are gone", |account, _| {
        each_table(account, |routes, _| routes.retain(|r| !matches!(r.target, Target::NatGateway(_))));
    }),
    ("the private routes lead to the internet gateway", |account, _| {
        each_table(account, |routes, internet| {
            let leading = routes.iter_mut().filter(|r| matches!(r.target, Target::NatGateway(_)));
            leading.for_each(|route| route.target = Target::InternetGateway(internet.clone()));
        });
    }),
    ("all associations are gone", |account, _| {
        let ours = owned(account, &[Kind::RouteTable]);
        account.mock.edit(|world| {
            let tables = world.network.route_tables.iter_mut().filter(|(id, _)| ours.iter().any(|(_, our)| our == *id));
            tables.for_each(|(_, table)| table.associations.retain(|a| a.with == AssociatedWith::Main));
        });
    }),
    ("a private subnet uses the public table", use_public_table),
    ("the group lets out only what stays inside", |account, _| {
        let ours = owned(account, &[Kind::SecurityGroup]);
        account.mock.edit(|world| {
            for (_, id) in &ours {
                let group = world.network.groups.get_mut(id).unwrap();
                let mut rule = egress_core::world::Rule::all_v4();
                rule.peer = egress_core::world::Peer::Cidr("10.0.0.0/8".parse().unwrap());
                group.egress = vec![rule];
            }
        });
    }),
    ("the roles have lost what egress gave them", |account, _| {
        account.mock.edit(|world| {
            let roles = world.function.roles.values_mut().filter(|r| r.tags.is_empty());
            roles.for_each(|role| role.grants.retain(|grant| matches!(grant, Grant::Other(_))));
        });
    }),
    ("a function is taken out of its network", |account, dice| put_function(account, dice, None)),
    ("a function is put into another network", |account, dice| {
        let there = account.home_of_g();
        put_function(account, dice, there);
    }),
    ("a thing loses the user's tags", |account, dice| {
        retag(account, dice, &[], |tags| tags.retain(|name, _| name.starts_with(tags::PREFIX)));
    }),
    ("a thing gets another key", |account, dice| {
        retag(account, dice, &[Kind::Function, Kind::Probe, Kind::Role, Kind::Address], |tags| {
            if let Some(key) = tags.get_mut(tags::KEY) {
                key.push_str("-2");
            }
        });
    }),
    ("a thing loses egress's tags", lose_tags),
    ("a filter drops what leaves", drop_by_acl),
    ("somebody's machine, group, subnet and table are in the network", visit),
    ("somebody's NAT gateway is in the network", visit_with_gateway),
    ("the added addresses are taken off", take_addresses_off),
    ("a probe is left over", leave_probe),
    ("the internet gateway is detached", |account, _| {
        let live = account.world().gateway.nat_gateways.values().any(|g| g.state != NatState::Deleted);
        let ours = owned(account, &[Kind::InternetGateway]);
        account.mock.edit(|world| {
            // As long as an address is mapped in the network the cloud refuses that.
            for (_, id) in ours.iter().filter(|_| !live) {
                world.gateway.internet_gateways.get_mut(id).unwrap().network = None;
            }
        });
    }),
];

/// Live things of the stack, of these kinds.
fn owned(account: &Account, kinds: &[Kind]) -> Vec<(Kind, CloudId)> {
    let owned = account.world().owned_by(&stack());
    let wanted = owned.into_iter().filter(|o| o.live && kinds.contains(&o.owner.key.kind));
    wanted.map(|o| (o.owner.key.kind, o.id)).collect()
}

fn pick<T: Clone>(dice: &mut Rng, things: &[T]) -> Option<T> {
    dice.choice(things).cloned()
}

fn delete_nat_gateways(account: &mut Account, _: &mut Rng) {
    for (_, gateway) in owned(account, &[Kind::NatGateway]) {
        account.call(Op::Gateway(GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway })));
    }
}

/// Changes the routes of every table of the stack; with the internet gateway of its network.
fn each_table(account: &Account, change: impl Fn(&mut Vec<egress_core::world::Route>, &CloudId)) {
    let ours = owned(account, &[Kind::RouteTable]);
    account.mock.edit(|world| {
        for (_, id) in &ours {
            let table = world.network.route_tables.get_mut(id).unwrap();
            let mut gateways = world.gateway.internet_gateways.values();
            if let Some(internet) = gateways.find(|g| g.network.as_ref() == Some(&table.network)) {
                change(&mut table.routes, &internet.id);
            }
        }
    });
}

fn use_public_table(account: &mut Account, dice: &mut Rng) {
    let world = account.world();
    let tables = owned(account, &[Kind::RouteTable]).into_iter().map(|(_, id)| world.network.route_tables[&id].clone());
    let (public, private): (Vec<_>, Vec<_>) =
        tables.partition(|table| table.routes.iter().any(|route| matches!(route.target, Target::InternetGateway(_))));
    let subnet_of = |with: &AssociatedWith| match with {
        AssociatedWith::Subnet(subnet) => Some(subnet.clone()),
        _ => None,
    };
    let links: Vec<_> = private.iter().flat_map(|t| t.associations.iter().map(move |a| (&t.network, a))).collect();
    let Some((network, link)) = pick(dice, &links) else { return };
    let Some(table) = public.iter().find(|t| &t.network == network) else { return };
    let Some(subnet) = subnet_of(&link.with) else { return };
    let op = egress_core::op::AssociateRouteTable { table: table.id.clone(), subnet, replaces: Some(link.id.clone()) };
    account.call(Op::Network(NetworkOp::AssociateRouteTable(op)));
}

fn put_function(account: &mut Account, dice: &mut Rng, to: Option<Attachment<CloudId>>) {
    let functions: Vec<CloudId> = Account::functions().collect();
    let Some(function) = pick(dice, &functions) else { return };
    account.places.entry(function.clone()).or_default().insert(to.clone());
    let op = SetAttachment { function, to, revision: None };
    account.call(Op::Function(FunctionOp::SetAttachment(op)));
}

/// Changes the tags of one thing of the stack, of another kind than these.
fn retag(account: &Account, dice: &mut Rng, not: &[Kind], change: impl FnOnce(&mut Tags)) {
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| !not.contains(kind)).collect();
    let Some((kind, id)) = pick(dice, &owned(account, &kinds)) else { return };
    account.mock.edit(|world| tags_mut(world, kind, &id).map(change));
}

fn lose_tags(account: &mut Account, dice: &mut Rng) {
    let Some((kind, id)) = pick(dice, &owned(account, &Kind::ALL)) else { return };
    let lost = account.mock.edit(|world| {
        let there = tags_mut(world, kind, &id)?;
        let lost: Tags = there.iter().filter(|(name, _)| name.starts_with(tags::PREFIX)).map(own).collect();
        there.retain(|name, _| !name.starts_with(tags::PREFIX));
        Some(lost)
    });
    account.undo.extend(lost.map(|lost| Undo::Tags(kind, id, lost)));
}

fn own((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

fn drop_by_acl(account: &mut Account, dice: &mut Rng) {
    let Some((_, network)) = pick(dice, &owned(account, &[Kind::Network])) else { return };
    let before = account.mock.edit(|world| {
        let acl = world.network.acls.values_mut().find(|acl| acl.network == network && acl.is_default)?;
        let before = acl.entries.clone();
        acl.entries.insert(
            0,
            AclEntry {
                number: 1,
                direction: Direction::Egress,
                protocol: Protocol::All,
                ports: (0, u16::MAX),
                cidr: "0.0.0.0/0".parse().unwrap(),
                allow: false,
            },
        );
        Some((acl.id.clone(), before))
    });
    account.undo.extend(before.map(|(id, entries)| Undo::Acl(id, entries)));
}

fn visitor(account: &mut Account, kind: Kind, id: CloudId) {
    account.theirs.insert(id.clone());
    account.undo.push(Undo::Visitor(kind, id));
}

fn named() -> Tags {
    [(tags::NAME.to_owned(), "a visitor".to_owned())].into()
}

/// A public or private subnet of the stack.
fn subnet(account: &Account, dice: &mut Rng) -> Option<egress_core::world::Subnet> {
    let (_, id) = pick(dice, &owned(account, &[Kind::Subnet]))?;
    account.world().network.subnets.get(&id).cloned()
}

fn visit(account: &mut Account, dice: &mut Rng) {
    let Some(subnet) = subnet(account, dice) else { return };
    let (network, nth) = (subnet.network.clone(), account.theirs.len());
    let range = account.world().network.networks[&network].cidrs[0].to_string().replace(".0.0/16", ".200.0/24");
    let group = CreateGroup {
        network: network.clone(),
        name: format!("visitors-{nth}"),
        description: "of somebody else's".to_owned(),
        tags: named(),
    };
    let place = CreateSubnet {
        network: network.clone(),
        cidr: range.parse().unwrap(),
        zone: subnet.zone.clone(),
        tags: named(),
    };
    match dice.u8(..4) {
        0 => {
            let id = CloudId::new(format!("eni-visitor{nth}"));
            let machine = machine(&id, &subnet);
            account.mock.edit(|world| world.network.interfaces.insert(id.clone(), machine));
            visitor(account, Kind::Interface, id);
        }
        1 => call(account, Kind::SecurityGroup, Op::Network(NetworkOp::CreateGroup(group))),
        2 => call(account, Kind::Subnet, Op::Network(NetworkOp::CreateSubnet(place))),
        _ => {
            let op = CreateRouteTable { network, tags: named() };
            call(account, Kind::RouteTable, Op::Network(NetworkOp::CreateRouteTable(op)));
        }
    }
}

fn call(account: &mut Account, kind: Kind, op: Op<CloudId>) {
    if let Some(id) = account.call(op).and_then(|effect| effect.id) {
        account.pass(account.mock.pace().visibility);
        visitor(account, kind, id);
    }
}

fn machine(id: &CloudId, subnet: &egress_core::world::Subnet) -> Interface {
    Interface {
        id: id.clone(),
        network: subnet.network.clone(),
        subnet: subnet.id.clone(),
        kind: InterfaceKind::Machine,
        in_use: true,
        groups: [].into(),
        private_ips: subnet.cidr.hosts().nth(200).into_iter().collect(),
        ipv6: Vec::new(),
        prefixes: Vec::new(),
        public_ip: None,
        instance: Some(CloudId::new("i-visitor")),
        source_dest_check: true,
        description: "a machine".to_owned(),
        tags: named(),
    }
}

fn visit_with_gateway(account: &mut Account, dice: &mut Rng) {
    let Some(subnet) = subnet(account, dice) else { return };
    let address = account.make(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: named(), ip: None })));
    let op = CreateNatGateway { subnet: subnet.id, address: address.clone(), tags: named() };
    call(account, Kind::NatGateway, Op::Gateway(GatewayOp::CreateNatGateway(op)));
    // Whether it can be available is its owner's affair.
    account.theirs.remove(&address);
}

fn take_addresses_off(account: &mut Account, _: &mut Rng) {
    let world = account.world();
    for (_, gateway) in owned(account, &[Kind::NatGateway]) {
        let added = world.gateway.nat_gateways[&gateway].addresses.iter().filter(|a| !a.primary);
        for (address, association) in added.filter_map(|a| Some((a.address.clone()?, a.association.clone()?))) {
            let op = DisassociateNatAddress { gateway: gateway.clone(), address, association };
            account.call(Op::Gateway(GatewayOp::DisassociateNatAddress(op)));
        }
    }
}

fn leave_probe(account: &mut Account, dice: &mut Rng) {
    let world = account.world();
    let Some(subnet) = subnet(account, dice) else { return };
    let inside = |(_, id): &&(Kind, CloudId)| world.network.groups[id].network == subnet.network;
    let groups = owned(account, &[Kind::SecurityGroup]);
    let Some((_, group)) = groups.iter().find(inside) else { return };
    let name = subnet.tags.get(tags::NAME).cloned().unwrap_or_default();
    let setup = FunctionSetup {
        attachment: Some(Attachment { subnets: [subnet.id].into(), groups: [group.clone()].into(), ipv6: false }),
        tags: [(tags::STACK.to_owned(), stack().to_string()), (tags::KEY.to_owned(), format!("probe/{name}"))].into(),
        ..FunctionSetup::new(format!("egress-probe-demo-{name}"), "bystander")
    };
    // There may be one.
    _ = account.mock.create_function(setup);
}

/// Whether anything goes on in the account by itself that takes a way from functions.
pub(super) fn is_ending(world: &World) -> bool {
    world.gateway.nat_gateways.values().any(|g| g.state == NatState::Deleting)
        || world.function.functions.values().any(egress_core::world::Function::is_under_way)
}
