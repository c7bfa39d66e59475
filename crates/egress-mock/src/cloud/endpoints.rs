//! VPC endpoints: by a route to a service's prefix list, or by interfaces with private names.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Tags,
    world::{Destination, Endpoint, EndpointKind, InterfaceKind, Route, RouteOrigin, RouteState, Target},
};

use super::{
    ApiError, Code, Model, Wait,
    error::{invalid, no_such},
    groups::DEFAULT_GROUP,
    hidden::Transition,
    interfaces::NewInterface,
    model::human_name,
    services::Access,
    tags::check_ec2_tags,
};

/// The arguments of `CreateVpcEndpoint`.
#[derive(Clone, Debug)]
pub(crate) struct CreateEndpoint {
    pub(crate) vpc_id: CloudId,
    pub(crate) service_name: String,
    pub(crate) kind: NewEndpoint,
    pub(crate) client_token: Option<String>,
    pub(crate) tags: Tags,
}

/// What sort of endpoint, and what it is to be put on.
#[derive(Clone, Debug)]
pub(crate) enum NewEndpoint {
    Gateway { route_tables: BTreeSet<CloudId> },
    Interface { subnets: BTreeSet<CloudId>, groups: BTreeSet<CloudId>, private_dns: bool },
}

/// What `ModifyVpcEndpoint` adds and takes away.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModifyEndpoint {
    pub(crate) add_tables: BTreeSet<CloudId>,
    pub(crate) remove_tables: BTreeSet<CloudId>,
    pub(crate) add_subnets: BTreeSet<CloudId>,
    pub(crate) remove_subnets: BTreeSet<CloudId>,
    pub(crate) add_groups: BTreeSet<CloudId>,
    pub(crate) remove_groups: BTreeSet<CloudId>,
    pub(crate) private_dns: Option<bool>,
}

impl Model {
    /// `CreateVpcEndpoint`: idempotent by its client token. One by routes serves at once, one by interfaces is pending first.
    pub(crate) fn create_endpoint(&mut self, args: CreateEndpoint) -> Result<CloudId, ApiError> {
        let parameters = format!("{} {} {:?} {:?}", args.vpc_id, args.service_name, args.kind, args.tags);
        let token = args.client_token.clone();
        self.once("CreateVpcEndpoint", token.as_deref(), parameters, |model| model.make_endpoint(args))
    }

    fn make_endpoint(&mut self, args: CreateEndpoint) -> Result<CloudId, ApiError> {
        check_ec2_tags(&args.tags)?;
        self.vpc(&args.vpc_id)?;
        let access = if matches!(args.kind, NewEndpoint::Gateway { .. }) { Access::Route } else { Access::Interface };
        let Some(service) = self.service(&args.service_name, access).map(str::to_owned) else {
            let message = format!("The Vpc Endpoint Service '{}' does not exist", args.service_name);
            return Err(ApiError::new(Code::InvalidServiceName, message));
        };
        match &args.kind {
            NewEndpoint::Gateway { route_tables } => {
                self.check_tables(&args.vpc_id, &args.service_name, route_tables)?
            }
            NewEndpoint::Interface { subnets, groups, private_dns } => {
                self.check_subnets(&args.vpc_id, &BTreeSet::new(), subnets)?;
                self.check_groups(&args.vpc_id, groups)?;
                if *private_dns {
                    self.check_private_dns(&args.vpc_id, &args.service_name, &service)?;
                }
            }
        }
        let name = human_name(&args.tags).to_owned();
        let id = self.new_id("vpce", &name);
        let (kind, available) = match args.kind {
            NewEndpoint::Gateway { .. } => {
                let prefix_list = self.list_of_service(&args.service_name).map(|list| list.id);
                (EndpointKind::Gateway { prefix_list, route_tables: BTreeSet::new() }, true)
            }
            NewEndpoint::Interface { ref groups, private_dns, .. } => {
                let groups = match groups.is_empty() {
                    true => self.default_group(&args.vpc_id).into_iter().collect(),
                    false => groups.clone(),
                };
                let none = BTreeSet::new;
                let (subnets, interfaces) = (none(), none());
                let names = BTreeSet::new();
                (EndpointKind::Interface { subnets, groups, private_dns, interfaces, names }, false)
            }
        };
        let endpoint = Endpoint {
            id: id.clone(),
            network: args.vpc_id,
            service: args.service_name,
            kind,
            available,
            tags: args.tags,
        };
        self.world.network.endpoints.insert(id.clone(), endpoint);
        self.hidden.facts.made_at.insert(id.clone(), self.hidden.now);
        self.hide(&id, &name);
        match args.kind {
            NewEndpoint::Gateway { route_tables } => self.route_to_endpoint(&id, &route_tables),
            NewEndpoint::Interface { subnets, .. } => {
                if let Err(error) = self.put_interfaces(&id, &subnets) {
                    self.forget_endpoint(&id);
                    return Err(error);
                }
                let due = self.after(Wait::EndpointAvailable, &name);
                self.at(due, Transition::EndpointAvailable(id.clone()));
            }
        }
        self.name_endpoint(&id);
        Ok(id)
    }

