//! Egress-only internet gateways: IPv6 out, nothing in.

use egress_core::{
    CloudId, Tags,
    world::{EgressOnlyGateway, RouteState, Target},
};

use super::{ApiError, Code, Model, error::no_such, model::human_name, quota::Quota, tags::check_ec2_tags};

/// The arguments of `CreateEgressOnlyInternetGateway`.
#[derive(Clone, Debug)]
pub(crate) struct CreateEgressOnlyGateway {
    pub(crate) vpc_id: CloudId,
    pub(crate) client_token: Option<String>,
    pub(crate) tags: Tags,
}

impl Model {
    /// `CreateEgressOnlyInternetGateway`: attached from the start, idempotent by its client token.
    pub(crate) fn create_egress_only_gateway(&mut self, args: CreateEgressOnlyGateway) -> Result<CloudId, ApiError> {
        let parameters = format!("{} {:?}", args.vpc_id, args.tags);
        let token = args.client_token.clone();
        self.once("CreateEgressOnlyInternetGateway", token.as_deref(), parameters, |model| {
            check_ec2_tags(&args.tags)?;
            model.vpc(&args.vpc_id)?;
            model.one_more(Quota::EgressOnlyGateways, model.world.gateway.egress_only_gateways.len())?;
            let name = human_name(&args.tags).to_owned();
            let id = model.new_id("eigw", &name);
            let gateway = EgressOnlyGateway { id: id.clone(), network: Some(args.vpc_id), tags: args.tags };
            model.world.gateway.egress_only_gateways.insert(id.clone(), gateway);
            model.hide(&id, &name);
            Ok(id)
        })
    }

    /// `DeleteEgressOnlyInternetGateway`: whether or not routes lead to it, which then turn blackhole.
    pub(crate) fn delete_egress_only_gateway(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let network = self.egress_only_gateway(id)?.network.clone();
        self.world.gateway.egress_only_gateways.remove(id);
        if let Some(network) = network {
            self.set_routes_to(&Target::EgressOnlyGateway(id.clone()), &network, RouteState::Blackhole);
        }
        Ok(())
    }

    /// The gateway, if calls see it. Of one that is not there AWS says `InvalidGatewayID.NotFound`
    /// (hashicorp/terraform-provider-aws waits for it); its sentence is that of other gateways `[?]`.
    pub(crate) fn egress_only_gateway(&self, id: &CloudId) -> Result<&EgressOnlyGateway, ApiError> {
        let found = self.world.gateway.egress_only_gateways.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| no_such(Code::GatewayNotFoundForRoute, "gateway", id))
    }
}
