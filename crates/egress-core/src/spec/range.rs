//! The arithmetic of ranges: which fit, which lie apart.

use std::{net::Ipv4Addr, ops::RangeInclusive};

use ipnet::Ipv4Net;

use super::{
    mistake::{Mistake, Report},
    read::At,
    value::Cidr,
    words::quoted,
};

/// The prefixes that networks and subnets can have (AWS: `InvalidVpc.Range`, `InvalidSubnet.Range` otherwise).
pub(super) const PREFIXES: RangeInclusive<u8> = 16..=28;

/// The ranges that are meant for private networks: RFC 1918 and RFC 6598.
const PRIVATE: [Ipv4Net; 4] =
    [net([10, 0, 0, 0], 8), net([172, 16, 0, 0], 12), net([192, 168, 0, 0], 16), net([100, 64, 0, 0], 10)];

/// The range of the container bridge, which some services of AWS use inside (VPC guide, "VPC CIDR blocks": Cloud9 and
/// SageMaker among them): they cannot reach a network of this range.
const CONTAINER_BRIDGE: Ipv4Net = net([172, 17, 0, 0], 16);

/// What no host on the internet has, beside [`PRIVATE`]: this host, loopback, link-local, multicast, reserved (RFC 6890).
const NOT_PUBLIC: [Ipv4Net; 5] = [
    net([0, 0, 0, 0], 8),
    net([127, 0, 0, 0], 8),
    net([169, 254, 0, 0], 16),
    net([224, 0, 0, 0], 4),
    net([240, 0, 0, 0], 4),
];

const fn net(octets: [u8; 4], prefix: u8) -> Ipv4Net {
    let [a, b, c, d] = octets;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// Whether an address can be one of a host on the internet. Documentation's addresses count as such.
pub(super) fn is_public(address: Ipv4Addr) -> bool {
    !PRIVATE.iter().chain(&NOT_PUBLIC).any(|range| range.contains(&address))
}

/// A subnet's range, with what messages call the subnet.
pub(super) struct Ranged<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) cidr: &'a At<Cidr>,
}

/// Says what is doubtful about the network's range.
pub(super) fn check_network(network: &At<Cidr>, report: &mut Report) {
    let range = network.value.0;
    if !PRIVATE.iter().any(|private| private.contains(&range)) {
        let message =
            format!("{range} is not a private range: hosts on the internet with these addresses get unreachable");
        let hint = "use a range in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10";
        report.doubt(Mistake::new(&network.span, message).hint(hint));
    }
    if overlap(range, CONTAINER_BRIDGE) {
        let message =
            format!("{range} overlaps {CONTAINER_BRIDGE}, which container hosts and some cloud services use inside");
        report.doubt(Mistake::new(&network.span, message).hint("choose another range"));
    }
}

/// Says which subnets lie outside the network, and which overlap.
pub(super) fn check_subnets(network: Option<&At<Cidr>>, subnets: &[Ranged<'_>], report: &mut Report) {
    for (i, subnet) in subnets.iter().enumerate() {
        let range = subnet.cidr.value.0;
        if let Some(network) = network.map(|n| n.value.0).filter(|n| !n.contains(&range)) {
            let message = format!("{} is outside the network's {network}", described(subnet));
            report.wrong(Mistake::new(&subnet.cidr.span, message));
        }
        for earlier in subnets.iter().take(i).filter(|e| overlap(e.cidr.value.0, range)) {
            let message = format!("{} overlaps {}", described(subnet), described(earlier));
            report.wrong(Mistake::new(&subnet.cidr.span, message));
        }
    }
}

fn overlap(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b) || b.contains(&a)
}

fn described(subnet: &Ranged<'_>) -> String {
    let range = subnet.cidr.value.0;
    match subnet.name {
        Some(name) => format!("{range} of {}", quoted(name)),
        None => range.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for address in ["3.4.5.6", "203.0.113.7", "172.15.0.1", "172.32.0.1", "100.128.0.1", "223.255.255.255"] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "10.1.1.1",
            "172.31.0.1",
            "192.168.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "224.0.0.1",
            "255.255.255.255",
            "0.0.0.0",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }
}
