//! What stands in the fields of AWS's answers: ranges, addresses, protocols, ports, kinds of interfaces, ARNs, zones. Read
//! strictly: what is not as AWS promises is a [`Flaw`]. `egress-aws` reads the same fields of a live account's answers with it.

use std::{fmt, net::AddrParseError, str::FromStr};

use egress_core::{
    CloudId,
    ipnet::{IpNet, Ipv4Net, Ipv6Net},
    world::{InterfaceKind, Protocol},
};

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw(String);

impl Flaw {
    /// A lower-case fragment that says what is wrong.
    pub fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What was read, or what is wrong.
pub type Read<T> = Result<T, Flaw>;

/// A field that AWS always fills.
pub fn must<'a>(field: &'static str, value: Option<&'a str>) -> Read<&'a str> {
    filled(value).ok_or_else(|| Flaw(format!("it has no {field}")))
}

/// A text, unless it is empty.
pub fn filled(value: Option<&str>) -> Option<&str> {
    value.filter(|text| !text.is_empty())
}

/// The id of the thing that a field names.
pub fn id(field: &'static str, value: Option<&str>) -> Read<CloudId> {
    must(field, value).map(CloudId::new)
}

/// The id of the thing that a field names, where it names one.
pub fn id_if(value: Option<&str>) -> Option<CloudId> {
    filled(value).map(CloudId::new)
}

/// An address.
pub fn ip<T: FromStr<Err = AddrParseError>>(text: &str) -> Read<T> {
    text.parse().map_err(|_| Flaw(format!("`{text}` is no address")))
}

/// An address, where the field has one.
pub fn ip_if<T: FromStr<Err = AddrParseError>>(text: Option<&str>) -> Read<Option<T>> {
    filled(text).map(ip).transpose()
}

/// A range of addresses.
pub fn cidr(text: &str) -> Read<IpNet> {
    text.parse().map_err(|_| not_a_range(text))
}

/// A range of IPv4 addresses.
pub fn cidr_v4(text: &str) -> Read<Ipv4Net> {
    text.parse().map_err(|_| not_a_range(text))
}

/// A range of IPv6 addresses.
pub fn cidr_v6(text: &str) -> Read<Ipv6Net> {
    text.parse().map_err(|_| not_a_range(text))
}

fn not_a_range(text: &str) -> Flaw {
    Flaw(format!("`{text}` is no range of addresses"))
}

/// A protocol by its name or, as ACLs have it, by its number.
pub fn protocol(text: &str) -> Read<Protocol> {
    Ok(match text {
        "-1" | "all" => Protocol::All,
        "tcp" | "6" => Protocol::Tcp,
        "udp" | "17" => Protocol::Udp,
        "icmp" | "1" => Protocol::Icmp,
        "icmpv6" | "58" => Protocol::Icmp6,
        other => Protocol::Number(other.parse().map_err(|_| Flaw(format!("`{other}` is no protocol")))?),
    })
}

/// Ports count for TCP and UDP alone: ICMP has types and codes there, and AWS lets every other protocol through on all. An end
/// that is absent or -1 is open.
pub fn ports(protocol: Protocol, from: Option<i64>, to: Option<i64>) -> Read<(u16, u16)> {
    let port = |end: Option<i64>, open| match end {
        None | Some(-1) => Ok(open),
        Some(n) => u16::try_from(n).map_err(|_| Flaw(format!("{n} is no port"))),
    };
    match protocol {
        Protocol::Tcp | Protocol::Udp => Ok((port(from, 0)?, port(to, u16::MAX)?)),
        Protocol::All | Protocol::Icmp | Protocol::Icmp6 | Protocol::Number(_) => Ok((0, u16::MAX)),
    }
}

/// How the description of an interface of Lambda's begins. Its type says `lambda` too, but may say `interface` once it is
/// detached.
pub const OF_LAMBDA: &str = "AWS Lambda VPC ENI";

/// What an interface belongs to. AWS writes the type of a NAT gateway's with an underscore, its model has it without.
pub fn interface_kind(kind: &str, description: &str, requester_managed: bool) -> InterfaceKind {
    match kind {
        "lambda" => InterfaceKind::Function,
        _ if description.starts_with(OF_LAMBDA) => InterfaceKind::Function,
        "nat_gateway" | "natGateway" => InterfaceKind::NatGateway,
        "vpc_endpoint" | "gateway_load_balancer_endpoint" => InterfaceKind::Endpoint,
        "interface" | "efa" | "efa-only" | "trunk" | "branch" | "" if !requester_managed => InterfaceKind::Machine,
        _ => InterfaceKind::Other,
    }
}

/// The parts of an ARN that tell where a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// Empty for things that are in no region, such as roles.
    pub(crate) region: &'a str,
    /// Empty or `aws` for what is nobody's.
    pub(crate) account: &'a str,
    /// The thing in its service's own words, e.g. `role/service-role/payments`.
    pub(crate) resource: &'a str,
}

