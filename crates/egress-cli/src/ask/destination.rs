//! A destination as people write it: a host, an address or a range, with a port or without, or a URL.

use std::{fmt, net::IpAddr, str::FromStr};

use egress_core::ipnet::IpNet;

/// Where a packet is to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// The host or the addresses.
    pub(crate) host: Host,
    /// To which port.
    pub(crate) port: Port,
}

/// A host or addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// A host by its name, in lower case, without a dot at its end.
    Name(String),
    /// One address.
    Ip(IpAddr),
    /// A range.
    Net(IpNet),
    /// Every globally routable IPv4 address.
    Internet,
}

/// A port, and how it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Port {
    /// It was written.
    Written(u16),
    /// A URL's scheme means it.
    OfScheme(u16),
    /// Nothing was said: that of HTTPS.
    Usual,
}

/// The port where none is said.
const HTTPS: u16 = 443;

/// The schemes whose port everybody knows.
const SCHEMES: [(&str, u16); 4] = [("https", HTTPS), ("http", 80), ("wss", HTTPS), ("ws", 80)];

/// The longest host name (source: RFC 1035) and its longest label, in characters.
const LONGEST: (usize, usize) = (253, 63);

impl Port {
    /// The number.
    pub(crate) const fn number(self) -> u16 {
        match self {
            Self::Written(port) | Self::OfScheme(port) => port,
            Self::Usual => HTTPS,
        }
    }
}

impl FromStr for Destination {
    type Err = String;

    /// Reads `HOST`, `IP`, `RANGE` or `internet`, each with `:PORT` or without, or a URL. An IPv6 address with a port stands in
    /// brackets. The error is a lower-case fragment that says what is wrong.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once("://") {
            Some((scheme, rest)) => of_url(&scheme.to_ascii_lowercase(), rest),
            None => of_authority(text),
        }
    }
}

/// What stands behind the `//` of a URL: only its host and port matter.
fn of_url(scheme: &str, rest: &str) -> Result<Destination, String> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let found = of_authority(authority)?;
    let of_scheme = SCHEMES.iter().find(|(name, _)| *name == scheme).map(|(_, port)| Port::OfScheme(*port));
    match (found.port, of_scheme) {
        (Port::Usual, Some(port)) => Ok(Destination { port, ..found }),
        (Port::Usual, None) => Err(format!("the port of a {scheme} URL is not known here: write HOST:PORT")),
        _ => Ok(found),
    }
}

fn of_authority(text: &str) -> Result<Destination, String> {
    if let Some(inside) = text.strip_prefix('[') {
        let (address, rest) = inside.split_once(']').ok_or("the bracket is not closed")?;
        return of_brackets(address, rest);
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(Destination { host: one(ip), port: Port::Usual });
    }
    if let Some((address, rest)) = text.split_once('/') {
        // Without a scheme, too, what follows a host is a path.
        if address.parse::<IpAddr>().is_err() {
            return of_authority(address);
        }
        return of_range(address, rest);
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => {
            return Err("an IPv6 address is expected, in brackets where a port follows: [2001:db8::1]:443".to_owned());
        }
        Some((host, port)) => (host, Port::Written(number(port)?)),
        None => (text, Port::Usual),
    };
    if let Ok(ip) = host.parse() {
        return Ok(Destination { host: one(ip), port });
    }
    if host.eq_ignore_ascii_case("internet") {
        return Ok(Destination { host: Host::Internet, port });
    }
    Ok(Destination { host: Host::Name(name(host)?), port })
}

/// `[ADDRESS]:PORT`, `[RANGE]:PORT` and `[ADDRESS]/LENGTH:PORT`.
fn of_brackets(address: &str, rest: &str) -> Result<Destination, String> {
    if let Some(length) = rest.strip_prefix('/') {
        return of_range(address, length);
    }
    let port = match rest.strip_prefix(':') {
        Some(port) => Port::Written(number(port)?),
        None if rest.is_empty() => Port::Usual,
        None => return Err(format!("nothing but a port may follow the bracket, and there is `{rest}`")),
    };
    if let Some((address, length)) = address.split_once('/') {
        return Ok(Destination { port, ..of_range(address, length)? });
    }
    let ip = address.parse().map_err(|_| format!("`{address}` is no address"))?;
    Ok(Destination { host: one(ip), port })
}

/// A range whose length may be followed by a port. All of a family means all of it that is routed on the internet.
fn of_range(address: &str, rest: &str) -> Result<Destination, String> {
    let (length, port) = match rest.split_once(':') {
        Some((length, port)) => (length, Port::Written(number(port)?)),
        None => (rest, Port::Usual),
    };
    let net: IpNet =
        format!("{address}/{length}").parse().map_err(|_| format!("`{address}/{length}` is no range of addresses"))?;
    let host = match net {
        IpNet::V4(net) if net.prefix_len() == 0 => Host::Internet,
        IpNet::V6(net) if net.prefix_len() == 0 => Host::Net(IpNet::V6(globally_routable_v6())),
        net => Host::Net(net.trunc()),
    };
    Ok(Destination { host, port })
}

