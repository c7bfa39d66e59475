//! The route tables of hubs: which attachments use them, which tell them of their networks, and their routes.

use egress_core::{
    CloudId, Tags,
    world::{RouteState, TransitEnd, TransitRoute, TransitTable},
};
use ipnet::IpNet;

use super::gone;
use crate::cloud::{
    ApiError, Code, Model, Wait, error::invalid, hidden::Transition, model::human_name, tags::check_ec2_tags,
};

impl Model {
    /// `CreateTransitGatewayRouteTable`, which knows no client token.
    pub(crate) fn create_transit_table(&mut self, gateway: &CloudId, tags: Tags) -> Result<CloudId, ApiError> {
        check_ec2_tags(&tags)?;
        self.transit_gateway(gateway)?;
        self.check_transit_available(gateway)?;
        Ok(self.make_transit_table(gateway, tags))
    }

    pub(super) fn make_transit_table(&mut self, gateway: &CloudId, tags: Tags) -> CloudId {
        let name = human_name(&tags).to_owned();
        let id = self.new_id("tgw-rtb", &format!("{gateway}{name}"));
        let table = TransitTable { id: id.clone(), gateway: gateway.clone(), routes: Some(Vec::new()), tags };
        self.world.network.transit.tables.insert(id.clone(), table);
        self.hidden.facts.made_at.insert(id.clone(), self.hidden.now);
        self.hidden.facts.transit.pending.insert(id.clone());
        let due = self.after(Wait::TransitGatewayAvailable, &name);
        self.at(due, Transition::TransitAvailable(id.clone()));
        id
    }

    /// `DeleteTransitGatewayRouteTable`: refused for a default one, and while an attachment uses it. Sentences are our own `[?]`.
    pub(crate) fn delete_transit_table(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let table = self.transit_table(id)?;
        let options = self.transit_options(&table.gateway);
        if [&options.association_table, &options.propagation_table].contains(&&Some(id.clone())) {
            let message = format!("{id} is a default route table of {} and cannot be deleted.", table.gateway);
            return Err(ApiError::new(Code::IncorrectState, message));
        }
        let using = self.world.network.transit.attachments.values().find(|a| a.table.as_ref() == Some(id));
        if let Some(attachment) = using {
            let message = format!("{id} has non-deleted associations: {}.", attachment.id);
            return Err(ApiError::new(Code::IncorrectState, message));
        }
        self.forget_transit_table(id);
        Ok(())
    }

    pub(super) fn forget_transit_table(&mut self, id: &CloudId) {
        self.world.network.transit.tables.remove(id);
        self.hidden.facts.transit.propagations.remove(id);
        self.hidden.facts.transit.pending.remove(id);
        self.hidden.facts.made_at.remove(id);
    }

    /// `AssociateTransitGatewayRouteTable`: an attachment uses one table.
    pub(crate) fn associate_transit_table(&mut self, table: &CloudId, attachment: &CloudId) -> Result<(), ApiError> {
        self.check_same_hub(table, attachment)?;
        if self.transit_attachment(attachment)?.table.is_some() {
            let message = format!("Transit Gateway Attachment {attachment} is already associated to a route table.");
            return Err(ApiError::new(Code::ResourceAlreadyAssociated, message));
        }
        if let Some(attachment) = self.world.network.transit.attachments.get_mut(attachment) {
            attachment.table = Some(table.clone());
        }
        Ok(())
    }

    /// `DisassociateTransitGatewayRouteTable`.
    pub(crate) fn disassociate_transit_table(&mut self, table: &CloudId, attachment: &CloudId) -> Result<(), ApiError> {
        self.check_same_hub(table, attachment)?;
        if self.transit_attachment(attachment)?.table.as_ref() != Some(table) {
            // The code is that of Terraform's provider [?].
            let message = format!("Association of {attachment} with {table} does not exist.");
            return Err(ApiError::new(Code::TransitAssociationNotFound, message));
        }
        if let Some(attachment) = self.world.network.transit.attachments.get_mut(attachment) {
            attachment.table = None;
        }
        Ok(())
    }

    /// `EnableTransitGatewayRouteTablePropagation` and its opposite.
    pub(crate) fn set_propagation(&mut self, table: &CloudId, attachment: &CloudId, on: bool) -> Result<(), ApiError> {
        self.check_same_hub(table, attachment)?;
        let told_by = self.hidden.facts.transit.propagations.entry(table.clone()).or_default();
        if on && told_by.contains(attachment) {
            let message = format!("Propagation of {attachment} to {table} is already enabled.");
            return Err(ApiError::new(Code::TransitPropagationDuplicate, message));
        }
        if !on && !told_by.contains(attachment) {
            let message = format!("Propagation of {attachment} to {table} does not exist.");
            return Err(ApiError::new(Code::TransitPropagationNotFound, message));
        }
        if on {
            told_by.insert(attachment.clone());
        } else {
            told_by.remove(attachment);
        }
        self.propagate();
        Ok(())
    }