/// `arn:{partition}:{service}:{region}:{account}:{resource}` (AWS General Reference, "Amazon Resource Names").
pub(crate) fn arn(text: &str) -> Option<Arn<'_>> {
    let mut parts = text.splitn(6, ':');
    let mut part = || parts.next();
    let [scheme, _partition, _service, region, account, resource] =
        [part()?, part()?, part()?, part()?, part()?, part()?];
    (scheme == "arn" && !resource.is_empty()).then_some(Arn { region, account, resource })
}

/// The name of a role out of its ARN, without its path.
pub(crate) fn role_name(text: &str) -> Read<CloudId> {
    let path = arn(text).and_then(|arn| arn.resource.strip_prefix("role/"));
    let name = path.map(|path| path.rsplit_once('/').map_or(path, |(_, name)| name)).filter(|name| !name.is_empty());
    name.map(CloudId::new).ok_or_else(|| Flaw(format!("`{text}` is no role")))
}

/// The region that a text begins with, up to and with its number: `us-west-2` in `us-west-2-lax-1a` and in `us-west-2b`.
pub(crate) fn leading_region(text: &str) -> Option<&str> {
    let mut end = 0;
    for (i, part) in text.split('-').enumerate() {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            return (i >= 2).then(|| text.get(..end + digits)).flatten();
        }
        let is_first = i == 0;
        let is_word = !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
        if !is_word || (is_first && !(2..=4).contains(&part.len())) {
            return None;
        }
        end += part.len() + 1;
    }
    None
}

/// The first region that stands in a text, between characters that no region is made of.
pub(crate) fn region_in(text: &str) -> Option<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words
        .flat_map(|word| word.match_indices('-').map(|(i, _)| i + 1).chain([0]).filter_map(move |i| word.get(i..)))
        .find_map(|tail| {
            let region = leading_region(tail)?;
            // `us-east-1a.json` may be a zone's; `eu-west-10x` is nobody's.
            let rest = tail.get(region.len()..)?;
            let is_over = rest.is_empty() || rest.starts_with('-') || rest.len() == 1;
            (is_over && CONTINENTS.iter().any(|c| region.starts_with(c))).then_some(region)
        })
}

/// How names of regions begin (AWS General Reference, "AWS service endpoints").
const CONTINENTS: [&str; 11] = ["af-", "ap-", "ca-", "cn-", "eu-", "eusc-", "il-", "me-", "mx-", "sa-", "us-"];

/// The region of a zone by the zone's id: `use1-az1` is in `us-east-1`. Local Zones have a longer id that begins alike.
pub(crate) fn region_of_zone_id(id: &str) -> Option<String> {
    let (short, _) = id.split_once('-')?;
    let digit = short.find(|c: char| c.is_ascii_digit())?;
    let (letters, number) = short.split_at_checked(digit)?;
    let is_number = number.bytes().all(|b| b.is_ascii_digit());
    let continents = ["usg", "af", "ap", "ca", "cn", "eu", "il", "me", "mx", "sa", "us"];
    let (continent, way) = continents.iter().find_map(|c| Some((*c, letters.strip_prefix(c)?)))?;
    let continent = if continent == "usg" { "us-gov" } else { continent };
    let way = WAYS.iter().find(|(short, _)| *short == way).filter(|_| is_number)?.1;
    Some(format!("{continent}-{way}-{number}"))
}

const WAYS: [(&str, &str); 9] = [
    ("c", "central"),
    ("e", "east"),
    ("n", "north"),
    ("s", "south"),
    ("w", "west"),
    ("ne", "northeast"),
    ("nw", "northwest"),
    ("se", "southeast"),
    ("sw", "southwest"),
];

