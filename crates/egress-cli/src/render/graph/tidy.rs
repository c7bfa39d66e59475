//! What a layout library leaves undone: ways that could be straight, and groups that stand in no order.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{EDGE_GAP, Item, Layout, NODE_GAP};

/// Improves a layout. Nothing overlaps afterwards that did not before, and no group grows.
pub(super) fn tidy(items: &[Item], edges: &[(usize, usize)], layout: &mut Layout) {
    put_in_order(items, edges, layout);
    level(items, edges, layout);
}

/// Puts groups that are alike in the order of their items: zone a above zone b above zone c.
///
/// Groups are alike if they have one parent, one size and the same neighbours: then any order is as good as another for the
/// ways, and only people mind.
fn put_in_order(items: &[Item], edges: &[(usize, usize)], layout: &mut Layout) {
    let mut alike: BTreeMap<Likeness, Vec<(usize, Hull)>> = BTreeMap::new();
    for group in groups(items) {
        if let Some(hull) = hull(items, layout, group) {
            alike.entry(likeness(items, edges, group, hull)).or_default().push((group, hull));
        }
    }
    for mut members in alike.into_values() {
        members.sort_by_key(|(group, _)| *group);
        let mut slots: Vec<Hull> = members.iter().map(|(_, hull)| *hull).collect();
        slots.sort_by(|a, b| a.top.total_cmp(&b.top));
        // A way that passes through one of them would meet another one there.
        if layout.bends.iter().flatten().any(|b| slots.iter().any(|s| (s.top..=s.bottom).contains(&b.y))) {
            continue;
        }
        for ((group, hull), slot) in members.into_iter().zip(slots) {
            for leaf in members_of(items, group) {
                layout.centres[leaf].y += slot.top - hull.top;
            }
        }
    }
}

/// More than the borders and titles of groups in groups take, in pixels.
const BORDERS: f64 = 100.0;

/// What two groups have in common that may change places: their parent, their sides and height in tenths of a pixel, and the
/// leaves outside that ways come from and go to.
type Likeness = (Option<usize>, [i64; 3], BTreeSet<usize>, BTreeSet<usize>);

fn likeness(items: &[Item], edges: &[(usize, usize)], group: usize, hull: Hull) -> Likeness {
    let inside: BTreeSet<usize> = members_of(items, group).collect();
    let before = edges.iter().filter(|(from, to)| !inside.contains(from) && inside.contains(to)).map(|e| e.0);
    let after = edges.iter().filter(|(from, to)| inside.contains(from) && !inside.contains(to)).map(|e| e.1);
    #[expect(clippy::cast_possible_truncation, reason = "pictures are not that large")]
    let tenths = |length: f64| (length * 10.0).round() as i64;
    let size = [hull.left, hull.right, hull.bottom - hull.top].map(tenths);
    (items[group].parent, size, before.collect(), after.collect())
}

/// How far the leaves of a group reach.
#[derive(Clone, Copy)]
struct Hull {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

fn hull(items: &[Item], layout: &Layout, group: usize) -> Option<Hull> {
    let of_leaf = |leaf: usize| {
        let (centre, half) = (layout.centres[leaf], (items[leaf].width / 2.0, items[leaf].height / 2.0));
        Hull { left: centre.x - half.0, right: centre.x + half.0, top: centre.y - half.1, bottom: centre.y + half.1 }
    };
    members_of(items, group).map(of_leaf).reduce(|a, b| Hull {
        left: a.left.min(b.left),
        right: a.right.max(b.right),
        top: a.top.min(b.top),
        bottom: a.bottom.max(b.bottom),
    })
}

fn groups(items: &[Item]) -> BTreeSet<usize> {
    items.iter().filter_map(|i| i.parent).collect()
}

/// The leaves in a group, however deep.
fn members_of(items: &[Item], group: usize) -> impl Iterator<Item = usize> {
    let groups = groups(items);
    let is_in = move |leaf: usize| {
        let mut parents = std::iter::successors(items[leaf].parent, |p| items[*p].parent);
        parents.any(|p| p == group)
    };
    (0..items.len()).filter(move |i| !groups.contains(i) && is_in(*i))
}

/// Lets ways between two leaves of one group run straight, where the smaller leaf can move beside the larger one without
/// coming near another leaf or way. No group grows by it. The library has no such step.
fn level(items: &[Item], edges: &[(usize, usize)], layout: &mut Layout) {
    let groups = groups(items);
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
        let group_in_the_way = groups.iter().any(|group| {
            let apart = !members_of(items, *group).any(|leaf| leaf == moved);
            apart
                && hull(items, layout, *group).is_some_and(|h| {
                    let beside = x + half(moved).0 + BORDERS < h.left || h.right + BORDERS < x - half(moved).0;
                    let above_or_below = y + half(moved).1 + BORDERS < h.top || h.bottom + BORDERS < y - half(moved).1;
                    !beside && !above_or_below
                })
        });
        if !leaf_in_the_way && !way_in_the_way && !group_in_the_way {
            layout.centres[moved].y = y;
        }
    }
}
