//! Whatever a World holds, its picture is whole.

use std::{collections::BTreeSet, net::Ipv4Addr};

use egress_core::{
    CloudId, World,
    world::{NatScope, NatState, RouteState, Target},
};
use proptest::{prelude::*, test_runner::RngSeed};
use quick_xml::{Reader, XmlVersion, events::Event};

use super::{
    super::{
        diagram::{FrameKind, NodeKind},
        scene::{Rect, scene},
        *,
    },
    worlds,
};

proptest! {
    // A fixed seed: a picture of a rare World that is not quite pretty must not break an unrelated change.
    #![proptest_config(ProptestConfig {
        cases: 32, rng_seed: RngSeed::Fixed(20), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn the_svg_of_any_world_is_well_formed_and_says_nothing_but_text(world in any_world()) {
        let diagram = Diagram::of(&world, None);
        let elements = elements(&svg(&diagram));
        let known = ["svg", "title", "desc", "style", "rect", "g", "path", "text", "tspan", "circle", "ellipse"];
        prop_assert!(elements.iter().all(|e| known.contains(&e.as_str())), "{elements:?}");
    }

    #[test]
    fn a_world_is_always_drawn_alike(world in any_world()) {
        let (one, two) = (Diagram::of(&world, None), Diagram::of(&world, None));
        prop_assert_eq!(&one, &two);
        prop_assert_eq!(svg(&one), svg(&two));
    }

    #[test]
    fn nothing_overlaps_but_what_is_inside_something(world in any_world()) {
        let diagram = Diagram::of(&world, None);
        let scene = scene(&diagram);
        let frames = diagram.frames.iter().zip(&scene.frames).map(|(f, r)| (f.id.clone(), f.parent.clone(), *r));
        let nodes = diagram.nodes.iter().zip(&scene.nodes).map(|(n, r)| (n.id.clone(), n.parent.clone(), *r));
        let all: Vec<(String, Option<String>, Rect)> = frames.chain(nodes).collect();
        for (id, parent, rect) in &all {
            prop_assert!(rect.x >= 0.0 && rect.y >= 0.0, "{id} is out of sight");
            prop_assert!(rect.x + rect.width <= scene.width && rect.y + rect.height <= scene.height, "{id} is out of sight");
            for (other, others_parent, others) in all.iter().filter(|(other, ..)| other > id) {
                if parent == others_parent {
                    prop_assert!(!overlap(rect, others), "{id} {rect:?} overlaps {other} {others:?}");
                }
            }
            if let Some((_, _, outer)) = all.iter().find(|(other, ..)| Some(other) == parent.as_ref()) {
                prop_assert!(contains(outer, rect), "{id} {rect:?} stands out of its box {outer:?}");
            }
        }
    }

    #[test]
    fn no_way_runs_through_a_box_that_it_does_not_end_at(world in any_world()) {
        let diagram = Diagram::of(&world, None);
        let scene = scene(&diagram);
        let frames = diagram.frames.iter().zip(&scene.frames).filter(|(f, _)| f.kind == FrameKind::Subnet);
        let subnets = frames.map(|(f, r)| (&f.id, None, *r));
        let nodes = diagram.nodes.iter().zip(&scene.nodes).map(|(n, r)| (&n.id, n.parent.as_ref(), *r));
        let boxes: Vec<_> = subnets.chain(nodes).collect();
        for (edge, points) in diagram.edges.iter().zip(&scene.edges) {
            let ends = BTreeSet::from([&edge.from, &edge.to]);
            let parents: BTreeSet<_> = diagram.nodes.iter().filter(|n| ends.contains(&n.id)).filter_map(|n| n.parent.as_ref()).collect();
            for pair in points.windows(2) {
                let level = Rect { x: pair[0].x, y: pair[0].y, width: pair[1].x - pair[0].x, height: 0.1 };
                for (id, _, rect) in boxes.iter().filter(|b| (pair[0].y - pair[1].y).abs() < 0.5 && !ends.contains(b.0) && !parents.contains(b.0)) {
                    prop_assert!(!overlap(&level, rect), "{} → {} runs through {id}", edge.from, edge.to);
                }
            }
        }
    }

    #[test]
    fn every_edge_joins_two_things_that_are_drawn_and_none_makes_a_circle(world in any_world()) {
        let diagram = Diagram::of(&world, None);
        let frames = diagram.frames.iter().map(|f| &f.id);
        let ids: Vec<&String> = frames.chain(diagram.nodes.iter().map(|n| &n.id)).collect();
        prop_assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
        prop_assert!(diagram.edges.iter().all(|e| ids.contains(&&e.from) && ids.contains(&&e.to)));
        // The layout knows a NAT gateway only as its subnet.
        let leaf = |id: &String| {
            let subnet = diagram.nodes.iter().find(|n| &n.id == id).and_then(|n| n.parent.clone());
            subnet.filter(|s| s.starts_with("subnet/")).unwrap_or_else(|| id.clone())
        };
        let mut edges: Vec<(String, String)> = diagram.edges.iter().map(|e| (leaf(&e.from), leaf(&e.to))).collect();
        loop {
            let before = edges.len();
            let ends: BTreeSet<String> = edges.iter().map(|e| e.0.clone()).collect();
            edges.retain(|e| ends.contains(&e.1));
            if edges.len() == before { break }
        }
        prop_assert_eq!(edges, vec![]);
    }

    #[test]
    fn text_and_mermaid_steer_no_reader(world in any_world()) {
        let diagram = Diagram::of(&world, None);
        prop_assert!(text(&diagram).chars().all(|c| c == '\n' || !c.is_control()));
        for line in mermaid(&diagram).lines() {
            let quotes = line.matches('"').count();
            prop_assert!(quotes == 0 || quotes == 2, "{line}");
            let label = line.split('"').nth(1).unwrap_or_default().replace("<br/>", "");
            prop_assert!(!label.contains(['<', '>', '`', '&', '\\', '[', '{', '*']), "{line}");
        }
    }
}

