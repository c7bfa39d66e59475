//! Ranges of IPv4 that are special: one table.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

/// The ranges that are not globally routable, each with its source: the IANA IPv4 Special-Purpose Address Registry
/// (RFC 6890) and multicast. The two globally reachable anycast addresses in 192.0.0.0/24 are left out with their range:
/// they name the nearest relay, not a host.
pub(super) const NOT_GLOBAL: [(Ipv4Net, &str); 15] = [
    (range(0, 0, 0, 0, 8), "RFC 791: this network"),
    (range(10, 0, 0, 0, 8), "RFC 1918: private"),
    (range(100, 64, 0, 0, 10), "RFC 6598: shared by carriers"),
    (range(127, 0, 0, 0, 8), "RFC 1122: loopback"),
    (range(169, 254, 0, 0, 16), "RFC 3927: link local"),
    (range(172, 16, 0, 0, 12), "RFC 1918: private"),
    (range(192, 0, 0, 0, 24), "RFC 6890: IETF protocols"),
    (range(192, 0, 2, 0, 24), "RFC 5737: documentation"),
    (range(192, 88, 99, 0, 24), "RFC 7526: 6to4 relays, deprecated"),
    (range(192, 168, 0, 0, 16), "RFC 1918: private"),
    (range(198, 18, 0, 0, 15), "RFC 2544: benchmarks"),
    (range(198, 51, 100, 0, 24), "RFC 5737: documentation"),
    (range(203, 0, 113, 0, 24), "RFC 5737: documentation"),
    (range(224, 0, 0, 0, 4), "RFC 5771: multicast"),
    (range(240, 0, 0, 0, 4), "RFC 1112: reserved, limited broadcast included"),
];

/// What an internet gateway drops as a destination: RFC 1918 and RFC 6598 (source: Reachability Analyzer's explanation codes).
const PRIVATE: [Ipv4Net; 4] =
    [range(10, 0, 0, 0, 8), range(100, 64, 0, 0, 10), range(172, 16, 0, 0, 12), range(192, 168, 0, 0, 16)];

/// What no route forwards: the cloud's own services, such as time and metadata (source: VPC guide, "Route tables").
const NEVER_FORWARDED: Ipv4Net = range(169, 254, 168, 0, 22);

/// Whether an address is private: RFC 1918 or RFC 6598.
pub(super) fn is_private(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V4(ip) if PRIVATE.iter().any(|range| range.contains(&ip)))
}

/// Whether no route forwards packets to an address.
pub(super) fn is_never_forwarded(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V4(ip) if NEVER_FORWARDED.contains(&ip))
}

const fn range(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}
