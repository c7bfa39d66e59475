//! Sets of DHCP options: which name servers hosts of a network are told to use.
//!
//! The World knows what a network's hosts are told; which set says so stands here. A network whose name servers were changed
//! behind everybody's back has a set of its own that says them, so that what is read is always what is so.

use std::{collections::BTreeMap, net::IpAddr};

use egress_core::{CloudId, Tags, world::Network};
use serde::{Deserialize, Serialize};

use super::{
    ApiError, Code, Model,
    error::{has_dependencies, invalid, no_such},
    tags::check_ec2_tags,
};

/// What a set says: by option, in AWS's words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DhcpOptions(pub(crate) BTreeMap<String, Vec<String>>);

/// The option that names the servers of names.
const NAME_SERVERS: &str = "domain-name-servers";
/// The word for the cloud's own resolver [doc].
pub(crate) const AMAZON_DNS: &str = "AmazonProvidedDNS";
/// What a set may say [doc: `CreateDhcpOptions`].
const KNOWN: [&str; 6] = [
    NAME_SERVERS,
    "domain-name",
    "ntp-servers",
    "netbios-name-servers",
    "netbios-node-type",
    "ipv6-address-preferred-lease-time",
];
/// The most servers of names in a set [doc].
const MOST_SERVERS: usize = 4;

impl DhcpOptions {
    /// The servers of names; none for the cloud's own resolver.
    pub(crate) fn name_servers(&self) -> Vec<IpAddr> {
        self.0.get(NAME_SERVERS).into_iter().flatten().filter_map(|server| server.parse().ok()).collect()
    }

    fn check(&self) -> Result<(), ApiError> {
        // Sentences of this call are from memory [?].
        if let Some(unknown) = self.0.keys().find(|key| !KNOWN.contains(&key.as_str())) {
            return Err(invalid(format!("Value ({unknown}) for parameter name is invalid. Unknown DHCP option")));
        }
        let servers = self.0.get(NAME_SERVERS).map(Vec::as_slice).unwrap_or_default();
        let bad = servers.iter().find(|server| *server != AMAZON_DNS && server.parse::<IpAddr>().is_err());
        if let Some(bad) = bad {
            return Err(invalid(format!("Value ({bad}) for parameter value is invalid. Invalid DHCP option value")));
        }
        if servers.len() > MOST_SERVERS {
            return Err(invalid(format!("The number of {NAME_SERVERS} must not exceed {MOST_SERVERS}")));
        }
        Ok(())
    }
}

impl Model {
    /// `CreateDhcpOptions`.
    pub(crate) fn create_dhcp_options(&mut self, options: DhcpOptions, tags: Tags) -> Result<CloudId, ApiError> {
        check_ec2_tags(&tags)?;
        options.check()?;
        let id = self.new_id("dopt", super::model::human_name(&tags));
        self.hidden.facts.dhcp_options.insert(id.clone(), options);
        if !tags.is_empty() {
            self.hidden.facts.other_tags.insert(id.clone(), tags);
        }
        Ok(id)
    }

    /// `AssociateDhcpOptions`; `None` for the word `default`: then hosts are told nothing, and ask the cloud's own resolver.
    pub(crate) fn associate_dhcp_options(&mut self, id: Option<&CloudId>, network: &CloudId) -> Result<(), ApiError> {
        self.vpc(network)?;
        let set = id.map(|id| self.dhcp_set(id)).transpose()?.unwrap_or_default();
        let facts = &mut self.hidden.facts.dhcp_options_of;
        match id {
            Some(id) => _ = facts.insert(network.clone(), id.clone()),
            None => _ = facts.remove(network),
        }
        if let Some(network) = self.world.network.networks.get_mut(network) {
            network.name_servers = set.name_servers();
        }
        Ok(())
    }

    /// `DeleteDhcpOptions`: refused while a network has them.
    pub(crate) fn delete_dhcp_options(&mut self, id: &CloudId) -> Result<(), ApiError> {
        self.dhcp_set(id)?;
        if *id == self.dhcp_options() || self.world.network.networks.values().any(|n| self.dhcp_options_of(n) == *id) {
            return Err(has_dependencies("dhcpOptions", id));
        }
        self.hidden.facts.dhcp_options.remove(id);
        self.hidden.facts.other_tags.remove(id);
        Ok(())
    }

    /// The set that a network has.
    pub(crate) fn dhcp_options_of(&self, network: &Network) -> CloudId {
        let set = self.hidden.facts.dhcp_options_of.get(&network.id).cloned().unwrap_or_else(|| self.dhcp_options());
        let says = self.hidden.facts.dhcp_options.get(&set).map(DhcpOptions::name_servers).unwrap_or_default();
        if says == network.name_servers { set } else { self.derived_id("dopt", &[network.id.as_str()]) }
    }

    /// Every set that there is, with what it says.
    pub(crate) fn every_dhcp_options(&self) -> BTreeMap<CloudId, DhcpOptions> {
        let mut all = self.hidden.facts.dhcp_options.clone();
        all.insert(self.dhcp_options(), self.amazons_options());
        for network in self.world.network.networks.values() {
            let said = || {
                let servers = network.name_servers.iter().map(ToString::to_string).collect();
                DhcpOptions([(NAME_SERVERS.to_owned(), servers)].into())
            };
            all.entry(self.dhcp_options_of(network)).or_insert_with(said);
        }
        all
    }

    fn dhcp_set(&self, id: &CloudId) -> Result<DhcpOptions, ApiError> {
        let found = self.every_dhcp_options().remove(id);
        found.ok_or_else(|| no_such(Code::DhcpOptionsNotFound, "dhcpOption", id))
    }

    /// What Amazon's own set says [doc].
    fn amazons_options(&self) -> DhcpOptions {
        let option = |key: &str, value: String| (key.to_owned(), vec![value]);
        let domain = internal_domain(&self.config.place.region);
        DhcpOptions([option("domain-name", domain), option(NAME_SERVERS, AMAZON_DNS.to_owned())].into())
    }
}

/// The domain of names inside networks: us-east-1 has one of its own [doc].
pub(crate) fn internal_domain(region: &str) -> String {
    if region == "us-east-1" { "ec2.internal".to_owned() } else { format!("{region}.compute.internal") }
}
