//! What real accounts' data must give, as facts on small Worlds: machines with a public address, gateway endpoints, and a folder
//! of which some files are missing.

use std::net::Ipv4Addr;

use super::super::{Query, RuleId, Source, SourceAddress, To, Trace, Verdict, testing::*, trace};
use crate::{CloudId, world::*};

/// The public address of a machine.
const PUBLIC: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 80);
/// A host of the service behind the gateway endpoint.
const S3: Ipv4Addr = Ipv4Addr::new(52, 216, 237, 77);

/// The reference topology with the machine `web` in `pub`, which has a public address, and the machine `db` in `prv1`, whose
/// table has a route to the gateway endpoint `vpce` and no default one.
fn with_machines() -> World {
    let mut world = reference();
    world.add_list(list("pl-s3", Some(&["52.216.0.0/15"])));
    world.routes("rtb-prv", vec![to_list("pl-s3", Target::Endpoint(id("vpce")))]);
    world.network.endpoints.insert(
        id("vpce"),
        Endpoint {
            id: id("vpce"),
            network: id("vpc"),
            service: "s3".to_owned(),
            kind: EndpointKind::Gateway { prefix_list: Some(id("pl-s3")), route_tables: ids(["rtb-prv"]) },
            available: true,
            tags: Default::default(),
        },
    );
    for (name, subnet, ip, public_ip) in
        [("web", "pub", [10, 0, 10, 9], Some(PUBLIC)), ("db", "prv1", [10, 0, 1, 9], None)]
    {
        let eni = format!("eni-{name}");
        let machine = Machine { id: id(name), running: true, interface: Some(id(&eni)), tags: Default::default() };
        world.network.machines.insert(id(name), machine);
        let own = interface(&eni, InterfaceKind::Machine, subnet, ip, ids(["sg"]));
        world.add_interface(Interface { public_ip, instance: Some(id(name)), ..own });
    }
    world
}

fn ask(world: &World, source: Source, to: Ipv4Addr) -> Trace {
    trace(world, &Query { source, to: To::Ip(to.into()), protocol: Protocol::Tcp, port: 443 })
}

fn of_subnet(name: &str) -> Source {
    Source::Subnet { subnet: id(name), groups: None }
}

fn passes(trace: &Trace, what: &str) -> bool {
    trace.paths.iter().flat_map(|path| &path.hops).any(|hop| hop.id == Some(CloudId::new(what)))
}

#[test]
fn a_machine_leaves_from_the_public_address_that_is_mapped_to_it() {
    let trace = ask(&with_machines(), Source::Machine(id("web")), HOST);
    assert_eq!(trace.verdict, Verdict::Reaches { sources: [SourceAddress::Mapped(PUBLIC)].into() });
    assert!(passes(&trace, "igw"));
}

#[test]
fn a_function_beside_such_a_machine_is_dropped_at_the_gateway() {
    let trace = ask(&with_machines(), of_subnet("pub"), HOST);
    assert_eq!(rules(&trace), [RuleId::LambdaPublicSubnet]);
    assert!(passes(&trace, "igw"));
}

#[test]
fn behind_a_gateway_endpoint_the_private_address_is_seen() {
    let trace = ask(&with_machines(), Source::Machine(id("db")), S3);
    let sources = [SourceAddress::Private(cidr("10.0.1.9/32"))].into();
    assert_eq!(trace.verdict, Verdict::Reaches { sources });
    assert!(passes(&trace, "vpce"));
}

#[test]
fn a_machine_with_a_public_address_shows_its_private_one_behind_a_gateway_endpoint_alone() {
    let mut world = with_machines();
    world.table("rtb-pub").routes.push(to_list("pl-s3", Target::Endpoint(id("vpce"))));
    let ask_for = |to| ask(&world, Source::Machine(id("web")), to);
    let private = [SourceAddress::Private(cidr("10.0.10.9/32"))].into();
    assert_eq!(ask_for(S3).verdict, Verdict::Reaches { sources: private });
    let public = [SourceAddress::Mapped(PUBLIC)].into();
    assert_eq!(ask_for(HOST).verdict, Verdict::Reaches { sources: public });
}

#[test]
fn a_nat_gateway_in_another_zone_is_told_of_though_files_are_missing() {
    let mut world = reference();
    for (subnet, zone) in [("pub", "a"), ("prv1", "a"), ("prv2", "b")] {
        world.network.subnets.get_mut(&id(subnet)).unwrap().zone = zone.to_owned();
    }
    world.network.acls.clear();
    world.network.unseen.add(Listing::Acls, "aws ec2 describe-network-acls");
    for (subnet, crosses) in [("prv1", false), ("prv2", true)] {
        let trace = ask(&world, of_subnet(subnet), HOST);
        let mut warnings = trace.paths.iter().flat_map(|path| &path.warnings);
        assert_eq!(warnings.any(|warning| warning.rule == RuleId::CrossZoneNat), crosses, "{subnet}");
        assert!(matches!(trace.verdict, Verdict::Unknown { .. }));
        assert_eq!(trace.verdict.sources(), &fixed());
    }
}

