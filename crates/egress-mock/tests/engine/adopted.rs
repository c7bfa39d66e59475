//! What somebody made without egress: adopted, used, left as it is.

use std::{collections::BTreeSet, time::Duration};

use egress_core::{
    CloudExt, CloudId, Kind, Op, Tags, World,
    adopt::{Pick, Wish, adopt, scope},
    op::*,
    plan::{
        Verb,
        external::{Standing, home, standing},
    },
    spec::{self, Spec},
    tags::{NAME, PREFIX},
    trace::{Query, Source, To, Verdict, trace},
    world::{Attachment, Destination, Protocol, Target},
};
use egress_mock::{FunctionSetup, RoleSetup, Timing};

use crate::stage::{ECHO, Stage, apply, destroy};

/// What the reference topology made by hand is called.
struct Hand {
    network: CloudId,
    home: Attachment<CloudId>,
}

fn named(name: &str) -> Tags {
    Tags::from([(NAME.to_owned(), name.to_owned())])
}

/// The reference topology, call by call, with the function `f` in it.
fn by_hand(stage: &Stage) -> Hand {
    let make = |op: Op<CloudId>| {
        let made = stage.by_hand(op).unwrap();
        // Somebody who works by hand sees it before going on.
        wait(stage);
        made
    };
    let zone = |letter: &str| format!("{}{letter}", stage.cloud.world().network.place.region);
    let network = |op| Op::Network(op);
    let vpc = make(network(NetworkOp::CreateNetwork(CreateNetwork {
        cidr: "10.0.0.0/16".parse().unwrap(),
        tags: named("lambda_vpc"),
    })));
    let subnet = |name: &str, cidr: &str, letter: &str| {
        make(network(NetworkOp::CreateSubnet(CreateSubnet {
            network: vpc.clone(),
            cidr: cidr.parse().unwrap(),
            zone: zone(letter),
            tags: named(name),
        })))
    };
    let public = subnet("lambda_pub", "10.0.10.0/24", "a");
    let private = [subnet("lambda_prv1", "10.0.1.0/24", "a"), subnet("lambda_prv2", "10.0.2.0/24", "b")];
    let internet =
        make(Op::Gateway(GatewayOp::CreateInternetGateway(CreateInternetGateway { tags: named("lambda_igw") })));
    stage.by_hand(Op::Gateway(GatewayOp::AttachInternetGateway(AttachInternetGateway {
        gateway: internet.clone(),
        network: vpc.clone(),
    })));
    let table = |name: &str, target: Target<CloudId>, subnets: &[&CloudId]| {
        let tags = named(name);
        let table = make(network(NetworkOp::CreateRouteTable(CreateRouteTable { network: vpc.clone(), tags })));
        let destination = Destination::default_v4();
        stage.by_hand(network(NetworkOp::CreateRoute(CreateRoute { table: table.clone(), destination, target })));
        for subnet in subnets {
            let (table, subnet) = (table.clone(), (*subnet).clone());
            stage.by_hand(network(NetworkOp::AssociateRouteTable(AssociateRouteTable {
                table,
                subnet,
                replaces: None,
            })));
        }
    };
    table("lambda_pub_rt", Target::InternetGateway(internet), &[&public]);
    let address =
        make(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: named("lambda_nat"), ip: None })));
    let nat = make(Op::Gateway(GatewayOp::CreateNatGateway(CreateNatGateway {
        subnet: public,
        address,
        tags: named("lambda_nat"),
    })));
    table("lambda_prv_rt", Target::NatGateway(nat), &[&private[0], &private[1]]);
    let group = make(network(NetworkOp::CreateGroup(CreateGroup {
        network: vpc.clone(),
        name: "lambda_sg".to_owned(),
        description: "by hand".to_owned(),
        tags: named("lambda_sg"),
    })));
    let home = Attachment { subnets: private.into(), groups: [group].into(), ipv6: false };
    let role = RoleSetup { grants: [egress_core::world::Grant::Managed].into(), ..RoleSetup::new("theirs-role") };
    stage.cloud.create_role(role).unwrap();
    let theirs = FunctionSetup { attachment: Some(home.clone()), ..FunctionSetup::new("theirs", "theirs-role") };
    stage.cloud.create_function(theirs).unwrap();
    Hand { network: vpc, home }
}

fn wait(stage: &Stage) {
    stage.clock.block_on(egress_core::Clock::sleep(&stage.clock, Duration::from_secs(3600)));
}

