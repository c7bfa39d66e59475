//! NAT gateways: pending → available | failed; deleting → deleted, still listed for an hour.

use std::{collections::BTreeSet, fmt};

use egress_core::{
    CloudId, Tags,
    world::{InterfaceKind, NatAddress, NatAddressState, NatGateway, NatScope, NatState, RouteState, Subnet, Target},
};
use serde::{Deserialize, Serialize};

use super::{
    ApiError, Bug, Code, Model, Wait, error::no_such, hidden::Transition, interfaces::NewInterface, model::human_name,
    quota::Quota, tags::check_ec2_tags,
};

/// The arguments of `CreateNatGateway` for a public gateway in one subnet.
#[derive(Clone, Debug)]
pub(crate) struct CreateNatGateway {
    pub(crate) subnet_id: CloudId,
    pub(crate) allocation_id: CloudId,
    pub(crate) client_token: Option<String>,
    pub(crate) tags: Tags,
}

/// Why a NAT gateway, or one of its addresses, ends up failed. Codes and sentences are those of AWS's page on NAT gateways that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NatFailure {
    /// Its network has no internet gateway.
    NotAttached,
    /// Something else holds its address.
    AlreadyAssociated,
    /// Its subnet is full.
    NoFreeAddress,
    /// Its address is gone by then.
    NoSuchAddress,
    /// Its subnet is gone by then.
    NoSuchSubnet,
    /// A failure of AWS's own.
    InternalError,
}

impl NatFailure {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::NotAttached,
        Self::AlreadyAssociated,
        Self::NoFreeAddress,
        Self::NoSuchAddress,
        Self::NoSuchSubnet,
        Self::InternalError,
    ];

    /// AWS's code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAttached => "Gateway.NotAttached",
            Self::AlreadyAssociated => "Resource.AlreadyAssociated",
            Self::NoFreeAddress => "InsufficientFreeAddressesInSubnet",
            Self::NoSuchAddress => "InvalidAllocationID.NotFound",
            Self::NoSuchSubnet => "InvalidSubnetID.NotFound",
            Self::InternalError => "InternalError",
        }
    }

    /// Of a gateway in this network, about this address.
    pub(crate) fn sentence(self, network: &CloudId, address: impl fmt::Display) -> String {
        match self {
            Self::NotAttached => format!("Network {network} has no Internet gateway attached"),
            Self::AlreadyAssociated => format!("Elastic IP address {address} is already associated"),
            Self::NoFreeAddress => "Subnet has insufficient free addresses to create this NAT gateway".to_owned(),
            Self::NoSuchAddress => {
                format!("Elastic IP address {address} could not be associated with this NAT gateway")
            }
            Self::NoSuchSubnet => "The specified subnet does not exist or could not be found.".to_owned(),
            Self::InternalError => {
                "Network interface created and used internally by this NAT gateway is in an invalid \
                                    state. Try again."
                    .to_owned()
            }
        }
    }
}

impl Model {
    /// `CreateNatGateway`: idempotent by its client token; of an unknown address it says `InvalidElasticIpID.NotFound`, as no
    /// other call does (hashicorp/terraform-provider-aws issue 27087). It answers while the gateway is pending; whether it will be
    /// available is decided by what is so at this moment.
    pub(crate) fn create_nat_gateway(&mut self, args: CreateNatGateway) -> Result<CloudId, ApiError> {
        let parameters = format!("{} {} {:?}", args.subnet_id, args.allocation_id, args.tags);
        let token = args.client_token.clone();
        self.once("CreateNatGateway", token.as_deref(), parameters, |model| model.make_nat_gateway(args))
    }

    fn make_nat_gateway(&mut self, args: CreateNatGateway) -> Result<CloudId, ApiError> {
        check_ec2_tags(&args.tags)?;
        let subnet = self.subnet(&args.subnet_id)?.clone();
        self.address(&args.allocation_id)
            .map_err(|_| no_such(Code::ElasticIpNotFound, "elasticIp", &args.allocation_id))?;
        self.one_more(Quota::NatGatewaysPerZone, self.nats_in_zone(&subnet.zone).count())?;
        let name = human_name(&args.tags).to_owned();
        let id = self.new_id("nat", &name);
        let address = NatAddress {
            address: Some(args.allocation_id.clone()),
            public_ip: None,
            private_ip: None,
            interface: None,
            zone: None,
            association: None,
            primary: true,
            state: NatAddressState::Associating,
        };
        let gateway = NatGateway {
            id: id.clone(),
            network: subnet.network.clone(),
            scope: NatScope::Subnet(subnet.id.clone()),
            public: true,
            state: NatState::Pending,
            addresses: vec![address],
            tags: args.tags,
        };
        self.world.gateway.nat_gateways.insert(id.clone(), gateway);
        self.hidden.facts.made_at.insert(id.clone(), self.hidden.now);
        self.hide(&id, &name);
        let failure = match self.nat_obstacle(&subnet, &args.allocation_id) {
            Some(failure) => Some(failure),
            None => self.take_address(&id, &args.allocation_id, &subnet, &name),
        };
        let wait = if failure.is_some() { Wait::NatFailed } else { Wait::NatAvailable };
        let due = self.after(wait, &name);
        self.at(due, Transition::NatSettled { id: id.clone(), failure });
        Ok(id)
    }

