//! Real accounts' files.

use std::path::{Path, PathBuf};

use egress_core::World;

use super::support::notes;
use crate::{Snapshot, read_dir};

/// The folder of real data, where it is there.
pub(super) fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there is no {}", folder.display());
    None
}

fn read(name: &str) -> Option<Snapshot> {
    Some(read_dir(&folder()?.join(name)).unwrap())
}

/// How much of each sort there is, what is missing, and what is to be told.
fn summary(snapshot: &Snapshot) -> String {
    let mut lines = Vec::new();
    for (place, world) in &snapshot.worlds {
        lines.push(format!("{} in {}", place.account, place.region));
        let counts = counts(world).into_iter().filter(|(_, n)| *n > 0);
        lines.push(counts.map(|(what, n)| format!("{n} {what}")).collect::<Vec<_>>().join(", "));
        let unseen = [&world.network.unseen, &world.gateway.unseen, &world.function.unseen];
        let asks: Vec<&str> = unseen.iter().flat_map(|unseen| unseen.iter()).map(|(_, ask)| ask).collect();
        lines.push(format!("unseen: {}", asks.join(", ")));
    }
    lines.extend(notes(snapshot));
    lines.join("\n")
}

fn counts(world: &World) -> Vec<(&'static str, usize)> {
    let (network, gateway, function) = (&world.network, &world.gateway, &world.function);
    vec![
        ("zones", network.zones.len()),
        ("networks", network.networks.len()),
        ("subnets", network.subnets.len()),
        ("route tables", network.route_tables.len()),
        ("routes", network.route_tables.values().map(|table| table.routes.len()).sum()),
        ("groups", network.groups.len()),
        ("ACLs", network.acls.len()),
        ("interfaces", network.interfaces.len()),
        ("machines", network.machines.len()),
        ("endpoints", network.endpoints.len()),
        ("peerings", network.peerings.len()),
        ("prefix lists", network.prefix_lists.len()),
        ("transit gateways", network.transit.gateways.len()),
        ("transit attachments", network.transit.attachments.len()),
        ("transit tables", network.transit.tables.len()),
        ("internet gateways", gateway.internet_gateways.len()),
        ("NAT gateways", gateway.nat_gateways.len()),
        ("addresses", gateway.addresses.len()),
        ("functions", function.functions.len()),
        ("roles", function.roles.len()),
    ]
}

#[test]
fn a_folder_of_two_regions_is_two_worlds() {
    let Some(snapshot) = read("hybrid-cloud") else { return };
    insta::assert_snapshot!(summary(&snapshot));
}

#[test]
fn accounts_in_folders_of_their_own_are_read_apart() {
    let Some(snapshot) = read("batfish") else { return };
    insta::assert_snapshot!(summary(&snapshot));
}

#[test]
fn recorded_answers_are_read() {
    for name in ["test_cross_az_nat_gateway_route_filter", "test_eni_private_subnet", "test_rt_route_filter"] {
        let Some(snapshot) = read(&format!("c7n/{name}")) else { return };
        insta::assert_snapshot!(name, summary(&snapshot));
    }
}