#[test]
fn a_machine_without_a_default_route_is_dropped() {
    let trace = ask(&with_machines(), Source::Machine(id("db")), HOST);
    assert_eq!(rules(&trace), [RuleId::NoDefaultRoute]);
    assert!(matches!(trace.verdict, Verdict::Drops { .. }));
}

#[test]
fn a_machine_that_is_terminated_sends_nothing() {
    let mut world = with_machines();
    let gone = Machine { id: id("gone"), running: false, interface: None, tags: Default::default() };
    world.network.machines.insert(id("gone"), gone);
    assert_eq!(rules(&ask(&world, Source::Machine(id("gone")), HOST)), [RuleId::MachineStopped]);
}

#[test]
fn nothing_filters_what_a_nat_gateways_interface_sends() {
    let mut world = reference();
    let own = interface("eni-nat", InterfaceKind::NatGateway, "pub", [10, 0, 10, 4], ids([]));
    world.add_interface(Interface { public_ip: Some(PUBLIC), ..own });
    let trace = ask(&world, Source::Interface(id("eni-nat")), HOST);
    assert_eq!(trace.verdict, Verdict::Reaches { sources: [SourceAddress::Mapped(PUBLIC)].into() });
}

#[test]
fn a_host_that_does_not_run_or_is_attached_to_nothing_takes_no_packets() {
    let mut world = with_machines();
    world.network.groups.insert(id("sg-db"), SecurityGroup { ingress: vec![Rule::all_v4()], ..group("sg-db") });
    let db = world.network.interfaces.get_mut(&id("eni-db")).unwrap();
    db.groups = ids(["sg-db"]);
    let to = db.private_ips[0];
    let ask_for = |world: &World| ask(world, of_subnet("prv2"), to);
    assert!(matches!(ask_for(&world).verdict, Verdict::Reaches { .. }), "{:?}", ask_for(&world));
    let stopped = Machine { id: id("db"), running: false, interface: Some(id("eni-db")), tags: Default::default() };
    world.network.machines.insert(id("db"), stopped);
    assert_eq!(rules(&ask_for(&world)), [RuleId::MachineStopped]);
    world.network.interfaces.get_mut(&id("eni-db")).unwrap().in_use = false;
    assert_eq!(rules(&ask_for(&world)), [RuleId::NoSuchHost]);
}

#[test]
fn a_folder_with_missing_files_names_the_calls_and_the_likely_sources() {
    let mut world = reference();
    world.routes("rtb-main", vec![]);
    world.table("rtb-prv").associations.pop();
    world.network.acls.clear();
    world.network.groups.clear();
    world.gateway.internet_gateways.clear();
    world.network.unseen.add(Listing::Acls, "aws ec2 describe-network-acls");
    world.network.unseen.add(Listing::SecurityGroups, "aws ec2 describe-security-groups");
    world.gateway.unseen.add(Listing::InternetGateways, "aws ec2 describe-internet-gateways");
    let trace = ask(&world, of_subnet("prv1"), HOST);
    let mut missing = trace.verdict.missing().to_vec();
    missing.sort();
    assert_eq!(
        missing,
        [
            "the internet gateways: no answer of aws ec2 describe-internet-gateways",
            "the network ACLs: no answer of aws ec2 describe-network-acls",
            "the security groups: no answer of aws ec2 describe-security-groups",
        ]
    );
    assert_eq!(trace.verdict.sources(), &fixed());
    assert!(passes(&trace, "nat"));

    // What is certain is certain: no route is no route.
    let trace = ask(&world, of_subnet("prv2"), HOST);
    assert!(matches!(trace.verdict, Verdict::Drops { .. }), "{trace:?}");
}

#[test]
fn a_host_of_the_account_is_filtered_behind_its_public_address() {
    let mut world = with_machines();
    world.routes("rtb-prv", vec![to("0.0.0.0/0", Target::NatGateway(id("nat")))]);
    world.network.groups.insert(id("sg-web"), group("sg-web"));
    world.network.interfaces.get_mut(&id("eni-web")).unwrap().groups = ids(["sg-web"]);
    let mut ask_for = |ingress: Vec<Rule>| {
        world.network.groups.get_mut(&id("sg-web")).unwrap().ingress = ingress;
        ask(&world, of_subnet("prv1"), PUBLIC)
    };
    assert_eq!(rules(&ask_for(vec![])), [RuleId::SgIngressBlocks]);
    // The internet sees the translated source, neither the private one nor the group.
    let inside = [Peer::Cidr(cidr("10.0.0.0/16")), Peer::Group(id("sg"))].map(|peer| rule((443, 443), peer));
    assert_eq!(rules(&ask_for(inside.to_vec())), [RuleId::SgIngressBlocks]);
    let open = ask_for(vec![rule((443, 443), Peer::Cidr(cidr("198.51.100.7/32")))]);
    assert_eq!(open.verdict, Verdict::Reaches { sources: fixed() });
}
