//! Ranges that are special: one table each.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

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

/// The same of IPv6 (source: the same).
const NEVER_FORWARDED_V6: Ipv6Net = range_v6([0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0], 32);

/// IPv6 that is private: RFC 4193. No internet gateway has a way there.
const PRIVATE_V6: Ipv6Net = range_v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7);

/// IPv4 as IPv6 hosts write it: RFC 6052. A NAT gateway translates it (source: VPC guide, "DNS64 and NAT64").
const NAT64: Ipv6Net = range_v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);

/// Whether an address is private: RFC 1918, RFC 6598 or RFC 4193.
pub(super) fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => PRIVATE.iter().any(|range| range.contains(&ip)),
        IpAddr::V6(ip) => PRIVATE_V6.contains(&ip),
    }
}

/// The range that an address is in to which no route forwards packets, if it is in one.
pub(super) fn never_forwarded(ip: IpAddr) -> Option<IpNet> {
    [IpNet::V4(NEVER_FORWARDED), IpNet::V6(NEVER_FORWARDED_V6)].into_iter().find(|range| range.contains(&ip))
}

/// The IPv4 address that an IPv6 one stands for at a NAT gateway.
pub(super) fn behind_nat64(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = ip.octets();
    NAT64.contains(&ip).then(|| Ipv4Addr::new(a, b, c, d))
}

/// The IPv6 addresses that stand for a range of IPv4 at a NAT gateway.
pub(super) fn as_nat64(net: &Ipv4Net) -> Ipv6Net {
    let host = u128::from(NAT64.network()) | u128::from(u32::from(net.network()));
    Ipv6Net::new(host.into(), 96 + net.prefix_len()).unwrap_or(NAT64)
}

/// Every range at whose ends packets begin to be treated differently.
pub(super) fn boundaries() -> impl Iterator<Item = IpNet> {
    let v4 = PRIVATE.into_iter().chain([NEVER_FORWARDED]).map(IpNet::V4);
    v4.chain([NEVER_FORWARDED_V6, PRIVATE_V6, NAT64].map(IpNet::V6))
}

const fn range(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn range_v6([a, b, c, d, e, f, g, h]: [u16; 8], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), prefix)
}
