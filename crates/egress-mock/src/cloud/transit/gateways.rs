//! The hubs themselves.

use egress_core::{
    CloudId, Tags,
    world::{RouteState, Target, TransitEnd, TransitGateway},
};
use serde::{Deserialize, Serialize};

use super::gone;
use crate::cloud::{
    ApiError, Code, Model, Wait, hidden::Transition, model::human_name, quota::Quota, tags::check_ec2_tags,
};

/// The arguments of `CreateTransitGateway`, which knows no client token.
#[derive(Clone, Debug)]
pub(crate) struct CreateTransitGateway {
    pub(crate) options: GatewayOptions,
    pub(crate) associates: bool,
    pub(crate) propagates: bool,
    pub(crate) tags: Tags,
}

/// What a hub was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct GatewayOptions {
    pub(crate) description: String,
    /// Its number as a system that speaks BGP.
    pub(crate) asn: i64,
    /// The table that new attachments are associated with.
    pub(crate) association_table: Option<CloudId>,
    /// The table that new attachments tell of their networks.
    pub(crate) propagation_table: Option<CloudId>,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self { description: String::new(), asn: 64_512, association_table: None, propagation_table: None }
    }
}

impl Model {
    /// `CreateTransitGateway`: a table comes with it, unless it is to have neither a table for associations nor one for
    /// propagations.
    pub(crate) fn create_transit_gateway(&mut self, args: CreateTransitGateway) -> Result<CloudId, ApiError> {
        check_ec2_tags(&args.tags)?;
        self.one_more(Quota::TransitGateways, self.world.network.transit.gateways.len())?;
        let name = human_name(&args.tags).to_owned();
        let id = self.new_id("tgw", &name);
        let gateway = TransitGateway { id: id.clone(), owner: None, tags: args.tags };
        self.world.network.transit.gateways.insert(id.clone(), gateway);
        self.hidden.facts.made_at.insert(id.clone(), self.hidden.now);
        self.hide(&id, &name);
        let table = (args.associates || args.propagates).then(|| self.make_transit_table(&id, Tags::new()));
        let options = GatewayOptions {
            association_table: table.clone().filter(|_| args.associates),
            propagation_table: table.filter(|_| args.propagates),
            ..args.options
        };
        let facts = &mut self.hidden.facts.transit;
        facts.gateways.insert(id.clone(), options);
        facts.pending.insert(id.clone());
        let due = self.after(Wait::TransitGatewayAvailable, &name);
        self.at(due, Transition::TransitAvailable(id.clone()));
        Ok(id)
    }

    /// `DeleteTransitGateway`: refused while anything hangs on it. Its tables go with it, and routes to it turn blackhole.
    pub(crate) fn delete_transit_gateway(&mut self, id: &CloudId) -> Result<(), ApiError> {
        self.transit_gateway(id)?;
        let hanging = self.world.network.transit.attachments.values().filter(|a| &a.gateway == id);
        // For networks' the sentence is recorded; for others it is inferred from it [?].
        let (mut of_vpcs, mut others) = (Vec::new(), Vec::new());
        for attachment in hanging {
            match attachment.end {
                TransitEnd::Network { .. } => of_vpcs.push(attachment.id.as_str()),
                TransitEnd::Other { .. } => others.push(attachment.id.as_str()),
            }
        }
        for (noun, ids) in [("VPC Attachments", of_vpcs), ("Attachments", others)] {
            if !ids.is_empty() {
                let message = format!("{id} has non-deleted {noun}: {}.", ids.join(", "));
                return Err(ApiError::new(Code::IncorrectState, message));
            }
        }
        let transit = &mut self.world.network.transit;
        transit.gateways.remove(id);
        let tables: Vec<CloudId> = transit.tables.values().filter(|t| &t.gateway == id).map(|t| t.id.clone()).collect();
        tables.iter().for_each(|table| self.forget_transit_table(table));
        self.hidden.facts.transit.gateways.remove(id);
        self.hidden.facts.transit.pending.remove(id);
        self.hidden.facts.made_at.remove(id);
        let networks: Vec<CloudId> = self.world.network.networks.keys().cloned().collect();
        for network in networks {
            self.set_routes_to(&Target::TransitGateway(id.clone()), &network, RouteState::Blackhole);
        }
        Ok(())
    }

    /// The hub, if calls see it.
    pub(crate) fn transit_gateway(&self, id: &CloudId) -> Result<&TransitGateway, ApiError> {
        let found = self.world.network.transit.gateways.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| gone(Code::TransitGatewayNotFound, "Transit Gateway", id))
    }

    /// What a hub was made with.
    pub(crate) fn transit_options(&self, id: &CloudId) -> GatewayOptions {
        self.hidden.facts.transit.gateways.get(id).cloned().unwrap_or_default()
    }
}
