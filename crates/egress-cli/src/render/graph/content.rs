//! What is written in nodes and boxes, and how large that makes them.

use super::{
    diagram::{Diagram, Flow, Frame, FrameKind, NodeKind, ip_text},
    label::{Weight, clip, printable, width, wrap},
};

/// A line of text in a node or box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) style: Style,
    pub(super) text: String,
}

/// How a line is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// What sort of thing it is.
    Kind,
    /// What people call it.
    Name,
    /// What the cloud calls it, ranges, tables.
    Detail,
    /// An address in passing.
    Ip,
    /// The address that the picture is about.
    BigIp,
    /// Why it does not work.
    Why,
}

impl Style {
    /// The font's size in pixels.
    pub(super) const fn size(self) -> f64 {
        match self {
            Self::Kind | Self::Detail => 11.0,
            Self::Name | Self::Ip | Self::Why => 13.0,
            Self::BigIp => 26.0,
        }
    }

    /// From one line to the next, in pixels.
    pub(super) const fn leading(self) -> f64 {
        match self {
            Self::Kind | Self::Detail => 16.0,
            Self::Name | Self::Ip | Self::Why => 19.0,
            Self::BigIp => 34.0,
        }
    }

    const fn weight(self) -> Weight {
        match self {
            Self::Kind | Self::Detail => Weight::Regular,
            Self::Name | Self::Ip | Self::Why | Self::BigIp => Weight::Bold,
        }
    }
}

/// Between the edge of a card and what is written in it.
pub(super) const PAD: f64 = 14.0;
/// The part of a box that its title takes.
pub(super) const TITLE: f64 = 36.0;
/// The icon at the left of a card, with the gap after it.
pub(super) const ICON: f64 = 38.0;
/// The radius of the globe.
pub(super) const GLOBE: f64 = 34.0;
/// The radius of the disc with the cross where packets die.
pub(super) const CROSS: f64 = 14.0;
/// Left and right of the address that traffic leaves from.
pub(super) const CARD_PAD: f64 = 22.0;

const LONGEST_LINE: f64 = 230.0;
const MOST_NAMES: usize = 16;

/// What is written in a node.
pub(super) fn lines(kind: &NodeKind) -> Vec<Line> {
    let raw: Vec<(Style, String)> = match kind {
        NodeKind::Functions { names } => function_lines(names),
        NodeKind::Nat { name, id, state, ips } => {
            let kind = state.as_ref().map_or_else(|| "NAT gateway".to_owned(), |s| format!("NAT gateway · {s}"));
            let style = if state.is_none() { Style::Ip } else { Style::Detail };
            let ips = ips.iter().map(|ip| (style, ip_text(*ip)));
            [(Style::Kind, kind), (Style::Name, name.clone())].into_iter().chain(ips).chain(detail(name, id)).collect()
        }
        NodeKind::InternetGateway { name, id } => {
            [(Style::Kind, "internet gateway".to_owned()), (Style::Name, name.clone())]
                .into_iter()
                .chain(detail(name, id))
                .collect()
        }
        NodeKind::Exit { sources } => {
            let head = match sources.iter().map(|s| s.flow).max() {
                Some(Flow::Way) => "traffic leaves from",
                Some(Flow::Unclear) => "traffic may leave from",
                Some(Flow::Idle | Flow::Broken) | None => "held, but no traffic leaves from",
            };
            let best = sources.iter().map(|s| s.flow).max();
            let rows = sources.iter().flat_map(|s| {
                let unlike = match s.flow {
                    flow if Some(flow) == best => "",
                    Flow::Unclear => " · not sure",
                    Flow::Way | Flow::Idle | Flow::Broken => " · no traffic",
                };
                let ip = s.ip.map_or_else(|| "not known yet".to_owned(), |ip| ip.to_string());
                [(Style::BigIp, ip), (Style::Detail, format!("by {}{unlike}", s.via))]
            });
            [(Style::Kind, head.to_owned())].into_iter().chain(rows).collect()
        }
        NodeKind::AnyAddress => vec![
            (Style::Kind, "traffic leaves from".to_owned()),
            (Style::BigIp, "no fixed IP".to_owned()),
            (Style::Detail, "the cloud picks, and changes it".to_owned()),
        ],
        NodeKind::Internet => vec![(Style::Name, "the internet".to_owned())],
        NodeKind::DeadEnd { why } => {
            let size = Style::Why.size();
            wrap(&printable(why), 190.0, size, Weight::Bold).into_iter().map(|l| (Style::Why, l)).collect()
        }
        NodeKind::Elsewhere { what, id } => {
            let not_followed = (Style::Detail, "not followed further".to_owned());
            vec![(Style::Kind, what.clone()), (Style::Name, id.clone()), not_followed]
        }
    };
    raw.into_iter().map(|(style, text)| line(style, &text, LONGEST_LINE)).collect()
}

