//! Where the addresses of a host's name come from.

use std::{
    collections::BTreeSet,
    net::{IpAddr, ToSocketAddrs},
    str::FromStr,
};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Destination, Host};

/// `HOST=IP[,IP]`: the addresses of a name, said by the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Override {
    /// The name, as a [`Host::Name`] has it.
    pub(crate) host: String,
    /// Its addresses.
    pub(crate) ips: BTreeSet<IpAddr>,
}

/// The addresses of a name, and who told them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolution {
    /// The addresses; none where nobody knows the name.
    pub(crate) ips: BTreeSet<IpAddr>,
    /// Who told them.
    pub(crate) by: Resolved,
    /// Why there are none, where the resolver says so.
    pub(crate) failure: Option<String>,
}

/// Who told the addresses of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Resolved {
    /// `--resolve`.
    Flag,
    /// The mock internet.
    Mock,
    /// The resolver of the machine that egress runs on.
    Resolver,
}

impl FromStr for Override {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, ips) = text.split_once('=').ok_or("HOST=IP[,IP] is expected")?;
        let Ok(Destination { host: Host::Name(host), port: super::Port::Usual }) = host.parse() else {
            return Err(format!("`{host}` is no name of a host"));
        };
        let ip =
            |ip: &str| ip.parse::<IpAddr>().map(|ip| ip.to_canonical()).map_err(|_| format!("`{ip}` is no address"));
        Ok(Self { host, ips: ips.split(',').map(ip).collect::<Result<_, _>>()? })
    }
}

/// Finds the addresses of a name: what `said` says, else what the mock internet says, else by asking the resolver of this
/// machine. Nothing is sent to the host.
pub(crate) fn resolve(name: &str, said: &[Override], mock: impl Fn(&str) -> Option<IpAddr>) -> Resolution {
    let said: BTreeSet<IpAddr> = said.iter().filter(|o| o.host == name).flat_map(|o| o.ips.iter().copied()).collect();
    if !said.is_empty() {
        return Resolution { ips: said, by: Resolved::Flag, failure: None };
    }
    if let Some(ip) = mock(name) {
        return Resolution { ips: [ip].into(), by: Resolved::Mock, failure: None };
    }
    // The port plays no part: it only makes a name something that can be connected to.
    match (name, 443).to_socket_addrs() {
        Ok(found) => {
            let ips = found.map(|address| address.ip().to_canonical()).collect();
            Resolution { ips, by: Resolved::Resolver, failure: None }
        }
        Err(error) => Resolution { ips: BTreeSet::new(), by: Resolved::Resolver, failure: Some(error.to_string()) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_said_need_no_resolver() {
        let said: Override = "API.example.com=192.0.2.1,2001:db8::1".parse().unwrap();
        let found = resolve("api.example.com", &[said], |_| None);
        let ips: BTreeSet<IpAddr> = ["192.0.2.1", "2001:db8::1"].map(|ip| ip.parse().unwrap()).into();
        assert_eq!(found, Resolution { ips, by: Resolved::Flag, failure: None });
        for bad in ["", "a", "a=", "a=b", "a:80=192.0.2.1", "192.0.2.1=192.0.2.1", "=192.0.2.1"] {
            assert!(bad.parse::<Override>().is_err(), "{bad}");
        }
    }
}
