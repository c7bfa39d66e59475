//! What the rules have at hand.

use std::{collections::BTreeSet, time::Duration};

use egress_core::{
    CloudId, Tags, tags,
    world::{
        Attachment, Destination, Function, Grant, Interface, InterfaceKind, NatGateway, NatState, RouteState, Target,
    },
};

use crate::cloud::{
    ApiError, Bug, Code, Config, Configuration, CreateFunction, CreateNatGateway, CreateRole, CreateRouteTable,
    CreateSecurityGroup, CreateSubnet, CreateVpc, Model, RouteArgs, Timing, UpdateFunctionConfiguration,
};

/// A model with AWS's timings where everything is visible at once, and short names for what rules often do.
pub(super) struct Bench {
    pub(super) model: Model,
}

/// The reference topology without its function.
pub(super) struct Topology {
    pub(super) vpc: CloudId,
    pub(super) igw: CloudId,
    pub(super) public: CloudId,
    pub(super) private: CloudId,
    pub(super) address: CloudId,
    pub(super) nat: CloudId,
    /// The private subnet's, with a default route to the gateway.
    pub(super) table: CloudId,
    pub(super) group: CloudId,
}

pub(super) const ZONE: &str = "ap-northeast-1a";

pub(super) fn named(name: &str) -> Tags {
    Tags::from([(tags::NAME.to_owned(), name.to_owned())])
}

/// What a refusal says.
pub(super) fn refusal<T: std::fmt::Debug>(result: Result<T, ApiError>) -> (Code, String) {
    let error = result.unwrap_err();
    (error.code, error.message)
}

impl Bench {
    pub(super) fn new(bug: Option<Bug>) -> Self {
        let mut config = Config::new(1).timing(Timing::aws());
        config.visibility = Some(Duration::ZERO);
        config.bug = bug;
        Self::with(config)
    }

    pub(super) fn with(config: Config) -> Self {
        Self { model: Model::new(config) }
    }

    /// Lets this many seconds pass.
    pub(super) fn wait(&mut self, seconds: u64) {
        let now = self.model.hidden.now + Duration::from_secs(seconds);
        self.model.advance(now);
    }

    pub(super) fn vpc(&mut self, cidr: &str) -> CloudId {
        self.model.create_vpc(CreateVpc { cidr_block: cidr.parse().unwrap(), tags: named("net") }).unwrap()
    }

    pub(super) fn try_subnet(&mut self, vpc: &CloudId, cidr: &str, zone: &str) -> Result<CloudId, ApiError> {
        self.model.create_subnet(CreateSubnet {
            vpc_id: vpc.clone(),
            cidr_block: cidr.parse().unwrap(),
            availability_zone: zone.to_owned(),
            tags: named(cidr),
        })
    }

    pub(super) fn subnet(&mut self, vpc: &CloudId, cidr: &str) -> CloudId {
        self.try_subnet(vpc, cidr, ZONE).unwrap()
    }

    pub(super) fn table(&mut self, vpc: &CloudId) -> CloudId {
        let args = CreateRouteTable { vpc_id: vpc.clone(), client_token: None, tags: named("table") };
        self.model.create_route_table(args).unwrap()
    }

    pub(super) fn main_table(&self, vpc: &CloudId) -> CloudId {
        let tables = self.model.world.network.route_tables.values();
        tables.filter(|t| &t.network == vpc).find(|t| t.is_main()).unwrap().id.clone()
    }

    pub(super) fn try_group(&mut self, vpc: &CloudId, name: &str) -> Result<CloudId, ApiError> {
        self.model.create_security_group(CreateSecurityGroup {
            vpc_id: vpc.clone(),
            group_name: name.to_owned(),
            description: "for functions".to_owned(),
            tags: named(name),
        })
    }

    /// A gateway that is attached.
    pub(super) fn igw(&mut self, vpc: &CloudId) -> CloudId {
        let id = self.model.create_internet_gateway(named("igw")).unwrap();
        self.model.attach_internet_gateway(&id, vpc).unwrap();
        id
    }

    pub(super) fn address(&mut self) -> CloudId {
        self.model.allocate_address(named("address"), None).unwrap()
    }

