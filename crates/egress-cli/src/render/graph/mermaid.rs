//! A Diagram as a Mermaid flowchart, for READMEs and issues.

use std::collections::BTreeMap;

use super::{
    diagram::{Diagram, Flow, Frame, Node, NodeKind, ip_text},
    label::printable,
};

/// Draws a Diagram as `flowchart LR`. The same Diagram gives the same text, byte for byte.
pub(crate) fn mermaid(diagram: &Diagram) -> String {
    let ids = ids(diagram);
    let mut out = "flowchart LR\n".to_owned();
    for node in diagram.nodes.iter().filter(|n| n.parent.is_none()) {
        out.push_str(&draw_node(&ids, node, 1));
    }
    for frame in diagram.frames.iter().filter(|f| f.parent.is_none()) {
        out.push_str(&draw_frame(diagram, &ids, frame, 1));
    }
    for edge in &diagram.edges {
        let arrow = match edge.flow {
            Flow::Way => "==>",
            Flow::Idle => "-->",
            Flow::Unclear => "-.->",
            Flow::Broken => "-.-x",
        };
        out.push_str(&format!("  {} {arrow} {}\n", ids[edge.from.as_str()], ids[edge.to.as_str()]));
    }
    for (flow, style) in LINKS {
        let links = diagram.edges.iter().enumerate().filter(|(_, e)| e.flow == flow).map(|(i, _)| i.to_string());
        let links: Vec<String> = links.collect();
        if !links.is_empty() {
            out.push_str(&format!("  linkStyle {} {style}\n", links.join(",")));
        }
    }
    for (class, style) in CLASSES {
        let nodes =
            diagram.nodes.iter().filter(|n| class_of(&n.kind) == Some(class)).map(|n| ids[n.id.as_str()].clone());
        let nodes: Vec<String> = nodes.collect();
        if !nodes.is_empty() {
            out.push_str(&format!("  classDef {class} {style}\n  class {} {class}\n", nodes.join(",")));
        }
    }
    out
}

const LINKS: [(Flow, &str); 3] = [
    (Flow::Way, "stroke:#1a7f37,stroke-width:4px"),
    (Flow::Unclear, "stroke:#9a6700,stroke-width:2px"),
    (Flow::Broken, "stroke:#cf222e,stroke-width:2px"),
];

const CLASSES: [(&str, &str); 3] = [
    ("leaves", "fill:#1a7f37,color:#ffffff,stroke:none,font-weight:bold"),
    ("unclear", "fill:#fff8c5,color:#1f2328,stroke:#9a6700"),
    ("dead", "fill:#cf222e,color:#ffffff,stroke:none"),
];

fn class_of(kind: &NodeKind) -> Option<&'static str> {
    match kind {
        NodeKind::Exit { sources } => match sources.iter().map(|s| s.flow).max() {
            Some(Flow::Way) => Some("leaves"),
            Some(Flow::Unclear) => Some("unclear"),
            Some(Flow::Idle | Flow::Broken) | None => None,
        },
        NodeKind::AnyAddress => Some("unclear"),
        NodeKind::DeadEnd { .. } => Some("dead"),
        NodeKind::Functions { .. }
        | NodeKind::Nat { .. }
        | NodeKind::InternetGateway { .. }
        | NodeKind::Internet
        | NodeKind::Elsewhere { .. } => None,
    }
}

fn ids(diagram: &Diagram) -> BTreeMap<&str, String> {
    let frames = diagram.frames.iter().enumerate().map(|(i, f)| (f.id.as_str(), format!("box{i}")));
    let nodes = diagram.nodes.iter().enumerate().map(|(i, n)| (n.id.as_str(), format!("node{i}")));
    frames.chain(nodes).collect()
}

