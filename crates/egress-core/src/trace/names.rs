//! Names: where the resolver of a network leads them.
//!
//! An interface endpoint with private DNS takes over the public name of its service in its network, so that packets go to the
//! endpoint's private addresses and no gateway sees them. That needs the cloud's own resolver, and both DNS attributes of the
//! network (source: PrivateLink guide, "Private DNS").

use std::{collections::BTreeSet, net::IpAddr};

use ipnet::IpNet;

use super::{Atlas, Reason, RuleId, To, parts, span::Span, way::Way};
use crate::{
    CloudId,
    world::{Endpoint, EndpointKind, Interface, Listing, Network},
};

/// What a query asks for, seen from one network.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The addresses, as ordered and disjoint runs; none where nobody knows them.
    pub(super) spans: Vec<Span>,
    /// What is noted of a packet before it is sent.
    pub(super) way: Way,
}

/// Resolves what a query asks for, from within a network.
pub(super) fn resolve(world: &Atlas<'_>, network: &CloudId, to: &To) -> Asked {
    let mut way = Way::default();
    let To::Name { name, ips } = to else { return Asked { spans: parts::spans_of(to), way } };
    way.assume(format!("no private zone of {network} answers for {name}"));
    if world.unseen(Listing::Endpoints).is_some() {
        way.lack(world, Listing::Endpoints, format!("whether an endpoint of {network} answers for {name}"));
    }
    for endpoint in world.vicinity(network).into_iter().flat_map(|vicinity| &vicinity.endpoints) {
        let Some(claim) = claim(endpoint, name) else { continue };
        let obstacle = match claim {
            Claim::Own => None,
            Claim::Off => Some(format!("private DNS of {} is off", endpoint.id)),
            Claim::Private => obstacle(world.network.networks.get(network)),
        };
        match obstacle {
            None => return lead_to(world, endpoint, name, way),
            Some(why) => {
                let detail = format!("{name} does not lead to {}, the endpoint for it: {why}", endpoint.id);
                way.warn(Reason::new(RuleId::VpceDnsMismatch, Some(&endpoint.id), detail));
            }
        }
    }
    if ips.is_empty() {
        way.miss(format!("the addresses of {name}"));
    }
    Asked { spans: parts::spans_of(to), way }
}

/// How an endpoint comes to answer for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// The name is the endpoint's own: it leads to it from everywhere.
    Own,
    /// It is the service's, and private DNS gives it to the endpoint.
    Private,
    /// It is the service's, and private DNS is off.
    Off,
}

/// Names that an interface endpoint is for: one of its own, and one that its service is known by.
pub(crate) fn names_of(endpoint: &Endpoint) -> BTreeSet<String> {
    let EndpointKind::Interface { names, .. } = &endpoint.kind else { return BTreeSet::new() };
    let own = names.iter().find(|pattern| is_own(pattern));
    let listed = names.iter().find(|pattern| !is_own(pattern));
    // Services that are not the cloud's have no name but those that are listed.
    let of_cloud = || service_name(&endpoint.service).filter(|_| !endpoint.service.contains(".vpce."));
    let known = listed.cloned().or_else(of_cloud);
    let some_host = |pattern: &String| match pattern.strip_prefix("*.") {
        Some(parent) => format!("host.{parent}"),
        None => pattern.clone(),
    };
    own.into_iter().chain(&known).map(some_host).collect()
}

/// Whether a name is an endpoint's own, not its service's.
fn is_own(pattern: &str) -> bool {
    pattern.contains(".vpce.amazonaws.com")
}

fn claim(endpoint: &Endpoint, name: &str) -> Option<Claim> {
    let EndpointKind::Interface { private_dns, names, .. } = &endpoint.kind else { return None };
    if names.iter().filter(|pattern| is_own(pattern)).any(|pattern| matches(pattern, name)) {
        return Some(Claim::Own);
    }
    let mut listed = names.iter().filter(|pattern| !is_own(pattern)).peekable();
    let claimed = match listed.peek() {
        Some(_) => listed.any(|pattern| matches(pattern, name)),
        None => service_name(&endpoint.service).is_some_and(|own| matches(&own, name) || is_below(name, &own)),
    };
    claimed.then_some(if *private_dns { Claim::Private } else { Claim::Off })
}

/// The public name of a service, from what the cloud calls it: `com.amazonaws.REGION.SERVICE` is `SERVICE.REGION.amazonaws.com`.
///
/// Inferred: the parts of a service's name stand in reverse, as in `com.amazonaws.REGION.ecr.api`, and names below it go with it,
/// as those of buckets do. It is asked only where the cloud does not list an endpoint's names.
fn service_name(service: &str) -> Option<String> {
    let rest = service.strip_prefix("cn.").unwrap_or(service).strip_prefix("com.amazonaws.")?;
    let (region, service) = rest.split_once('.')?;
    let labels = service.rsplit('.').collect::<Vec<_>>().join(".");
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    Some(format!("{labels}.{region}.{domain}"))
}

/// Whether a name is a pattern's: the same, or any below it where the pattern begins with `*.`.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => is_below(name, parent),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

fn is_below(name: &str, parent: &str) -> bool {
    let parent = parent.to_ascii_lowercase();
    name.to_ascii_lowercase().strip_suffix(&parent).is_some_and(|rest| rest.ends_with('.'))
}

/// Why private DNS does not work in a network, if it does not.
fn obstacle(network: Option<&Network>) -> Option<String> {
    let Network { id, dns_support, dns_hostnames, name_servers, .. } = network?;
    if !dns_support {
        return Some(format!("DNS support (enableDnsSupport) of {id} is off"));
    }
    if !dns_hostnames {
        return Some(format!("DNS hostnames (enableDnsHostnames) of {id} are off"));
    }
    (!name_servers.is_empty()).then(|| {
        let servers = name_servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        format!("hosts of {id} ask the name servers {servers}, not the cloud's own resolver")
    })
}

/// Leads a name to an endpoint's private addresses: to those of IPv4 if there are any.
fn lead_to(world: &Atlas<'_>, endpoint: &Endpoint, name: &str, mut way: Way) -> Asked {
    let ids: BTreeSet<&CloudId> = match &endpoint.kind {
        EndpointKind::Interface { interfaces, .. } => interfaces.iter().collect(),
        EndpointKind::Gateway { .. } | EndpointKind::Appliance => BTreeSet::new(),
    };
    let found: Vec<&Interface> = ids.iter().filter_map(|id| world.network.interfaces.get(*id)).collect();
    if found.is_empty() || found.len() < ids.len() {
        way.lack(world, Listing::Interfaces, format!("the addresses of the endpoint {}", endpoint.id));
    }
    let mut ips: BTreeSet<IpAddr> = found.iter().flat_map(|interface| interface.ips()).collect();
    if ips.iter().any(IpAddr::is_ipv4) {
        ips.retain(IpAddr::is_ipv4);
    }
    way.bypass = true;
    way.hop("resolver", Some(&endpoint.id), format!("{name} leads to {}, not to the internet", endpoint.id));
    Asked { spans: ips.into_iter().map(|ip| Span::of(&IpNet::from(ip))).collect(), way }
}