    /// `CreateTransitGatewayRoute`, to an attachment or to nowhere; `ReplaceTransitGatewayRoute` where there is one already.
    pub(crate) fn put_transit_route(
        &mut self,
        table: &CloudId,
        cidr: IpNet,
        to: Option<&CloudId>,
        replaces: bool,
    ) -> Result<(), ApiError> {
        let routes = self.transit_table(table)?.routes.as_deref().unwrap_or_default();
        let there = routes.iter().any(|r| r.cidr == cidr && !r.propagated);
        if there && !replaces {
            let message = format!("Route {cidr} already exists in Transit Gateway Route Table {table}.");
            return Err(ApiError::new(Code::RouteAlreadyExists, message));
        }
        if !there && replaces {
            return Err(no_such_route(table, cidr));
        }
        if let Some(to) = to {
            self.check_same_hub(table, to)?;
        }
        let state = if to.is_some() { RouteState::Active } else { RouteState::Blackhole };
        let route = TransitRoute { cidr, attachments: to.cloned().into_iter().collect(), state, propagated: false };
        if let Some(routes) = self.transit_routes_mut(table) {
            // What somebody wrote goes before what an attachment tells.
            routes.retain(|r| r.cidr != cidr);
            routes.push(route);
            routes.sort_by_key(|r| r.cidr);
        }
        Ok(())
    }

    /// `DeleteTransitGatewayRoute`: only what somebody wrote. Answers with what it was.
    pub(crate) fn delete_transit_route(&mut self, table: &CloudId, cidr: IpNet) -> Result<TransitRoute, ApiError> {
        self.transit_table(table)?;
        let routes = self.transit_routes_mut(table);
        let removed = routes.and_then(|routes| {
            let at = routes.iter().position(|r| r.cidr == cidr && !r.propagated)?;
            Some(routes.remove(at))
        });
        let removed = removed.ok_or_else(|| no_such_route(table, cidr))?;
        self.propagate();
        Ok(removed)
    }

    /// The table, if calls see it.
    pub(crate) fn transit_table(&self, id: &CloudId) -> Result<&TransitTable, ApiError> {
        let found = self.world.network.transit.tables.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| gone(Code::RouteTableNotFound, "Transit Gateway Route Table", id))
    }

    /// Writes anew into every table what attachments tell it.
    pub(crate) fn propagate(&mut self) {
        for (id, told_by) in self.hidden.facts.transit.propagations.clone() {
            let told: Vec<(IpNet, CloudId)> = told_by
                .iter()
                .filter(|attachment| {
                    self.world.network.transit.attachments.get(*attachment).is_some_and(|a| a.available)
                })
                .flat_map(|attachment| {
                    self.ranges_behind(attachment).into_iter().map(|cidr| (cidr, attachment.clone()))
                })
                .collect();
            let Some(routes) = self.transit_routes_mut(&id) else { continue };
            routes.retain(|route| !route.propagated);
            for (cidr, attachment) in told {
                // Two networks with one range: the first that told it keeps it [doc: the longest attached].
                if routes.iter().all(|route| route.cidr != cidr) {
                    let attachments = [attachment].into();
                    routes.push(TransitRoute { cidr, attachments, state: RouteState::Active, propagated: true });
                }
            }
            routes.sort_by_key(|route| route.cidr);
        }
    }

    /// The ranges of the network that hangs there; IPv6 only where the attachment carries it.
    fn ranges_behind(&self, attachment: &CloudId) -> Vec<IpNet> {
        let found = self.world.network.transit.attachments.get(attachment);
        let Some(TransitEnd::Network { network, .. }) = found.map(|a| &a.end) else { return Vec::new() };
        let Some(network) = self.world.network.networks.get(network) else { return Vec::new() };
        let ipv6 = self.hidden.facts.transit.attachments.get(attachment).is_some_and(|options| options.ipv6);
        let v6 = network.cidrs_v6.iter().filter(|_| ipv6).copied().map(IpNet::V6);
        network.cidrs.iter().copied().map(IpNet::V4).chain(v6).collect()
    }

    fn transit_routes_mut(&mut self, table: &CloudId) -> Option<&mut Vec<TransitRoute>> {
        self.world.network.transit.tables.get_mut(table)?.routes.as_mut()
    }

    fn check_same_hub(&self, table: &CloudId, attachment: &CloudId) -> Result<(), ApiError> {
        let (table, attachment) = (self.transit_table(table)?, self.transit_attachment(attachment)?);
        self.check_transit_available(&table.id)?;
        if !attachment.available {
            return Err(ApiError::new(Code::IncorrectState, format!("{} is in invalid state", attachment.id)));
        }
        if table.gateway == attachment.gateway {
            return Ok(());
        }
        Err(invalid(format!("{} and {} belong to different transit gateways", table.id, attachment.id)))
    }
}

fn no_such_route(table: &CloudId, cidr: IpNet) -> ApiError {
    ApiError::new(Code::RouteNotFound, format!("Route {cidr} does not exist in Transit Gateway Route Table {table}."))
}
