//! Where boxes and ways go on the plane: the one place that knows the layout library.

use std::collections::BTreeSet;

use dagre::{
    EdgeLabel, LayoutOptions, NodeLabel, RankDir,
    graph::{Graph, GraphOptions},
};

use super::tidy::tidy;

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
    let depths = depths(items.len(), edges);
    let deepest = (0..items.len()).filter(|i| items[*i].parent.is_some()).map(|i| depths[i]).max().unwrap_or(0);
    for (from, to) in edges {
        // What is outside all groups stands beyond the last column of what is in one, else a group could close around it.
        let leaves_groups = items[*from].parent.is_some() && items[*to].parent.is_none();
        let minlen = if leaves_groups { deepest - depths[*from] + 1 } else { 1 };
        graph.set_edge(from.to_string(), to.to_string(), Some(EdgeLabel { minlen, ..EdgeLabel::default() }), None);
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
    let groups: BTreeSet<usize> = items.iter().filter_map(|i| i.parent).collect();
    let leaves: Vec<(f64, f64)> =
        (0..items.len()).filter(|i| !groups.contains(i)).map(|i| (centre(i).x, items[i].width / 2.0)).collect();
    let bends = |(from, to): &(usize, usize)| {
        let points = graph.edge(&from.to_string(), &to.to_string(), None).map_or(&[][..], |e| &e.points);
        // The first and the last are where the library thinks the ends are. Those that pass no leaf keep clear of nothing and
        // would only make the way wavy.
        let between = points.get(1..points.len().saturating_sub(1)).unwrap_or_default();
        let passes = |p: &&dagre::Point| leaves.iter().any(|(x, half)| (p.x - x).abs() <= *half);
        between.iter().filter(passes).map(|p| Point { x: p.x, y: p.y }).collect()
    };
    let mut layout =
        Layout { centres: (0..items.len()).map(centre).collect(), bends: edges.iter().map(bends).collect() };
    tidy(items, edges, &mut layout);
    layout
}

/// How many edges lead to each item, on the longest way.
fn depths(items: usize, edges: &[(usize, usize)]) -> Vec<i32> {
    let mut depths = vec![0; items];
    // Each round settles at least one more item of the longest way; without a cycle there are fewer rounds than items.
    for _ in 0..items {
        let before = depths.clone();
        edges.iter().for_each(|(from, to)| depths[*to] = depths[*to].max(depths[*from] + 1));
        if depths == before {
            break;
        }
    }
    depths
}

/// Between two leaves of one column, and twice half of it between a leaf and the border of its group, which must leave room for
/// the group's title.
pub(super) const NODE_GAP: f64 = 34.0;
/// Between two ways, or a way and a leaf.
pub(super) const EDGE_GAP: f64 = 34.0;
/// Between two columns; the library adds to it where borders lie between them.
const COLUMN_GAP: f64 = 60.0;
