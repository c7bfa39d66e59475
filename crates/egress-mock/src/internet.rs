//! The internet behind the cloud: hosts by name, and what they answer to whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{MockCloud, cloud::rng, mock::State};

/// What arrives at a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The host's name.
    pub host: String,
    /// Path and query, beginning with a slash.
    pub path: String,
    /// Whom the host sees.
    pub source: Ipv4Addr,
}

/// What a host answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

impl Response {
    /// 200 with this body.
    pub fn ok(body: impl Into<String>) -> Self {
        Self { status: 200, body: body.into() }
    }
}

/// A call that a host has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// When, in the cloud's time.
    pub at: Duration,
    /// Which host.
    pub host: String,
    /// Path and query.
    pub path: String,
    /// From which address.
    pub source: Ipv4Addr,
}

/// What the internet remembers: kept in the cloud's file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// By party: whom it admits.
    allowed: BTreeMap<String, BTreeSet<Ipv4Addr>>,
    seen: Vec<Seen>,
}

/// A host that was added: its code.
pub(crate) type Handler = Arc<dyn Fn(&Request) -> Response + Send + Sync>;

/// A host that is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name; it listens on every port, for http and https.
    pub name: &'static str,
    /// Its address: public, and none of the cloud's.
    pub ip: Ipv4Addr,
}

/// A third party that admits only those on its list.
#[derive(Clone, Copy, Debug)]
pub struct Party {
    /// Its name.
    pub name: &'static str,
    /// Where it listens.
    pub host: Host,
    /// What it says to somebody who is not on its list (scenario.md).
    refuse: fn(Ipv4Addr) -> Value,
    /// What it says to somebody who is.
    admit: fn() -> Value,
}

/// The host that answers with the address that it sees, as plain text: `https://ip.mock.test/`.
const ECHO: Host = Host { name: "ip.mock.test", ip: Ipv4Addr::new(104, 18, 114, 97) };
/// The same under the name of AWS's own, which those ask who do not know that this is a mock.
const AWS_ECHO: Host = Host { name: "checkip.amazonaws.com", ip: Ipv4Addr::new(104, 18, 114, 98) };

const fn host(name: &'static str, last: u8) -> Host {
    Host { name, ip: Ipv4Addr::new(203, 119, 25, last) }
}

/// The third parties, each with the answers of the real one.
pub const PARTIES: [Party; 4] = [
    Party {
        name: "wechat",
        host: host("wechat.mock.test", 11),
        refuse: |ip| {
            let message = format!("invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist rid: 65f0c0de-1a2b3c4d-5e6f7a8b");
            json!({ "errcode": 40164, "errmsg": message })
        },
        admit: || json!({ "access_token": "mock-wechat-token", "expires_in": 7200 }),
    },
    Party {
        name: "wecom",
        host: host("wecom.mock.test", 12),
        refuse: |ip| {
            let message = format!(
                "not allow to access from your ip, hint: [1700000000123456789012345], from ip: {ip}, more info at \
                 https://open.work.weixin.qq.com/devtool/query?e=60020"
            );
            json!({ "errcode": 60020, "errmsg": message })
        },
        admit: || json!({ "errcode": 0, "errmsg": "ok", "access_token": "mock-wecom-token", "expires_in": 7200 }),
    },
    Party {
        name: "dingtalk",
        host: host("dingtalk.mock.test", 13),
        refuse: |ip| json!({ "errcode": 60020, "errmsg": format!("访问ip不在白名单之中,request ip={ip}") }),
        admit: || json!({ "errcode": 0, "errmsg": "ok", "access_token": "mock-dingtalk-token", "expires_in": 7200 }),
    },
    Party {
        name: "amap",
        host: host("amap.mock.test", 14),
        refuse: |_| json!({ "status": "0", "info": "INVALID_USER_IP", "infocode": "10005" }),
        admit: || json!({ "status": "1", "info": "OK", "infocode": "10000", "count": "0", "geocodes": [] }),
    },
];

/// A name that no third party of [`PARTIES`] has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no third party `{0}` on the mock internet: there are wechat, wecom, dingtalk and amap")]
pub struct UnknownParty(pub String);

