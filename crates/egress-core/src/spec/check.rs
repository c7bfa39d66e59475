//! Makes the Spec of a file, and says where its parts contradict each other.

use std::collections::BTreeSet;

use ipnet::Ipv4Net;

use super::{
    address::{check_addresses, with_addresses},
    existing::{existing, routes_in},
    file::{File, FunctionTable, InternetGatewayTable, List, NetworkTable, SecurityGroupTable},
    mistake::{Mistake, Report, Span},
    model::{Attach, FunctionSpec, InternetGatewaySpec, NetworkSpec, SecurityGroupSpec, Spec},
    preset::PRESETS,
    range::{Ranged, check_network, check_subnets},
    read::{At, Entry, missing},
    subnet::{check_private, nat_gateways, private_subnets, public_subnets},
    value::{Cidr, Name},
    words::{listed, quoted},
};
use crate::CloudId;

/// The port that every function needs.
const HTTPS: u16 = 443;

/// The Spec that the file describes; `None` if some part of it cannot be made, which has been reported. A Spec may come
/// out although something was reported.
pub(super) fn check(file: File, report: &mut Report) -> Option<Spec> {
    check_tables(&file, report);
    check_names(&file, report);
    check_addresses(&file, report);
    check_ranges(&file, report);
    check_private(&file, report);
    let existing = existing(&file, report);
    let routes_in = routes_in(&file, report);
    let public = public_subnets(&file, report);
    let private = private_subnets(&file, report);
    let nat_gateways = nat_gateways(&file, report);
    let nat_gateways = with_addresses(&file, nat_gateways, report);
    let network = network(file.network, report);
    let public_is_made = items(&file.public_subnet).any(|s| matches!(s.value.existing, Entry::Absent));
    let internet_gateway = internet_gateway(file.internet_gateway, public_is_made, report);
    let security_group = security_group(file.security_group, report);
    let (functions, external) = functions(file.function, report)?;
    Some(Spec {
        stack: file.stack.value()?.0,
        account: file.account.value().map(|word| word.0),
        region: file.region.value().map(|word| word.0),
        tags: file.tags.value().unwrap_or_default().0,
        network: network?,
        internet_gateway: internet_gateway?,
        subnets: [public?, private?].concat(),
        nat_gateways: nat_gateways?,
        security_group: security_group?,
        functions,
        external,
        existing,
        routes_in,
        ports: ports(file.ports),
        echo_url: file.echo_url.value().map(|url| url.0),
    })
}

fn ports(listed: List<super::value::Port>) -> BTreeSet<u16> {
    let listed = listed.value().unwrap_or_default();
    listed.into_iter().map(|port| port.value.0).chain([HTTPS]).collect()
}

fn network(entry: Entry<NetworkTable>, report: &mut Report) -> Option<NetworkSpec> {
    let At { value: table, span } = entry.at()?;
    let name = needed(table.name, "network", "name", &span, report);
    let cidr = match (table.cidr, table.existing) {
        (Entry::Absent, Entry::Given(_)) => Some(Ipv4Net::default()),
        (Entry::Absent, Entry::Wrong) => None,
        (cidr, _) => needed(cidr, "network", "cidr", &span, report).map(|cidr| cidr.0),
    };
    Some(NetworkSpec { name: name?.0, cidr: cidr? })
}

fn internet_gateway(
    entry: Entry<InternetGatewayTable>,
    public_is_made: bool,
    report: &mut Report,
) -> Option<InternetGatewaySpec> {
    let At { value: table, span } = entry.at()?;
    let name = needed(table.name, "internet_gateway", "name", &span, report);
    let route_table = match table.route_table {
        // It is never made.
        Entry::Absent if !public_is_made => name.clone(),
        given => needed(given, "internet_gateway", "route_table", &span, report),
    };
    Some(InternetGatewaySpec { name: name?.0, route_table: route_table?.0 })
}

fn security_group(entry: Entry<SecurityGroupTable>, report: &mut Report) -> Option<SecurityGroupSpec> {
    let At { value: table, span } = entry.at()?;
    // An existing group is called as it is.
    if let (Some(name), Entry::Absent) = (table.name.given(), &table.existing) {
        check_group_name(name, report);
    }
    Some(SecurityGroupSpec { name: needed(table.name, "security_group", "name", &span, report)?.0 })
}

/// A group cannot have the name of the one that every network has, nor what looks like an id (AWS EC2 API reference,
/// CreateSecurityGroup: "Cannot start with `sg-`"; `InvalidGroup.Reserved`).
fn check_group_name(name: &At<Name>, report: &mut Report) {
    if name.value.0 == "default" || name.value.0.to_ascii_lowercase().starts_with("sg-") {
        let message = format!("no security group can be called {}", quoted(&name.value.0));
        report
            .wrong(Mistake::new(&name.span, message).hint("`default` and names that begin with `sg-` are the cloud's"));
    }
}

