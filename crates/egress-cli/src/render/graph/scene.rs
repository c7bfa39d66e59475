//! A Diagram on the plane: how large everything is, what is written in it, and where it stands.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    content::{CROSS, GLOBE, PAD, TITLE, nats_in, node_size, subnet_size},
    diagram::{Diagram, Frame, FrameKind, NodeKind},
    layout::{Item, Layout, Point, place},
};

/// A Diagram with a place for everything; the vectors have the order of the Diagram's own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scene {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) frames: Vec<Rect>,
    pub(super) nodes: Vec<Rect>,
    pub(super) edges: Vec<Vec<Point>>,
}

/// A rectangle, in pixels, y downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

const MARGIN: f64 = 24.0;
/// Between a box and what is in it, but for the side with the title.
const BORDER: f64 = 18.0;
/// The size of a box with nothing in it.
const EMPTY: (f64, f64) = (260.0, 2.0 * TITLE);

/// Finds a place for everything.
pub(super) fn scene(diagram: &Diagram) -> Scene {
    let leaves = Leaves::of(diagram);
    let layout = place(&leaves.items, &leaves.edges);
    let mut scene = Scene { width: 0.0, height: 0.0, frames: Vec::new(), nodes: Vec::new(), edges: Vec::new() };
    place_leaves(&mut scene, diagram, &leaves, &layout);
    enclose(&mut scene, diagram);
    route(&mut scene, diagram, &leaves, &layout);
    shift_into_view(&mut scene);
    scene
}

/// What the layout places. A subnet is one leaf, the NAT gateways in it included.
struct Leaves {
    items: Vec<Item>,
    /// Each node's and each box's item; a NAT gateway's is its subnet's.
    of_frame: Vec<usize>,
    of_node: Vec<usize>,
    edges: Vec<(usize, usize)>,
}

impl Leaves {
    fn of(diagram: &Diagram) -> Self {
        let ids: BTreeMap<&str, usize> = diagram.frames.iter().enumerate().map(|(i, f)| (f.id.as_str(), i)).collect();
        // One width for all boxes of a column makes their edges line up; those that hold gateways stand in another column.
        let mut items: Vec<Item> = diagram.frames.iter().map(|f| frame_item(diagram, &ids, f)).collect();
        let of_frame = (0..items.len()).collect();
        let mut of_node = Vec::new();
        for node in &diagram.nodes {
            let parent = node.parent.as_deref().and_then(|p| ids.get(p)).copied();
            match parent.filter(|p| diagram.frames[*p].kind == FrameKind::Subnet) {
                Some(subnet) => of_node.push(subnet),
                None => {
                    let (width, height) = node_size(&node.kind);
                    of_node.push(items.len());
                    items.push(Item { parent, width, height });
                }
            }
        }
        let mut leaves = Self { items, of_frame, of_node, edges: Vec::new() };
        leaves.edges = diagram
            .edges
            .iter()
            .filter_map(|e| Some((leaves.at(diagram, &e.from)?, leaves.at(diagram, &e.to)?)))
            .collect();
        leaves
    }

    fn at(&self, diagram: &Diagram, id: &str) -> Option<usize> {
        let frame = diagram.frames.iter().position(|f| f.id == id).map(|i| self.of_frame[i]);
        frame.or_else(|| diagram.nodes.iter().position(|n| n.id == id).map(|i| self.of_node[i]))
    }
}

fn frame_item(diagram: &Diagram, ids: &BTreeMap<&str, usize>, frame: &Frame) -> Item {
    let parent = frame.parent.as_deref().and_then(|p| ids.get(p)).copied();
    if frame.kind != FrameKind::Subnet {
        let (width, height) = EMPTY;
        return Item { parent, width, height };
    }
    // One width for all subnets alike makes their borders line up.
    let holds = |f: &Frame| nats_in(diagram, f).next().is_some();
    let alike = diagram.frames.iter().filter(|f| f.kind == FrameKind::Subnet && holds(f) == holds(frame));
    let width = alike.map(|f| subnet_size(diagram, f).0).fold(0.0, f64::max);
    Item { parent, width, height: subnet_size(diagram, frame).1 }
}

fn place_leaves(scene: &mut Scene, diagram: &Diagram, leaves: &Leaves, layout: &Layout) {
    let around = |item: usize| {
        let (centre, Item { width, height, .. }) = (layout.centres[item], leaves.items[item]);
        Rect { x: centre.x - width / 2.0, y: centre.y - height / 2.0, width, height }
    };
    scene.frames = leaves.of_frame.iter().map(|item| around(*item)).collect();
    scene.nodes = leaves.of_node.iter().map(|item| around(*item)).collect();
    for (frame, rect) in diagram.frames.iter().zip(&scene.frames) {
        let nats: Vec<(usize, (f64, f64))> = nats_in(diagram, frame).map(|(i, kind)| (i, node_size(kind))).collect();
        let height: f64 = nats.iter().map(|(_, size)| size.1 + PAD).sum::<f64>() - PAD;
        let mut y = rect.y + (rect.height - height) / 2.0;
        for (index, (_, height)) in nats {
            scene.nodes[index] = Rect { x: rect.x + PAD, y, width: rect.width - 2.0 * PAD, height };
            y += height + PAD;
        }
    }
}

