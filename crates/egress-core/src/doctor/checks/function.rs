//! The functions themselves: their state, their role, their subnets.

use std::collections::BTreeSet;

use super::can_tell;
use crate::{
    CloudId,
    doctor::{
        Mend, Thing, cure,
        notes::Notes,
        party::{Party, nats_of},
        site::Site,
    },
    trace::{RuleId, Severity, Verdict},
    world::{Attachment, Function, FunctionState, UpdateState},
};

/// A subnet with fewer free addresses than this is nearly full. An interface takes one, and Lambda makes one for each pair of
/// subnet and groups, and more of them once 65,000 connections use it (source: Lambda guide, "Hyperplane elastic network
/// interfaces"); how few are too few is our own choice.
const FEW_ADDRESSES: u32 = 8;

/// How long a NAT gateway remembers an idle connection, in seconds (source: VPC guide, "Troubleshoot NAT gateways").
const NAT_IDLE: u32 = 350;

pub(super) fn check(site: &Site<'_>, party: &Party<'_>, notes: &mut Notes) {
    for function in &party.functions {
        check_state(function, notes);
        check_versions(site, function, notes);
    }
    match party.attachment {
        None => not_in_vpc(party, notes),
        Some(attachment) => {
            check_roles(site, party, notes);
            check_room(site, party, attachment, notes);
            check_idle(party, notes);
            mixed_subnets(party, attachment, notes);
        }
    }
}

/// A function in no network works, and its IP is anyone's. Where it does not even work the paths say so.
fn not_in_vpc(party: &Party<'_>, notes: &mut Notes) {
    if !party.trace.verdict.reasons().is_empty() {
        return;
    }
    for function in party.names() {
        let note = notes.on(RuleId::NotInVpc, Some(function)).touches([function]);
        note.severity = Severity::Warning;
        note.detail(format!("{function} is in no network: it leaves from any IP of the cloud's own pool"))
            .mend([cure::into_private_subnets(function)]);
    }
}

fn check_state(function: &Function, notes: &mut Notes) {
    let id = &function.id;
    let again = || function.attachment.as_ref().map(|attachment| attach(id, attachment, attachment.subnets.iter()));
    let mut found = |severity, detail: String, fix: &str, mend: Option<Mend>| {
        let note = notes.on(RuleId::FunctionInactive, Some(id)).touches([id]);
        note.severity = severity;
        note.detail(detail).fix(fix).mend(mend);
    };
    match &function.state {
        FunctionState::Inactive => {
            let fix = "invoke it: that invocation fails and wakes it";
            found(
                Severity::Warning,
                format!("{id} sleeps: its next invocation fails"),
                fix,
                Some(Mend::Wake { function: id.clone() }),
            );
        }
        FunctionState::Failed => {
            found(Severity::Error, format!("{id} could not be made: it cannot be invoked"), "make it anew", again());
        }
        FunctionState::Pending | FunctionState::Active => {}
    }
    if let UpdateState::Failed { code, message } = &function.update {
        let detail = format!("the last update of {id} failed with {code}: {message}");
        let fix = "mend what the update failed by, then update the function again";
        found(Severity::Warning, detail, fix, again());
    }
}

/// A version keeps the attachment that it was published with.
fn check_versions(site: &Site<'_>, function: &Function, notes: &mut Notes) {
    if !can_tell(site, RuleId::PublishedVersionHoldsEni) {
        return;
    }
    let id = &function.id;
    let now: BTreeSet<&CloudId> = function.attachment.iter().flat_map(|attachment| &attachment.subnets).collect();
    for version in &function.versions {
        let then = version.attachment.iter().flat_map(|attachment| &attachment.subnets);
        let left: Vec<&str> = then.filter(|subnet| !now.contains(subnet)).map(CloudId::as_str).collect();
        if left.is_empty() {
            continue;
        }
        let number = &version.version;
        let callers = function.aliases.iter().filter(|alias| alias.versions.contains(number));
        let callers: Vec<&str> = callers.map(|alias| alias.name.as_str()).collect();
        let led = if callers.is_empty() { String::new() } else { format!(", where {} leads", callers.join(", ")) };
        let detail = format!("version {number} of {id}{led} still runs in {}", left.join(", "));
        let delete = Mend::DeleteVersion { function: id.clone(), version: number.clone() };
        let note = notes.on(RuleId::PublishedVersionHoldsEni, Some(id)).touches([id]).detail(detail);
        // What callers use is not deleted before they are led elsewhere.
        note.mend(callers.is_empty().then_some(delete));
    }
}