/// A stage with the reference topology made by hand, and the file that adopts it.
fn adopted(timing: Timing) -> (Stage, Hand) {
    let mut stage = Stage::with_spec(7, timing, "");
    let hand = by_hand(&stage);
    let wish = wish(Pick::Network(hand.network.clone()));
    let world = stage.clock.block_on(stage.cloud.observe(&scope(&wish))).unwrap();
    stage.spec = adopt(&world, &wish).unwrap().spec;
    (stage, hand)
}

fn wish(pick: Pick) -> Wish {
    Wish { stack: egress_core::StackName::new("demo").unwrap(), pick }
}

/// The World without what passes: how many addresses are free, revisions, what was deleted.
fn lasting(stage: &Stage) -> World {
    wait(stage);
    let mut world = stage.cloud.world();
    world.network.subnets.values_mut().for_each(|subnet| subnet.free_addresses = 0);
    world.network.interfaces.clear();
    world.function.functions.values_mut().for_each(|function| function.revision.clear());
    world.gateway.nat_gateways.retain(|_, nat| nat.state.is_live());
    world
}

fn is_egress(tags: &Tags) -> bool {
    tags.keys().any(|name| name.starts_with(PREFIX))
}

#[test]
fn the_reference_topology_made_by_hand_is_adopted_proven_and_left_alone() {
    for timing in [Timing::default(), Timing::aws()] {
        let (stage, hand) = adopted(timing);
        assert_eq!(stage.spec.functions.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["theirs"]);
        let before = lasting(&stage);
        let plan = stage.plan(apply()).unwrap();
        assert_eq!((plan.steps, plan.notices), (vec![], vec![]));
        // The proof needs probes of egress's own, and leaves nothing of them behind.
        assert_eq!(stage.run(Verb::Verify).done.iter().filter(|id| id.0.starts_with("prove")).count(), 2);
        stage.run(destroy());
        let mut after = lasting(&stage);
        after.function.roles.retain(|_, role| !is_egress(&role.tags));
        assert_eq!(after, before);
        assert_eq!(after.function.functions[&CloudId::new("theirs")].attachment, Some(hand.home));
    }
}

#[test]
fn a_function_joins_what_was_there_before_and_leaves_it_as_it_was() {
    let (mut stage, hand) = adopted(Timing::aws());
    let before = lasting(&stage);
    let text = "f";
    stage.spec.functions.push(spec::FunctionSpec { name: text.into(), permission: spec::Permission::Managed });
    stage.run(apply());
    assert_eq!(stage.call("f", ECHO).seen_ip(), Some(stage.ip().into()));
    assert_eq!(stage.cloud.world().function.functions[&CloudId::new("f")].attachment, Some(hand.home));
    assert!(stage.plan(apply()).unwrap().is_empty());
    stage.run(destroy());
    let mut after = lasting(&stage);
    after.function.roles = before.function.roles.clone();
    after.function.functions.values_mut().for_each(|f| f.tags.retain(|name, _| name != "egress:granted"));
    assert_eq!(after, before);
}

#[test]
fn new_subnets_and_a_new_gateway_come_and_go_in_an_existing_network() {
    let (mut stage, hand) = adopted(Timing::aws());
    let before = lasting(&stage);
    let existing = |key: &str| stage.spec.existing[&key.parse().unwrap()].clone();
    let text = format!(
        "stack = 'more'\n[network]\nname = 'vpc'\nexisting = '{}'\n[internet_gateway]\nname = 'igw'\nexisting = '{}'\n\
         [[public_subnet]]\nname = 'pub'\nexisting = '{}'\n\
         [[private_subnet]]\nname = 'a'\ncidr = '10.0.21.0/24'\n[[private_subnet]]\nname = 'b'\ncidr = '10.0.22.0/24'\n\
         [[nat_gateway]]\nname = 'nat'\nroute_table = 'rt'\n[security_group]\nname = 'sg'\n[[function]]\nname = 'f'\n",
        hand.network,
        existing("internet-gateway/lambda_igw"),
        existing("subnet/lambda_pub"),
    );
    stage.spec = spec::parse(&text).unwrap().spec;
    stage.run(apply());
    let seen = stage.call("f", ECHO).seen_ip();
    assert!(seen.is_some() && seen != stage.call("theirs", ECHO).seen_ip());
    assert!(stage.plan(apply()).unwrap().is_empty());
    let ip = stage.cloud.world().gateway.addresses.values().find(|a| is_egress(&a.tags)).unwrap().ip.unwrap();
    stage.run(Verb::Destroy { release: [ip].into(), remove_role_policy: true });
    let mut after = lasting(&stage);
    after.function.roles.retain(|_, role| !is_egress(&role.tags));
    assert_eq!(after, before);
}