fn overlap(a: &Rect, b: &Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

fn contains(outer: &Rect, inner: &Rect) -> bool {
    outer.x <= inner.x
        && outer.y <= inner.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

/// The names of all elements of a document, once it has been read to its end.
fn elements(xml: &str) -> BTreeSet<String> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut elements = BTreeSet::new();
    let mut depth = 0_usize;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(e) => {
                depth += 1;
                e.attributes().for_each(|a| drop(a.unwrap().normalized_value(XmlVersion::Implicit1_0).unwrap()));
                elements.insert(e.name().as_ref().to_owned());
            }
            Event::Empty(e) => {
                e.attributes().for_each(|a| drop(a.unwrap().normalized_value(XmlVersion::Implicit1_0).unwrap()));
                elements.insert(e.name().as_ref().to_owned());
            }
            Event::End(_) => depth -= 1,
            Event::Text(t) => {
                let text: &str = &t;
                assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
            }
            Event::GeneralRef(r) => assert!(matches!(&*r, "amp" | "lt" | "gt" | "quot" | "#39")),
            Event::Eof => break,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(depth, 0);
    elements
}

/// Networks with subnets, tables, gateways and functions wired at random, under names that nobody should give.
fn any_world() -> impl Strategy<Value = World> {
    let table = (0..9_u8, prop::sample::select(vec![RouteState::Active, RouteState::Blackhole]), 0..5_usize);
    let subnet = (0..3_usize, any_name(), prop::option::weighted(0.9, table));
    let nat = (0..8_usize, 0..6_u8, any::<bool>(), any_name());
    let functions = prop::collection::vec(prop::collection::vec(0..8_usize, 0..4), 0..5);
    let network =
        (prop::collection::vec(subnet, 0..7), prop::collection::vec(nat, 0..4), functions, any::<bool>(), any_name());
    prop::collection::vec(network, 0..3).prop_map(|networks| {
        let mut world = worlds::empty();
        for (n, (subnets, nats, functions, gateway, name)) in networks.into_iter().enumerate() {
            let vpc = worlds::add_network(&mut world, &format!("{n}{name}"), "10.0.0.0/16");
            let igw = if gateway {
                worlds::add_internet_gateway(&mut world, &format!("{n}igw"), &vpc)
            } else {
                "igw-x".into()
            };
            let ids: Vec<CloudId> = (subnets.iter().enumerate())
                .map(|(i, (zone, name, _))| {
                    worlds::add_subnet(
                        &mut world,
                        &format!("{n}{i}{name}"),
                        &vpc,
                        &format!("10.0.{i}.0/24"),
                        &format!("z{zone}"),
                    )
                })
                .collect();
            let at = |i: usize| ids.get(i).cloned().unwrap_or_else(|| "subnet-x".into());
            let made: Vec<CloudId> = (nats.iter().enumerate())
                .map(|(i, (subnet, ..))| {
                    worlds::add_nat(
                        &mut world,
                        &format!("{n}nat{i}"),
                        &vpc,
                        &at(*subnet),
                        Ipv4Addr::new(198, 51, 100, 1),
                    )
                })
                .collect();
            for (id, (_, state, public, name)) in made.iter().zip(nats) {
                let nat = world.gateway.nat_gateways.get_mut(id).unwrap();
                nat.public = public || state < 4;
                nat.state = match state {
                    0..=2 => NatState::Available,
                    3 => NatState::Pending,
                    4 => NatState::Failed { code: name.clone(), message: String::new() },
                    _ => NatState::Deleting,
                };
                if name.len() % 5 == 4 {
                    nat.scope = NatScope::Region { route_table: None, automatic: true };
                }
                nat.tags.insert("Name".to_owned(), name);
            }
            for (i, (_, name, table)) in subnets.iter().enumerate() {
                let Some((target, state, nat)) = table else { continue };
                let nat = made.get(*nat).cloned().unwrap_or_else(|| "nat-x".into());
                let target = match target {
                    0..=3 => Some(Target::NatGateway(nat)),
                    4..=5 => Some(Target::InternetGateway(igw.clone())),
                    6 => Some(Target::TransitGateway(CloudId::new(name.as_str()))),
                    7 => Some(Target::Other(name.clone())),
                    _ => None,
                };
                let id = worlds::add_table(&mut world, &format!("{n}table{i}"), &vpc, &[&ids[i]], target);
                let table = world.network.route_tables.get_mut(&id).unwrap();
                table.routes.iter_mut().skip(1).for_each(|r| r.state = *state);
            }
            for (i, picks) in functions.iter().enumerate() {
                let picked: Vec<CloudId> = picks.iter().map(|p| at(*p)).collect();
                worlds::add_function(&mut world, &format!("{n}f{i}{name}"), &picked.iter().collect::<Vec<_>>());
            }
        }
        world
    })
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,12}",
        1 => "[\"'<>&#;`\\[\\]{}|\\\\*_~:/%-]{1,20}",
        1 => "[\\x00-\\x1f\\x7f-\\x9f\u{202a}-\u{202e}\u{feff}\u{ffff}]{1,8}",
        1 => "[א-ת ]{1,20}",
        1 => "[一-龥ァ-ヺ가-힣🚀]{1,40}",
        1 => Just("style: x#34;end]]>--><!-- ".repeat(10)),
        1 => "[A-Za-z]{256}",
        1 => any::<String>(),
    ]
}

#[test]
fn a_world_with_a_great_many_functions_names_the_first_and_counts_the_rest() {
    let mut world = worlds::reference();
    let subnet = worlds::id(egress_core::Kind::Subnet, "lambda_prv1");
    (0..100).for_each(|n| worlds::add_function(&mut world, &format!("f{n:03}"), &[&subnet]));
    let diagram = Diagram::of(&world, None);
    let drawn = svg(&diagram);
    assert!(drawn.contains(">f015<") && drawn.contains(">and 84 more<") && !drawn.contains(">f016<"));
    let all = diagram.nodes.iter().any(|n| matches!(&n.kind, NodeKind::Functions { names } if names.len() == 100));
    assert!(all);
}
