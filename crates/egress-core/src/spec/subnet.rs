//! Subnets and NAT gateways, and how they hang together: who stands in which subnet, who leaves through which gateway.

use ipnet::Ipv4Net;

use super::{
    check::items,
    file::{File, List, NatGatewayTable, PrivateSubnetTable},
    mistake::{Mistake, Report, Span},
    model::{NatGatewaySpec, SubnetSpec, WayOut, ZoneChoice},
    read::{At, Entry, missing},
    value::{Cidr, Id, Name},
    words::{closest, did_you_mean, listed, quoted},
};

/// The most subnets that a function can run in (AWS Lambda quotas).
const PRIVATE_SUBNETS: usize = 16;
/// The highest zone that a subnet gets by its position.
const LAST_ZONE: u8 = 26;

/// The public subnets, in order.
pub(super) fn public_subnets(file: &File, report: &mut Report) -> Option<Vec<SubnetSpec>> {
    let list = at_least_one(&file.public_subnet, "[[public_subnet]]", report)?;
    let subnets = list.iter().enumerate().map(|(i, At { value: subnet, span })| {
        let zone = zone(&subnet.zone, i, span, report);
        let cidr = cidr(&subnet.cidr, &subnet.existing, "[[public_subnet]]", span, report);
        let name = subnet.name.given()?.value.0.clone();
        Some(SubnetSpec { name, cidr: cidr?, zone: zone?, way_out: WayOut::InternetGateway })
    });
    whole(subnets)
}

/// The private subnets, in order.
pub(super) fn private_subnets(file: &File, report: &mut Report) -> Option<Vec<SubnetSpec>> {
    let list = at_least_one(&file.private_subnet, "[[private_subnet]]", report)?;
    let gateways = gateway_names(file);
    let subnets = list.iter().enumerate().map(|(i, At { value: subnet, span })| {
        let zone = zone(&subnet.zone, i, span, report);
        let gateway = resolve(&subnet.nat, &NAT_OF_SUBNET, &gateways, &titled(&subnet.name), span, report);
        let cidr = cidr(&subnet.cidr, &subnet.existing, "[[private_subnet]]", span, report);
        let name = subnet.name.given()?.value.0.clone();
        Some(SubnetSpec { name, cidr: cidr?, zone: zone?, way_out: WayOut::NatGateway(gateway?) })
    });
    whole(subnets)
}

/// The NAT gateways, in order, each with its own address.
pub(super) fn nat_gateways(file: &File, report: &mut Report) -> Option<Vec<NatGatewaySpec>> {
    let list = at_least_one(&file.nat_gateway, "[[nat_gateway]]", report)?;
    let public = names(&file.public_subnet, |s| &s.name);
    let gateways = list.iter().map(|At { value: gateway, span }| {
        let subnet = match private_subnet_meant(&gateway.subnet, &public, file) {
            Some(mistake) => {
                report.wrong(mistake);
                None
            }
            None => resolve(&gateway.subnet, &SUBNET_OF_NAT, &public, &titled(&gateway.name), span, report),
        };
        let address = match &gateway.address {
            Entry::Absent => None,
            Entry::Wrong => return None,
            Entry::Given(at) => Some(at.value.0),
        };
        let route_table = match &gateway.route_table {
            Entry::Given(at) => Some(at),
            // Where no subnet uses it, it is never made, and its name does not matter.
            Entry::Absent if !private_is_made(file, gateway) => gateway.name.given(),
            Entry::Absent => {
                report.lacks(missing("`[[nat_gateway]]`", "route_table", span));
                None
            }
            Entry::Wrong => None,
        };
        let name = gateway.name.given()?.value.0.clone();
        let route_table = route_table?.value.0.clone();
        Some(NatGatewaySpec { name, subnet: subnet?, route_table, address, more: Vec::new() })
    });
    whole(gateways)
}

/// A subnet's range; that of an existing one may be left open.
fn cidr(cidr: &Entry<Cidr>, existing: &Entry<Id>, header: &str, span: &Span, report: &mut Report) -> Option<Ipv4Net> {
    match (cidr, existing) {
        (Entry::Given(at), _) => Some(at.value.0),
        (Entry::Wrong, _) | (Entry::Absent, Entry::Wrong) => None,
        (Entry::Absent, Entry::Given(_)) => Some(Ipv4Net::default()),
        (Entry::Absent, Entry::Absent) => {
            report.lacks(missing(&format!("`{header}`"), "cidr", span));
            None
        }
    }
}

