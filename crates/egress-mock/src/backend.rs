//! One door into the model: egress-core's traits. Ops become actions, refusals become errors; nothing is decided here.

use std::collections::BTreeSet;

use egress_core::{
    CloudError, CloudId, Effect, FunctionProvider, GatewayProvider, Invocation, Invoked, NetworkProvider, Op, Outcome,
    Scope, Token, World, async_trait,
    op::{DisassociateNatAddress, Family, FunctionOp, GatewayOp, NetworkOp},
    quota::{Counted, Quotas},
    tags,
    world::{AssociatedWith, FunctionPart, GatewayPart, Grant, NetworkPart},
};

use crate::{
    MockCloud,
    cloud::{
        ApiError, Code, Configuration, CreateFunction, CreateLaunchTemplate, CreateNatGateway, CreateRole,
        CreateRouteTable, CreateSecurityGroup, CreateSubnet, CreateVpc, LATEST, Model, RouteArgs,
        UpdateFunctionConfiguration, View,
    },
    mock::{CallEffect, Calling, State},
    net::{PROBE_TIME_LIMIT, invoke},
    requests,
};

#[async_trait]
impl NetworkProvider for MockCloud {
    async fn observe_network(&self, scope: &Scope) -> Result<NetworkPart, CloudError> {
        Ok(self.look(Family::Network, "observe network", scope).await?.network)
    }

    async fn apply_network(&self, op: &NetworkOp<CloudId>, token: &Token) -> Outcome {
        self.change(Op::Network(op.clone()), |model| act_on_network(model, op, token)).await
    }

    async fn quotas(&self, of: &BTreeSet<Counted>) -> Result<Quotas, CloudError> {
        let calling = Calling { name: "observe quotas", subject: String::new(), on: None, effect: CallEffect::Reads };
        let ask = |state: &mut State| {
            state.pay(&requests::of_quotas(of))?;
            Ok(Quotas { rooms: of.iter().filter_map(|what| state.model.room(what)).collect() })
        };
        self.call(calling, ask).await
    }
}

#[async_trait]
impl GatewayProvider for MockCloud {
    async fn observe_gateways(&self, scope: &Scope) -> Result<GatewayPart, CloudError> {
        Ok(self.look(Family::Gateway, "observe gateways", scope).await?.gateway)
    }

    async fn apply_gateway(&self, op: &GatewayOp<CloudId>, token: &Token) -> Outcome {
        self.change(Op::Gateway(op.clone()), |model| act_on_gateways(model, op, token)).await
    }
}

#[async_trait]
impl FunctionProvider for MockCloud {
    async fn observe_functions(&self, scope: &Scope) -> Result<FunctionPart, CloudError> {
        Ok(self.look(Family::Function, "observe functions", scope).await?.function)
    }

    async fn apply_function(&self, op: &FunctionOp<CloudId>, _token: &Token) -> Outcome {
        self.change(Op::Function(op.clone()), |model| act_on_functions(model, op)).await
    }

    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, CloudError> {
        let calling = Calling {
            name: "Invoke",
            subject: invocation.function.to_string(),
            on: Some(invocation.function.to_string()),
            effect: CallEffect::Changes,
        };
        let run = |state: &mut State| invoke(state, &invocation.function, LATEST, &invocation.payload);
        let (invoked, took) = self.call(calling, run).await?;
        self.pause(took).await;
        Ok(invoked)
    }
}

impl MockCloud {
    /// One family's part of what is seen; the other parts are empty.
    async fn look(&self, family: Family, name: &'static str, scope: &Scope) -> Result<World, CloudError> {
        let name = match (scope, family) {
            (Scope::Lease { .. }, Family::Network) => "observe leases",
            // Nothing of these families is in such a scope: no call is made.
            (Scope::Lease { .. }, _) => return Ok(World::default()),
            _ => name,
        };
        let calling = Calling { name, subject: String::new(), on: None, effect: CallEffect::Reads };
        let look = |state: &mut State| {
            let seen = View::new(&state.model, scope).part(family);
            state.pay(&requests::of_observation(family, scope, &seen)).map(|()| seen)
        };
        self.call(calling, look).await
    }

    async fn change(
        &self,
        op: Op<CloudId>,
        act: impl FnOnce(&mut Model) -> Result<Effect, ApiError> + Send,
    ) -> Outcome {
        let calling = changing(requests::name_of(&op), &op);
        let paid = |state: &mut State| state.pay(&requests::of_op(&op)).and_then(|()| act(&mut state.model));
        outcome(self.call(calling, paid).await)
    }
}

/// A refusal of the model has certainly changed nothing.
fn outcome(result: Result<Effect, CloudError>) -> Outcome {
    match result {
        Ok(effect) => Outcome::Done(effect),
        Err(error) => Outcome::Failed(error),
    }
}