fn draw_frame(diagram: &Diagram, ids: &BTreeMap<&str, String>, frame: &Frame, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let inside = |parent: &Option<String>| parent.as_ref() == Some(&frame.id);
    let nodes: String =
        diagram.nodes.iter().filter(|n| inside(&n.parent)).map(|n| draw_node(ids, n, depth + 1)).collect();
    let frames = diagram.frames.iter().filter(|f| inside(&f.parent)).map(|f| draw_frame(diagram, ids, f, depth + 1));
    let body = frames.collect::<String>() + &nodes;
    let id = &ids[frame.id.as_str()];
    // Mermaid draws an empty subgraph badly, and a subnet with nothing in it is a plain node.
    if body.is_empty() {
        let parts: Vec<String> = [frame.name.clone()].into_iter().chain(frame.details.clone()).collect();
        return format!("{indent}{id}[\"{}\"]\n", label(&parts));
    }
    let title = [&[frame.name.clone()][..], frame.details.get(..1).unwrap_or_default()].concat().join(" · ");
    format!("{indent}subgraph {id} [\"{}\"]\n{body}{indent}end\n", label(&[title]))
}

fn draw_node(ids: &BTreeMap<&str, String>, node: &Node, depth: usize) -> String {
    let parts = match &node.kind {
        NodeKind::Functions { names } => names.clone(),
        NodeKind::Nat { name, state, ips, .. } => {
            let kind = state.as_ref().map_or_else(|| "NAT gateway".to_owned(), |s| format!("NAT gateway, {s}"));
            [kind, name.clone()].into_iter().chain(ips.iter().map(|ip| ip_text(*ip))).collect()
        }
        NodeKind::InternetGateway { name, .. } => vec!["internet gateway".to_owned(), name.clone()],
        NodeKind::Exit { sources } => sources.iter().map(|s| ip_text(s.ip)).collect(),
        NodeKind::AnyAddress => vec!["no fixed IP".to_owned()],
        NodeKind::Internet | NodeKind::DeadEnd { .. } => vec![node.kind.name()],
        NodeKind::Elsewhere { what, id } => vec![what.clone(), id.clone()],
    };
    let (open, close) = match node.kind {
        NodeKind::Internet => ("((", "))"),
        NodeKind::Exit { .. } | NodeKind::AnyAddress => ("([", "])"),
        NodeKind::Functions { .. }
        | NodeKind::Nat { .. }
        | NodeKind::InternetGateway { .. }
        | NodeKind::DeadEnd { .. }
        | NodeKind::Elsewhere { .. } => ("[", "]"),
    };
    format!("{}{}{open}\"{}\"{close}\n", "  ".repeat(depth), ids[node.id.as_str()], label(&parts))
}

fn label(parts: &[String]) -> String {
    parts.iter().map(|p| escape(p)).collect::<Vec<_>>().join("<br/>")
}

/// Mermaid reads quotes, hashes, HTML and Markdown in labels, so every ASCII character that could mean something there is
/// written as its number. Within a word, where they mean nothing, `-`, `_` and `.` stay for people who read the source.
fn escape(text: &str) -> String {
    let chars: Vec<char> = printable(text).chars().collect();
    let in_word = |at: Option<usize>| at.and_then(|i| chars.get(i)).is_some_and(char::is_ascii_alphanumeric);
    let mut out = String::with_capacity(text.len());
    for (i, c) in chars.iter().enumerate() {
        match c {
            c if c.is_ascii_alphanumeric() || !c.is_ascii() => out.push(*c),
            ' ' | ',' | '/' => out.push(*c),
            '-' | '_' | '.' if in_word(i.checked_sub(1)) && in_word(Some(i + 1)) => out.push(*c),
            c => out.push_str(&format!("#{};", u32::from(*c))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_label_keeps_words_and_numbers_all_that_mermaid_could_read_as_its_own() {
        assert_eq!(escape("lambda_prv-1.a, 10.0.0.0/16"), "lambda_prv-1.a, 10.0.0.0/16");
        assert_eq!(escape("1. _x_ \"`#;出口"), "1#46; #95;x#95; #34;#96;#35;#59;出口");
        assert_eq!(escape("- <b>"), "#45; #60;b#62;");
    }
}
