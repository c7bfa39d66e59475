//! Rulesets of `nft`, as text: what ACLs, security groups and gateways do with packets.
//!
//! Sources: VPC guide, "Control subnet traffic with network access control lists" (stateless; the lowest number that matches
//! decides, nothing matches: deny; not inside a subnet), "Security group rules" (stateful; all groups together; what no rule
//! allows is denied), "NAT gateway basics", "Internet gateways".

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    net::Ipv4Addr,
};

use egress_core::{
    CloudId,
    world::{Acl, AclEntry, Direction, Peer, Protocol, Rule, World},
};
use ipnet::{IpNet, Ipv4Net};

use super::{hosts::Host, ports::Slot};
use crate::run::Result;

/// Where an internet gateway sends nothing (sources: RFC 1918 and RFC 6598; Reachability Analyzer's explanation codes).
const PRIVATE: &str = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10";
/// What is never forwarded (source: VPC guide, "Configure route tables", "Reserved ranges").
const RESERVED: &str = "169.254.168.0/22";

/// The filter of a network's router: between subnets, and between subnets and what is beyond, as the subnets' ACLs say.
pub(super) fn acls(world: &World, network: &CloudId, hosts: &[Host]) -> Result<String> {
    let mut links: BTreeMap<&CloudId, Vec<&str>> = BTreeMap::new();
    for host in hosts.iter().filter(|host| &host.network == network) {
        links.entry(&host.subnet).or_default().push(&host.space);
    }
    let mut chains = String::new();
    let mut forward = vec![format!("ip daddr {RESERVED} drop")];
    // Inside a subnet no ACL is met.
    for links in links.values() {
        forward.push(format!("iifname {0} oifname {0} accept", set(links)));
    }
    let mut into = Vec::new();
    for (place, (subnet, links)) in links.iter().enumerate() {
        let acl = acl_of(world, subnet).ok_or_else(|| format!("the subnet {subnet} has no ACL"))?;
        forward.push(format!("iifname {} jump out-{place}", set(links)));
        into.push(format!("oifname {} jump in-{place}", set(links)));
        chains += &chain(&format!("out-{place}"), None, &acl_rules(acl, Direction::Egress));
        chains += &chain(&format!("in-{place}"), None, &acl_rules(acl, Direction::Ingress));
    }
    forward.extend(into);
    forward.push("accept".to_owned());
    Ok(table(&(chains + &chain("forward", Some("filter hook forward priority filter"), &forward))))
}

/// A subnet's own ACL, or else the default one of its network.
fn acl_of<'a>(world: &'a World, subnet: &CloudId) -> Option<&'a Acl> {
    let network = &world.network.subnets.get(subnet)?.network;
    let acls = || world.network.acls.values().filter(|acl| &acl.network == network);
    acls().find(|acl| acl.subnets.contains(subnet)).or_else(|| acls().find(|acl| acl.is_default))
}

/// One way of an ACL, in the order of its numbers; what nothing matches is dropped.
fn acl_rules(acl: &Acl, direction: Direction) -> Vec<String> {
    let mut entries: Vec<&AclEntry> = acl.entries.iter().filter(|entry| entry.direction == direction).collect();
    entries.sort_by_key(|entry| entry.number);
    let end = if direction == Direction::Egress { "daddr" } else { "saddr" };
    let rule = |entry: &AclEntry| {
        let IpNet::V4(range) = entry.cidr else { return None };
        let what = if entry.allow { "return" } else { "drop" };
        Some(format!("{} {what}", matches(end, &range, entry.protocol, entry.ports)))
    };
    entries.into_iter().filter_map(rule).chain(["drop".to_owned()]).collect()
}

/// The filter of an interface: what its groups, all together, let out and in, and the answers to that.
pub(super) fn groups(world: &World, groups: &BTreeSet<CloudId>, hosts: &[Host]) -> Result<String> {
    let mut out = vec!["oifname lo accept".to_owned(), "ct state established accept".to_owned()];
    let mut into = vec!["iifname lo accept".to_owned(), "ct state established accept".to_owned()];
    for id in groups {
        let group = world.network.groups.get(id).ok_or_else(|| format!("the group {id} is not in the World"))?;
        for rule in &group.egress {
            out.extend(group_rules(world, rule, "daddr", hosts)?);
        }
        for rule in &group.ingress {
            into.extend(group_rules(world, rule, "saddr", hosts)?);
        }
    }
    out.push("drop".to_owned());
    into.push("drop".to_owned());
    let out = chain("out", Some("filter hook output priority filter"), &out);
    Ok(table(&(out + &chain("in", Some("filter hook input priority filter"), &into))))
}

