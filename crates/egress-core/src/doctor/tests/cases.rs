//! What a case is, and what every case must keep.

use std::collections::BTreeSet;

use super::super::{Diagnosis, Examination, Finding, examine};
use crate::{
    Tags, World,
    trace::{RuleId, Severity, To, testing::*},
    world::*,
};

/// A change of the healthy World, and of what is asked about it.
pub(super) type Alter = fn(&mut World, &mut Examination);

/// A rule and what shows it.
pub(super) struct Case {
    pub(super) rule: RuleId,
    /// What breaks it.
    pub(super) faulty: Alter,
    /// What looks like it, and is not.
    pub(super) nearly: Alter,
    /// How the faulty one is mended.
    pub(super) mended: Mended,
}

/// How a faulty World is mended.
pub(super) enum Mended {
    /// By the finding's own mends.
    ByMends,
    /// By them, once what they say is wanted was made.
    Given(fn(&mut World)),
    /// By a decision of people.
    Decided(Alter),
}

/// A region in which nothing is wrong: the reference topology in one zone, and a role that may make interfaces.
pub(super) fn healthy() -> World {
    let mut world = reference();
    world.network.subnets.get_mut(&id("prv2")).unwrap().zone = "a".to_owned();
    let role = Role { id: id("role"), trusts_functions: true, grants: [Grant::Managed].into(), tags: Tags::new() };
    world.function.roles.insert(id("role"), role);
    world.function.functions.get_mut(&id("fn")).unwrap().role = Some(id("role"));
    world
}

pub(super) fn function(world: &mut World) -> &mut Function {
    world.function.functions.get_mut(&id("fn")).unwrap()
}

pub(super) fn subnet_of<'w>(world: &'w mut World, name: &str) -> &'w mut Subnet {
    world.network.subnets.get_mut(&id(name)).unwrap()
}

/// A private subnet by the name that mends have for one.
pub(super) fn give_private_subnet(world: &mut World) {
    give_subnet(world, "<private subnet with a NAT gateway>");
    world.network.groups.insert(id("<security group>"), group("<security group>"));
}

/// One more subnet that leaves by `rtb-prv`.
pub(super) fn give_subnet(world: &mut World, name: &str) {
    world.network.subnets.insert(id(name), subnet(name, "10.0.7.0/24", "a"));
    let with = AssociatedWith::Subnet(id(name));
    world.table("rtb-prv").associations.push(Association { id: id("given"), with, active: true });
}

/// Asks for one host.
pub(super) fn to_ip(examination: &mut Examination, ip: [u8; 4]) {
    examination.to = To::Ip(std::net::IpAddr::from(ip));
}

/// Rules of packets that machines send: the doctor is for functions.
const OF_MACHINES: [RuleId; 1] = [RuleId::MachineStopped];

fn all_cases() -> Vec<Case> {
    [super::paths::cases(), super::hops::cases(), super::hubs::cases(), super::beside::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// The World and the question after some changes.
fn asked(changes: &[Alter]) -> (World, Examination) {
    let (mut world, mut examination) = (healthy(), Examination::default());
    changes.iter().for_each(|change| change(&mut world, &mut examination));
    (world, examination)
}

fn told(diagnosis: &Diagnosis) -> BTreeSet<RuleId> {
    diagnosis.findings.iter().map(|finding| finding.rule).collect()
}

fn named(diagnosis: &Diagnosis, rule: RuleId) -> Vec<&Finding> {
    diagnosis.findings.iter().filter(|finding| finding.rule == rule).collect()
}

#[test]
fn every_rule_has_a_case() {
    let shown: BTreeSet<RuleId> = all_cases().into_iter().map(|case| case.rule).collect();
    let lacking = RuleId::ALL.iter().filter(|rule| !shown.contains(rule) && !OF_MACHINES.contains(rule));
    let lacking: Vec<&RuleId> = lacking.collect();
    assert!(lacking.is_empty(), "rules without a case of the doctor's: {lacking:?}");
}

#[test]
fn nothing_is_wrong_in_a_healthy_region() {
    let diagnosis = examine(&healthy(), &Examination::default());
    assert_eq!((diagnosis.findings, diagnosis.missing), (vec![], vec![]));
}

#[test]
fn a_world_that_has_the_fault_is_told_so_and_one_that_is_nearly_the_same_is_not() {
    for Case { rule, faulty, nearly, .. } in all_cases() {
        let (world, examination) = asked(&[faulty]);
        assert!(told(&examine(&world, &examination)).contains(&rule), "{rule} is not found");
        let (world, examination) = asked(&[nearly]);
        assert!(!told(&examine(&world, &examination)).contains(&rule), "{rule} is found where it is not");
    }
}

#[test]
fn the_mend_of_a_finding_makes_it_go_away_and_brings_no_other_error() {
    for Case { rule, faulty, mended, .. } in all_cases() {
        let (mut world, mut examination) = asked(&[faulty]);
        let before = examine(&world, &examination);
        let findings = named(&before, rule);
        let mends: Vec<_> = findings.iter().flat_map(|finding| &finding.mend).collect();
        match mended {
            Mended::ByMends => assert!(!mends.is_empty(), "{rule} has no mend"),
            Mended::Given(give) => {
                assert!(!mends.is_empty(), "{rule} has no mend");
                give(&mut world);
            }
            Mended::Decided(decide) => {
                assert!(mends.is_empty(), "{rule} has mends: {mends:?}");
                decide(&mut world, &mut examination);
            }
        }
        mends.iter().for_each(|mend| mend.apply(&mut world));
        let after = examine(&world, &examination);
        assert!(!told(&after).contains(&rule), "{rule} is not mended by {mends:?}: {:?}", named(&after, rule));
        let errors = after.findings.iter().filter(|finding| finding.severity == Severity::Error);
        let new: Vec<_> = errors.filter(|finding| !told(&before).contains(&finding.rule)).collect();
        assert!(new.is_empty(), "{rule} is mended by {mends:?}, which breaks something else: {new:?}");
    }
}

#[test]
fn what_people_and_commands_are_told_of_each_rule() {
    let mut text = String::new();
    for Case { rule, faulty, .. } in all_cases() {
        let (world, examination) = asked(&[faulty]);
        for finding in named(&examine(&world, &examination), rule) {
            text.push_str(&show(finding));
        }
    }
    insta::assert_snapshot!(text);
}

pub(super) fn show(finding: &Finding) -> String {
    let Finding { rule, severity, resource, detail, fix, mend, functions } = finding;
    let on = resource.as_ref().map_or("-", |id| id.as_str());
    let functions: Vec<&str> = functions.iter().map(|id| id.as_str()).collect();
    let mends: String = mend.iter().map(|mend| format!("  {}\n", serde_json::to_string(mend).unwrap())).collect();
    format!("{rule} {severity:?} on {on}, touches {}\n  {detail}\n  fix: {fix}\n{mends}", functions.join(", "))
}