    /// `ModifyVpcEndpoint`.
    pub(crate) fn modify_endpoint(&mut self, id: &CloudId, change: ModifyEndpoint) -> Result<(), ApiError> {
        let endpoint = self.endpoint(id)?.clone();
        let network = &endpoint.network;
        match &endpoint.kind {
            EndpointKind::Gateway { route_tables, .. } => {
                let new = change.add_tables.difference(route_tables).cloned().collect();
                self.check_tables(network, &endpoint.service, &new)?;
                self.unroute_endpoint(id, &change.remove_tables);
                self.route_to_endpoint(id, &new);
            }
            EndpointKind::Interface { subnets, groups, private_dns, .. } => {
                let new: BTreeSet<CloudId> = change.add_subnets.difference(subnets).cloned().collect();
                let kept: BTreeSet<CloudId> = subnets.difference(&change.remove_subnets).cloned().collect();
                self.check_subnets(network, &kept, &new)?;
                self.check_groups(network, &change.add_groups)?;
                let service = self.service(&endpoint.service, Access::Interface).unwrap_or_default().to_owned();
                if change.private_dns == Some(true) && !private_dns {
                    self.check_private_dns(network, &endpoint.service, &service)?;
                }
                let regrouped: BTreeSet<CloudId> =
                    groups.union(&change.add_groups).filter(|g| !change.remove_groups.contains(*g)).cloned().collect();
                if regrouped.is_empty() {
                    // From memory [?].
                    return Err(invalid(format!("The endpoint {id} must have at least one security group")));
                }
                self.take_interfaces(id, &change.remove_subnets);
                self.put_interfaces(id, &new)?;
                self.regroup(id, &regrouped, change.private_dns);
            }
            EndpointKind::Appliance => {
                return Err(invalid(format!("the endpoint {id} has nothing that can be modified here")));
            }
        }
        self.name_endpoint(id);
        Ok(())
    }

    /// `DeleteVpcEndpoints` with one of them: its routes and its interfaces go with it, at once, where AWS lists it as
    /// `deleting` for a while `[?]`.
    pub(crate) fn delete_endpoint(&mut self, id: &CloudId) -> Result<(), ApiError> {
        self.endpoint(id)?;
        self.forget_endpoint(id);
        Ok(())
    }

    /// The end of pending.
    pub(crate) fn endpoint_available(&mut self, id: &CloudId) {
        if let Some(endpoint) = self.world.network.endpoints.get_mut(id) {
            endpoint.available = true;
        }
    }

