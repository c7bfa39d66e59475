//! One door into the model: egress-core's traits. Ops become actions, refusals become errors; nothing is decided here.

use egress_core::{
    CloudError, CloudId, Effect, FunctionProvider, GatewayProvider, Invocation, Invoked, NetworkProvider, Op, Outcome,
    Scope, Token, async_trait,
    op::{FunctionOp, GatewayOp, NetworkOp},
    tags,
    world::{AssociatedWith, FunctionPart, GatewayPart, Grant, NetworkPart},
};

use crate::{
    MockCloud,
    cloud::{
        ApiError, Code, Configuration, CreateFunction, CreateNatGateway, CreateRole, CreateRouteTable,
        CreateSecurityGroup, CreateSubnet, CreateVpc, LATEST, Model, RouteArgs, UpdateFunctionConfiguration, View,
    },
    mock::{CallEffect, Calling, State},
    net::{PROBE_TIME_LIMIT, invoke},
};

#[async_trait]
impl NetworkProvider for MockCloud {
    async fn observe_network(&self, scope: &Scope) -> Result<NetworkPart, CloudError> {
        self.look("observe network", scope, |view| view.network()).await
    }

    async fn apply_network(&self, op: &NetworkOp<CloudId>, token: &Token) -> Outcome {
        let calling = changing(network_call(op), &Op::Network(op.clone()));
        outcome(self.call(calling, |state| act_on_network(&mut state.model, op, token)).await)
    }
}

#[async_trait]
impl GatewayProvider for MockCloud {
    async fn observe_gateways(&self, scope: &Scope) -> Result<GatewayPart, CloudError> {
        self.look("observe gateways", scope, |view| view.gateways()).await
    }

    async fn apply_gateway(&self, op: &GatewayOp<CloudId>, token: &Token) -> Outcome {
        let calling = changing(gateway_call(op), &Op::Gateway(op.clone()));
        outcome(self.call(calling, |state| act_on_gateways(&mut state.model, op, token)).await)
    }
}

#[async_trait]
impl FunctionProvider for MockCloud {
    async fn observe_functions(&self, scope: &Scope) -> Result<FunctionPart, CloudError> {
        self.look("observe functions", scope, |view| view.functions()).await
    }

    async fn apply_function(&self, op: &FunctionOp<CloudId>, _token: &Token) -> Outcome {
        let calling = changing(function_call(op), &Op::Function(op.clone()));
        outcome(self.call(calling, |state| act_on_functions(&mut state.model, op)).await)
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
    async fn look<T>(&self, name: &'static str, scope: &Scope, part: fn(&View<'_>) -> T) -> Result<T, CloudError> {
        let calling = Calling { name, subject: String::new(), on: None, effect: CallEffect::Reads };
        self.call(calling, |state| Ok(part(&View::new(&state.model, scope)))).await
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

fn network_call(op: &NetworkOp<CloudId>) -> &'static str {
    match op {
        NetworkOp::CreateNetwork(_) => "CreateVpc",
        NetworkOp::DeleteNetwork(_) => "DeleteVpc",
        NetworkOp::CreateSubnet(_) => "CreateSubnet",
        NetworkOp::DeleteSubnet(_) => "DeleteSubnet",
        NetworkOp::CreateRouteTable(_) => "CreateRouteTable",
        NetworkOp::DeleteRouteTable(_) => "DeleteRouteTable",
        NetworkOp::AssociateRouteTable(op) if op.replaces.is_some() => "ReplaceRouteTableAssociation",
        NetworkOp::AssociateRouteTable(_) => "AssociateRouteTable",
        NetworkOp::DisassociateRouteTable(_) => "DisassociateRouteTable",
        NetworkOp::CreateRoute(_) => "CreateRoute",
        NetworkOp::ReplaceRoute(_) => "ReplaceRoute",
        NetworkOp::DeleteRoute(_) => "DeleteRoute",
        NetworkOp::CreateGroup(_) => "CreateSecurityGroup",
        NetworkOp::AllowEgress(_) => "AuthorizeSecurityGroupEgress",
        NetworkOp::DeleteGroup(_) => "DeleteSecurityGroup",
        NetworkOp::DeleteInterface(_) => "DeleteNetworkInterface",
        NetworkOp::SetTags(op) if op.set.is_empty() => "DeleteTags",
        NetworkOp::SetTags(_) => "CreateTags",
        _ => "an unknown operation",
    }
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

fn gateway_call(op: &GatewayOp<CloudId>) -> &'static str {
    match op {
        GatewayOp::CreateInternetGateway(_) => "CreateInternetGateway",
        GatewayOp::AttachInternetGateway(_) => "AttachInternetGateway",
        GatewayOp::DetachInternetGateway(_) => "DetachInternetGateway",
        GatewayOp::DeleteInternetGateway(_) => "DeleteInternetGateway",
        GatewayOp::AllocateAddress(_) => "AllocateAddress",
        GatewayOp::ReleaseAddress(_) => "ReleaseAddress",
        GatewayOp::CreateNatGateway(_) => "CreateNatGateway",
        GatewayOp::DeleteNatGateway(_) => "DeleteNatGateway",
        GatewayOp::SetTags(op) if op.set.is_empty() => "DeleteTags",
        GatewayOp::SetTags(_) => "CreateTags",
        _ => "an unknown operation",
    }
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
            let id = model.allocate_address(op.tags)?;
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
        GatewayOp::SetTags(op) => model.set_tags(op.kind, &op.resource, &op.set, &op.remove).map(|()| NOTHING_MADE),
        _ => Err(unknown_op()),
    }
}

fn function_call(op: &FunctionOp<CloudId>) -> &'static str {
    match op {
        FunctionOp::SetAttachment(_) => "UpdateFunctionConfiguration",
        FunctionOp::GrantNetworkAccess(op) if op.grant == Grant::Inline => "PutRolePolicy",
        FunctionOp::GrantNetworkAccess(_) => "AttachRolePolicy",
        FunctionOp::RevokeNetworkAccess(op) if op.grant == Grant::Inline => "DeleteRolePolicy",
        FunctionOp::RevokeNetworkAccess(_) => "DetachRolePolicy",
        FunctionOp::CreateProbeRole(_) => "CreateRole",
        FunctionOp::DeleteProbeRole(_) => "DeleteRole",
        FunctionOp::CreateProbe(_) => "CreateFunction",
        FunctionOp::DeleteProbe(_) => "DeleteFunction",
        FunctionOp::SetTags(op) if op.set.is_empty() => "UntagResource",
        FunctionOp::SetTags(_) => "TagResource",
        _ => "an unknown operation",
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
            let role = model.create_role(CreateRole::for_functions(op.name, op.tags))?;
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