/// A handle on the internet behind a [`MockCloud`].
#[derive(Clone)]
pub struct Internet {
    cloud: MockCloud,
}

impl Internet {
    pub(crate) fn new(cloud: MockCloud) -> Self {
        Self { cloud }
    }

    /// Puts an address on a third party's list.
    ///
    /// # Errors
    ///
    /// Where there is no such party.
    pub fn allow(&self, party: &str, ip: Ipv4Addr) -> Result<(), UnknownParty> {
        known(party)?;
        self.cloud.state().memory.allowed.entry(party.to_owned()).or_default().insert(ip);
        Ok(())
    }

    /// Takes an address off a third party's list.
    ///
    /// # Errors
    ///
    /// Where there is no such party.
    pub fn disallow(&self, party: &str, ip: Ipv4Addr) -> Result<(), UnknownParty> {
        known(party)?;
        self.cloud.state().memory.allowed.entry(party.to_owned()).or_default().remove(&ip);
        Ok(())
    }

    /// Adds a host, or puts another one in the place of a built-in one. It lives in this process, not in the file; it runs
    /// while the cloud is locked, so it must not call the cloud.
    pub fn add_host(&self, name: &str, answer: impl Fn(&Request) -> Response + Send + Sync + 'static) {
        self.cloud.state().hosts.insert(name.to_owned(), Arc::new(answer));
    }

    /// The address of a host.
    pub fn ip_of(&self, name: &str) -> Option<Ipv4Addr> {
        ip_of(&self.cloud.state(), name)
    }

    /// Every call that reached a host, in the order of arrival.
    pub fn seen(&self) -> Vec<Seen> {
        self.cloud.state().memory.seen.clone()
    }
}

fn known(party: &str) -> Result<&'static Party, UnknownParty> {
    PARTIES.iter().find(|p| p.name == party).ok_or_else(|| UnknownParty(party.to_owned()))
}

/// The address of a host; a host that was added has one of its own, by its name.
pub(crate) fn ip_of(state: &State, name: &str) -> Option<Ipv4Addr> {
    let built_in = PARTIES.iter().map(|p| p.host).chain([ECHO, AWS_ECHO]).find(|h| h.name == name);
    if let Some(host) = built_in {
        return Some(host.ip);
    }
    state.hosts.contains_key(name).then(|| {
        let mut rng = rng(0, &["host", name]);
        Ipv4Addr::new(151, 101, rng.u8(..), rng.u8(1..=254))
    })
}

/// What a host answers. It remembers who called.
pub(crate) fn answer(state: &mut State, url: Url, source: Ipv4Addr) -> Response {
    let at = state.model.hidden.now;
    state.memory.seen.push(Seen { at, host: url.host.clone(), path: url.path.clone(), source });
    let request = Request { host: url.host, path: url.path, source };
    if let Some(handler) = state.hosts.get(&request.host) {
        return handler(&request);
    }
    match PARTIES.iter().find(|p| p.host.name == request.host) {
        None => Response::ok(format!("{source}\n")),
        Some(party) => {
            let admitted = state.memory.allowed.get(party.name).is_some_and(|list| list.contains(&source));
            Response::ok(if admitted { (party.admit)() } else { (party.refuse)(source) }.to_string())
        }
    }
}

/// A URL, as far as the mock internet needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Path and query.
    pub(crate) path: String,
}

impl Url {
    /// Reads `http[s]://host[:port][/path]`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let default_port = match scheme {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, default_port),
        };
        if host.is_empty() {
            return None;
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Some(Self { host: host.to_ascii_lowercase(), port, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_as_far_as_needed() {
        let url = |host: &str, port, path: &str| Some(Url { host: host.to_owned(), port, path: path.to_owned() });
        assert_eq!(Url::parse("https://ip.mock.test/"), url("ip.mock.test", 443, "/"));
        assert_eq!(Url::parse("http://A.test:8080/x?y=1"), url("a.test", 8080, "/x?y=1"));
        assert_eq!(Url::parse("https://a.test?y"), url("a.test", 443, "/?y"));
        for bad in ["", "a.test", "ftp://a.test/", "https://", "https://:443/", "https://a:b/", "https://a:99999/"] {
            assert_eq!(Url::parse(bad), None, "{bad}");
        }
    }
}
