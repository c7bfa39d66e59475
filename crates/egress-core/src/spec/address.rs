//! The addresses of the NAT gateways: each gateway's own, and the ones that are listed beside.

use std::collections::BTreeSet;

use super::{
    check::{items, name_at, unique},
    file::{AddressTable, File},
    mistake::{Mistake, Report},
    model::{AddressSpec, NatGatewaySpec},
    read::{At, Entry},
    subnet::{NAT_OF_ADDRESS, gateway_names, resolve, titled, whole},
    value::PublicAddress,
    words::quoted,
};

/// The most addresses that a NAT gateway can have: one of its own and seven more. AWS allows two where nobody has asked for
/// more (VPC guide, "Amazon VPC quotas").
const ADDRESSES: usize = 8;

/// No two addresses have one name, and none is listed twice.
pub(super) fn check_addresses(file: &File, report: &mut Report) {
    let own = items(&file.nat_gateway).filter_map(|n| n.value.name.given()).map(name_at);
    let more = items(&file.address).filter_map(|a| a.value.name.given()).map(name_at);
    // Two gateways of one name are a mistake of their own.
    let gateways: BTreeSet<&str> = own.clone().map(|(name, _)| name).collect();
    for (name, span) in more.clone().filter(|(name, _)| gateways.contains(name)) {
        let message = format!("{} is the name of a NAT gateway's own address", quoted(name));
        report.wrong(Mistake::new(span, message).hint("give this one another name"));
    }
    unique("addresses", "give each a name of its own", more.filter(|(name, _)| !gateways.contains(name)), report);
    let own = items(&file.nat_gateway).filter_map(|n| n.value.address.given());
    let more = items(&file.address).filter_map(|a| a.value.ip.given());
    let mut listed: Vec<&At<PublicAddress>> = own.chain(more).collect();
    listed.sort_by_key(|at| at.span.start);
    let mut seen = BTreeSet::new();
    for at in listed {
        if !seen.insert(at.value) {
            let message = format!("the address {} is listed twice", at.value.0);
            report.wrong(Mistake::new(&at.span, message).hint("an address is on one NAT gateway only, and once"));
        }
    }
}

/// The gateways with the addresses that are listed for them.
pub(super) fn with_addresses(
    file: &File,
    gateways: Option<Vec<NatGatewaySpec>>,
    report: &mut Report,
) -> Option<Vec<NatGatewaySpec>> {
    let listed = match &file.address {
        Entry::Absent => return gateways,
        Entry::Wrong => return None,
        Entry::Given(at) => at.value.as_slice(),
    };
    let names = gateway_names(file);
    let homes = listed.iter().map(|At { value: table, span }| {
        resolve(&table.nat, &NAT_OF_ADDRESS, &names, &titled(&table.name), span, report)
    });
    let homes: Vec<Option<String>> = homes.collect();
    check_numbers(listed, &homes, report);
    let more = whole(listed.iter().zip(homes).map(|(at, home)| Some((home?, address(&at.value)?))))?;
    let mut gateways = gateways?;
    for (home, address) in more {
        gateways.iter_mut().filter(|g| g.name == home).for_each(|g| g.more.push(address.clone()));
    }
    Some(gateways)
}

fn address(table: &AddressTable) -> Option<AddressSpec> {
    let ip = match &table.ip {
        Entry::Absent => None,
        Entry::Wrong => return None,
        Entry::Given(at) => Some(at.value.0),
    };
    Some(AddressSpec { name: table.name.given()?.value.0.clone(), ip })
}

/// No gateway has more addresses than a gateway can have; the first one too many is shown.
fn check_numbers(listed: &[At<AddressTable>], homes: &[Option<String>], report: &mut Report) {
    for home in homes.iter().flatten().collect::<BTreeSet<_>>() {
        let mut of_home = listed.iter().zip(homes).filter(|(_, other)| other.as_ref() == Some(home));
        let count = of_home.clone().count() + 1;
        if let Some((at, _)) = of_home.nth(ADDRESSES - 1) {
            let message = format!("{count} addresses are too many for {}", quoted(home));
            let hint = format!("a NAT gateway has {ADDRESSES} at most, its own among them");
            report.wrong(Mistake::new(&at.span, message).hint(hint));
        }
    }
}
