//! Gates, doors and plates, as internet gateways, NAT gateways and addresses.

use std::time::Duration;

use egress_core::{
    Clock, CloudError, CloudId, Effect, GatewayProvider, Outcome, Scope, Token, async_trait,
    op::GatewayOp,
    world::{Address, GatewayPart, InternetGateway, NatAddress, NatAddressState, NatGateway, NatScope, NatState},
};

use crate::{
    Backend,
    network::nothing,
    nimbus::{Door, DoorState, Nimbus, Refusal},
};

#[async_trait]
impl<C: Clock> GatewayProvider for Backend<C> {
    async fn observe_gateways(&self, _: &Scope) -> Result<GatewayPart, CloudError> {
        Ok(self.ask(|nimbus, now| part(nimbus, now)))
    }

    async fn apply_gateway(&self, op: &GatewayOp<CloudId>, token: &Token) -> Outcome {
        let name = match op {
            GatewayOp::AllocateAddress(_) | GatewayOp::ReleaseAddress(_) => "plate",
            GatewayOp::CreateNatGateway(_)
            | GatewayOp::DeleteNatGateway(_)
            | GatewayOp::AssociateNatAddress(_)
            | GatewayOp::DisassociateNatAddress(_) => "door",
            _ => "gate",
        };
        self.call(name, |nimbus, now| apply(nimbus, now, op, token))
    }
}

fn apply(nimbus: &mut Nimbus, now: Duration, op: &GatewayOp<CloudId>, token: &Token) -> Result<Effect, Refusal> {
    match op {
        GatewayOp::CreateInternetGateway(op) => Ok(Effect::created(nimbus.build_gate(&op.tags))),
        GatewayOp::AttachInternetGateway(op) => nothing(nimbus.hang_gate(&op.gateway, &op.network)),
        GatewayOp::DetachInternetGateway(op) => nothing(nimbus.unhang_gate(&op.gateway, &op.network, now)),
        GatewayOp::DeleteInternetGateway(op) => nothing(nimbus.scrap_gate(&op.gateway)),
        GatewayOp::AllocateAddress(op) if op.ip.is_some() => {
            Err(Refusal::Beyond("way to have a plate back".to_owned()))
        }
        GatewayOp::AllocateAddress(op) => {
            let (id, number) = nimbus.take_plate(&op.tags);
            // The IP is told at once: people paste it into allow-lists while the rest is still being made.
            Ok(Effect { id: Some(id), ip: Some(number) })
        }
        // The number that the user named goes along. This is the one call that cannot be taken back.
        GatewayOp::ReleaseAddress(op) => nothing(nimbus.return_plate(&op.address, op.ip, now)),
        // The token makes a call that is sent twice one call. A cloud without tokens must be able to refuse the second,
        // as Nimbus would: the plate is taken.
        GatewayOp::CreateNatGateway(op) => {
            nimbus.open_door(&op.subnet, &op.address, &op.tags, token.as_str(), now).map(Effect::created)
        }
        GatewayOp::DeleteNatGateway(op) => nothing(nimbus.close_door(&op.gateway, now)),
        GatewayOp::AssociateNatAddress(op) => nothing(nimbus.screw_on(&op.gateway, &op.address, now)),
        // Nimbus unscrews by plate. Where a cloud goes by the association alone, see first whose it is.
        GatewayOp::DisassociateNatAddress(op) if op.association != op.address => {
            Err(Refusal::Nonsense(format!("{} is not {}", op.association, op.address)))
        }
        GatewayOp::DisassociateNatAddress(op) => nothing(nimbus.unscrew(&op.gateway, &op.address, now)),
        GatewayOp::SetTags(op) => nothing(nimbus.label(op.kind, &op.resource, &op.set, &op.remove)),
        other => Err(Refusal::Beyond(other.to_string())),
    }
}

fn part(nimbus: &Nimbus, now: Duration) -> GatewayPart {
    let internet_gateways = nimbus.gates.iter().map(|(id, gate)| InternetGateway {
        id: id.clone(),
        network: gate.area.clone(),
        tags: gate.labels.clone(),
    });
    let nat_gateways = nimbus.doors.iter().filter_map(|(id, door)| nat_gateway(nimbus, id, door, now));
    let addresses = nimbus.plates.iter().map(|(id, plate)| Address {
        id: id.clone(),
        ip: Some(plate.number),
        interface: None,
        nat_gateway: nimbus.door_with(id, now),
        tags: plate.labels.clone(),
    });
    GatewayPart {
        internet_gateways: internet_gateways.map(|g| (g.id.clone(), g)).collect(),
        nat_gateways: nat_gateways.map(|g| (g.id.clone(), g)).collect(),
        addresses: addresses.map(|a| (a.id.clone(), a)).collect(),
        ..GatewayPart::default()
    }
}

/// A door that is gone is not shown, and neither are its lane and its plates, which may be gone too.
fn nat_gateway(nimbus: &Nimbus, id: &CloudId, door: &Door, now: Duration) -> Option<NatGateway> {
    let state = match door.state(now) {
        DoorState::Opening => NatState::Pending,
        DoorState::Open => NatState::Available,
        DoorState::Closing => NatState::Deleting,
        DoorState::Gone => return None,
    };
    let of_door = match state {
        NatState::Pending => NatAddressState::Associating,
        NatState::Available => NatAddressState::InUse,
        _ => NatAddressState::Disassociating,
    };
    let own = mapped(nimbus, &door.plate, true, of_door.clone())?;
    let more = door.more.iter().filter(|(plate, _)| door.bears(plate, now)).filter_map(|(plate, screwed)| {
        let state = match screwed.gone {
            Some(_) => NatAddressState::Disassociating,
            None if screwed.on > now && of_door == NatAddressState::InUse => NatAddressState::Associating,
            None => of_door.clone(),
        };
        mapped(nimbus, plate, false, state)
    });
    Some(NatGateway {
        id: id.clone(),
        network: nimbus.lanes.get(&door.lane)?.area.clone(),
        scope: NatScope::Subnet(door.lane.clone()),
        public: true,
        state,
        addresses: [own].into_iter().chain(more).collect(),
        tags: door.labels.clone(),
    })
}

/// A plate on a door. Nimbus has no name for that tie, so the plate's own stands for it.
fn mapped(nimbus: &Nimbus, plate: &CloudId, primary: bool, state: NatAddressState) -> Option<NatAddress> {
    Some(NatAddress {
        address: Some(plate.clone()),
        public_ip: Some(nimbus.plates.get(plate)?.number),
        private_ip: None,
        interface: None,
        zone: None,
        association: Some(plate.clone()),
        primary,
        state,
    })
}
