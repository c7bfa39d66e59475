//! A Spec, Worlds, and a cloud that is nothing but [`world::apply`].

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    CloudId, Key, Kind, StackName, Tags, World,
    op::{FunctionOp, GatewayOp, NetworkOp, Op},
    plan::{Action, Plan, PlanError, Request, Verb, plan},
    spec::*,
    world::{self, *},
};

pub(super) const ECHO: &str = "https://ip.example/";

/// The reference topology.
pub(super) fn spec() -> Spec {
    let subnet = |name: &str, cidr: &str, zone, way_out| SubnetSpec {
        name: name.to_owned(),
        cidr: cidr.parse().unwrap(),
        zone: ZoneChoice::Nth(zone),
        way_out,
    };
    let nat = || WayOut::NatGateway("lambda_nat".to_owned());
    Spec {
        stack: StackName::new("demo").unwrap(),
        account: None,
        region: None,
        tags: Tags::new(),
        network: NetworkSpec { name: "lambda_vpc".to_owned(), cidr: "10.0.0.0/16".parse().unwrap() },
        internet_gateway: InternetGatewaySpec {
            name: "lambda_igw".to_owned(),
            route_table: "lambda_pub_rt".to_owned(),
        },
        subnets: vec![
            subnet("lambda_pub", "10.0.10.0/24", 1, WayOut::InternetGateway),
            subnet("lambda_prv1", "10.0.1.0/24", 1, nat()),
            subnet("lambda_prv2", "10.0.2.0/24", 2, nat()),
        ],
        nat_gateways: vec![NatGatewaySpec {
            name: "lambda_nat".to_owned(),
            subnet: "lambda_pub".to_owned(),
            route_table: "lambda_prv_rt".to_owned(),
            address: None,
            more: vec![],
        }],
        security_group: SecurityGroupSpec { name: "lambda_sg".to_owned() },
        functions: Vec::new(),
        external: BTreeSet::new(),
        existing: BTreeMap::new(),
        routes_in: BTreeMap::new(),
        ports: BTreeSet::from([443]),
        echo_url: None,
    }
}

/// The same with functions in the file.
pub(super) fn spec_with(functions: &[(&str, Permission)]) -> Spec {
    let functions =
        functions.iter().map(|(name, permission)| FunctionSpec { name: (*name).into(), permission: *permission });
    Spec { functions: functions.collect(), ..spec() }
}

/// An account with three zones and nothing in it.
pub(super) fn empty() -> World {
    let zone =
        |letter: &str, functions| Zone { name: format!("us-east-1{letter}"), id: format!("use1-{letter}"), functions };
    let mut world = World::default();
    world.network.place = Place { account: "123456789012".to_owned(), region: "us-east-1".to_owned() };
    world.network.zones = vec![zone("a", true), zone("b", true), zone("c", true), zone("-edge", false)];
    world
}

/// The same with a function `f` in no network, whose role has no permission.
pub(super) fn with_function(mut world: World, name: &str) -> World {
    let role = format!("{name}-role");
    world.function.roles.insert(
        role.as_str().into(),
        Role { id: role.as_str().into(), trusts_functions: true, grants: BTreeSet::new(), tags: Tags::new() },
    );
    world.function.functions.insert(
        name.into(),
        Function {
            id: name.into(),
            role: Some(role.as_str().into()),
            state: FunctionState::Active,
            update: UpdateState::Done,
            attachment: None,
            network: None,
            file_systems: Vec::new(),
            revision: "r1".to_owned(),
            versions: Vec::new(),
            aliases: Vec::new(),
            timeout: None,
            concurrency: None,
            managed_by: None,
            tags: Tags::new(),
        },
    );
    world
}

pub(super) fn apply_verb() -> Verb {
    Verb::Apply { permits: BTreeSet::new() }
}

pub(super) fn destroy_verb() -> Verb {
    Verb::Destroy { release: BTreeSet::new(), remove_role_policy: false }
}

pub(super) fn planned(spec: &Spec, world: &World, verb: Verb) -> Result<Plan, PlanError> {
    plan(spec, world, &Request { verb, echo_url: ECHO.to_owned() })
}

/// Plans and runs; the World afterwards.
#[track_caller]
pub(super) fn run(spec: &Spec, world: &World, verb: Verb) -> World {
    let plan = planned(spec, world, verb).unwrap();
    execute(&plan, world)
}