/// Whether a private subnet that leaves through this gateway is made: it uses the gateway's route table.
fn private_is_made(file: &File, gateway: &NatGatewayTable) -> bool {
    let name = gateway.name.given().map(|at| &at.value);
    let leaves = |nat: &Entry<Name>| match nat {
        Entry::Given(at) => Some(&at.value) == name,
        Entry::Absent => true,
        Entry::Wrong => false,
    };
    items(&file.private_subnet).any(|s| matches!(s.value.existing, Entry::Absent) && leaves(&s.value.nat))
}

/// Says what is wrong with the private subnets as a whole: their number, their zones, the gateways that they leave idle.
pub(super) fn check_private(file: &File, report: &mut Report) {
    let Some(At { value: list, span }) = file.private_subnet.given() else { return };
    if list.len() > PRIVATE_SUBNETS {
        let message = format!("{} private subnets are too many", list.len());
        let hint = format!("a function runs in {PRIVATE_SUBNETS} subnets at most");
        report.wrong(Mistake::new(span, message).hint(hint));
    }
    check_zones(list, report);
    check_idle(file, list, report);
}

fn check_zones(list: &[At<PrivateSubnetTable>], report: &mut Report) {
    if let [only] = list {
        let message = "a single private subnet: when its zone fails, so do the functions";
        report.doubt(Mistake::new(&only.span, message).hint("add another `[[private_subnet]]` in another zone"));
        return;
    }
    // Where an existing subnet is, only the cloud knows.
    let told = |s: &PrivateSubnetTable| matches!((&s.existing, &s.zone), (Entry::Absent, _) | (_, Entry::Given(_)));
    let zone = |(i, s): (usize, &At<PrivateSubnetTable>)| chosen(&s.value.zone, i).filter(|_| told(&s.value));
    let zones: Vec<Option<ZoneChoice>> = list.iter().enumerate().map(zone).collect();
    let ([Some(first), rest @ ..], Some(last)) = (zones.as_slice(), list.last()) else { return };
    if rest.iter().all(|zone| zone.as_ref() == Some(first)) {
        let span = last.value.zone.given().map_or(&last.span, |zone| &zone.span);
        let message = "all private subnets are in one and the same zone: when it fails, so do the functions";
        report.wrong(Mistake::new(span, message).hint("give them two zones or more, as in `zone = 1` and `zone = 2`"));
    }
}

fn check_idle(file: &File, list: &[At<PrivateSubnetTable>], report: &mut Report) {
    let used: Vec<&str> = list.iter().filter_map(|s| s.value.nat.given()).map(|at| at.value.0.as_str()).collect();
    // A subnet that names no gateway uses the only one, or has a mistake of its own.
    if used.len() < list.len() {
        return;
    }
    for name in items(&file.nat_gateway).filter_map(|n| n.value.name.given()) {
        if !used.contains(&name.value.0.as_str()) {
            let message =
                format!("no private subnet leaves through {}: it would only cost money", quoted(&name.value.0));
            report.doubt(Mistake::new(&name.span, message));
        }
    }
}

fn zone(entry: &Entry<ZoneChoice>, position: usize, span: &Span, report: &mut Report) -> Option<ZoneChoice> {
    let zone = chosen(entry, position);
    if zone.is_none() && matches!(entry, Entry::Absent) {
        report.wrong(Mistake::new(span, format!("there is no zone number {}", position + 1)).hint("add a `zone`"));
    }
    zone
}

/// The zone that is given, or the one of the subnet's position.
fn chosen(entry: &Entry<ZoneChoice>, position: usize) -> Option<ZoneChoice> {
    match entry {
        Entry::Given(at) => Some(at.value.clone()),
        Entry::Wrong => None,
        Entry::Absent => {
            let nth = u8::try_from(position + 1).ok().filter(|nth| *nth <= LAST_ZONE)?;
            Some(ZoneChoice::Nth(nth))
        }
    }
}

/// The names that a key may refer to.
pub(super) struct Names<'a> {
    known: Vec<&'a str>,
    coverage: Coverage,
}

