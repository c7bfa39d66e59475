//! AWS's own services as networks see them: which have endpoints, by which ranges and names.

use egress_core::{
    CloudId,
    world::{Destination, EndpointKind, Peer, PrefixList},
};
use ipnet::IpNet;

use super::Model;

/// Services that have gateway endpoints, with ranges that look like AWS's own (ip-ranges.json has others in each region).
const BY_ROUTE: &[(&str, &[&str])] = &[
    ("s3", &["3.5.152.0/21", "52.219.0.0/20", "52.219.16.0/22", "52.219.136.0/22"]),
    ("dynamodb", &["52.94.8.0/24", "52.119.216.0/21"]),
];

/// Services that have interface endpoints, as far as this emulator knows them.
const BY_INTERFACE: [&str; 22] = [
    "s3",
    "dynamodb",
    "ssm",
    "ssmmessages",
    "ec2",
    "ec2messages",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "sqs",
    "sns",
    "sts",
    "lambda",
    "events",
    "states",
    "execute-api",
    "ecr.api",
    "ecr.dkr",
    "kinesis-streams",
    "elasticfilesystem",
    "bedrock-runtime",
];

/// How packets can get to a service without leaving AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Route,
    Interface,
}

impl Model {
    /// A service of AWS's by its name in this region (`com.amazonaws.ap-northeast-1.s3` → `s3`), where it has such endpoints.
    pub(crate) fn service<'n>(&self, name: &'n str, access: Access) -> Option<&'n str> {
        let region = &self.config.place.region;
        let short = name.strip_prefix("com.amazonaws.")?.strip_prefix(region.as_str())?.strip_prefix('.')?;
        let known = match access {
            Access::Route => BY_ROUTE.iter().any(|(service, _)| *service == short),
            Access::Interface => BY_INTERFACE.contains(&short),
        };
        known.then_some(short)
    }

    /// A prefix list, whether or not anything refers to it yet.
    pub(crate) fn prefix_list(&self, id: &CloudId) -> Option<PrefixList> {
        let held = self.world.network.prefix_lists.get(id).cloned();
        held.or_else(|| self.amazons_lists().into_iter().find(|list| list.id == *id))
    }

    /// Every prefix list: those that the World holds, and AWS's own, which are there before anything refers to them.
    pub(crate) fn every_prefix_list(&self) -> Vec<PrefixList> {
        let held = &self.world.network.prefix_lists;
        let mut all: Vec<PrefixList> = held.values().cloned().collect();
        // Another list of that name may have been put into the World behind everybody's back.
        all.extend(self.amazons_lists().into_iter().filter(|list| held.values().all(|h| h.name != list.name)));
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// The list of a service that is reached by routes.
    pub(crate) fn list_of_service(&self, name: &str) -> Option<PrefixList> {
        self.every_prefix_list().into_iter().find(|list| list.name == name)
    }

    /// Puts those of AWS's own lists into the World that something refers to, and takes the others out: nobody would look at
    /// them.
    pub(crate) fn settle_lists(&mut self) {
        for list in self.amazons_lists() {
            let held = &mut self.world.network.prefix_lists;
            if held.values().any(|h| h.name == list.name && h.id != list.id) {
                continue;
            }
            if self.refers_to_list(&list.id) {
                self.world.network.prefix_lists.entry(list.id.clone()).or_insert(list);
            } else {
                self.world.network.prefix_lists.remove(&list.id);
            }
        }
    }

    fn refers_to_list(&self, id: &CloudId) -> bool {
        let part = &self.world.network;
        let mut routes = part.route_tables.values().flat_map(|t| &t.routes);
        let mut rules = part.groups.values().flat_map(|g| g.ingress.iter().chain(&g.egress));
        routes.any(|r| matches!(&r.destination, Destination::PrefixList(list) if list == id))
            || rules.any(|r| matches!(&r.peer, Peer::PrefixList(list) if list == id))
            || part
                .endpoints
                .values()
                .any(|e| matches!(&e.kind, EndpointKind::Gateway { prefix_list: Some(list), .. } if list == id))
    }

    fn amazons_lists(&self) -> Vec<PrefixList> {
        let region = &self.config.place.region;
        let list = |(service, ranges): &(&str, &[&str])| {
            let name = format!("com.amazonaws.{region}.{service}");
            // AWS's own lists have short ids: `pl-61a54008`.
            let long = self.derived_id("pl", &[&name]);
            let id = CloudId::new(long.as_str().chars().take("pl-12345678".len()).collect::<String>());
            let cidrs: Vec<IpNet> = ranges.iter().filter_map(|range| range.parse().ok()).collect();
            PrefixList { id, name, cidrs: Some(cidrs) }
        };
        BY_ROUTE.iter().map(list).collect()
    }
}