/// A rule of a group, once for each range of the other end.
fn group_rules(world: &World, rule: &Rule, end: &str, hosts: &[Host]) -> Result<Vec<String>> {
    let ranges: Vec<IpNet> = match &rule.peer {
        Peer::Cidr(range) => vec![*range],
        Peer::Group(group) => {
            let members = hosts.iter().filter(|host| host.groups().is_some_and(|groups| groups.contains(group)));
            members.flat_map(|host| &host.ips).map(|own| IpNet::V4(Ipv4Net::from(*own))).collect()
        }
        Peer::PrefixList(id) => {
            let list = world.network.prefix_lists.get(id).and_then(|list| list.cidrs.clone());
            list.ok_or_else(|| format!("the ranges of the prefix list {id} are not known"))?
        }
    };
    let v4 = ranges.iter().filter_map(|range| if let IpNet::V4(range) = range { Some(range) } else { None });
    Ok(v4.map(|range| format!("{} accept", matches(end, range, rule.protocol, rule.ports))).collect())
}

/// A NAT gateway: every connection gets the source that its slot says; without sources nothing passes.
pub(super) fn nat(sources: &[Ipv4Addr], hosts: &[Host], slots: &[Slot]) -> String {
    if sources.is_empty() {
        return table(&chain("forward", Some("filter hook forward priority filter"), &["drop".to_owned()]));
    }
    let functions = hosts.iter().filter(|host| matches!(host.role, super::hosts::Role::Function { .. }));
    let mut map = Vec::new();
    for (host, place) in functions.zip(0..) {
        for (own, slot) in host.ips.iter().flat_map(|own| slots.iter().map(move |slot| (own, slot))) {
            let source = sources.iter().cycle().nth(slot.address % sources.len());
            map.extend(
                source
                    .map(|source| format!("{own} . {} : {source} . {}", slot.own_port(), slot.translated_port(place))),
            );
        }
    }
    let rule = format!("snat ip to ip saddr . tcp sport map {{ {} }}", map.join(", "));
    table(&chain("out", Some("nat hook postrouting priority srcnat"), &[rule]))
}

/// An internet gateway: one to one, nothing from what has no public address, nothing to private destinations.
pub(super) fn internet_gateway(map: &[(Ipv4Addr, Ipv4Addr)]) -> String {
    let mut forward =
        vec!["ct state established accept".to_owned(), format!("iifname vpc ip daddr {{ {PRIVATE} }} drop")];
    let mut out = Vec::new();
    if !map.is_empty() {
        let mapped: Vec<_> = map.iter().map(|(private, _)| private.to_string()).collect();
        forward.push(format!("iifname vpc ip saddr {{ {} }} accept", mapped.join(", ")));
        let pairs: Vec<_> = map.iter().map(|(private, public)| format!("{private} : {public}")).collect();
        out.push(format!("oifname net snat to ip saddr map {{ {} }}", pairs.join(", ")));
    }
    forward.push("drop".to_owned());
    let forward = chain("forward", Some("filter hook forward priority filter"), &forward);
    table(&(forward + &chain("out", Some("nat hook postrouting priority srcnat"), &out)))
}

/// The packets that an entry or a rule is for. `end` is the header field of the other end.
fn matches(end: &str, range: &Ipv4Net, protocol: Protocol, (first, last): (u16, u16)) -> String {
    let ports = |name: &str| format!("ip {end} {range} {name} dport {first}-{last}");
    match protocol {
        Protocol::All => format!("ip {end} {range}"),
        Protocol::Tcp => ports("tcp"),
        Protocol::Udp => ports("udp"),
        Protocol::Icmp => format!("ip {end} {range} meta l4proto 1"),
        Protocol::Icmp6 => format!("ip {end} {range} meta l4proto 58"),
        Protocol::Number(number) => format!("ip {end} {range} meta l4proto {number}"),
    }
}

fn set(names: &[&str]) -> String {
    format!("{{ {} }}", names.join(", "))
}

fn table(chains: &str) -> String {
    format!("table ip lab {{\n{chains}}}\n")
}

