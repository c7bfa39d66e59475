//! What was there before the stack, as the file names it, and where that contradicts the rest of the file.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    check::items,
    file::{File, NatGatewayTable},
    mistake::{Mistake, Report, Span},
    read::{At, Entry},
    value::{Id, Name},
    words::quoted,
};
use crate::{CloudId, Key, Kind};

/// A thing of the file that exists already, or is said to.
struct Named<'a> {
    kind: Kind,
    name: &'a Entry<Name>,
    id: &'a At<Id>,
}

/// What exists, by Key.
pub(super) fn existing(file: &File, report: &mut Report) -> BTreeMap<Key, CloudId> {
    let named = named(file);
    check_network(file, &named, report);
    check_twice(named.iter().map(|n| n.id), report);
    for gateway in items(&file.nat_gateway) {
        check_gateway(file, &gateway.value, report);
    }
    let keyed = |n: &Named<'_>| Some((Key::new(n.kind, &n.name.given()?.value.0), n.id.value.0.clone()));
    named.iter().filter_map(keyed).collect()
}

/// The existing route tables that may be altered, by the Key of the gateway that they are to lead to.
pub(super) fn routes_in(file: &File, report: &mut Report) -> BTreeMap<Key, BTreeSet<CloudId>> {
    let internet = file.internet_gateway.given().map(|at| &at.value);
    let internet = internet.map(|gateway| (Kind::InternetGateway, &gateway.name, &gateway.routes_in));
    let nat = items(&file.nat_gateway).map(|at| (Kind::NatGateway, &at.value.name, &at.value.routes_in));
    let listed: Vec<_> = internet.into_iter().chain(nat).collect();
    check_twice(listed.iter().flat_map(|(_, _, tables)| items(tables)), report);
    if let (Some(made), Some(table)) = (made_network(file), listed.iter().find_map(|(_, _, tables)| tables.given())) {
        report.wrong(in_made_network(&table.span, made));
    }
    let keyed = listed.into_iter().filter_map(|(kind, name, tables)| {
        let ids: BTreeSet<CloudId> = items(tables).map(|at| at.value.0.clone()).collect();
        (!ids.is_empty()).then_some((Key::new(kind, &name.given()?.value.0), ids))
    });
    keyed.collect()
}

fn named(file: &File) -> Vec<Named<'_>> {
    let network = file.network.given().map(|at| (Kind::Network, &at.value.name, &at.value.existing));
    let internet = file.internet_gateway.given();
    let internet = internet.map(|at| (Kind::InternetGateway, &at.value.name, &at.value.existing));
    let group = file.security_group.given().map(|at| (Kind::SecurityGroup, &at.value.name, &at.value.existing));
    let public = items(&file.public_subnet).map(|at| (Kind::Subnet, &at.value.name, &at.value.existing));
    let private = items(&file.private_subnet).map(|at| (Kind::Subnet, &at.value.name, &at.value.existing));
    let nat = items(&file.nat_gateway).map(|at| (Kind::NatGateway, &at.value.name, &at.value.existing));
    let address = items(&file.nat_gateway).map(|at| (Kind::Address, &at.value.name, &at.value.existing_address));
    let all = network.into_iter().chain(internet).chain(group).chain(public).chain(private).chain(nat).chain(address);
    all.filter_map(|(kind, name, id)| Some(Named { kind, name, id: id.given()? })).collect()
}

/// The network's name, where it is surely still to be made.
fn made_network(file: &File) -> Option<&Entry<Name>> {
    let network = file.network.given()?;
    matches!(network.value.existing, Entry::Absent).then_some(&network.value.name)
}

/// Nothing can be in a network that is still to be made. Addresses are in none.
fn check_network(file: &File, named: &[Named<'_>], report: &mut Report) {
    let Some(made) = made_network(file) else { return };
    for thing in named.iter().filter(|n| n.kind != Kind::Address) {
        report.wrong(in_made_network(&thing.id.span, made));
    }
}

fn in_made_network(span: &Span, network: &Entry<Name>) -> Mistake {
    let network = network.given().map_or_else(|| "the network".to_owned(), |at| quoted(&at.value.0));
    Mistake::new(span, format!("nothing exists yet in {network}, which is still to be made"))
        .hint("write the `existing` network's id into `[network]`")
}

fn check_twice<'a>(ids: impl Iterator<Item = &'a At<Id>>, report: &mut Report) {
    let mut ids: Vec<&At<Id>> = ids.collect();
    ids.sort_by_key(|at| at.span.start);
    let mut seen = BTreeSet::new();
    for at in ids {
        if !seen.insert(&at.value) {
            report.wrong(Mistake::new(&at.span, format!("{} stands here twice", quoted(at.value.0.as_str()))));
        }
    }
}

/// A gateway that exists has its addresses and stands where it stands.
fn check_gateway(file: &File, gateway: &NatGatewayTable, report: &mut Report) {
    if let (Some(_), Some(id)) = (gateway.address.given(), gateway.existing_address.given()) {
        let message = "the address is named twice, by its IP and by its id";
        report.wrong(Mistake::new(&id.span, message).hint("keep `address` or `existing_address`"));
    }
    let Some(existing) = gateway.existing.given() else { return };
    let given = [gateway.address.given().map(|at| &at.span), gateway.existing_address.given().map(|at| &at.span)];
    if let Some(span) = given.into_iter().flatten().next() {
        let message = "an existing gateway brings its addresses along";
        report.wrong(Mistake::new(span, message).hint("leave the address out"));
    }
    let subnets = || items(&file.public_subnet).map(|at| &at.value);
    let subnet = match gateway.subnet.given() {
        Some(name) => subnets().find(|s| s.name.given().is_some_and(|at| at.value == name.value)),
        None => subnets().next(),
    };
    if let Some(made) = subnet.filter(|s| matches!(s.existing, Entry::Absent)) {
        let name = made.name.given().map_or_else(|| "its subnet".to_owned(), |at| quoted(&at.value.0));
        let message = format!("no gateway exists yet in {name}, which is still to be made");
        report.wrong(Mistake::new(&existing.span, message).hint("write `existing` into its `[[public_subnet]]`"));
    }
}