#[test]
fn what_another_tool_attaches_is_never_touched_and_proven_once_it_has() {
    let stage = Stage::with_spec(3, Timing::aws(), "[[function]]\nname = 'f'\nattach = 'external'\n");
    stage.run(apply());
    let name = CloudId::new("f");
    let function = |stage: &Stage| stage.cloud.world().function.functions[&name].clone();
    assert_eq!(function(&stage).attachment, None);
    let look = |stage: &Stage| standing(&stage.spec, &stage.observe(&apply()), &name);
    assert_eq!(look(&stage), Standing::Elsewhere);
    // Its tool gives it what egress said.
    let to = home(&stage.spec, &stage.observe(&apply()));
    stage.by_hand(Op::Function(FunctionOp::GrantNetworkAccess(GrantNetworkAccess {
        role: "f-role".into(),
        grant: egress_core::world::Grant::Managed,
    })));
    wait(&stage);
    stage.by_hand(Op::Function(FunctionOp::SetAttachment(SetAttachment {
        function: name.clone(),
        to,
        revision: None,
    })));
    assert_eq!(look(&stage), Standing::Moving);
    wait(&stage);
    assert_eq!(look(&stage), Standing::Proven);
    assert_eq!(stage.call("f", ECHO).seen_ip(), Some(stage.ip().into()));
    assert!(stage.plan(apply()).unwrap().steps.is_empty());
    assert!(function(&stage).tags.is_empty());
    assert!(stage.plan(destroy()).unwrap_err().to_string().contains("function f"));
}

#[test]
fn cloudformations_functions_are_told_from_others() {
    let stage = Stage::with_spec(3, Timing::default(), "[[function]]\nname = 'sam'\n");
    let tags = Tags::from([("aws:cloudformation:stack-name".to_owned(), "shop".to_owned())]);
    stage.cloud.create_function(FunctionSetup { tags, ..FunctionSetup::new("sam", "f-role") }).unwrap();
    let refused = stage.plan(apply()).unwrap_err().to_string();
    assert!(refused.contains("AWS CloudFormation (stack shop)"), "{refused}");
    let permit = egress_core::plan::Permit::Managed("sam".into());
    stage.run(Verb::Apply { permits: [permit].into() });
    // Egress's tags stand beside those that nobody but AWS can set.
    let tags = stage.cloud.world().function.functions[&CloudId::new("sam")].tags.clone();
    assert!(is_egress(&tags) && tags.contains_key("aws:cloudformation:stack-name"));
    assert!(stage.plan(apply()).unwrap().is_empty());
}

#[test]
fn what_another_account_shares_is_said_and_not_guessed() {
    let (stage, hand) = adopted(Timing::default());
    stage.cloud.share_from(&hand.network, "999999999999").unwrap();
    let wish = wish(Pick::Function("theirs".into()));
    let world = stage.clock.block_on(stage.cloud.observe(&scope(&wish))).unwrap();
    assert!(world.network.route_tables.is_empty() && world.gateway.nat_gateways.is_empty());
    let said = adopt(&world, &wish).unwrap_err().to_string();
    assert!(said.contains("which account 999999999999 owns: it cannot be seen from here"), "{said}");
    let query =
        Query { source: Source::Function("theirs".into()), to: To::Internet, protocol: Protocol::Tcp, port: 443 };
    let Verdict::Unknown { missing, .. } = trace(&world, &query).verdict else { panic!("{:?}", trace(&world, &query)) };
    assert!(missing.iter().any(|what| what.contains("route table") && what.contains("999999999999")), "{missing:?}");
    let refused = stage.plan(apply()).unwrap_err().to_string();
    assert!(refused.contains("account 999999999999 owns"), "{refused}");
    // The packets leave as before: only nobody here can tell.
    assert!(stage.call("theirs", ECHO).seen_ip().is_some());
    let spec: &Spec = &stage.spec;
    assert_eq!(spec.existing.keys().filter(|key| key.kind == Kind::Subnet).count(), 3);
    assert_eq!(BTreeSet::from_iter(spec.existing.values()).len(), spec.existing.len());
}