fn check_roles(site: &Site<'_>, party: &Party<'_>, notes: &mut Notes) {
    if !can_tell(site, RuleId::EniPermission) {
        return;
    }
    for function in &party.functions {
        let role = function.role.as_ref().and_then(|role| site.world.function.roles.get(role));
        if let Some(role) = role.filter(|role| !role.has_network_access()) {
            notes
                .on(RuleId::EniPermission, Some(&role.id))
                .touches([&function.id])
                .detail(format!("{} may not make network interfaces", role.id))
                .mend([Mend::AttachPolicy { role: role.id.clone() }]);
        }
    }
}

fn check_room(site: &Site<'_>, party: &Party<'_>, attachment: &Attachment<CloudId>, notes: &mut Notes) {
    for subnet in attachment.subnets.iter().filter_map(|id| site.world.network.subnets.get(id)) {
        if subnet.free_addresses >= FEW_ADDRESSES {
            continue;
        }
        let larger = Thing::wanted(&format!("larger subnet in {}", subnet.zone));
        let others = || attachment.subnets.iter().filter(|id| *id != &subnet.id);
        let moves = party.names().map(|function| match attach(function, attachment, others()) {
            Mend::Attach { function, mut subnets, groups, ipv6 } => {
                subnets.insert(larger.clone());
                Mend::Attach { function, subnets, groups, ipv6 }
            }
            mend => mend,
        });
        notes
            .on(RuleId::EniCapacity, Some(&subnet.id))
            .touches(party.names())
            .detail(format!("{} has {} free addresses", subnet.id, subnet.free_addresses))
            .mend(moves);
    }
}

/// One note for each gateway: its idle connections are forgotten, whoever's they are.
fn check_idle(party: &Party<'_>, notes: &mut Notes) {
    let gateways: BTreeSet<&CloudId> = party.trace.paths.iter().flat_map(nats_of).collect();
    for function in &party.functions {
        let Some(timeout) = function.timeout.filter(|timeout| *timeout > NAT_IDLE) else { continue };
        for gateway in &gateways {
            notes
                .on(RuleId::NatIdle350, Some(gateway))
                .touches([&function.id])
                .detail(format!("{} may run for {timeout} s behind {gateway}", function.id))
                .mend([Mend::SetTimeout { function: function.id.clone(), seconds: NAT_IDLE }]);
        }
    }
}

/// Some subnets have a way out and some have none.
fn mixed_subnets(party: &Party<'_>, attachment: &Attachment<CloudId>, notes: &mut Notes) {
    let leads_out = |subnet: &&CloudId| {
        let mut own = party.trace.paths.iter().filter(|path| path.subnet.as_ref() == Some(subnet));
        own.any(|path| !matches!(path.verdict, Verdict::Drops { .. }))
    };
    let (good, bad): (Vec<&CloudId>, Vec<&CloudId>) = attachment.subnets.iter().partition(leads_out);
    if good.is_empty() || bad.is_empty() {
        return;
    }
    let list = |ids: &[&CloudId]| ids.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
    let detail = format!("from {} nothing gets out, from {} it does", list(&bad), list(&good));
    for function in party.names() {
        notes
            .on(RuleId::MixedSubnets, Some(function))
            .touches([function])
            .detail(format!("{function} fails now and then: {detail}"))
            .fix(format!("give {} a way out, or take it from the function", list(&bad)))
            .mend([attach(function, attachment, good.iter().copied())]);
    }
}

/// A function with the groups that it has, in some subnets.
fn attach<'a>(
    function: &CloudId,
    attachment: &Attachment<CloudId>,
    subnets: impl Iterator<Item = &'a CloudId>,
) -> Mend {
    Mend::Attach {
        function: function.clone(),
        subnets: subnets.map(Thing::from).collect(),
        groups: attachment.groups.iter().map(Thing::from).collect(),
        ipv6: attachment.ipv6,
    }
}