    /// `DeleteNatGateway`: neither releases the address nor removes routes. Deleting twice is no mistake until it is gone.
    pub(crate) fn delete_nat_gateway(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let sees = self.sees(id);
        let found = self.world.gateway.nat_gateways.get_mut(id).filter(|g| sees && g.state != NatState::Deleted);
        let Some(gateway) = found else {
            let message = format!("The Nat Gateway {id} was not found");
            return Err(ApiError::new(Code::NatGatewayNotFound, message));
        };
        if gateway.state == NatState::Deleting {
            return Ok(());
        }
        gateway.state = NatState::Deleting;
        self.hidden.facts.ended_at.insert(id.clone(), self.hidden.now);
        for address in &mut gateway.addresses {
            address.state = NatAddressState::Disassociating;
        }
        let name = human_name(&gateway.tags).to_owned();
        let due = self.after(Wait::NatDeleted, &name);
        self.at(due, Transition::NatDeleted(id.clone()));
        Ok(())
    }

    /// The end of pending.
    pub(crate) fn nat_settled(&mut self, id: &CloudId, failure: Option<NatFailure>) {
        let Some(gateway) = self.world.gateway.nat_gateways.get_mut(id).filter(|g| g.state == NatState::Pending) else {
            return;
        };
        let Some(failure) = failure else {
            gateway.state = NatState::Available;
            for address in &mut gateway.addresses {
                address.state = NatAddressState::InUse;
            }
            return;
        };
        let network = gateway.network.clone();
        let address = gateway.addresses.first().and_then(|a| a.address.as_ref()).map_or("", CloudId::as_str);
        let message = failure.sentence(&network, address);
        for address in &mut gateway.addresses {
            address.state = NatAddressState::Failed { message: message.clone() };
        }
        self.hidden.facts.ended_at.insert(id.clone(), self.hidden.now);
        gateway.state = NatState::Failed { code: failure.code().to_owned(), message };
        self.set_routes_to(&Target::NatGateway(id.clone()), &network, RouteState::Blackhole);
        self.give_address_back(id);
        self.forget_nat_later(id);
    }

    /// The end of deleting.
    pub(crate) fn nat_deleted(&mut self, id: &CloudId) {
        let Some(gateway) = self.world.gateway.nat_gateways.get_mut(id).filter(|g| g.state == NatState::Deleting)
        else {
            return;
        };
        gateway.state = NatState::Deleted;
        let network = gateway.network.clone();
        self.give_address_back(id);
        if !self.has(Bug::RouteActiveAfterNatDeletion) {
            self.set_routes_to(&Target::NatGateway(id.clone()), &network, RouteState::Blackhole);
        }
        self.forget_nat_later(id);
    }

    fn forget_nat_later(&mut self, id: &CloudId) {
        let due = self.hidden.now + self.config.timing.nat_listed();
        self.at(due, Transition::NatForgotten(id.clone()));
    }

    /// What will keep a new gateway from becoming available.
    fn nat_obstacle(&mut self, subnet: &Subnet, address: &CloudId) -> Option<NatFailure> {
        if let Some(failure) = self.hidden.nat_failures.pop_front() {
            return Some(failure);
        }
        if self.internet_gateway_of(&subnet.network).is_none() && !self.has(Bug::NatWithoutInternetGateway) {
            return Some(NatFailure::NotAttached);
        }
        let held = self.world.gateway.addresses.get(address).is_some_and(|a| a.interface.is_some());
        if held && !self.has(Bug::TwoNatsWithOneAddress) {
            return Some(NatFailure::AlreadyAssociated);
        }
        None
    }

    /// Makes the gateway's interface and maps the address to it.
    fn take_address(&mut self, id: &CloudId, address: &CloudId, subnet: &Subnet, name: &str) -> Option<NatFailure> {
        let made = self.add_interface(NewInterface {
            subnet: subnet.id.clone(),
            kind: InterfaceKind::NatGateway,
            groups: BTreeSet::new(),
            description: format!("Interface for NAT Gateway {id}"),
            whose: format!("nat {name}"),
        });
        let Some(interface_id) = made else { return Some(NatFailure::NoFreeAddress) };
        let association = self.address_association(address, &interface_id);
        let part = &mut self.world;
        let address = part.gateway.addresses.get_mut(address)?;
        address.interface = Some(interface_id.clone());
        address.nat_gateway = Some(id.clone());
        let interface = part.network.interfaces.get_mut(&interface_id)?;
        interface.public_ip = address.ip;
        let of_gateway = part.gateway.nat_gateways.get_mut(id)?.addresses.first_mut()?;
        of_gateway.public_ip = address.ip;
        of_gateway.private_ip = interface.private_ips.first().copied();
        of_gateway.interface = Some(interface_id);
        of_gateway.association = Some(association);
        None
    }

    /// Removes the gateway's interface and disassociates its addresses.
    fn give_address_back(&mut self, id: &CloudId) {
        for address in self.world.gateway.addresses.values_mut().filter(|a| a.nat_gateway.as_ref() == Some(id)) {
            address.interface = None;
            address.nat_gateway = None;
        }
        let gateway = self.world.gateway.nat_gateways.get(id);
        let interfaces: BTreeSet<CloudId> =
            gateway.into_iter().flat_map(|g| &g.addresses).filter_map(|a| a.interface.clone()).collect();
        for interface in &interfaces {
            self.remove_interface(interface);
        }
    }
}
