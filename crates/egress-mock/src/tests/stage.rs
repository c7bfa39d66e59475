//! A cloud on a virtual clock, and the reference topology made through the traits.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use egress_core::{
    Clock, CloudExt, CloudId, Effect, FunctionProvider, Invocation, Key, Kind, Op, Outcome, Owner, Scope, StackName,
    Tags, Token, World,
    clock::VirtualClock,
    op::*,
    probe::{Ask, Reply},
    world::{Attachment, Destination, Grant, Target, shows},
};

use crate::{Config, FunctionSetup, MockCloud, RoleSetup, Timing};

pub(super) struct Stage {
    pub(super) clock: VirtualClock,
    pub(super) cloud: MockCloud,
    /// Makes every token another one.
    tokens: std::cell::Cell<u32>,
}

/// Tags of the stack `demo`.
pub(super) fn tags(kind: Kind, name: &str) -> Tags {
    Owner { stack: StackName::new("demo").unwrap(), key: Key::new(kind, name) }.tags(&Tags::new())
}

/// The ids of the reference topology.
pub(super) struct Made {
    pub(super) vpc: CloudId,
    pub(super) private: CloudId,
    pub(super) private_table: CloudId,
    pub(super) address: CloudId,
    pub(super) ip: std::net::Ipv4Addr,
    pub(super) nat: CloudId,
    pub(super) group: CloudId,
}

impl Stage {
    pub(super) fn new(seed: u64, timing: Timing) -> Self {
        let clock = VirtualClock::new();
        let cloud = MockCloud::new(Config::new(seed).timing(timing), Arc::new(clock.clone()));
        Self::of(clock, cloud)
    }

    pub(super) fn of(clock: VirtualClock, cloud: MockCloud) -> Self {
        Self { clock, cloud, tokens: Default::default() }
    }

    pub(super) fn apply(&self, op: &Op<CloudId>) -> Outcome {
        self.tokens.set(self.tokens.get() + 1);
        self.clock.block_on(self.cloud.apply(op, &Token::new(format!("token-{}", self.tokens.get()))))
    }

    pub(super) fn wait(&self, seconds: u64) {
        self.clock.block_on(self.clock.sleep(Duration::from_secs(seconds)));
    }

    pub(super) fn observe(&self, scope: &Scope) -> World {
        self.clock.block_on(self.cloud.observe(scope)).unwrap()
    }

    /// Applies an Op that must be done and, once everything is visible, shown.
    #[track_caller]
    pub(super) fn done(&self, op: Op<CloudId>) -> Effect {
        let outcome = self.apply(&op);
        let Outcome::Done(effect) = outcome else { panic!("{op}: {outcome:?}") };
        self.wait(2);
        assert!(shows(&self.observe(&Scope::Everything), &op), "the World does not show: {op}");
        effect
    }

    #[track_caller]
    pub(super) fn made(&self, op: Op<CloudId>) -> CloudId {
        self.done(op).id.unwrap()
    }

    #[track_caller]
    pub(super) fn failed(&self, op: Op<CloudId>) -> egress_core::CloudError {
        match self.apply(&op) {
            Outcome::Failed(error) => error,
            outcome => panic!("{outcome:?}"),
        }
    }

