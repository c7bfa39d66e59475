//! A World made into a Diagram.

use std::collections::{BTreeMap, BTreeSet};

use egress_core::{
    CloudId, StackName, World,
    ipnet::Ipv4Net,
    tags::{STACK, Tags},
    world::{Function, InternetGateway, NatGateway, NatScope, NatState, Network, Subnet},
};

use super::{
    diagram::{Diagram, Edge, Flow, Frame, FrameKind, Node, NodeKind, Source},
    routes::{Out, name, out_of_nat, out_of_subnet, public_interface},
};

const REGION: &str = "region";
const INTERNET: &str = "internet";
const ANY_ADDRESS: &str = "any-address";

impl Diagram {
    /// The picture of a World: of one stack's networks, or of all networks.
    ///
    /// A stack's networks are those that carry its tags, and those that others made but that hold a subnet or a NAT gateway of
    /// the stack. Functions stand in the network that they are attached to. Functions in no network are those of the stack, or
    /// all. A function whose network is not drawn is not drawn either.
    #[cfg(test)]
    pub(crate) fn of(world: &World, stack: Option<&StackName>) -> Self {
        Self::with(world, stack, None)
    }

    /// The same with a network that the stack uses and that was there before.
    pub(crate) fn with(world: &World, stack: Option<&StackName>, existing: Option<&CloudId>) -> Self {
        let place = &world.network.place;
        let mut diagram = Self {
            title: stack.map_or_else(|| "the whole region".to_owned(), |stack| format!("stack {stack}")),
            frames: vec![Frame {
                id: REGION.to_owned(),
                parent: None,
                kind: FrameKind::Region,
                name: place.region.clone(),
                details: Some(format!("account {}", place.account))
                    .filter(|_| !place.account.is_empty())
                    .into_iter()
                    .collect(),
            }],
            nodes: Vec::new(),
            edges: Vec::new(),
        };
        for network in world.network.networks.values().filter(|n| existing == Some(&n.id) || is_drawn(world, stack, n))
        {
            draw_network(&mut diagram, world, network);
        }
        draw_loose_functions(&mut diagram, world, stack);
        if diagram.edges.iter().any(|e| e.to == INTERNET) {
            push_node(&mut diagram, INTERNET.to_owned(), None, NodeKind::Internet);
        }
        diagram
    }
}

fn is_drawn(world: &World, stack: Option<&StackName>, network: &Network) -> bool {
    let Some(stack) = stack else { return true };
    let subnets = world.network.subnets.values().filter(|s| s.network == network.id).map(|s| &s.tags);
    let nats = world.gateway.nat_gateways.values().filter(|n| n.network == network.id).map(|n| &n.tags);
    owned_by(&network.tags, stack) || subnets.chain(nats).any(|tags| owned_by(tags, stack))
}

fn owned_by(tags: &Tags, stack: &StackName) -> bool {
    tags.get(STACK).is_some_and(|s| s == stack.as_str())
}

fn draw_network(diagram: &mut Diagram, world: &World, network: &Network) {
    let frame = format!("network/{}", network.id);
    let cidrs = network.cidrs.iter().map(ToString::to_string);
    push_frame(diagram, frame.clone(), REGION, FrameKind::Network, &network.tags, &network.id, cidrs.collect());

    let groups = function_groups(world, &network.id);
    let used: BTreeSet<&CloudId> = groups.keys().flatten().copied().collect();
    for (number, (subnets, names)) in groups.iter().enumerate() {
        let id = format!("functions/{}/{number}", network.id);
        push_node(diagram, id.clone(), Some(&frame), NodeKind::Functions { names: names.clone() });
        let mut into: Vec<&Subnet> = subnets.iter().filter_map(|id| world.network.subnets.get(*id)).collect();
        into.sort_by_key(|s| drawing_order(s));
        for subnet in into {
            // The flow is known once the ways out of the subnets are: see `colour_functions`.
            push_edge(diagram, &id, &subnet_id(&subnet.id), Flow::Idle);
        }
        if subnets.is_empty() {
            push_dead_end(diagram, network, &id, "their subnets are not to be seen");
        }
    }

    let nats: Vec<(&NatGateway, Out<'_>)> = (world.gateway.nat_gateways.values())
        .filter(|n| n.network == network.id && n.state != NatState::Deleted)
        .map(|n| (n, out_of_nat(world, n)))
        .collect();
    for gateway in gateways_of(world, network) {
        let kind = NodeKind::InternetGateway { name: name(&gateway.tags, &gateway.id), id: gateway.id.to_string() };
        push_node(diagram, gateway_id(gateway), Some(&frame), kind);
    }
    draw_subnets(diagram, world, network, &nats, &used);
    draw_nats(diagram, world, network, &nats);
    draw_exits(diagram, world, network, &nats, &used);
    colour_functions(diagram, network);
}

/// The functions of a network by the subnets that they run in, as far as those are to be seen.
fn function_groups<'w>(world: &'w World, network: &CloudId) -> BTreeMap<BTreeSet<&'w CloudId>, Vec<String>> {
    let mut groups: BTreeMap<BTreeSet<&CloudId>, Vec<String>> = BTreeMap::new();
    for function in world.function.functions.values().filter(|f| network_of(world, f) == Some(network)) {
        let subnets = function.attachment.iter().flat_map(|a| &a.subnets);
        let here = |id: &&CloudId| world.network.subnets.get(*id).is_some_and(|s| &s.network == network);
        groups.entry(subnets.filter(here).collect()).or_default().push(function.id.to_string());
    }
    groups
}