/// What is written in a subnet's box: above its middle, where NAT gateways stand, and below.
pub(super) fn subnet_lines(frame: &Frame) -> (Vec<Line>, Vec<Line>) {
    let mut details = frame.details.iter().map(|d| line(Style::Detail, d, LONGEST_LINE));
    let above = [line(Style::Name, &frame.name, LONGEST_LINE)].into_iter().chain(details.next()).collect();
    (above, details.collect())
}

/// A text as a line that fits.
pub(super) fn line(style: Style, text: &str, max: f64) -> Line {
    Line { style, text: clip(&printable(text), max, style.size(), style.weight()) }
}

/// The width of a line in pixels, at most.
pub(super) fn line_width(line: &Line) -> f64 {
    width(&line.text, line.style.size(), line.style.weight())
}

/// The height of some lines in pixels.
pub(super) fn lines_height(lines: &[Line]) -> f64 {
    lines.iter().map(|l| l.style.leading()).sum()
}

fn function_lines(names: &[String]) -> Vec<(Style, String)> {
    let head = if names.len() == 1 { "function".to_owned() } else { format!("{} functions", names.len()) };
    // One more takes the place of the line that would say that there is one more.
    let shown = if names.len() <= MOST_NAMES + 1 { names.len() } else { MOST_NAMES };
    let rest = Some(names.len() - shown).filter(|n| *n > 0).map(|n| (Style::Detail, format!("and {n} more")));
    let names = names.iter().take(shown).map(|n| (Style::Name, n.clone()));
    [(Style::Kind, head)].into_iter().chain(names).chain(rest).collect()
}

fn detail(name: &str, id: &str) -> Option<(Style, String)> {
    (name != id).then(|| (Style::Detail, id.to_owned()))
}

/// The width and height of a node's card.
pub(super) fn node_size(kind: &NodeKind) -> (f64, f64) {
    let lines = lines(kind);
    let text = widest(&lines);
    match kind {
        // The name hangs below the globe; as much air above keeps ways straight.
        NodeKind::Internet => (f64::max(2.0 * GLOBE, text), 2.0 * (GLOBE + TITLE)),
        NodeKind::Exit { .. } | NodeKind::AnyAddress => (text + 2.0 * CARD_PAD, lines_height(&lines) + 2.0 * PAD),
        NodeKind::DeadEnd { .. } => (ICON + text, f64::max(2.0 * CROSS, lines_height(&lines))),
        NodeKind::Functions { .. }
        | NodeKind::Nat { .. }
        | NodeKind::InternetGateway { .. }
        | NodeKind::Elsewhere { .. } => (ICON + text + 2.0 * PAD, lines_height(&lines) + 2.0 * PAD),
    }
}

/// The width and height of a subnet's box: its name and range above its middle, where NAT gateways stand, the rest below.
pub(super) fn subnet_size(diagram: &Diagram, frame: &Frame) -> (f64, f64) {
    let (above, below) = subnet_lines(frame);
    let nats: Vec<(f64, f64)> = nats_in(diagram, frame).map(|(_, kind)| node_size(kind)).collect();
    let text = f64::max(widest(&above), widest(&below));
    let width = nats.iter().map(|n| n.0).fold(text, f64::max) + 2.0 * PAD;
    let half = f64::max(lines_height(&above), lines_height(&below));
    let nats: f64 = nats.iter().map(|n| n.1 + PAD).sum();
    let gap = if nats > 0.0 { PAD } else { 0.0 };
    (width, 2.0 * half + nats + gap + 2.0 * PAD)
}

/// The NAT gateways in a subnet's box, by their index among the nodes.
pub(super) fn nats_in<'a>(diagram: &'a Diagram, frame: &'a Frame) -> impl Iterator<Item = (usize, &'a NodeKind)> {
    let nodes = diagram.nodes.iter().enumerate().filter(|(_, n)| n.parent.as_ref() == Some(&frame.id));
    nodes.filter(|_| frame.kind == FrameKind::Subnet).map(|(i, n)| (i, &n.kind))
}

fn widest(lines: &[Line]) -> f64 {
    lines.iter().map(line_width).fold(0.0, f64::max)
}