/// Draws each box around what is in it. Inner boxes stand after outer ones, so they are ready first from the back.
fn enclose(scene: &mut Scene, diagram: &Diagram) {
    for index in (0..diagram.frames.len()).rev() {
        let frame = &diagram.frames[index];
        if frame.kind == FrameKind::Subnet {
            continue;
        }
        let inside = |parent: &Option<String>| parent.as_ref() == Some(&frame.id);
        let frames = diagram.frames.iter().zip(&scene.frames).filter(|(f, _)| inside(&f.parent)).map(|(_, r)| *r);
        let nodes = diagram.nodes.iter().zip(&scene.nodes).filter(|(n, _)| inside(&n.parent)).map(|(_, r)| *r);
        if let Some(all) = frames.chain(nodes).reduce(Rect::union) {
            scene.frames[index] = Rect {
                x: all.x - BORDER,
                y: all.y - TITLE,
                width: all.width + 2.0 * BORDER,
                height: all.height + TITLE + BORDER,
            };
        }
    }
}

/// Draws the ways: out at the right, in at the left, straight across each column, and up or down only between columns.
fn route(scene: &mut Scene, diagram: &Diagram, leaves: &Leaves, layout: &Layout) {
    let columns = columns(leaves, layout);
    for (edge, bends) in diagram.edges.iter().zip(&layout.bends) {
        let (Some(from), Some(to)) = (port(scene, diagram, &edge.from), port(scene, diagram, &edge.to)) else {
            scene.edges.push(Vec::new());
            continue;
        };
        let (start, end) = (Point { x: from.right, y: from.y }, Point { x: to.left, y: to.y });
        let mut points = vec![start, Point { x: column_at(&columns, start.x).map_or(start.x, |c| c.1), y: start.y }];
        for (bend, column) in bends.iter().filter_map(|b| Some((b, column_at(&columns, b.x)?))) {
            points.push(Point { x: column.0, y: bend.y });
            points.push(Point { x: column.1, y: bend.y });
        }
        points.push(Point { x: column_at(&columns, end.x).map_or(end.x, |c| c.0), y: end.y });
        points.push(end);
        points.dedup();
        scene.edges.push(points);
    }
}

/// Where ways leave and enter something.
struct Port {
    left: f64,
    right: f64,
    y: f64,
}

fn port(scene: &Scene, diagram: &Diagram, id: &str) -> Option<Port> {
    if let Some(index) = diagram.frames.iter().position(|f| f.id == id) {
        let rect = scene.frames[index];
        // Beside the gateways in it, not through them.
        let holds_nats = nats_in(diagram, &diagram.frames[index]).next().is_some();
        let y = if holds_nats { rect.y + PAD + 8.0 } else { rect.y + rect.height / 2.0 };
        return Some(Port { left: rect.x, right: rect.x + rect.width, y });
    }
    let index = diagram.nodes.iter().position(|n| n.id == id)?;
    let (rect, y) = (scene.nodes[index], scene.nodes[index].y + scene.nodes[index].height / 2.0);
    Some(match diagram.nodes[index].kind {
        NodeKind::Internet => {
            let x = rect.x + rect.width / 2.0;
            Port { left: x - GLOBE, right: x + GLOBE, y }
        }
        NodeKind::DeadEnd { .. } => Port { left: rect.x, right: rect.x + 2.0 * CROSS, y },
        _ => Port { left: rect.x, right: rect.x + rect.width, y },
    })
}

/// From where to where each column of leaves reaches, from left to right.
fn columns(leaves: &Leaves, layout: &Layout) -> Vec<(f64, f64)> {
    let groups: BTreeSet<usize> = leaves.items.iter().filter_map(|i| i.parent).collect();
    let mut spans: Vec<(f64, f64)> = (leaves.items.iter().zip(&layout.centres).enumerate())
        .filter(|(i, _)| !groups.contains(i))
        .map(|(_, (item, c))| (c.x - item.width / 2.0, c.x + item.width / 2.0))
        .collect();
    spans.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut columns: Vec<(f64, f64)> = Vec::new();
    for span in spans {
        match columns.last_mut() {
            Some(last) if span.0 <= last.1 => last.1 = last.1.max(span.1),
            Some(_) | None => columns.push(span),
        }
    }
    columns
}

fn column_at(columns: &[(f64, f64)], x: f64) -> Option<(f64, f64)> {
    columns.iter().copied().find(|c| (c.0..=c.1).contains(&x))
}

/// Moves everything so that it begins at the margin.
fn shift_into_view(scene: &mut Scene) {
    let Some(all) = scene.frames.iter().chain(&scene.nodes).copied().reduce(Rect::union) else { return };
    let (dx, dy) = (MARGIN - all.x, MARGIN - all.y);
    for rect in scene.frames.iter_mut().chain(&mut scene.nodes) {
        (rect.x, rect.y) = (rect.x + dx, rect.y + dy);
    }
    for point in scene.edges.iter_mut().flatten() {
        (point.x, point.y) = (point.x + dx, point.y + dy);
    }
    (scene.width, scene.height) = (all.width + 2.0 * MARGIN, all.height + 2.0 * MARGIN);
}

impl Rect {
    fn union(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = f64::max(self.x + self.width, other.x + other.width);
        let bottom = f64::max(self.y + self.height, other.y + other.height);
        Self { x, y, width: right - x, height: bottom - y }
    }
}
