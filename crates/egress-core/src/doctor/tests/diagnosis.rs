//! What a Diagnosis says over many functions: merged, ordered, and honest about what was not read.

use std::net::IpAddr;

use super::{
    super::{Accepted, Examination, FunctionEgress, Unexpected, examine},
    cases::{function, healthy, show},
};
use crate::{
    World,
    trace::{RuleId, Severity, SourceAddress, To, Verdict, scenes::*, testing::*},
    world::*,
};

/// A copy of `fn` under another name.
fn add_function(world: &mut World, name: &str, change: fn(&mut Function)) {
    let mut other = Function { id: id(name), ..function(world).clone() };
    change(&mut other);
    world.function.functions.insert(id(name), other);
}

fn ips<const N: usize>(ips: [&str; N]) -> std::collections::BTreeSet<IpAddr> {
    ips.into_iter().map(|ip| ip.parse().unwrap()).collect()
}

fn whole() -> Examination {
    Examination::default()
}

/// A region with functions that share a fault, one with a fault of its own, and one outside.
fn busy() -> World {
    let mut world = healthy();
    add_function(&mut world, "twin", |_| {});
    add_function(&mut world, "public", |f| f.attachment.as_mut().unwrap().subnets = ids(["pub"]));
    add_function(&mut world, "outside", |f| (f.attachment, f.network) = (None, None));
    world.own_acl("prv1").entries.push(entry(90, Direction::Egress, (443, 443), "93.184.215.0/24", false));
    function(&mut world).timeout = Some(900);
    world
}

#[test]
fn findings_are_merged_by_rule_and_resource_and_the_worst_come_first() {
    let diagnosis = examine(&busy(), &whole());
    let severities: Vec<Severity> = diagnosis.findings.iter().map(|finding| finding.severity).collect();
    assert!(severities.iter().rev().is_sorted());
    assert_eq!(diagnosis.worst(), Some(Severity::Error));
    insta::assert_snapshot!(diagnosis.findings.iter().map(show).collect::<String>());
}

#[test]
fn each_function_is_told_where_it_leaves() {
    let diagnosis = examine(&busy(), &whole());
    let names: Vec<_> = diagnosis.functions.iter().map(|egress| egress.function.as_str()).collect();
    assert_eq!(names, ["fn", "outside", "public", "twin"]);
    let by_source: Vec<_> = diagnosis.by_source().into_iter().map(|(source, of)| (source.clone(), of.len())).collect();
    let fixed = SourceAddress::Fixed { address: id("eip"), ip: Some(NAT_IP) };
    assert_eq!(by_source, [(fixed, 2), (SourceAddress::Unfixed, 1)]);
    let unfixed: Vec<_> = diagnosis.without_fixed_ip().map(|egress| egress.function.as_str()).collect();
    assert_eq!(unfixed, ["outside", "public"]);
}

#[test]
fn only_what_is_asked_for_is_examined() {
    let examination = Examination { functions: Some(ids(["public", "gone"])), ..whole() };
    let mut world = busy();
    world.gateway.nat_gateways.insert(id("nat-2"), nat("nat-2", "pub", &[]));
    let diagnosis = examine(&world, &examination);
    let told: Vec<_> = diagnosis.findings.iter().map(|finding| (finding.rule, finding.functions.clone())).collect();
    assert_eq!(told, [(RuleId::LambdaPublicSubnet, ids(["public"]))]);
    assert_eq!(diagnosis.functions.len(), 1);
    assert_eq!(diagnosis.missing, ["the function gone"]);
}