fn changing(name: &'static str, op: &Op<CloudId>) -> Calling {
    let made = op.created_tags().and_then(|tags| tags.get(tags::NAME)).cloned();
    let on = made.or_else(|| op.references().first().map(ToString::to_string));
    Calling { name, subject: op.to_string(), on, effect: CallEffect::Changes }
}

const NOTHING_MADE: Effect = Effect { id: None, ip: None };

fn unknown_op() -> ApiError {
    ApiError::new(Code::UnsupportedOperation, "this cloud does not know the operation")
}

fn act_on_network(model: &mut Model, op: &NetworkOp<CloudId>, token: &Token) -> Result<Effect, ApiError> {
    match op.clone() {
        NetworkOp::CreateNetwork(op) => {
            model.create_vpc(CreateVpc { cidr_block: op.cidr, tags: op.tags }).map(Effect::created)
        }
        NetworkOp::DeleteNetwork(op) => model.delete_vpc(&op.network).map(|()| NOTHING_MADE),
        NetworkOp::CreateSubnet(op) => {
            let args =
                CreateSubnet { vpc_id: op.network, cidr_block: op.cidr, availability_zone: op.zone, tags: op.tags };
            model.create_subnet(args).map(Effect::created)
        }
        NetworkOp::DeleteSubnet(op) => model.delete_subnet(&op.subnet).map(|()| NOTHING_MADE),
        NetworkOp::CreateRouteTable(op) => {
            let client_token = Some(token.as_str().to_owned());
            let args = CreateRouteTable { vpc_id: op.network, client_token, tags: op.tags };
            model.create_route_table(args).map(Effect::created)
        }
        NetworkOp::DeleteRouteTable(op) => model.delete_route_table(&op.table).map(|()| NOTHING_MADE),
        NetworkOp::AssociateRouteTable(op) => match &op.replaces {
            None => model.associate_route_table(&op.table, &op.subnet).map(|_| NOTHING_MADE),
            Some(association) => {
                check_association(model, association, &op.subnet)?;
                model.replace_route_table_association(association, &op.table).map(|_| NOTHING_MADE)
            }
        },
        NetworkOp::DisassociateRouteTable(op) => {
            check_association(model, &op.association, &op.subnet)?;
            model.disassociate_route_table(&op.association).map(|()| NOTHING_MADE)
        }
        NetworkOp::CreateRoute(op) => {
            let args = RouteArgs { route_table_id: op.table, destination: op.destination, target: op.target };
            model.create_route(args).map(|()| NOTHING_MADE)
        }
        NetworkOp::ReplaceRoute(op) => {
            let args = RouteArgs { route_table_id: op.table, destination: op.destination, target: op.target };
            model.replace_route(args).map(|()| NOTHING_MADE)
        }
        NetworkOp::DeleteRoute(op) => model.delete_route(&op.table, &op.destination).map(|()| NOTHING_MADE),
        NetworkOp::CreateGroup(op) => {
            let args = CreateSecurityGroup {
                vpc_id: op.network,
                group_name: op.name,
                description: op.description,
                tags: op.tags,
            };
            model.create_security_group(args).map(Effect::created)
        }
        NetworkOp::AllowEgress(op) => model.authorize_egress(&op.group, op.rule).map(|()| NOTHING_MADE),
        NetworkOp::DeleteGroup(op) => model.delete_security_group(&op.group).map(|()| NOTHING_MADE),
        NetworkOp::DeleteInterface(op) => model.delete_network_interface(&op.interface).map(|()| NOTHING_MADE),
        NetworkOp::CreateLease(op) => {
            let args = CreateLaunchTemplate {
                launch_template_name: op.name,
                client_token: Some(token.as_str().to_owned()),
                created_by: model.caller("").arn,
                tags: op.tags,
            };
            model.create_launch_template(args).map(Effect::created)
        }
        NetworkOp::DeleteLease(op) => model.delete_launch_template(&op.lease).map(drop).map(|()| NOTHING_MADE),
        NetworkOp::SetTags(op) => model.set_tags(op.kind, &op.resource, &op.set, &op.remove).map(|()| NOTHING_MADE),
        _ => Err(unknown_op()),
    }
}

/// AWS's calls take an association alone; the Op also names the subnet, and must not change another one's.
fn check_association(model: &Model, association: &CloudId, subnet: &CloudId) -> Result<(), ApiError> {
    if model.association(association)?.with == AssociatedWith::Subnet(subnet.clone()) {
        return Ok(());
    }
    let message = format!("the association {association} is not that of {subnet}");
    Err(ApiError::new(Code::InvalidParameterValue, message))
}

/// The same of an address on a NAT gateway.
fn check_nat_association(model: &Model, op: &DisassociateNatAddress<CloudId>) -> Result<(), ApiError> {
    let listed = model.world.gateway.nat_gateways.get(&op.gateway).into_iter().flat_map(|g| &g.addresses);
    let mut of_it = listed.filter(|a| a.association.as_ref() == Some(&op.association));
    if of_it.all(|a| a.address.as_ref() == Some(&op.address)) {
        return Ok(());
    }
    let message = format!("the association {} is not that of {}", op.association, op.address);
    Err(ApiError::new(Code::InvalidParameterValue, message))
}

