//! A Diagram as a tree of text, for a terminal.

use super::{
    diagram::{Diagram, Flow, Frame, FrameKind, Node, NodeKind, ip_text},
    label::printable,
};

/// Draws a Diagram as a tree: first what leaves from where and what is broken, then the boxes and the ways out of them.
pub(crate) fn text(diagram: &Diagram) -> String {
    let mut out = String::new();
    for line in diagram.headline() {
        out.push_str(&format!("{}\n", printable(&line)));
    }
    out.push('\n');
    for frame in diagram.frames.iter().filter(|f| f.parent.is_none()) {
        out.push_str(&format!("{}\n", printable(&frame_words(diagram, frame))));
        draw_children(&mut out, diagram, &frame.id, "");
    }
    out
}

/// Something in a box.
enum Child<'d> {
    Frame(&'d Frame),
    Node(&'d Node),
}

fn draw_children(out: &mut String, diagram: &Diagram, parent: &str, indent: &str) {
    let inside = |p: &Option<String>| p.as_deref() == Some(parent);
    let nodes = diagram.nodes.iter().filter(|n| inside(&n.parent) && !is_end(&n.kind)).map(Child::Node);
    let frames = diagram.frames.iter().filter(|f| inside(&f.parent)).map(Child::Frame);
    let children: Vec<Child<'_>> = nodes.chain(frames).collect();
    let count = children.len();
    for (index, child) in children.into_iter().enumerate() {
        let (branch, below) = if index + 1 == count { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        let words = match &child {
            Child::Frame(frame) => frame_words(diagram, frame),
            Child::Node(node) => node_words(diagram, node),
        };
        out.push_str(&format!("{indent}{branch}{}\n", printable(&words)));
        if let Child::Frame(frame) = child {
            draw_children(out, diagram, &frame.id, &format!("{indent}{below}"));
        }
    }
}

/// Ends of ways are named where the ways begin.
fn is_end(kind: &NodeKind) -> bool {
    matches!(kind, NodeKind::DeadEnd { .. } | NodeKind::Elsewhere { .. })
}

fn frame_words(diagram: &Diagram, frame: &Frame) -> String {
    let kind = match frame.kind {
        FrameKind::Region => "region",
        FrameKind::Network => "network",
        FrameKind::Zone => "zone",
        FrameKind::Subnet => "subnet",
    };
    let details: String = frame.details.iter().map(|d| format!("  {d}")).collect();
    format!("{kind} {}{details}{}", frame.name, ways(diagram, &frame.id))
}

fn node_words(diagram: &Diagram, node: &Node) -> String {
    let words = match &node.kind {
        NodeKind::Functions { names } if names.len() == 1 => format!("function {}", node.kind.name()),
        NodeKind::Functions { .. } => format!("functions {}", node.kind.name()),
        NodeKind::Nat { name, id, state, ips } => {
            let state = state.iter().map(|s| format!("  {s}"));
            let ips = ips.iter().map(|ip| format!("  {}", ip_text(*ip)));
            let id = (name != id).then(|| format!("  {id}"));
            format!("NAT gateway {name}{}", state.chain(ips).chain(id).collect::<String>())
        }
        NodeKind::InternetGateway { name, id } if name != id => format!("internet gateway {name}  {id}"),
        NodeKind::InternetGateway { name, .. } => format!("internet gateway {name}"),
        NodeKind::Exit { .. }
        | NodeKind::AnyAddress
        | NodeKind::Internet
        | NodeKind::DeadEnd { .. }
        | NodeKind::Elsewhere { .. } => node.kind.name(),
    };
    format!("{words}{}", ways(diagram, &node.id))
}

/// Where the ways from here lead.
fn ways(diagram: &Diagram, id: &str) -> String {
    let mut out = String::new();
    for edge in diagram.edges_from(id) {
        let sign = match edge.flow {
            Flow::Way | Flow::Idle => "→",
            Flow::Unclear => "⇢",
            Flow::Broken => "✗",
        };
        out.push_str(&format!("  {sign} {}", diagram.name_of(&edge.to)));
    }
    out
}
