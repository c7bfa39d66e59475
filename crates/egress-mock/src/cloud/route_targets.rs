//! What a route may lead to, and in which table.

use egress_core::{
    CloudId,
    world::{Destination, EndpointKind, Interface, NatState, RouteTable, Target},
};
use ipnet::IpNet;

use super::{
    ApiError, Code, Model, PendingNatRoutes, RouteArgs,
    endpoints::no_such_list,
    error::{invalid, no_such},
};

impl Model {
    /// Refuses a target that is not there, or not where the table is.
    pub(super) fn check_target(
        &self,
        table: &RouteTable,
        destination: &Destination,
        target: &Target<CloudId>,
    ) -> Result<(), ApiError> {
        if let Destination::PrefixList(id) = destination
            && self.prefix_list(id).is_none()
        {
            return Err(no_such_list(id));
        }
        let here = |network: &CloudId, what: &str, id: &CloudId| match *network == table.network {
            true => Ok(()),
            false => Err(invalid(format!("route table {} and {what} {id} belong to different networks", table.id))),
        };
        match target {
            // Only the route that came with the table leads there.
            Target::Local => match table.route(destination).is_some_and(|r| r.target == Target::Local) {
                true => Ok(()),
                false => Err(no_such(Code::GatewayNotFoundForRoute, "gateway", "local")),
            },
            Target::InternetGateway(id) => {
                let found = self.internet_gateway(id);
                let gateway = found.map_err(|_| no_such(Code::GatewayNotFoundForRoute, "gateway", id))?;
                // Of one that is attached to nothing AWS says the same as of one of another network.
                here(gateway.network.as_ref().unwrap_or(id), "network gateway", id)
            }
            Target::EgressOnlyGateway(id) => {
                let gateway = self.egress_only_gateway(id)?;
                if !matches!(destination, Destination::Cidr(IpNet::V6(_))) {
                    // That it carries IPv6 alone is documented, the sentence is our own [?].
                    return Err(invalid(format!(
                        "{id} can only be the target of a route for IPv6, not for {destination}"
                    )));
                }
                here(gateway.network.as_ref().unwrap_or(id), "network gateway", id)
            }
            Target::NatGateway(id) => here(&self.nat_for_route(id)?, "NAT gateway", id),
            Target::Interface(id) => here(&self.interface(id)?.network, "interface", id),
            Target::Peering(id) => {
                let found = self.world.network.peerings.get(id).filter(|p| self.sees(id) && p.active);
                let peering = found.ok_or_else(|| no_such(Code::PeeringNotFound, "vpcPeeringConnection", id))?;
                let ends_here = peering.requester.network == table.network;
                let end = if ends_here { &peering.requester } else { &peering.accepter };
                here(&end.network, "vpc peering connection", id)
            }
            // One that the network does not hang on is as unknown as one that is not there (recorded).
            Target::TransitGateway(id) => match self.hub_attachment(id, &table.network).is_some_and(|a| a.available) {
                true => Ok(()),
                false => Err(no_such(Code::TransitGatewayNotFound, "transitGateway", id)),
            },
            Target::Endpoint(id) => {
                let endpoint = self.endpoint(id)?;
                if !matches!(endpoint.kind, EndpointKind::Appliance) {
                    return Err(no_such(Code::EndpointNotFound, "vpcEndpoint", id));
                }
                here(&endpoint.network, "vpc endpoint", id)
            }
            // This cloud has no private gateways.
            Target::PrivateGateway(id) => Err(no_such(Code::GatewayNotFoundForRoute, "gateway", id)),
            Target::Instance(_) | Target::Other(_) => {
                Err(ApiError::new(Code::UnsupportedOperation, format!("this cloud has no routes to {target}")))
            }
        }
    }

    /// A route to a machine is one to its only interface, and is shown so. The second sentence is recorded.
    pub(super) fn at_interface(&self, args: RouteArgs) -> Result<RouteArgs, ApiError> {
        let Target::Instance(id) = &args.target else { return Ok(args) };
        if !self.world.network.machines.contains_key(id) || !self.sees(id) {
            return Err(no_such(Code::InstanceNotFound, "instance", id));
        }
        let interfaces = self.world.network.interfaces.values().filter(|i| i.instance.as_ref() == Some(id));
        let interfaces: Vec<&Interface> = interfaces.collect();
        match interfaces.as_slice() {
            [only] => Ok(RouteArgs { target: Target::Interface(only.id.clone()), ..args }),
            _ => {
                let message = format!(
                    "There are multiple interfaces attached to instance '{id}'. Please specify an interface ID for the \
                     operation instead."
                );
                Err(ApiError::new(Code::InvalidInstance, message))
            }
        }
    }

    /// The network of a NAT gateway that a route may lead to.
    fn nat_for_route(&self, id: &CloudId) -> Result<CloudId, ApiError> {
        let pending_counts = self.config.pending_nat_routes == PendingNatRoutes::Accepted;
        let usable = |state: &NatState| match state {
            NatState::Available => true,
            NatState::Pending => pending_counts,
            NatState::Failed { .. } | NatState::Deleting | NatState::Deleted => false,
        };
        let found = self.world.gateway.nat_gateways.get(id).filter(|g| self.sees(id) && usable(&g.state));
        found.map(|g| g.network.clone()).ok_or_else(|| no_such(Code::NatGatewayNotFoundForRoute, "natGateway", id))
    }
}