#[test]
fn what_people_live_with_is_not_told() {
    let accepted = |rule, resource: Option<&str>| Accepted { rule, resource: resource.map(id) };
    let world = busy();
    let told = |accepted: Vec<Accepted>| {
        let examination = Examination { accepted: accepted.into_iter().collect(), ..whole() };
        examine(&world, &examination).findings.iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    let all = told(vec![]);
    assert_eq!(told(vec![accepted(RuleId::LambdaPublicSubnet, Some("prv1"))]), all);
    for on in [None, Some("pub")] {
        let rest: Vec<_> = all.iter().copied().filter(|rule| *rule != RuleId::LambdaPublicSubnet).collect();
        assert_eq!(told(vec![accepted(RuleId::LambdaPublicSubnet, on)]), rest);
    }
}

#[test]
fn expected_ips_are_all_and_only_those_that_are_seen() {
    let mut world = healthy();
    let unexpected = |world: &World, expected: &[&str]| {
        let expected = expected.iter().map(|ip| ip.parse().unwrap()).collect();
        examine(world, &whole()).unexpected(&expected)
    };
    assert_eq!(unexpected(&world, &["198.51.100.7"]), []);
    let lacks =
        Unexpected { function: id("fn"), missing: ips(["198.51.100.8"]), extra: Default::default(), open: false };
    assert_eq!(unexpected(&world, &["198.51.100.7", "198.51.100.8"]), std::slice::from_ref(&lacks));
    let other = Unexpected { extra: fixed(), ..lacks };
    assert_eq!(unexpected(&world, &["198.51.100.8"]), [other]);

    // A function that is cut off is seen from nowhere, and of one that nobody can follow nothing is certain.
    world.routes("rtb-prv", vec![]);
    let [dead] = &unexpected(&world, &["198.51.100.7"])[..] else { panic!() };
    assert_eq!((dead.missing.len(), dead.open), (1, false));
    world.network.route_tables.clear();
    let [unknown] = &unexpected(&world, &["198.51.100.7"])[..] else { panic!() };
    assert!(unknown.open);

    // Any IP of the cloud's pool is never expected.
    function(&mut world).attachment = None;
    let [outside] = &unexpected(&world, &["198.51.100.7"])[..] else { panic!() };
    assert_eq!(outside.extra, [SourceAddress::Unfixed].into());
}

#[test]
fn a_gateway_that_the_cloud_adds_addresses_to_promises_no_ip() {
    let mut world = healthy();
    let mut with = |automatic| {
        world.nat().scope = NatScope::Region { route_table: Some(id("rtb-pub")), automatic };
        let diagnosis = examine(&world, &whole());
        let open: Vec<bool> = diagnosis.unexpected(&ips(["198.51.100.7"])).iter().map(|one| one.open).collect();
        (diagnosis.functions[0].is_fixed(), open)
    };
    assert_eq!(with(false), (true, vec![]));
    assert_eq!(with(true), (false, vec![true]));
}

#[test]
fn an_endpoint_that_nobody_asked_for_is_no_error() {
    let mut world = healthy();
    with_endpoint(&mut world, vec![]);
    let told = |to: To| {
        let findings = examine(&world, &Examination { to, ..whole() }).findings;
        findings.into_iter().map(|finding| (finding.rule, finding.severity)).collect::<Vec<_>>()
    };
    assert_eq!(told(To::Internet), [(RuleId::VpceSgBlocks, Severity::Warning)]);
    assert_eq!(told(queue()), [(RuleId::VpceSgBlocks, Severity::Error)]);
}

#[test]
fn endpoints_of_others_are_asked_by_the_names_that_they_have() {
    let mut world = healthy();
    with_endpoint(&mut world, vec![]);
    let endpoint = world.network.endpoints.get_mut(&id("vpce")).unwrap();
    endpoint.service = "com.amazonaws.vpce.eu-west-1.vpce-svc-1".to_owned();
    let name = |endpoint: &mut Endpoint, own: &[&str]| {
        if let EndpointKind::Interface { names, private_dns, .. } = &mut endpoint.kind {
            (*names, *private_dns) = (own.iter().map(|name| (*name).to_owned()).collect(), false);
        }
    };
    name(endpoint, &[]);
    assert_eq!(examine(&world, &whole()).findings, []);
    let endpoint = world.network.endpoints.get_mut(&id("vpce")).unwrap();
    name(endpoint, &["vpce-1.vpce-svc-1.eu-west-1.vpce.amazonaws.com"]);
    let told: Vec<RuleId> = examine(&world, &whole()).findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(told, [RuleId::VpceSgBlocks]);
    let endpoint = world.network.endpoints.get_mut(&id("vpce")).unwrap();
    name(endpoint, &["*.shop.example"]);
    let told: Vec<RuleId> = examine(&world, &whole()).findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(told, [RuleId::VpceDnsMismatch]);
}

#[test]
fn what_was_not_read_is_no_finding_and_is_said() {
    let mut world = healthy();
    world.function.roles.get_mut(&id("role")).unwrap().grants.clear();
    world.gateway.nat_gateways.insert(id("nat-2"), nat("nat-2", "pub", &[]));
    let rules =
        |world: &World| examine(world, &whole()).findings.iter().map(|finding| finding.rule).collect::<Vec<_>>();
    assert_eq!(rules(&world), [RuleId::EniPermission, RuleId::UnusedNatCost]);
    world.function.unseen.add(Listing::Roles, "aws iam get-role");
    world.network.unseen.add(Listing::RouteTables, "aws ec2 describe-route-tables");
    let diagnosis = examine(&world, &whole());
    assert_eq!(diagnosis.findings, []);
    insta::assert_snapshot!(diagnosis.missing.join("\n"));
}

#[test]
fn a_region_without_functions_is_examined_by_its_subnets() {
    let mut world = reference();
    world.function.functions.clear();
    let told = |world: &World| {
        let findings = examine(world, &whole()).findings;
        findings.into_iter().map(|finding| (finding.rule, finding.resource.unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(told(&world), [(RuleId::CrossZoneNat, id("prv2"))]);
    // A subnet without a way out may be meant to be one; a gateway that does not work never is.
    world.network.subnets.insert(id("inner"), subnet("inner", "10.0.9.0/24", "a"));
    world.routes("rtb-pub", vec![]);
    assert_eq!(told(&world), [(RuleId::NatInPrivateSubnet, id("rtb-pub")), (RuleId::CrossZoneNat, id("prv2"))]);
}

#[test]
fn a_function_in_no_network_works_unless_its_destination_is_private() {
    let mut world = healthy();
    function(&mut world).attachment = None;
    let severity = |examination: &Examination| examine(&world, examination).findings[0].severity;
    assert_eq!(severity(&whole()), Severity::Warning);
    let mut private = whole();
    super::cases::to_ip(&mut private, [10, 0, 2, 9]);
    assert_eq!(severity(&private), Severity::Error);
}

#[test]
fn functions_that_share_their_way_are_told_the_same() {
    let mut world = healthy();
    add_function(&mut world, "twin", |_| {});
    let [one, twin] = &examine(&world, &whole()).functions[..] else { panic!() };
    assert_eq!(FunctionEgress { function: id("fn"), ..twin.clone() }, *one);
    assert_eq!(one.verdict, Verdict::Reaches { sources: fixed() });
    assert!(one.is_fixed());
}

#[test]
fn a_diagnosis_survives_json() {
    let diagnosis = examine(&busy(), &whole());
    let json = serde_json::to_string(&diagnosis).unwrap();
    assert_eq!(serde_json::from_str::<super::super::Diagnosis>(&json).unwrap(), diagnosis);
}