/// Whether all names could be read: only then is another name certainly wrong.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coverage {
    All,
    Some,
}

fn names<'a, T>(list: &'a List<T>, name: impl Fn(&'a T) -> &'a Entry<Name>) -> Names<'a> {
    let mut known = Vec::new();
    let mut coverage = if matches!(list, Entry::Given(_)) { Coverage::All } else { Coverage::Some };
    for at in items(list) {
        match name(&at.value).given() {
            None => coverage = Coverage::Some,
            Some(name) if known.contains(&name.value.0.as_str()) => {}
            Some(name) => known.push(name.value.0.as_str()),
        }
    }
    Names { known, coverage }
}

pub(super) fn gateway_names(file: &File) -> Names<'_> {
    names(&file.nat_gateway, |n: &NatGatewayTable| &n.name)
}

/// How messages speak of a reference.
pub(super) struct Reference {
    key: &'static str,
    one: &'static str,
    many: &'static str,
    open: &'static str,
}

const NAT_OF_SUBNET: Reference = Reference {
    key: "nat",
    one: "NAT gateway",
    many: "NAT gateways",
    open: "does not say which NAT gateway it leaves through",
};

pub(super) const NAT_OF_ADDRESS: Reference =
    Reference { key: "nat", one: "NAT gateway", many: "NAT gateways", open: "does not say which NAT gateway it is on" };

const SUBNET_OF_NAT: Reference = Reference {
    key: "subnet",
    one: "public subnet",
    many: "public subnets",
    open: "does not say which public subnet it stands in",
};

/// The name that a key refers to; the only one where nothing is said.
pub(super) fn resolve(
    entry: &Entry<Name>,
    reference: &Reference,
    names: &Names<'_>,
    owner: &str,
    span: &Span,
    report: &mut Report,
) -> Option<String> {
    let Reference { key, one, many, open } = reference;
    let choices = || format!("known {many}: {}", listed(names.known.iter().copied()));
    match (entry, names.known.as_slice()) {
        (Entry::Wrong, _) => None,
        (Entry::Given(at), known) if known.contains(&at.value.0.as_str()) => Some(at.value.0.clone()),
        (_, _) if names.coverage == Coverage::Some => None,
        (Entry::Absent, [only]) => Some((*only).to_owned()),
        (Entry::Absent, []) => None,
        (Entry::Absent, _) => {
            report
                .lacks(Mistake::new(span, format!("{owner} {open}")).hint(format!("write its `{key}`; {}", choices())));
            None
        }
        (Entry::Given(at), known) => {
            let hint = closest(&at.value.0, known).map_or_else(choices, did_you_mean);
            let message = format!("there is no {one} {}", quoted(&at.value.0));
            report.lacks(Mistake::new(&at.span, message).hint(hint));
            None
        }
    }
}

/// The mistake of a NAT gateway in a private subnet: its own way out would lead through itself.
fn private_subnet_meant(entry: &Entry<Name>, public: &Names<'_>, file: &File) -> Option<Mistake> {
    let at = entry.given()?;
    let name = at.value.0.as_str();
    let private = names(&file.private_subnet, |s: &PrivateSubnetTable| &s.name);
    if public.known.contains(&name) || !private.known.contains(&name) {
        return None;
    }
    let message = format!("{} is a private subnet: a NAT gateway needs a public one", quoted(name));
    Some(
        Mistake::new(&at.span, message).hint(format!("known public subnets: {}", listed(public.known.iter().copied()))),
    )
}

pub(super) fn titled(name: &Entry<Name>) -> String {
    name.given().map_or_else(|| "it".to_owned(), |at| quoted(&at.value.0))
}

fn at_least_one<'a, T>(list: &'a List<T>, header: &str, report: &mut Report) -> Option<&'a [At<T>]> {
    match list {
        Entry::Absent | Entry::Wrong => None,
        Entry::Given(at) if at.value.is_empty() => {
            report.wrong(Mistake::new(&at.span, format!("there must be at least one `{header}`")));
            None
        }
        Entry::Given(at) => Some(&at.value),
    }
}

/// All of them or nothing; every one is made, so that every one reports its mistakes.
pub(super) fn whole<T>(parts: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    let parts: Vec<Option<T>> = parts.collect();
    parts.into_iter().collect()
}