/// A chain: on a hook of the kernel's, or one to jump to.
fn chain(name: &str, hook: Option<&str>, rules: &[String]) -> String {
    let mut text = format!("\tchain {name} {{\n");
    // A String takes all that is written.
    let _ = hook.map(|hook| writeln!(text, "\t\ttype {hook}; policy accept;"));
    rules.iter().for_each(|rule| text += &format!("\t\t{rule}\n"));
    text + "\t}\n"
}

#[cfg(test)]
mod tests {
    use egress_core::world::SecurityGroup;

    use super::{
        super::{plain, world::case},
        *,
    };

    fn lines(text: &str) -> Vec<&str> {
        text.lines().map(str::trim).collect()
    }

    #[test]
    fn an_acl_is_sorted_by_number_and_ends_with_a_drop() {
        let mut acl = plain::acl("acl", "vpc", true);
        acl.entries.push(plain::entry(90, Direction::Ingress, Some((443, 443)), "1.1.1.0/24", false));
        acl.entries.push(plain::entry(110, Direction::Ingress, None, "10.0.0.0/16", false));
        let v6 =
            AclEntry { cidr: "::/0".parse().unwrap(), ..plain::entry(95, Direction::Ingress, None, "0.0.0.0/0", true) };
        acl.entries.push(v6);
        assert_eq!(
            acl_rules(&acl, Direction::Ingress),
            [
                "ip saddr 1.1.1.0/24 tcp dport 443-443 drop",
                "ip saddr 0.0.0.0/0 return",
                "ip saddr 10.0.0.0/16 drop",
                "drop"
            ]
        );
        assert_eq!(acl_rules(&acl, Direction::Egress), ["ip daddr 0.0.0.0/0 return", "drop"]);
    }

    #[test]
    fn groups_are_taken_together_and_let_answers_through() {
        let mut world = World::default();
        for (name, rule) in [
            ("web", plain::rule(443, plain::peer("0.0.0.0/0"))),
            ("list", plain::rule(80, Peer::PrefixList("pl".into()))),
        ] {
            let group = SecurityGroup { egress: vec![rule], ..plain::group(name, "vpc") };
            world.network.groups.insert(name.into(), group);
        }
        world.network.prefix_lists.insert("pl".into(), plain::prefix_list("pl", &["8.0.0.0/8", "1.1.1.0/24"]));
        let text = groups(&world, &["web".into(), "list".into()].into(), &[]).unwrap();
        assert_eq!(
            lines(&text),
            [
                "table ip lab {",
                "chain out {",
                "type filter hook output priority filter; policy accept;",
                "oifname lo accept",
                "ct state established accept",
                "ip daddr 8.0.0.0/8 tcp dport 80-80 accept",
                "ip daddr 1.1.1.0/24 tcp dport 80-80 accept",
                "ip daddr 0.0.0.0/0 tcp dport 443-443 accept",
                "drop",
                "}",
                "chain in {",
                "type filter hook input priority filter; policy accept;",
                "iifname lo accept",
                "ct state established accept",
                "drop",
                "}",
                "}"
            ]
        );
    }

    #[test]
    fn a_nat_gateway_without_sources_drops() {
        let text = nat(&[], &[], &[]);
        let expected =
            ["table ip lab {", "chain forward {", "type filter hook forward priority filter; policy accept;"];
        assert_eq!(lines(&text), [expected.as_slice(), &["drop", "}", "}"]].concat());
    }

    #[test]
    fn an_internet_gateway_lets_out_what_is_mapped_to_what_is_public() {
        let text = internet_gateway(&[([10, 0, 1, 5].into(), [198, 51, 100, 1].into())]);
        assert_eq!(
            lines(&text),
            [
                "table ip lab {",
                "chain forward {",
                "type filter hook forward priority filter; policy accept;",
                "ct state established accept",
                "iifname vpc ip daddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 } drop",
                "iifname vpc ip saddr { 10.0.1.5 } accept",
                "drop",
                "}",
                "chain out {",
                "type nat hook postrouting priority srcnat; policy accept;",
                "oifname net snat to ip saddr map { 10.0.1.5 : 198.51.100.1 }",
                "}",
                "}"
            ]
        );
    }

    #[test]
    fn no_filter_of_a_router_knows_connections() {
        for place in 0..50 {
            let case = case(5, place);
            let hosts = super::super::hosts::hosts(&case).unwrap();
            for network in case.world.network.networks.keys() {
                assert!(!acls(&case.world, network, &hosts).unwrap().contains("ct "), "World {place}");
            }
        }
    }
}