fn act_on_gateways(model: &mut Model, op: &GatewayOp<CloudId>, token: &Token) -> Result<Effect, ApiError> {
    match op.clone() {
        GatewayOp::CreateInternetGateway(op) => model.create_internet_gateway(op.tags).map(Effect::created),
        GatewayOp::AttachInternetGateway(op) => {
            model.attach_internet_gateway(&op.gateway, &op.network).map(|()| NOTHING_MADE)
        }
        GatewayOp::DetachInternetGateway(op) => {
            model.detach_internet_gateway(&op.gateway, &op.network).map(|()| NOTHING_MADE)
        }
        GatewayOp::DeleteInternetGateway(op) => model.delete_internet_gateway(&op.gateway).map(|()| NOTHING_MADE),
        GatewayOp::AllocateAddress(op) => {
            let id = model.allocate_address(op.tags, op.ip)?;
            let ip = model.world.gateway.addresses.get(&id).and_then(|a| a.ip);
            Ok(Effect { id: Some(id), ip })
        }
        GatewayOp::ReleaseAddress(op) => {
            let ip = model.address(&op.address)?.ip;
            if ip != Some(op.ip) {
                let has = ip.map_or_else(|| "none".to_owned(), |ip| ip.to_string());
                let message = format!("the address has the IP {has}, and {} was named to be released", op.ip);
                return Err(ApiError::new(Code::InvalidParameterValue, message));
            }
            model.release_address(&op.address).map(|()| NOTHING_MADE)
        }
        GatewayOp::CreateNatGateway(op) => {
            let args = CreateNatGateway {
                subnet_id: op.subnet,
                allocation_id: op.address,
                client_token: Some(token.as_str().to_owned()),
                tags: op.tags,
            };
            model.create_nat_gateway(args).map(Effect::created)
        }
        GatewayOp::DeleteNatGateway(op) => model.delete_nat_gateway(&op.gateway).map(|()| NOTHING_MADE),
        GatewayOp::AssociateNatAddress(op) => {
            model.associate_nat_gateway_address(&op.gateway, &[op.address]).map(|()| NOTHING_MADE)
        }
        GatewayOp::DisassociateNatAddress(op) => {
            check_nat_association(model, &op)?;
            model.disassociate_nat_gateway_address(&op.gateway, &[op.association], None).map(|_| NOTHING_MADE)
        }
        GatewayOp::SetTags(op) => model.set_tags(op.kind, &op.resource, &op.set, &op.remove).map(|()| NOTHING_MADE),
        _ => Err(unknown_op()),
    }
}

fn act_on_functions(model: &mut Model, op: &FunctionOp<CloudId>) -> Result<Effect, ApiError> {
    match op.clone() {
        FunctionOp::SetAttachment(op) => {
            let args = UpdateFunctionConfiguration {
                revision_id: op.revision,
                ..UpdateFunctionConfiguration::of_network(op.function, op.to)
            };
            model.update_function_configuration(args).map(|()| NOTHING_MADE)
        }
        FunctionOp::GrantNetworkAccess(op) => model.grant(&op.role, &op.grant).map(|()| NOTHING_MADE),
        FunctionOp::RevokeNetworkAccess(op) => model.revoke(&op.role, &op.grant).map(|()| NOTHING_MADE),
        FunctionOp::CreateProbeRole(op) => {
            // As over the wire, the path says whose it is: each way of asking the cloud must find what the other made.
            let path =
                op.tags.get(tags::STACK).map_or_else(|| "/egress/".to_owned(), |stack| format!("/egress/{stack}/"));
            let role = model.create_role(CreateRole { path, ..CreateRole::for_functions(op.name, op.tags) })?;
            model.grant(&role, &Grant::Managed)?;
            Ok(Effect::created(role))
        }
        FunctionOp::DeleteProbeRole(op) => {
            model.strip_role(&op.role)?;
            model.delete_role(&op.role).map(|()| NOTHING_MADE)
        }
        FunctionOp::CreateProbe(op) => {
            let args = CreateFunction {
                function_name: op.name,
                role: op.role,
                vpc_config: Some(op.attachment),
                configuration: Configuration { timeout: PROBE_TIME_LIMIT, ..Configuration::default() },
                tags: op.tags,
            };
            model.create_function(args).map(Effect::created)
        }
        FunctionOp::DeleteProbe(op) => model.delete_function(&op.probe).map(|()| NOTHING_MADE),
        FunctionOp::SetTags(op) => model.set_tags(op.kind, &op.resource, &op.set, &op.remove).map(|()| NOTHING_MADE),
        _ => Err(unknown_op()),
    }
}
