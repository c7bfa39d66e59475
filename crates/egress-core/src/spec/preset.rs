//! Presets: ready-made pieces of a file, written as files themselves.

use ipnet::Ipv4Net;
use toml::de::DeTable;

use super::{
    file::{File, InternetGatewayTable, NetworkTable, SecurityGroupTable},
    mistake::{Mistake, Report, Sight},
    range::PREFIXES,
    read::{At, Entry, Place, table},
    value::Cidr,
    words::listed,
};

/// A ready-made topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name, as in `preset = "lambda-static-ip"`.
    pub name: &'static str,
    /// What it makes, in one line.
    pub summary: &'static str,
    /// The part of a file that it stands for.
    pub text: &'static str,
}

/// Every preset.
pub const PRESETS: [Preset; 1] = [Preset {
    name: "lambda-static-ip",
    summary: "one NAT gateway with one fixed IP, and private subnets in two zones for the functions",
    text: include_str!("presets/lambda-static-ip.toml"),
}];

/// The preset of this name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}

/// Adds what the file's preset gives and the file does not. Mistakes in it are shown where the file names the preset.
pub(super) fn fill(file: File, report: &mut Report) -> File {
    let (preset, span) = match &file.preset {
        Entry::Absent => return file,
        Entry::Wrong => {
            report.sight = Sight::Partial;
            return file;
        }
        Entry::Given(At { value: preset, span }) => (preset, span),
    };
    let (text, _) = DeTable::parse_recoverable(preset.text);
    // A preset has no name of a stack: that it lacks one is not worth a mistake.
    let base = table::<File>(text.get_ref(), &Place::root(Some(span.clone())), &mut Report::default());
    let base = follow_network(without_range(base, &file), &file, report);
    overlay(file, base)
}

/// An existing network has a range of its own, whatever the preset says.
fn without_range(mut base: File, file: &File) -> File {
    let exists = file.network.given().is_some_and(|network| !matches!(network.value.existing, Entry::Absent));
    if let Entry::Given(network) = &mut base.network
        && exists
        && cidr_of(&file.network).is_none()
    {
        network.value.cidr = Entry::Absent;
    }
    base
}

/// Moves the preset's subnets into the network that the file gives.
fn follow_network(mut base: File, file: &File, report: &mut Report) -> File {
    let Some(new) = cidr_of(&file.network) else { return base };
    let Some(old) = cidr_of(&base.network).map(|at| at.value.0) else { return base };
    let stays_public = !matches!(file.public_subnet, Entry::Absent);
    let stays_private = !matches!(file.private_subnet, Entry::Absent);
    if new.value.0.prefix_len() == old.prefix_len() {
        each_cidr(&mut base, |cidr| cidr.0 = moved(cidr.0, old, new.value.0));
        return base;
    }
    let lists = [("public_subnet", stays_public), ("private_subnet", stays_private)];
    let to_name: Vec<String> = lists.iter().filter(|(_, stays)| !stays).map(|(key, _)| format!("[[{key}]]")).collect();
    if to_name.is_empty() {
        return base;
    }
    // Where the prefix itself is a mistake, one is enough.
    if PREFIXES.contains(&new.value.0.prefix_len()) {
        let message = format!("the preset's subnets fit into a /{} only, not into {}", old.prefix_len(), new.value.0);
        let hint = format!("name the subnets: write {}", listed(to_name.iter().map(String::as_str)));
        report.wrong(Mistake::new(&new.span, message).hint(hint));
    }
    File { public_subnet: Entry::Wrong, private_subnet: Entry::Wrong, ..base }
}

fn cidr_of(network: &Entry<NetworkTable>) -> Option<&At<Cidr>> {
    network.given()?.value.cidr.given()
}

fn each_cidr(file: &mut File, change: impl Fn(&mut Cidr)) {
    if let Entry::Given(list) = &mut file.public_subnet {
        list.value.iter_mut().filter_map(|s| s.value.cidr.given_mut()).for_each(|c| change(&mut c.value));
    }
    if let Entry::Given(list) = &mut file.private_subnet {
        list.value.iter_mut().filter_map(|s| s.value.cidr.given_mut()).for_each(|c| change(&mut c.value));
    }
}

/// The range at the same distance from the new network's beginning. It stays where it is if there is no such range.
fn moved(range: Ipv4Net, old: Ipv4Net, new: Ipv4Net) -> Ipv4Net {
    let offset = u32::from(range.network()).wrapping_sub(u32::from(old.network()));
    let network = u32::from(new.network()).wrapping_add(offset);
    Ipv4Net::new(network.into(), range.prefix_len()).unwrap_or(range)
}

/// One file over another: tables key by key, lists as wholes.
fn overlay(file: File, base: File) -> File {
    File {
        network: merge(file.network, base.network, |a, b| NetworkTable {
            name: a.name.or(b.name),
            cidr: a.cidr.or(b.cidr),
            existing: a.existing.or(b.existing),
        }),
        internet_gateway: merge(file.internet_gateway, base.internet_gateway, |a, b| InternetGatewayTable {
            name: a.name.or(b.name),
            route_table: a.route_table.or(b.route_table),
            existing: a.existing.or(b.existing),
            routes_in: a.routes_in.or(b.routes_in),
        }),
        security_group: merge(file.security_group, base.security_group, |a, b| SecurityGroupTable {
            name: a.name.or(b.name),
            existing: a.existing.or(b.existing),
        }),
        public_subnet: file.public_subnet.or(base.public_subnet),
        private_subnet: file.private_subnet.or(base.private_subnet),
        nat_gateway: file.nat_gateway.or(base.nat_gateway),
        address: file.address.or(base.address),
        ..file
    }
}

fn merge<T>(file: Entry<T>, base: Entry<T>, both: impl FnOnce(T, T) -> T) -> Entry<T> {
    match (file, base) {
        (Entry::Given(a), Entry::Given(b)) => Entry::Given(At { value: both(a.value, b.value), span: a.span }),
        (a, b) => a.or(b),
    }
}