/// The functions that egress attaches, and those that another tool does.
fn functions(list: List<FunctionTable>, report: &mut Report) -> Option<(Vec<FunctionSpec>, BTreeSet<CloudId>)> {
    let list = match list {
        Entry::Absent => Vec::new(),
        Entry::Wrong => return None,
        Entry::Given(list) => list.value,
    };
    let (mut functions, mut external) = (Vec::new(), BTreeSet::new());
    for At { value: FunctionTable { name, permission, attach }, .. } in list {
        let attach = or_default(attach)?;
        if let (Attach::External, Some(permission)) = (attach, permission.given()) {
            let message = "another tool attaches this function: egress gives its role no permission";
            report.doubt(Mistake::new(&permission.span, message).hint("leave `permission` out"));
        }
        let (name, permission) = (CloudId::new(name.value()?.0), or_default(permission)?);
        match attach {
            Attach::Egress => functions.push(FunctionSpec { name, permission }),
            Attach::External => _ = external.insert(name),
        }
    }
    Some((functions, external))
}

fn or_default<T: Default>(entry: Entry<T>) -> Option<T> {
    match entry {
        Entry::Absent => Some(T::default()),
        Entry::Wrong => None,
        Entry::Given(at) => Some(at.value),
    }
}

fn needed<T>(entry: Entry<T>, table: &str, key: &str, span: &Span, report: &mut Report) -> Option<T> {
    if matches!(entry, Entry::Absent) {
        report.lacks(missing(&format!("`[{table}]`"), key, span));
    }
    entry.value()
}

/// Every part of a topology is there, from the file or from its preset.
fn check_tables(file: &File, report: &mut Report) {
    let parts = [
        ("[network]", matches!(file.network, Entry::Absent)),
        ("[internet_gateway]", matches!(file.internet_gateway, Entry::Absent)),
        ("[[public_subnet]]", matches!(file.public_subnet, Entry::Absent)),
        ("[[private_subnet]]", matches!(file.private_subnet, Entry::Absent)),
        ("[[nat_gateway]]", matches!(file.nat_gateway, Entry::Absent)),
        ("[security_group]", matches!(file.security_group, Entry::Absent)),
    ];
    let absent: Vec<&str> = parts.iter().filter(|(_, absent)| *absent).map(|(header, _)| *header).collect();
    if !absent.is_empty() {
        let [preset, ..] = PRESETS;
        let hint = format!("write what is missing, or take it from a preset: `preset = \"{}\"`", preset.name);
        report.lacks(Mistake::new(&(0..0), format!("the file lacks {}", listed(absent))).hint(hint));
    }
}

/// No two things of one kind have one name.
fn check_names(file: &File, report: &mut Report) {
    let public = items(&file.public_subnet).map(|s| s.value.name.given().map(name_at));
    let private = items(&file.private_subnet).map(|s| s.value.name.given().map(name_at));
    let rename = "give each a name of its own";
    unique("subnets", rename, public.chain(private).flatten(), report);
    unique("NAT gateways", rename, items(&file.nat_gateway).filter_map(|n| n.value.name.given().map(name_at)), report);
    let functions = items(&file.function).filter_map(|f| f.value.name.given());
    unique("functions", "name each function once", functions.map(|at| (at.value.0.as_str(), &at.span)), report);
    let public = file.internet_gateway.given().and_then(|gateway| gateway.value.route_table.given());
    let private = items(&file.nat_gateway).filter_map(|n| n.value.route_table.given());
    unique("route tables", rename, public.into_iter().chain(private).map(name_at), report);
}

pub(super) fn unique<'a>(
    what: &str,
    hint: &str,
    names: impl Iterator<Item = (&'a str, &'a Span)>,
    report: &mut Report,
) {
    let mut names: Vec<(&str, &Span)> = names.collect();
    // The later one in the file is shown; what comes from a preset stands where the preset is named.
    names.sort_by_key(|(_, span)| span.start);
    let mut seen = BTreeSet::new();
    for (name, span) in names {
        if !seen.insert(name) {
            let mistake = Mistake::new(span, format!("two {what} are called {}", quoted(name)));
            report.wrong(mistake.hint(hint));
        }
    }
}

pub(super) fn name_at(at: &At<Name>) -> (&str, &Span) {
    (&at.value.0, &at.span)
}

fn check_ranges(file: &File, report: &mut Report) {
    let network = file.network.given();
    let exists = network.is_some_and(|network| !matches!(network.value.existing, Entry::Absent));
    // An existing network is as it is, and may have further ranges.
    let network = network.and_then(|network| network.value.cidr.given()).filter(|_| !exists);
    if let Some(network) = network {
        check_network(network, report);
    }
    let public = items(&file.public_subnet).filter_map(|s| ranged(&s.value.name, &s.value.cidr));
    let private = items(&file.private_subnet).filter_map(|s| ranged(&s.value.name, &s.value.cidr));
    let mut subnets: Vec<Ranged<'_>> = public.chain(private).collect();
    subnets.sort_by_key(|subnet| subnet.cidr.span.start);
    check_subnets(network, &subnets, report);
}

fn ranged<'a>(name: &'a Entry<Name>, cidr: &'a Entry<Cidr>) -> Option<Ranged<'a>> {
    Some(Ranged { name: name.given().map(|at| at.value.0.as_str()), cidr: cidr.given()? })
}

/// What a list holds, as far as it could be read.
pub(super) fn items<T>(list: &List<T>) -> impl Iterator<Item = &At<T>> + Clone {
    list.given().into_iter().flat_map(|at| at.value.iter())
}
