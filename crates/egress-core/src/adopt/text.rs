//! The file of a stack that was adopted.

use std::{collections::BTreeSet, fmt::Write as _};

use super::{choose::Site, functions::Crew};
use crate::{
    CloudId, StackName, Tags, World,
    spec::{is_name, quote},
    tags,
    world::{NatGateway, NatScope, Subnet},
};

/// The file. What a reader wants to know of each thing stands in a comment beside it.
pub(super) fn text(world: &World, stack: &StackName, site: &Site<'_>, crew: &Crew<'_>) -> String {
    let place = &world.network.place;
    let mut text = format!(
        "# What was there before: egress uses it, and never alters or deletes what has an `existing`.\n\
         # `egress plan` says \"no changes\"; `egress verify` proves from which IPs functions leave.\n\
         \n\
         stack = {}\naccount = {}\nregion = {}\n",
        quote(stack.as_str()),
        quote(&place.account),
        quote(&place.region)
    );
    let mut names = Names::default();
    let ranges: Vec<String> = site.network.cidrs.iter().map(ToString::to_string).collect();
    table(
        &mut text,
        "[network]",
        &names.of(&site.network.tags, &site.network.id),
        &site.network.id,
        &ranges.join(", "),
    );
    let gateway = site.internet_gateway;
    table(&mut text, "[internet_gateway]", &names.of(&gateway.tags, &gateway.id), &gateway.id, "");
    let mut public = Vec::new();
    let mut names = Names::default();
    for subnet in &site.public {
        let name = names.of(&subnet.tags, &subnet.id);
        table(&mut text, "[[public_subnet]]", &name, &subnet.id, &whereabouts(subnet));
        public.push((&subnet.id, name));
    }
    let gateways = site.nat_gateways();
    let mut gateway_names = Names::default();
    let named: Vec<(&NatGateway, String)> =
        gateways.iter().map(|nat| (*nat, gateway_names.of(&nat.tags, &nat.id))).collect();
    for (subnet, nat) in &site.private {
        table(&mut text, "[[private_subnet]]", &names.of(&subnet.tags, &subnet.id), &subnet.id, &whereabouts(subnet));
        let name = named.iter().find(|(found, _)| found.id == nat.id).map(|(_, name)| name);
        key(&mut text, "nat", name.filter(|_| named.len() > 1));
    }
    for (nat, name) in &named {
        let ips: Vec<String> = nat.addresses.iter().filter_map(|a| a.public_ip).map(|ip| ip.to_string()).collect();
        table(&mut text, "[[nat_gateway]]", name, &nat.id, &format!("leaves from {}", ips.join(", ")));
        let stands = |id: &CloudId| matches!(&nat.scope, NatScope::Subnet(subnet) if subnet == id);
        let subnet = public.iter().find(|(id, _)| stands(id)).map(|(_, name)| name);
        key(&mut text, "subnet", subnet.filter(|_| public.len() > 1));
    }
    match crew.group {
        Some(group) if is_name(&group.name) => table(&mut text, "[security_group]", &group.name, &group.id, ""),
        Some(group) => table(&mut text, "[security_group]", group.id.as_str(), &group.id, &group.name),
        None => add(&mut text, &format!("\n[security_group]\nname = {}\n", quote(&format!("egress-{stack}")))),
    }
    for name in &crew.at_home {
        add(&mut text, &format!("\n[[function]]\nname = {}\n", quote(name.as_str())));
    }
    for (name, why) in &crew.external {
        add(
            &mut text,
            &format!("\n[[function]]\nname = {}\nattach = \"external\"{}\n", quote(name.as_str()), comment(why)),
        );
    }
    text
}

fn table(text: &mut String, header: &str, name: &str, id: &CloudId, about: &str) {
    add(text, &format!("\n{header}\nname = {}\nexisting = {}{}\n", quote(name), quote(id.as_str()), comment(about)));
}

fn key(text: &mut String, key: &str, value: Option<&String>) {
    if let Some(value) = value {
        add(text, &format!("{key} = {}\n", quote(value)));
    }
}

/// A comment at the end of a line, on which nothing of what it tells can end it.
fn comment(about: &str) -> String {
    let safe: String = about.chars().filter(|c| !c.is_control()).collect();
    if safe.is_empty() { String::new() } else { format!(" # {safe}") }
}

fn whereabouts(subnet: &Subnet) -> String {
    format!("{} in {}", subnet.cidr, subnet.zone)
}

fn add(text: &mut String, more: &str) {
    // Writing to a String cannot fail.
    let _ = text.write_str(more);
}

/// Names that were given, of things of one kind.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    /// What people call a thing, where that is a name that nothing else has; else its id.
    fn of(&mut self, tags: &Tags, id: &CloudId) -> String {
        let human = tags.get(tags::NAME).filter(|name| is_name(name) && !self.0.contains(*name));
        let name = human.map_or_else(|| id.to_string(), Clone::clone);
        self.0.insert(name.clone());
        name
    }
}