/// The twelve digits of an account that stand in a text by themselves.
pub(crate) fn account_in(text: &str) -> Option<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .find(|part| part.len() == 12 && part.bytes().all(|b| b.is_ascii_digit()))
}

/// The first word of a text that begins so, e.g. `tgw-rtb-`: letters, digits and hyphens.
pub(crate) fn word_with<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.find(prefix)?;
    let tail = text.get(start..)?;
    let rest = tail.get(prefix.len()..)?;
    let len = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    (len > 0).then(|| tail.get(..prefix.len() + len)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_told_by_zones_ids_and_names() {
        let zones =
            [("us-east-1a", "us-east-1"), ("us-west-2-lax-1a", "us-west-2"), ("us-gov-west-1b", "us-gov-west-1")];
        for (zone, region) in zones {
            assert_eq!(leading_region(zone), Some(region));
        }
        let ids = [
            ("use1-az1", "us-east-1"),
            ("apne1-az4", "ap-northeast-1"),
            ("cnnw1-az1", "cn-northwest-1"),
            ("usgw1-az2", "us-gov-west-1"),
            ("cac1-az1", "ca-central-1"),
            ("usw2-lax1-az1", "us-west-2"),
        ];
        for (id, region) in ids {
            assert_eq!(region_of_zone_id(id).as_deref(), Some(region));
        }
        for text in ["", "-", "us-1", "tgw-rtb-1", "my-file-1", "1-2", "us-east-"] {
            assert_eq!((region_in(text), region_of_zone_id(text)), (None, None), "{text}");
        }
        for text in ["us-west-2", "com.amazonaws.us-west-2.s3", "aws-us-west-2-vpcs.json", "vpcs_us-west-2.json"] {
            assert_eq!(region_in(text), Some("us-west-2"), "{text}");
        }
    }

    #[test]
    fn names_are_found_in_paths() {
        assert_eq!(word_with("a/search.tgw-rtb-0ab1.json", "tgw-rtb-"), Some("tgw-rtb-0ab1"));
        assert_eq!(word_with("pl-.json", "pl-"), None);
        assert_eq!(account_in("prod_123456789012/x"), Some("123456789012"));
        assert_eq!(account_in("1234567890123"), None);
    }

    #[test]
    fn ports_count_for_tcp_and_udp_and_no_number_of_another_size_is_a_port() {
        assert_eq!(ports(Protocol::Tcp, Some(80), Some(443)), Ok((80, 443)));
        assert_eq!(ports(Protocol::Udp, Some(-1), None), Ok((0, 65_535)));
        assert_eq!(ports(Protocol::Icmp, Some(8), Some(0)), Ok((0, 65_535)));
        assert!(ports(Protocol::Tcp, Some(65_536), None).is_err());
        assert!(ports(Protocol::Tcp, Some(-2), Some(i64::MAX)).is_err());
    }

    #[test]
    fn a_role_is_named_by_the_end_of_its_arn() {
        assert_eq!(role_name("arn:aws:iam::123456789012:role/service-role/pay"), Ok("pay".into()));
        for text in ["pay", "arn:aws:iam::123456789012:role/", "arn:aws:iam::1:user/x", ""] {
            assert!(role_name(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_interface_is_told_by_its_type_its_description_and_who_manages_it() {
        let cases = [
            ("lambda", "AWS Lambda VPC ENI-pay-1", true, InterfaceKind::Function),
            ("interface", "AWS Lambda VPC ENI-pay-1", true, InterfaceKind::Function),
            ("nat_gateway", "Interface for NAT Gateway nat-1", true, InterfaceKind::NatGateway),
            ("natGateway", "", true, InterfaceKind::NatGateway),
            ("vpc_endpoint", "VPC Endpoint Interface vpce-1", true, InterfaceKind::Endpoint),
            ("gateway_load_balancer_endpoint", "", true, InterfaceKind::Endpoint),
            ("interface", "", false, InterfaceKind::Machine),
            ("efa", "", false, InterfaceKind::Machine),
            ("interface", "RDSNetworkInterface", true, InterfaceKind::Other),
            ("network_load_balancer", "ELB net/x", true, InterfaceKind::Other),
            ("something new", "", false, InterfaceKind::Other),
        ];
        for (of, description, managed, expected) in cases {
            assert_eq!(interface_kind(of, description, managed), expected, "{of} {description}");
        }
    }
}