/// Runs a Plan Op by Op. Every Op must fit, and show afterwards; and at no time do two things carry one Key that they did not
/// carry before.
#[track_caller]
pub(super) fn execute(plan: &Plan, world: &World) -> World {
    let mut world = world.clone();
    let mut bindings = plan.bindings.clone();
    let mut done = BTreeSet::new();
    let before = twice(&world);
    for (n, step) in plan.steps.iter().enumerate() {
        assert!(step.needs.iter().all(|need| done.contains(need)), "{} stands before what it needs", step.id);
        assert!(done.insert(step.id.clone()), "{} stands twice", step.id);
        let Action::Change(op) = &step.action else { continue };
        let resolved = op.try_map(&mut |key: &Key| bindings.get(key).cloned().ok_or_else(|| key.clone())).unwrap();
        let created = created_id(&world, &resolved, n);
        world::apply(&mut world, &resolved, &created).unwrap_or_else(|error| panic!("{}: {error}", step.id));
        if let Op::Gateway(GatewayOp::AllocateAddress(_)) = &resolved {
            let next = 1 + u8::try_from(world.gateway.addresses.len()).unwrap();
            world.gateway.addresses.get_mut(&created).unwrap().ip.get_or_insert([52, 0, 0, next].into());
        }
        assert!(world::shows(&world, &resolved), "{} is done, but does not show", step.id);
        assert!(twice(&world) <= before, "{}: two things carry one key", step.id);
        if let Some(owner) = op.creates() {
            bindings.insert(owner.key, created);
        }
    }
    world
}

/// How many live things carry a Key that another one carries as well.
fn twice(world: &World) -> usize {
    let owned: Vec<_> = world.owned().into_iter().filter(|o| o.live).map(|o| o.owner).collect();
    owned.len() - owned.iter().collect::<BTreeSet<_>>().len()
}

/// An id that nothing in the World has yet.
fn created_id(world: &World, op: &Op<CloudId>, n: usize) -> CloudId {
    match op {
        Op::Function(FunctionOp::CreateProbe(op)) => CloudId::new(&op.name),
        Op::Function(FunctionOp::CreateProbeRole(op)) => CloudId::new(&op.name),
        _ => (0..)
            .map(|more| CloudId::new(format!("{}-{}", op.kind(), n + 100 * more)))
            .find(|id| !world::holds(world, op.kind(), id))
            .unwrap(),
    }
}

/// The steps of a Plan, for snapshots: what each does, what it needs, why it is there.
pub(super) fn steps(plan: &Plan) -> String {
    let mut text = String::new();
    for step in &plan.steps {
        text += &step.id.0;
        if let Some(why) = &step.why {
            text += &format!("  ({why})");
        }
        if step.cleanup {
            text += "  [tidies up]";
        }
        text += "\n";
        for need in &step.needs {
            text += &format!("    after {need}\n");
        }
    }
    text
}

/// The messages of refusals, or the steps of the Plan that came instead.
pub(super) fn refusals(result: Result<Plan, PlanError>) -> String {
    match result {
        Ok(plan) => format!("NOT REFUSED\n{}", steps(&plan)),
        Err(error) => error
            .refusals
            .iter()
            .map(|r| {
                let hint = r.hint.as_deref().unwrap_or("-");
                let permit = r.permit.as_ref().map_or_else(String::new, |p| format!("  permit: {p:?}\n"));
                format!("{:?}: {}\n  hint: {hint}\n{permit}", r.kind, r.message)
            })
            .collect(),
    }
}

/// The id of the one thing with this Key.
#[track_caller]
pub(super) fn id(world: &World, kind: Kind, name: &str) -> CloudId {
    let key = Key::new(kind, name);
    let mut found: Vec<_> = world.owned().into_iter().filter(|o| o.owner.key == key && o.live).collect();
    assert_eq!(found.len(), 1, "{key}");
    found.remove(0).id
}

/// What of the stack is left, as Keys.
pub(super) fn left(world: &World) -> Vec<String> {
    world.owned().into_iter().map(|o| o.owner.key.to_string()).collect()
}