    /// The reference topology with one private subnet; the gateway is available at the end.
    pub(super) fn topology(&self) -> Made {
        let network = |op| Op::<CloudId>::Network(op);
        let gateway = |op| Op::<CloudId>::Gateway(op);
        let vpc = self.made(network(NetworkOp::CreateNetwork(CreateNetwork {
            cidr: "10.0.0.0/16".parse().unwrap(),
            tags: tags(Kind::Network, "lambda_vpc"),
        })));
        let subnet = |name: &str, cidr: &str| {
            self.made(network(NetworkOp::CreateSubnet(CreateSubnet {
                network: vpc.clone(),
                cidr: cidr.parse().unwrap(),
                zone: "ap-northeast-1a".to_owned(),
                tags: tags(Kind::Subnet, name),
            })))
        };
        let (public, private) = (subnet("lambda_pub", "10.0.10.0/24"), subnet("lambda_prv1", "10.0.1.0/24"));
        let igw = self.made(gateway(GatewayOp::CreateInternetGateway(CreateInternetGateway {
            tags: tags(Kind::InternetGateway, "lambda_igw"),
        })));
        self.done(gateway(GatewayOp::AttachInternetGateway(AttachInternetGateway {
            gateway: igw.clone(),
            network: vpc.clone(),
        })));
        let allocated =
            self.done(gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: tags(Kind::Address, "lambda_nat") })));
        let (address, ip) = (allocated.id.unwrap(), allocated.ip.unwrap());
        let nat = self.made(gateway(GatewayOp::CreateNatGateway(CreateNatGateway {
            subnet: public.clone(),
            address: address.clone(),
            tags: tags(Kind::NatGateway, "lambda_nat"),
        })));
        let table = |name: &str, subnet: &CloudId, target: Target<CloudId>| {
            let table = self.made(network(NetworkOp::CreateRouteTable(CreateRouteTable {
                network: vpc.clone(),
                tags: tags(Kind::RouteTable, name),
            })));
            self.done(network(NetworkOp::AssociateRouteTable(AssociateRouteTable {
                table: table.clone(),
                subnet: subnet.clone(),
                replaces: None,
            })));
            let destination = Destination::default_v4();
            self.done(network(NetworkOp::CreateRoute(CreateRoute { table: table.clone(), destination, target })));
            table
        };
        table("lambda_pub_rt", &public, Target::InternetGateway(igw));
        let private_table = table("lambda_prv_rt", &private, Target::NatGateway(nat.clone()));
        let group = self.made(network(NetworkOp::CreateGroup(CreateGroup {
            network: vpc.clone(),
            name: "lambda_sg".to_owned(),
            description: "functions".to_owned(),
            tags: tags(Kind::SecurityGroup, "lambda_sg"),
        })));
        self.wait(300);
        Made { vpc, private, private_table, address, ip, nat, group }
    }

    /// One more address on the gateway of the topology; it is in use at the end.
    pub(super) fn second_address(&self, made: &Made) -> (CloudId, std::net::Ipv4Addr) {
        let gateway = |op| Op::<CloudId>::Gateway(op);
        let tags = tags(Kind::Address, "second");
        let allocated = self.done(gateway(GatewayOp::AllocateAddress(AllocateAddress { tags })));
        let (address, ip) = (allocated.id.unwrap(), allocated.ip.unwrap());
        let put = AssociateNatAddress { gateway: made.nat.clone(), address: address.clone() };
        self.done(gateway(GatewayOp::AssociateNatAddress(put)));
        self.wait(60);
        (address, ip)
    }

    /// Begins to take an address off the gateway of the topology.
    pub(super) fn take_off(&self, made: &Made, address: &CloudId) {
        let world = self.observe(&Scope::Everything);
        let association = world.gateway.nat_gateways[&made.nat].address(address).unwrap().association.clone().unwrap();
        let (gateway, address) = (made.nat.clone(), address.clone());
        let take = DisassociateNatAddress { gateway, address, association };
        self.done(Op::Gateway(GatewayOp::DisassociateNatAddress(take)));
    }

    /// A function that has long been there, in no network, with a role that may make interfaces.
    pub(super) fn function(&self, name: &str) -> CloudId {
        let mut role = RoleSetup::new(format!("{name}-role"));
        role.grants = BTreeSet::from([Grant::Managed]);
        self.cloud.create_role(role).unwrap();
        self.cloud.create_function(FunctionSetup::new(name, format!("{name}-role"))).unwrap();
        CloudId::new(name)
    }

    /// Begins to move a function.
    #[track_caller]
    pub(super) fn attach(&self, function: &CloudId, to: Option<&Made>) {
        let to = to.map(|made| Attachment {
            subnets: BTreeSet::from([made.private.clone()]),
            groups: BTreeSet::from([made.group.clone()]),
            ipv6: false,
        });
        let op = SetAttachment { function: function.clone(), to, revision: None };
        self.done(Op::Function(FunctionOp::SetAttachment(op)));
    }

    /// What a function says when it is asked to call a URL.
    #[track_caller]
    pub(super) fn ask(&self, function: &CloudId, url: &str) -> Reply {
        let payload = serde_json::to_value(Ask { url: url.to_owned(), timeout_seconds: 10 }).unwrap();
        let invocation = Invocation { function: function.clone(), payload };
        let invoked = self.clock.block_on(self.cloud.invoke(&invocation)).unwrap();
        assert_eq!(invoked.error, None);
        serde_json::from_value(invoked.payload).unwrap()
    }
}