/// What of IPv6 is given out for the internet: 2000::/3 (source: IANA, IPv6 Address Space).
fn globally_routable_v6() -> egress_core::ipnet::Ipv6Net {
    egress_core::ipnet::Ipv6Net::new_assert(std::net::Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
}

/// An IPv4 address that is written as an IPv6 one is meant as what it is.
fn one(ip: IpAddr) -> Host {
    Host::Ip(ip.to_canonical())
}

fn number(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(port) if port > 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
        _ => Err(format!("`{text}` is no port: a number from 1 to 65535 is expected")),
    }
}

/// A host name as DNS has it.
fn name(text: &str) -> Result<String, String> {
    let host = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    if host.is_empty() {
        return Err("a host, an address or a range is expected".to_owned());
    }
    if !host.is_ascii() {
        return Err(format!("`{text}` is not ASCII: write the name as DNS has it, with xn--"));
    }
    let labels: Vec<&str> = host.split('.').collect();
    if labels.last().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(format!("`{text}` is no address"));
    }
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let sound = |label: &&str| !label.is_empty() && label.len() <= LONGEST.1 && label.bytes().all(fits);
    if host.len() > LONGEST.0 || !labels.iter().all(sound) {
        return Err(format!("`{text}` is no name of a host"));
    }
    Ok(host)
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(ip) => ip.fmt(f),
            Self::Net(net) => net.fmt(f),
            Self::Internet => f.write_str("the internet"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        match text.parse::<Destination>() {
            Ok(Destination { host, port }) => format!("{host:?} {port:?}"),
            Err(error) => error,
        }
    }

    #[test]
    fn a_destination_is_read_as_people_write_it() {
        let table = [
            ("api.example.com", r#"Name("api.example.com") Usual"#),
            ("API.example.com.:8443", r#"Name("api.example.com") Written(8443)"#),
            ("https://api.example.com/x?y=1#z", r#"Name("api.example.com") OfScheme(443)"#),
            ("http://api.example.com", r#"Name("api.example.com") OfScheme(80)"#),
            ("HTTPS://me:secret@api.example.com:8443/x", r#"Name("api.example.com") Written(8443)"#),
            ("postgres://db.example.com:5432/shop", r#"Name("db.example.com") Written(5432)"#),
            ("https://[2001:db8::1]:8443/", "Ip(2001:db8::1) Written(8443)"),
            ("api.example.com/x/y", r#"Name("api.example.com") Usual"#),
            ("8.8.8.8", "Ip(8.8.8.8) Usual"),
            ("8.8.8.8:53", "Ip(8.8.8.8) Written(53)"),
            ("2001:db8::1", "Ip(2001:db8::1) Usual"),
            ("[2001:db8::1]", "Ip(2001:db8::1) Usual"),
            ("[2001:db8::1]:443", "Ip(2001:db8::1) Written(443)"),
            ("::ffff:8.8.8.8", "Ip(8.8.8.8) Usual"),
            ("198.51.100.7/24:443", "Net(198.51.100.0/24) Written(443)"),
            ("0.0.0.0/0:443", "Internet Written(443)"),
            ("internet", "Internet Usual"),
            ("internet:80", "Internet Written(80)"),
            ("::/0", "Net(2000::/3) Usual"),
            ("2001:db8::/32:443", "Net(2001:db8::/32) Written(443)"),
            ("[2001:db8::]/32:443", "Net(2001:db8::/32) Written(443)"),
            ("[2001:db8::/32]:443", "Net(2001:db8::/32) Written(443)"),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_destination_is_told_why() {
        let table = [
            ("", "a host, an address or a range is expected"),
            (":443", "a host, an address or a range is expected"),
            ("300.1.1.1", "`300.1.1.1` is no address"),
            ("10.0.0/8", "`10.0.0` is no address"),
            ("10.0.0.0/33", "`10.0.0.0/33` is no range of addresses"),
            ("8.8.8.8:0", "`0` is no port: a number from 1 to 65535 is expected"),
            ("8.8.8.8:+5", "`+5` is no port: a number from 1 to 65535 is expected"),
            ("8.8.8.8:65536", "`65536` is no port: a number from 1 to 65535 is expected"),
            ("[2001:db8::1", "the bracket is not closed"),
            ("[2001:db8::1]x", "nothing but a port may follow the bracket, and there is `x`"),
            ("fe80::1%eth0", "an IPv6 address is expected, in brackets where a port follows: [2001:db8::1]:443"),
            ("ftp://files.example.com", "the port of a ftp URL is not known here: write HOST:PORT"),
            ("a..b", "`a..b` is no name of a host"),
            ("a b", "`a b` is no name of a host"),
            ("bücher.example", "`bücher.example` is not ASCII: write the name as DNS has it, with xn--"),
        ];
        for (text, expected) in table {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,60}") {
            let _ = text.parse::<Destination>();
        }

        #[test]
        fn no_text_of_the_parsers_own_signs_makes_it_panic(text in "[0-9a-f:/.\\[\\]@%-]{0,40}") {
            let _ = text.parse::<Destination>();
        }

        #[test]
        fn an_address_with_its_port_comes_back(ip: IpAddr, port in 1..=u16::MAX) {
            let written = std::net::SocketAddr::new(ip, port).to_string();
            let read: Destination = written.parse().map_err(TestCaseError::fail)?;
            prop_assert_eq!(read, Destination { host: Host::Ip(ip.to_canonical()), port: Port::Written(port) });
        }
    }
}