    /// The endpoint, if calls see it.
    pub(crate) fn endpoint(&self, id: &CloudId) -> Result<&Endpoint, ApiError> {
        let found = self.world.network.endpoints.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| ApiError::new(Code::EndpointNotFound, format!("The Vpc Endpoint Id '{id}' does not exist")))
    }

    fn forget_endpoint(&mut self, id: &CloudId) {
        let Some(endpoint) = self.world.network.endpoints.get(id).cloned() else { return };
        match endpoint.kind {
            EndpointKind::Gateway { route_tables, .. } => self.unroute_endpoint(id, &route_tables),
            EndpointKind::Interface { interfaces, .. } => interfaces.iter().for_each(|i| self.remove_interface(i)),
            EndpointKind::Appliance => {}
        }
        self.world.network.endpoints.remove(id);
        self.hidden.facts.made_at.remove(id);
        self.set_routes_to(&Target::Endpoint(id.clone()), &endpoint.network, RouteState::Blackhole);
        self.settle_lists();
    }

    fn check_tables(&self, network: &CloudId, service: &str, tables: &BTreeSet<CloudId>) -> Result<(), ApiError> {
        let list = self.list_of_service(service).map(|list| list.id);
        for id in tables {
            let table = self.route_table(id)?;
            if table.network != *network {
                return Err(invalid(format!("Route table {id} does not belong to vpc {network}")));
            }
            if let Some(list) =
                list.as_ref().filter(|list| table.route(&Destination::PrefixList((*list).clone())).is_some())
            {
                // Recorded by many deployments.
                let message = format!("route table {id} already has a route with destination-prefix-list-id {list}");
                return Err(ApiError::new(Code::RouteAlreadyExists, message));
            }
        }
        Ok(())
    }

    /// An endpoint has one interface in each zone. The sentence is from memory `[?]`.
    fn check_subnets(
        &self,
        network: &CloudId,
        has: &BTreeSet<CloudId>,
        new: &BTreeSet<CloudId>,
    ) -> Result<(), ApiError> {
        let mut zones: BTreeSet<String> =
            has.iter().filter_map(|id| self.subnet(id).ok()).map(|s| s.zone.clone()).collect();
        for id in new {
            let subnet = self.subnet(id)?;
            if subnet.network != *network {
                return Err(invalid(format!("Subnet {id} does not belong to vpc {network}")));
            }
            if !zones.insert(subnet.zone.clone()) {
                let message = format!(
                    "Found another VPC endpoint subnet in the availability zone of {id}. VPC endpoint subnets should be in \
                     different availability zones supported by the VPC endpoint service."
                );
                return Err(ApiError::new(Code::DuplicateSubnetsInSameZone, message));
            }
        }
        Ok(())
    }

    fn check_groups(&self, network: &CloudId, groups: &BTreeSet<CloudId>) -> Result<(), ApiError> {
        for id in groups {
            if self.group(id)?.network != *network {
                return Err(invalid(format!("Security group {id} does not belong to vpc {network}")));
            }
        }
        Ok(())
    }

    /// The second sentence is recorded by many deployments, the first is from memory `[?]`.
    fn check_private_dns(&self, network: &CloudId, name: &str, service: &str) -> Result<(), ApiError> {
        let vpc = self.vpc(network)?;
        if !vpc.dns_support || !vpc.dns_hostnames {
            let message = format!(
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for \
                 {network}"
            );
            return Err(ApiError::new(Code::InvalidEndpointParameter, message));
        }
        let names_it = |e: &Endpoint| {
            let private = matches!(e.kind, EndpointKind::Interface { private_dns: true, .. });
            &e.network == network && e.service == name && private
        };
        if self.world.network.endpoints.values().any(names_it) {
            let message = format!(
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {} in the VPC \
                 {network}",
                self.private_name(service)
            );
            return Err(ApiError::new(Code::InvalidEndpointParameter, message));
        }
        Ok(())
    }

    fn default_group(&self, network: &CloudId) -> Option<CloudId> {
        let mut groups = self.world.network.groups.values();
        groups.find(|g| &g.network == network && g.name == DEFAULT_GROUP).map(|g| g.id.clone())
    }

    fn route_to_endpoint(&mut self, id: &CloudId, tables: &BTreeSet<CloudId>) {
        let part = &mut self.world.network;
        let Some(Endpoint { kind: EndpointKind::Gateway { prefix_list: Some(list), route_tables }, .. }) =
            part.endpoints.get_mut(id)
        else {
            return;
        };
        route_tables.extend(tables.iter().cloned());
        for table in part.route_tables.values_mut().filter(|t| tables.contains(&t.id)) {
            table.routes.push(Route {
                destination: Destination::PrefixList(list.clone()),
                target: Target::Endpoint(id.clone()),
                state: RouteState::Active,
                origin: RouteOrigin::Static,
            });
        }
        self.settle_lists();
    }

    fn unroute_endpoint(&mut self, id: &CloudId, tables: &BTreeSet<CloudId>) {
        let part = &mut self.world.network;
        if let Some(Endpoint { kind: EndpointKind::Gateway { route_tables, .. }, .. }) = part.endpoints.get_mut(id) {
            route_tables.retain(|table| !tables.contains(table));
        }
        let target = Target::Endpoint(id.clone());
        for table in part.route_tables.values_mut().filter(|t| tables.contains(&t.id)) {
            table.routes.retain(|r| r.target != target || !matches!(r.destination, Destination::PrefixList(_)));
        }
        self.settle_lists();
    }

    /// One interface in each of these subnets.
    fn put_interfaces(&mut self, id: &CloudId, subnets: &BTreeSet<CloudId>) -> Result<(), ApiError> {
        let Some(EndpointKind::Interface { groups, .. }) = self.world.network.endpoints.get(id).map(|e| e.kind.clone())
        else {
            return Ok(());
        };
        for subnet in subnets {
            let made = self.add_interface(NewInterface {
                subnet: subnet.clone(),
                kind: InterfaceKind::Endpoint,
                groups: groups.clone(),
                description: format!("VPC Endpoint Interface {id}"),
                whose: format!("endpoint {id} {subnet}"),
            });
            let Some(made) = made else {
                let message = format!("There aren't sufficient free Ipv4 addresses or prefixes in the subnet {subnet}");
                return Err(ApiError::new(Code::NoFreeAddressInSubnet, message));
            };
            if let Some(Endpoint { kind: EndpointKind::Interface { subnets, interfaces, .. }, .. }) =
                self.world.network.endpoints.get_mut(id)
            {
                subnets.insert(subnet.clone());
                interfaces.insert(made);
            }
        }
        Ok(())
    }

    fn take_interfaces(&mut self, id: &CloudId, gone: &BTreeSet<CloudId>) {
        let part = &mut self.world.network;
        let Some(Endpoint { kind: EndpointKind::Interface { subnets, interfaces, .. }, .. }) =
            part.endpoints.get_mut(id)
        else {
            return;
        };
        subnets.retain(|subnet| !gone.contains(subnet));
        let inside = |i: &CloudId| part.interfaces.get(i).is_some_and(|i| gone.contains(&i.subnet));
        let (left, kept): (BTreeSet<CloudId>, BTreeSet<CloudId>) = interfaces.iter().cloned().partition(inside);
        *interfaces = kept;
        left.iter().for_each(|interface| self.remove_interface(interface));
    }

    fn regroup(&mut self, id: &CloudId, regrouped: &BTreeSet<CloudId>, private: Option<bool>) {
        let part = &mut self.world.network;
        let Some(Endpoint { kind: EndpointKind::Interface { groups, interfaces, private_dns, .. }, .. }) =
            part.endpoints.get_mut(id)
        else {
            return;
        };
        groups.clone_from(regrouped);
        *private_dns = private.unwrap_or(*private_dns);
        for interface in part.interfaces.values_mut().filter(|i| interfaces.contains(&i.id)) {
            interface.groups.clone_from(regrouped);
        }
    }

    /// Sets the names that lead to an endpoint: of itself, of its zones, and the service's own where it is private.
    fn name_endpoint(&mut self, id: &CloudId) {
        let Some(endpoint) = self.world.network.endpoints.get(id) else { return };
        let EndpointKind::Interface { subnets, private_dns, .. } = &endpoint.kind else { return };
        let Some(service) = self.service(&endpoint.service, Access::Interface) else { return };
        let hash: String = self.derived_id("dns", &[id.as_str()]).as_str().chars().rev().take(8).collect();
        let region = &self.config.place.region;
        let own = |zone: &str| format!("{id}-{hash}{zone}.{service}.{region}.vpce.amazonaws.com");
        let zones = subnets.iter().filter_map(|s| self.world.network.subnets.get(s)).map(|s| format!("-{}", s.zone));
        let mut named: BTreeSet<String> = zones.map(|zone| own(&zone)).collect();
        named.insert(own(""));
        if *private_dns {
            named.insert(self.private_name(service));
        }
        if let Some(Endpoint { kind: EndpointKind::Interface { names, .. }, .. }) =
            self.world.network.endpoints.get_mut(id)
        {
            *names = named;
        }
    }

    /// The public name of a service: `ssm.ap-northeast-1.amazonaws.com`; `ecr.api` is `api.ecr`, `ecr.dkr` is `*.dkr.ecr`,
    /// and streams are called `kinesis` [doc: "AWS services that integrate with AWS PrivateLink"].
    fn private_name(&self, service: &str) -> String {
        let region = &self.config.place.region;
        let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let name = match service {
            "ecr.api" => "api.ecr",
            "ecr.dkr" => "*.dkr.ecr",
            "kinesis-streams" => "kinesis",
            "execute-api" => "*.execute-api",
            other => other,
        };
        format!("{name}.{region}.{suffix}")
    }
}

/// A prefix list that nothing is known of.
pub(super) fn no_such_list(id: &CloudId) -> ApiError {
    no_such(Code::PrefixListNotFound, "prefix list", id)
}
