//! Where boxes and ways go on the plane: the one place that knows the layout library.

use std::collections::BTreeSet;

use dagre::{
    EdgeLabel, LayoutOptions, NodeLabel, RankDir,
    graph::{Graph, GraphOptions},
};

/// Something to be placed: a leaf of a size, or a group, which is whatever another item names as its parent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Item {
    /// The group that it is in, by index; groups come before their members.
    pub(super) parent: Option<usize>,
    /// Width of a leaf, in pixels.
    pub(super) width: f64,
    /// Height of a leaf, in pixels.
    pub(super) height: f64,
}

/// A point on the plane, in pixels, y downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// What was found out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layout {
    /// The centre of each leaf, by the index of its item; for a group, the centre of what is in it.
    pub(super) centres: Vec<Point>,
    /// For each edge, the points that it passes between its ends, one in each column of leaves on its way.
    pub(super) bends: Vec<Vec<Point>>,
}

/// Places leaves in columns from left to right along the edges, each group apart from all that is not in it.
///
/// `edges` are pairs of indices of leaves and form no cycle. The same input gives the same output.
pub(super) fn place(items: &[Item], edges: &[(usize, usize)]) -> Layout {
    let mut graph: Graph<NodeLabel, EdgeLabel> =
        Graph::with_options(GraphOptions { directed: true, multigraph: true, compound: true });
    for (index, item) in items.iter().enumerate() {
        graph.set_node(
            index.to_string(),
            Some(NodeLabel { width: item.width, height: item.height, ..NodeLabel::default() }),
        );
    }
    for (index, item) in items.iter().enumerate() {
        if let Some(parent) = item.parent {
            graph.set_parent(&index.to_string(), Some(&parent.to_string()));
        }
    }
    for (from, to) in edges {
        graph.set_edge(from.to_string(), to.to_string(), Some(EdgeLabel::default()), None);
    }
    let options = LayoutOptions {
        rankdir: RankDir::LR,
        nodesep: NODE_GAP,
        edgesep: EDGE_GAP,
        ranksep: COLUMN_GAP,
        // The first of equally good orders is the one nearest to the order of the items: zone a above zone b.
        tie_keep_first: true,
        ..LayoutOptions::default()
    };
    dagre::layout(&mut graph, Some(options));

    let centre = |index: usize| {
        let node = graph.node(&index.to_string());
        Point { x: node.and_then(|n| n.x).unwrap_or_default(), y: node.and_then(|n| n.y).unwrap_or_default() }
    };
    let bends = |(from, to): &(usize, usize)| {
        let points = graph.edge(&from.to_string(), &to.to_string(), None).map_or(&[][..], |e| &e.points);
        // The first and the last are where the library thinks the ends are.
        let between = points.get(1..points.len().saturating_sub(1)).unwrap_or_default();
        between.iter().map(|p| Point { x: p.x, y: p.y }).collect()
    };
    let mut layout =
        Layout { centres: (0..items.len()).map(centre).collect(), bends: edges.iter().map(bends).collect() };
    level(items, edges, &mut layout);
    layout
}

/// Lets ways between two leaves of one group run straight, where the smaller leaf can move beside the larger one without
/// coming near another leaf or way. No group grows by it. The library has no such step.
fn level(items: &[Item], edges: &[(usize, usize)], layout: &mut Layout) {
    let groups: BTreeSet<usize> = items.iter().filter_map(|i| i.parent).collect();
    for (from, to) in edges.iter().filter(|(from, to)| items[*from].parent == items[*to].parent) {
        let (still, moved) = if items[*from].height > items[*to].height { (*from, *to) } else { (*to, *from) };
        let (x, y) = (layout.centres[moved].x, layout.centres[still].y);
        let half = |index: usize| (items[index].width / 2.0, items[index].height / 2.0);
        let near = |other: usize| {
            let (width, height) = half(other);
            let (dx, dy) = ((layout.centres[other].x - x).abs(), (layout.centres[other].y - y).abs());
            dx < width + half(moved).0 && dy < height + half(moved).1 + NODE_GAP
        };
        let leaf_in_the_way = (0..items.len()).any(|other| other != moved && !groups.contains(&other) && near(other));
        let mut bends = layout.bends.iter().flatten();
        let way_in_the_way =
            bends.any(|b| (b.x - x).abs() < half(moved).0 && (b.y - y).abs() < half(moved).1 + EDGE_GAP / 2.0);
        if !leaf_in_the_way && !way_in_the_way {
            layout.centres[moved].y = y;
        }
    }
}

/// Between two leaves of one column, and twice half of it between a leaf and the border of its group, which must leave room for
/// the group's title.
const NODE_GAP: f64 = 34.0;
/// Between two ways, or a way and a leaf.
const EDGE_GAP: f64 = 34.0;
/// Between two columns; the library adds to it where borders lie between them.
const COLUMN_GAP: f64 = 60.0;