fn network_of<'w>(world: &'w World, function: &'w Function) -> Option<&'w CloudId> {
    let attachment = function.attachment.as_ref()?;
    let of_subnets = attachment.subnets.iter().find_map(|id| Some(&world.network.subnets.get(id)?.network));
    of_subnets.or(function.network.as_ref())
}

fn gateways_of<'w>(world: &'w World, network: &Network) -> impl Iterator<Item = &'w InternetGateway> {
    world.gateway.internet_gateways.values().filter(move |g| g.network.as_ref() == Some(&network.id))
}

fn draw_subnets(
    diagram: &mut Diagram,
    world: &World,
    network: &Network,
    nats: &[(&NatGateway, Out<'_>)],
    used: &BTreeSet<&CloudId>,
) {
    let mut subnets: Vec<&Subnet> = world.network.subnets.values().filter(|s| s.network == network.id).collect();
    subnets.sort_by_key(|s| drawing_order(s));
    for subnet in subnets {
        let zone = format!("zone/{}/{}", network.id, subnet.zone);
        if !diagram.frames.iter().any(|f| f.id == zone) {
            diagram.frames.push(Frame {
                id: zone.clone(),
                parent: Some(format!("network/{}", network.id)),
                kind: FrameKind::Zone,
                name: subnet.zone.clone(),
                details: Vec::new(),
            });
        }
        let out = out_of_subnet(world, subnet);
        let details = subnet_details(world, subnet, &out);
        push_frame(diagram, subnet_id(&subnet.id), &zone, FrameKind::Subnet, &subnet.tags, &subnet.id, details);
        let holds_nat = nats.iter().any(|(n, _)| n.scope == NatScope::Subnet(subnet.id.clone()));
        let traffic = match (used.contains(&subnet.id), holds_nat) {
            (true, _) => Traffic::OfFunctions,
            (false, true) => Traffic::OfNatsOnly,
            (false, false) => Traffic::None,
        };
        draw_way_of_subnet(diagram, world, network, subnet, out, traffic);
    }
}

fn drawing_order(subnet: &Subnet) -> (&str, Ipv4Net, &CloudId) {
    (&subnet.zone, subnet.cidr, &subnet.id)
}

/// Whose packets a subnet sends.
enum Traffic {
    OfFunctions,
    OfNatsOnly,
    None,
}

fn draw_way_of_subnet(
    diagram: &mut Diagram,
    world: &World,
    network: &Network,
    subnet: &Subnet,
    out: Out<'_>,
    traffic: Traffic,
) {
    let from = subnet_id(&subnet.id);
    match (out, traffic) {
        // The way of the NAT gateway in it says it all.
        (_, Traffic::OfNatsOnly) => {}
        (Out::Nat(nat), _) => {
            let beyond = out_of_nat(world, nat);
            let flow = flow_of_nat(nat, &beyond);
            let holds_nat = world.gateway.nat_gateways.values().any(|n| n.scope == NatScope::Subnet(subnet.id.clone()));
            // Two subnets whose gateways route to each other would draw a circle.
            match (beyond, flow) {
                (Out::Dead(why), _) if holds_nat => push_dead_end(diagram, network, &from, &why),
                (_, flow) => push_edge(diagram, &from, &nat_id(nat), flow),
            }
        }
        (Out::Gateway(gateway), Traffic::OfFunctions) => match public_interface(world, &subnet.id) {
            Some(_) => push_edge(diagram, &from, &gateway_id(gateway), Flow::Unclear),
            None => push_dead_end(diagram, network, &from, "no public address: dropped at the gateway"),
        },
        (Out::Gateway(gateway), Traffic::None) => push_edge(diagram, &from, &gateway_id(gateway), Flow::Idle),
        (Out::Elsewhere { what, id }, _) => push_elsewhere(diagram, &from, what, &id),
        (Out::Dead(why), Traffic::OfFunctions) => push_dead_end(diagram, network, &from, &why),
        // Someone's database subnet is isolated on purpose; a stack's own subnet never is.
        (Out::Dead(why), Traffic::None) => {
            if subnet.tags.contains_key(STACK) {
                push_dead_end(diagram, network, &from, &why);
            }
        }
    }
}

fn subnet_details(world: &World, subnet: &Subnet, out: &Out<'_>) -> Vec<String> {
    let side = match out {
        Out::Gateway(_) => "public",
        Out::Nat(_) | Out::Elsewhere { .. } | Out::Dead(_) => "private",
    };
    let mut details = vec![format!("{} · {side}", subnet.cidr)];
    details.extend(world.network.table_of(subnet).map(|table| format!("routes: {}", name(&table.tags, &table.id))));
    details
}

fn draw_nats(diagram: &mut Diagram, world: &World, network: &Network, nats: &[(&NatGateway, Out<'_>)]) {
    for (nat, out) in nats {
        let id = nat_id(nat);
        let parent = match &nat.scope {
            NatScope::Subnet(s) if world.network.subnets.get(s).is_some_and(|s| s.network == network.id) => {
                subnet_id(s)
            }
            NatScope::Subnet(_) | NatScope::Region { .. } => format!("network/{}", network.id),
        };
        let kind = NodeKind::Nat {
            name: name(&nat.tags, &nat.id),
            id: nat.id.to_string(),
            state: state_words(nat),
            ips: nat.addresses.iter().filter(|a| a.is_in_use()).map(|a| a.public_ip).collect(),
        };
        push_node(diagram, id.clone(), Some(&parent), kind);
        match out {
            Out::Gateway(gateway) => {
                let flow = flow_in_use(diagram, nat, out);
                push_edge(diagram, &id, &gateway_id(gateway), flow);
            }
            Out::Elsewhere { what, id: target } => push_elsewhere(diagram, &id, what, target),
            Out::Dead(why) => push_dead_end(diagram, network, &id, why),
            Out::Nat(_) => {}
        }
    }
}

fn state_words(nat: &NatGateway) -> Option<String> {
    match &nat.state {
        NatState::Available => None,
        NatState::Pending => Some("pending".to_owned()),
        NatState::Failed { code, .. } => Some(format!("failed: {code}")),
        NatState::Deleting => Some("being deleted".to_owned()),
        NatState::Deleted => Some("deleted".to_owned()),
    }
}

fn flow_of_nat(nat: &NatGateway, out: &Out<'_>) -> Flow {
    match (out, &nat.state) {
        (Out::Gateway(_), NatState::Available) => Flow::Way,
        (Out::Gateway(_) | Out::Elsewhere { .. }, _) => Flow::Unclear,
        (Out::Nat(_) | Out::Dead(_), _) => Flow::Broken,
    }
}

/// What leaves by a NAT gateway: nothing where no subnet routes to it.
fn flow_in_use(diagram: &Diagram, nat: &NatGateway, out: &Out<'_>) -> Flow {
    let flow = flow_of_nat(nat, out);
    let id = nat_id(nat);
    if flow == Flow::Way && !diagram.edges.iter().any(|e| e.to == id) { Flow::Idle } else { flow }
}

fn draw_exits(
    diagram: &mut Diagram,
    world: &World,
    network: &Network,
    nats: &[(&NatGateway, Out<'_>)],
    used: &BTreeSet<&CloudId>,
) {
    for gateway in gateways_of(world, network) {
        let id = gateway_id(gateway);
        let sources = sources_of(diagram, world, gateway, nats, used);
        if let Some(flow) = sources.iter().map(|s| s.flow).max() {
            let exit = format!("exit/{}", gateway.id);
            push_node(diagram, exit.clone(), None, NodeKind::Exit { sources });
            push_edge(diagram, &id, &exit, flow);
            push_edge(diagram, &exit, INTERNET, flow);
        } else if diagram.edges.iter().any(|e| e.to == id) {
            push_edge(diagram, &id, INTERNET, Flow::Idle);
        }
    }
}

fn sources_of(
    diagram: &Diagram,
    world: &World,
    gateway: &InternetGateway,
    nats: &[(&NatGateway, Out<'_>)],
    used: &BTreeSet<&CloudId>,
) -> Vec<Source> {
    let mut sources = Vec::new();
    for (nat, out) in nats.iter().filter(|(_, out)| *out == Out::Gateway(gateway)) {
        let flow = flow_in_use(diagram, nat, out);
        let via = name(&nat.tags, &nat.id);
        let in_use = nat.addresses.iter().filter(|a| a.is_in_use());
        sources.extend(in_use.map(|a| Source { ip: a.public_ip, via: via.clone(), flow }));
    }
    for subnet in used.iter().filter_map(|id| world.network.subnets.get(*id)) {
        let by_hand =
            public_interface(world, &subnet.id).filter(|_| out_of_subnet(world, subnet) == Out::Gateway(gateway));
        let via = format!("interface in {}", name(&subnet.tags, &subnet.id));
        sources.extend(by_hand.map(|ip| Source { ip: Some(ip), via, flow: Flow::Unclear }));
    }
    sources.sort_by(|a, b| b.flow.cmp(&a.flow).then_with(|| (&a.via, a.ip).cmp(&(&b.via, b.ip))));
    sources
}

/// Gives the ways from functions into subnets the colour of the ways out of those subnets.
fn colour_functions(diagram: &mut Diagram, network: &Network) {
    let mut flows: BTreeMap<String, Flow> = BTreeMap::new();
    for edge in diagram.edges.iter().filter(|e| e.from.starts_with("subnet/")) {
        flows.insert(edge.from.clone(), edge.flow);
    }
    let functions = format!("functions/{}/", network.id);
    for edge in diagram.edges.iter_mut().filter(|e| e.from.starts_with(&functions)) {
        if let Some(flow) = flows.get(&edge.to) {
            edge.flow = *flow;
        }
    }
}

fn draw_loose_functions(diagram: &mut Diagram, world: &World, stack: Option<&StackName>) {
    let loose = world.function.functions.values().filter(|f| f.attachment.is_none());
    let names: Vec<String> =
        loose.filter(|f| stack.is_none_or(|s| owned_by(&f.tags, s))).map(|f| f.id.to_string()).collect();
    if names.is_empty() {
        return;
    }
    let id = "functions";
    push_node(diagram, id.to_owned(), Some(REGION), NodeKind::Functions { names });
    push_node(diagram, ANY_ADDRESS.to_owned(), None, NodeKind::AnyAddress);
    push_edge(diagram, id, ANY_ADDRESS, Flow::Unclear);
    push_edge(diagram, ANY_ADDRESS, INTERNET, Flow::Unclear);
}

/// One dead end for each reason in a network, however many subnets share it.
fn push_dead_end(diagram: &mut Diagram, network: &Network, from: &str, why: &str) {
    let id = format!("dead-end/{}/{why}", network.id);
    if !diagram.nodes.iter().any(|n| n.id == id) {
        let parent = format!("network/{}", network.id);
        push_node(diagram, id.clone(), Some(&parent), NodeKind::DeadEnd { why: why.to_owned() });
    }
    push_edge(diagram, from, &id, Flow::Broken);
}

fn push_elsewhere(diagram: &mut Diagram, from: &str, what: &str, target: &str) {
    let id = format!("elsewhere/{what}/{target}");
    if !diagram.nodes.iter().any(|n| n.id == id) {
        let kind = NodeKind::Elsewhere { what: what.to_owned(), id: target.to_owned() };
        push_node(diagram, id.clone(), Some(REGION), kind);
    }
    push_edge(diagram, from, &id, Flow::Unclear);
}

fn push_frame(
    diagram: &mut Diagram,
    id: String,
    parent: &str,
    kind: FrameKind,
    tags: &Tags,
    cloud_id: &CloudId,
    mut details: Vec<String>,
) {
    let name = name(tags, cloud_id);
    if name != cloud_id.as_str() {
        details.push(cloud_id.to_string());
    }
    diagram.frames.push(Frame { id, parent: Some(parent.to_owned()), kind, name, details });
}

fn push_node(diagram: &mut Diagram, id: String, parent: Option<&str>, kind: NodeKind) {
    diagram.nodes.push(Node { id, parent: parent.map(ToOwned::to_owned), kind });
}

fn push_edge(diagram: &mut Diagram, from: &str, to: &str, flow: Flow) {
    diagram.edges.push(Edge { from: from.to_owned(), to: to.to_owned(), flow });
}

fn subnet_id(id: &CloudId) -> String {
    format!("subnet/{id}")
}

fn nat_id(nat: &NatGateway) -> String {
    format!("nat/{}", nat.id)
}

fn gateway_id(gateway: &InternetGateway) -> String {
    format!("gateway/{}", gateway.id)
}
