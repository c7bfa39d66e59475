//! Internet gateways.

use egress_core::{
    CloudId, Tags,
    world::{InternetGateway, RouteState, Target},
};

use super::{
    ApiError, Code, Model,
    error::{has_dependencies, invalid, no_such},
    model::human_name,
    quota::Quota,
    tags::check_ec2_tags,
};

impl Model {
    /// `CreateInternetGateway`, which knows no client token.
    pub(crate) fn create_internet_gateway(&mut self, tags: Tags) -> Result<CloudId, ApiError> {
        check_ec2_tags(&tags)?;
        self.one_more(Quota::InternetGateways, self.world.gateway.internet_gateways.len())?;
        let name = human_name(&tags).to_owned();
        let id = self.new_id("igw", &name);
        let gateway = InternetGateway { id: id.clone(), network: None, tags };
        self.world.gateway.internet_gateways.insert(id.clone(), gateway);
        self.hide(&id, &name);
        Ok(id)
    }

    /// `AttachInternetGateway`: one network each way.
    pub(crate) fn attach_internet_gateway(&mut self, id: &CloudId, network: &CloudId) -> Result<(), ApiError> {
        self.vpc(network)?;
        if let Some(attached) = &self.internet_gateway(id)?.network {
            let message = format!("resource {id} is already attached to network {attached}");
            return Err(ApiError::new(Code::ResourceAlreadyAssociated, message));
        }
        if self.internet_gateway_of(network).is_some() {
            return Err(invalid(format!("Network {network} already has an internet gateway attached")));
        }
        if let Some(gateway) = self.world.gateway.internet_gateways.get_mut(id) {
            gateway.network = Some(network.clone());
        }
        self.set_routes_to(&Target::InternetGateway(id.clone()), network, RouteState::Active);
        Ok(())
    }

    /// `DetachInternetGateway`: refused while a public address is mapped in the network. Routes to it turn blackhole.
    pub(crate) fn detach_internet_gateway(&mut self, id: &CloudId, network: &CloudId) -> Result<(), ApiError> {
        if self.internet_gateway(id)?.network.as_ref() != Some(network) {
            let message = format!("resource {id} is not attached to network {network}");
            return Err(ApiError::new(Code::GatewayNotAttached, message));
        }
        if self.world.network.interfaces.values().any(|i| &i.network == network && i.public_ip.is_some()) {
            let message = format!(
                "Network {network} has some mapped public address(es). Please unmap those public address(es) before \
                 detaching the gateway."
            );
            return Err(ApiError::new(Code::DependencyViolation, message));
        }
        if let Some(gateway) = self.world.gateway.internet_gateways.get_mut(id) {
            gateway.network = None;
        }
        self.set_routes_to(&Target::InternetGateway(id.clone()), network, RouteState::Blackhole);
        Ok(())
    }

    /// `DeleteInternetGateway`: refused while it is attached.
    pub(crate) fn delete_internet_gateway(&mut self, id: &CloudId) -> Result<(), ApiError> {
        if self.internet_gateway(id)?.network.is_some() {
            return Err(has_dependencies("internetGateway", id));
        }
        self.world.gateway.internet_gateways.remove(id);
        Ok(())
    }

    /// The gateway, if calls see it.
    pub(crate) fn internet_gateway(&self, id: &CloudId) -> Result<&InternetGateway, ApiError> {
        let found = self.world.gateway.internet_gateways.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| no_such(Code::InternetGatewayNotFound, "internetGateway", id))
    }

    /// The gateway that is attached to a network.
    pub(crate) fn internet_gateway_of(&self, network: &CloudId) -> Option<&InternetGateway> {
        self.world.gateway.internet_gateways.values().find(|g| g.network.as_ref() == Some(network))
    }
}