    pub(super) fn try_nat(
        &mut self,
        subnet: &CloudId,
        address: &CloudId,
        token: Option<&str>,
    ) -> Result<CloudId, ApiError> {
        self.model.create_nat_gateway(CreateNatGateway {
            subnet_id: subnet.clone(),
            allocation_id: address.clone(),
            client_token: token.map(str::to_owned),
            tags: named("nat"),
        })
    }

    pub(super) fn nat(&mut self, subnet: &CloudId, address: &CloudId) -> CloudId {
        self.try_nat(subnet, address, None).unwrap()
    }

    pub(super) fn gateway(&self, nat: &CloudId) -> &NatGateway {
        &self.model.world.gateway.nat_gateways[nat]
    }

    pub(super) fn failed_code(&self, nat: &CloudId) -> (&str, &str) {
        match &self.gateway(nat).state {
            NatState::Failed { code, message } => (code, message),
            state => panic!("not failed but {state:?}"),
        }
    }

    pub(super) fn route(&mut self, table: &CloudId, target: Target<CloudId>) -> Result<(), ApiError> {
        self.model.create_route(default_route(table, target))
    }

    pub(super) fn route_state(&self, table: &CloudId) -> RouteState {
        self.model.world.network.route_tables[table].route(&Destination::default_v4()).unwrap().state
    }

    /// The reference topology, its gateway available.
    pub(super) fn topology(&mut self) -> Topology {
        let vpc = self.vpc("10.0.0.0/16");
        let igw = self.igw(&vpc);
        let public = self.subnet(&vpc, "10.0.10.0/24");
        let private = self.subnet(&vpc, "10.0.1.0/24");
        let address = self.address();
        let nat = self.nat(&public, &address);
        let table = self.table(&vpc);
        self.model.associate_route_table(&table, &private).unwrap();
        self.wait(300);
        self.route(&table, Target::NatGateway(nat.clone())).unwrap();
        let group = self.try_group(&vpc, "lambda_sg").unwrap();
        Topology { vpc, igw, public, private, address, nat, table, group }
    }

    /// A role that functions can use; it may make interfaces if `grant` says so.
    pub(super) fn role(&mut self, name: &str, grant: Option<Grant>) -> CloudId {
        let id = self.model.create_role(CreateRole::for_functions(name, Tags::new())).unwrap();
        if let Some(grant) = grant {
            self.model.grant(&id, &grant).unwrap();
        }
        self.wait(60);
        id
    }

    pub(super) fn try_function(
        &mut self,
        name: &str,
        role: &CloudId,
        to: Option<Attachment<CloudId>>,
    ) -> Result<CloudId, ApiError> {
        self.model.create_function(CreateFunction {
            function_name: name.to_owned(),
            role: role.clone(),
            vpc_config: to,
            configuration: Configuration::default(),
            tags: Tags::new(),
        })
    }

    /// A function in no network, active, with a role that may make interfaces.
    pub(super) fn function(&mut self, name: &str) -> CloudId {
        let role = self.role(&format!("{name}-role"), Some(Grant::Managed));
        let id = self.try_function(name, &role, None).unwrap();
        self.wait(60);
        id
    }

    pub(super) fn update(&mut self, function: &CloudId, to: Option<Attachment<CloudId>>) -> Result<(), ApiError> {
        self.model.update_function_configuration(UpdateFunctionConfiguration::of_network(function.clone(), to))
    }

    pub(super) fn get(&self, function: &CloudId) -> &Function {
        &self.model.world.function.functions[function]
    }

    /// Functions' interfaces.
    pub(super) fn interfaces(&self) -> Vec<&Interface> {
        let all = self.model.world.network.interfaces.values();
        all.filter(|i| i.kind == InterfaceKind::Function).collect()
    }
}

pub(super) fn default_route(table: &CloudId, target: Target<CloudId>) -> RouteArgs {
    RouteArgs { route_table_id: table.clone(), destination: Destination::default_v4(), target }
}

pub(super) fn attachment(subnets: &[&CloudId], group: &CloudId) -> Attachment<CloudId> {
    Attachment {
        subnets: subnets.iter().map(|id| (*id).clone()).collect(),
        groups: BTreeSet::from([group.clone()]),
        ipv6: false,
    }
}
