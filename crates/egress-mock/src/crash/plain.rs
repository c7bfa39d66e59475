//! A World without what differs from one life to the next: the form in which two are compared.

use std::collections::BTreeMap;

use egress_core::{
    CloudId, Kind, World,
    world::{InterfaceKind, NatScope},
};
use serde_json::Value;

/// A World as sorted lines, one for each fact, in which nothing is called by what the cloud happened to call it.
///
/// - What carries a stack's tags is called by its Key; a second thing with the same Key by the Key and `(2)`. What comes with
///   a network, and interfaces, are called by what they belong to, and a stack's public IPs by their addresses.
/// - Functions, roles and probes keep their names; everything of others keeps the cloud's name, so that any change of it is
///   seen.
/// - Left out: functions' revisions, ids of associations, and what is drawn in the order of calls: private addresses of
///   interfaces, and the descriptions that name who caused one. How many addresses of a subnet are free stays.
pub fn plain(world: &World) -> Vec<String> {
    let names = names(world);
    let mut world = world.clone();
    for function in world.function.functions.values_mut() {
        function.revision.clear();
    }
    for interface in world.network.interfaces.values_mut() {
        interface.private_ips.clear();
        interface.description.clear();
    }
    for address in world.gateway.nat_gateways.values_mut().flat_map(|gateway| &mut gateway.addresses) {
        address.private_ip = None;
    }
    for association in world.network.route_tables.values_mut().flat_map(|table| &mut table.associations) {
        association.id = CloudId::new("");
    }
    let mut lines = Vec::new();
    flatten("", &renamed(serde_json::to_value(&world).unwrap_or_default(), &names), &mut lines);
    lines.sort();
    lines
}

/// What each of the cloud's names is replaced by.
fn names(world: &World) -> BTreeMap<String, String> {
    let mut names = Names::default();
    for owned in world.owned() {
        // Those that users name are called by their names in every life.
        if matches!(owned.owner.key.kind, Kind::Function | Kind::Role | Kind::Probe) {
            continue;
        }
        names.add(&owned.id, owned.owner.key.to_string());
        if let Some(ip) = world.gateway.addresses.get(&owned.id).and_then(|address| address.ip) {
            names.add_text(ip.to_string(), format!("ip of {}", owned.owner.key));
        }
    }
    let part = &world.network;
    for table in part.route_tables.values().filter(|t| t.is_main() && t.tags.is_empty()) {
        names.add(&table.id, format!("main table of {}", names.of(&table.network)));
    }
    for group in part.groups.values().filter(|g| g.tags.is_empty() && g.name == "default") {
        names.add(&group.id, format!("default group of {}", names.of(&group.network)));
    }
    for acl in part.acls.values().filter(|a| a.is_default) {
        names.add(&acl.id, format!("default acl of {}", names.of(&acl.network)));
    }
    for gateway in world.gateway.nat_gateways.values() {
        let NatScope::Subnet(subnet) = &gateway.scope else { continue };
        for interface in gateway.addresses.iter().filter_map(|address| address.interface.as_ref()) {
            names.add(interface, format!("interface of {} in {}", names.of(&gateway.id), names.of(subnet)));
        }
    }
    for interface in part.interfaces.values().filter(|i| i.kind == InterfaceKind::Function) {
        let groups: Vec<String> = interface.groups.iter().map(|group| names.of(group)).collect();
        names.add(
            &interface.id,
            format!("interface of functions in {} with {}", names.of(&interface.subnet), groups.join(", ")),
        );
    }
    names.all
}

#[derive(Default)]
struct Names {
    all: BTreeMap<String, String>,
    taken: BTreeMap<String, usize>,
}

impl Names {
    fn add(&mut self, id: &CloudId, name: String) {
        self.add_text(id.to_string(), name);
    }

    fn add_text(&mut self, text: String, name: String) {
        let nth = self.taken.entry(name.clone()).or_default();
        *nth += 1;
        self.all.insert(text, if *nth == 1 { name } else { format!("{name} ({nth})") });
    }

    fn of(&self, id: &CloudId) -> String {
        self.all.get(id.as_str()).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// Puts the new names, and every list into an order that does not depend on the old ones.
fn renamed(value: Value, names: &BTreeMap<String, String>) -> Value {
    let rename = |text: String| names.get(&text).cloned().unwrap_or(text);
    match value {
        Value::String(text) => Value::String(rename(text)),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(|item| renamed(item, names)).collect();
            items.sort_by_cached_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, field)| (rename(name), renamed(field, names))).collect())
        }
        plain => plain,
    }
}

fn flatten(path: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, field) in fields {
                flatten(&format!("{path}{}{name}", if path.is_empty() { "" } else { " > " }), field, lines);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                flatten(&format!("{path} > *"), item, lines);
            }
        }
        fact => lines.push(format!("{path} = {fact}")),
    }
}