/// All changing Ops of a Plan by family and verb, for short assertions.
pub(super) fn changes(plan: &Plan) -> Vec<String> {
    plan.steps.iter().filter(|s| matches!(s.action, Action::Change(_))).map(|s| s.id.to_string()).collect()
}

/// The one table route that a test breaks.
pub(super) fn table_mut<'a>(world: &'a mut World, name: &str) -> &'a mut RouteTable {
    let id = id(world, Kind::RouteTable, name);
    world.network.route_tables.get_mut(&id).unwrap()
}

/// A network of somebody else's, with a subnet and a group.
pub(super) fn with_other_network(mut world: World) -> World {
    let tags = Tags::new();
    let op = Op::Network(NetworkOp::CreateNetwork(crate::op::CreateNetwork {
        cidr: "10.9.0.0/16".parse().unwrap(),
        tags: tags.clone(),
    }));
    world::apply(&mut world, &op, &"vpc-other".into()).unwrap();
    let op = Op::Network(NetworkOp::CreateSubnet(crate::op::CreateSubnet {
        network: "vpc-other".into(),
        cidr: "10.9.1.0/24".parse().unwrap(),
        zone: "us-east-1a".to_owned(),
        tags: tags.clone(),
    }));
    world::apply(&mut world, &op, &"subnet-other".into()).unwrap();
    let op = Op::Network(NetworkOp::CreateGroup(crate::op::CreateGroup {
        network: "vpc-other".into(),
        name: "other".to_owned(),
        description: String::new(),
        tags,
    }));
    world::apply(&mut world, &op, &"sg-other".into()).unwrap();
    world
}

/// Puts a function into that network.
pub(super) fn in_other_network(world: World, name: &str) -> World {
    let mut world = with_other_network(world);
    let function = world.function.functions.get_mut(&name.into()).unwrap();
    function.network = Some("vpc-other".into());
    function.attachment = Some(Attachment {
        subnets: BTreeSet::from(["subnet-other".into()]),
        groups: BTreeSet::from(["sg-other".into()]),
        ipv6: false,
    });
    world.function.roles.values_mut().for_each(|r| {
        r.grants.insert(Grant::Other("theirs".to_owned()));
    });
    world
}

/// The same as somebody would have made it without egress: nothing carries its tags.
pub(super) fn by_hand(mut world: World) -> World {
    let strip = |tags: &mut Tags| tags.retain(|name, _| !name.starts_with(crate::tags::PREFIX));
    let (network, gateway, function) = (&mut world.network, &mut world.gateway, &mut world.function);
    network.networks.values_mut().for_each(|x| strip(&mut x.tags));
    network.subnets.values_mut().for_each(|x| strip(&mut x.tags));
    network.route_tables.values_mut().for_each(|x| strip(&mut x.tags));
    network.groups.values_mut().for_each(|x| strip(&mut x.tags));
    gateway.internet_gateways.values_mut().for_each(|x| strip(&mut x.tags));
    gateway.nat_gateways.values_mut().for_each(|x| strip(&mut x.tags));
    gateway.addresses.values_mut().for_each(|x| strip(&mut x.tags));
    function.functions.values_mut().for_each(|x| strip(&mut x.tags));
    function.roles.retain(|_, role| !role.tags.contains_key(crate::tags::STACK));
    world
}

/// The reference topology made by hand, with a function `f` in it.
pub(super) fn reference_by_hand() -> World {
    rename(by_hand(run(&spec_with(&[("f", Permission::Managed)]), &with_function(empty(), "f"), apply_verb())))
}

/// The reference topology made by hand, as a file that uses all of it.
pub(super) fn adopted(world: &World) -> Spec {
    let wish = crate::adopt::Wish { stack: StackName::new("demo").unwrap(), pick: crate::adopt::Pick::Only };
    crate::adopt::adopt(world, &wish).unwrap().spec
}

/// The same with other ids, so that one more of it can be made.
pub(super) fn rename(world: World) -> World {
    let text = serde_json::to_string(&world).unwrap();
    let renamed =
        ["network-", "subnet-", "route-table-", "internet-gateway-", "nat-gateway-", "address-", "security-group-"]
            .iter()
            .fold(text, |text, prefix| text.replace(&format!("\"{prefix}"), &format!("\"old-{prefix}")));
    serde_json::from_str(&renamed).unwrap()
}
