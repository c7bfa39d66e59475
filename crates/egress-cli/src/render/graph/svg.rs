//! A Diagram as SVG: one file, no scripts, no fonts of its own, light or dark as the reader's screen is.

use super::{
    content::{
        CARD_PAD, CROSS, GLOBE, ICON, Line, PAD, Style, TITLE, line, line_width, lines, lines_height, nats_in,
        subnet_lines,
    },
    diagram::{Diagram, Edge, Flow, Frame, FrameKind, NodeKind},
    label::xml,
    layout::Point,
    scene::{Rect, Scene, scene},
};

/// Draws a Diagram. The same Diagram gives the same file, byte for byte.
pub(crate) fn svg(diagram: &Diagram) -> String {
    let scene = scene(diagram);
    let Scene { width, height, .. } = scene;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title desc\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\">\n",
        w = px(width.ceil()),
        h = px(height.ceil()),
    );
    out.push_str(&format!("<title id=\"title\">{}</title>\n", xml(&format!("Egress of {}", diagram.title))));
    out.push_str(&format!("<desc id=\"desc\">{}</desc>\n", xml(&diagram.headline().join("; "))));
    out.push_str(&format!("<style>\n{STYLE}</style>\n"));
    out.push_str(&format!("<rect class=\"page\" width=\"{}\" height=\"{}\"/>\n", px(width.ceil()), px(height.ceil())));
    let boxes = || diagram.frames.iter().zip(&scene.frames);
    boxes().for_each(|(frame, rect)| out.push_str(&draw_box(frame, *rect)));
    // What says most is drawn last, and so lies on top.
    let mut ways: Vec<(&Edge, &Vec<Point>)> = diagram.edges.iter().zip(&scene.edges).collect();
    ways.sort_by_key(|(edge, _)| edge.flow);
    ways.iter().for_each(|(edge, points)| out.push_str(&draw_way(edge.flow, points)));
    boxes().for_each(|(frame, rect)| out.push_str(&draw_title(diagram, frame, *rect)));
    diagram.nodes.iter().zip(&scene.nodes).for_each(|(node, rect)| out.push_str(&draw_node(&node.kind, *rect)));
    out.push_str("</svg>\n");
    out
}

const STYLE: &str = include_str!("style.css");

fn draw_box(frame: &Frame, rect: Rect) -> String {
    let (class, radius) = match frame.kind {
        FrameKind::Region => ("region", 12.0),
        FrameKind::Network => ("network", 10.0),
        FrameKind::Zone => ("zone", 8.0),
        FrameKind::Subnet => ("subnet", 6.0),
    };
    rounded(class, rect, radius)
}

fn draw_title(diagram: &Diagram, frame: &Frame, rect: Rect) -> String {
    let mut out = format!("<g><title>{}</title>\n", tooltip(&[&[frame.name.clone()][..], &frame.details].concat()));
    match frame.kind {
        FrameKind::Subnet => {
            let (above, below) = subnet_lines(frame);
            let nats = nats_in(diagram, frame).next().is_some();
            let middle = rect.y + rect.height / 2.0;
            let top = if nats { rect.y + PAD } else { middle - lines_height(&above) };
            let bottom = if nats { rect.y + rect.height - PAD - lines_height(&below) } else { middle };
            out.push_str(&draw_lines(&above, rect.x + PAD, top, "start"));
            out.push_str(&draw_lines(&below, rect.x + PAD, bottom, "start"));
        }
        FrameKind::Region | FrameKind::Network | FrameKind::Zone => {
            let style = if frame.kind == FrameKind::Zone { Style::Kind } else { Style::Name };
            let room = rect.width - 2.0 * PAD;
            let name = line(style, &frame.name, room);
            let rest = line(Style::Detail, &frame.details.join(" · "), room - line_width(&name) - 10.0);
            // One text, so that the small letters follow the large ones however broad the reader's font is.
            out.push_str(&format!(
                "<text x=\"{}\" y=\"{}\"><tspan class=\"{}\">{}</tspan><tspan class=\"detail\" dx=\"10\">{}</tspan></text>\n",
                px(rect.x + PAD),
                px(rect.y + TITLE - 13.0),
                class(style),
                xml(&name.text),
                xml(&rest.text),
            ));
        }
    }
    out + "</g>\n"
}

fn draw_node(kind: &NodeKind, rect: Rect) -> String {
    let texts = lines(kind);
    let (left, middle) = (rect.x, rect.y + rect.height / 2.0);
    let top = middle - lines_height(&texts) / 2.0;
    let body = match kind {
        NodeKind::Functions { .. } => {
            card("functions", LAMBDA, rect) + &draw_lines(&texts, left + PAD + ICON, top, "start")
        }
        NodeKind::Nat { .. } => card("nat", TRANSLATE, rect) + &draw_lines(&texts, left + PAD + ICON, top, "start"),
        NodeKind::InternetGateway { .. } => {
            card("gateway", DOOR, rect) + &draw_lines(&texts, left + PAD + ICON, top, "start")
        }
        NodeKind::Elsewhere { .. } => {
            card("elsewhere", ARROW, rect) + &draw_lines(&texts, left + PAD + ICON, top, "start")
        }
        NodeKind::Exit { sources } => {
            let class = match sources.iter().map(|s| s.flow).max() {
                Some(Flow::Way) => "exit way",
                Some(Flow::Unclear) => "exit unclear",
                Some(Flow::Idle | Flow::Broken) | None => "exit idle",
            };
            exit(class, &texts, rect, top)
        }
        NodeKind::AnyAddress => exit("exit unclear", &texts, rect, top),
        NodeKind::Internet => globe(left + rect.width / 2.0, middle, &texts),
        NodeKind::DeadEnd { .. } => dead_end(left + CROSS, middle) + &draw_lines(&texts, left + ICON, top, "start"),
    };
    format!("<g><title>{}</title>\n{body}</g>\n", tooltip(&full_text(kind)))
}

/// All of what the lines of a node may have cut short.
fn full_text(kind: &NodeKind) -> Vec<String> {
    match kind {
        NodeKind::Functions { names } => names.clone(),
        NodeKind::Nat { name, id, .. } | NodeKind::InternetGateway { name, id } => vec![name.clone(), id.clone()],
        NodeKind::Exit { .. }
        | NodeKind::AnyAddress
        | NodeKind::Internet
        | NodeKind::DeadEnd { .. }
        | NodeKind::Elsewhere { .. } => vec![kind.name()],
    }
}

fn tooltip(lines: &[String]) -> String {
    lines.iter().map(|l| xml(l)).collect::<Vec<_>>().join("\n")
}

fn card(class: &str, icon: &str, rect: Rect) -> String {
    let (x, y) = (rect.x + PAD, rect.y + rect.height / 2.0 - 12.0);
    let icon = format!("<path class=\"icon\" transform=\"translate({} {})\" d=\"{icon}\"/>\n", px(x), px(y));
    format!("<g class=\"{class}\">\n{}{icon}</g>\n", rounded("card", rect, 6.0))
}

fn exit(class: &str, texts: &[Line], rect: Rect, top: f64) -> String {
    let body = rounded("card", rect, 10.0) + &draw_lines(texts, rect.x + CARD_PAD, top, "start");
    format!("<g class=\"{class}\">\n{body}</g>\n")
}

fn globe(x: f64, y: f64, texts: &[Line]) -> String {
    let (x, y, r) = (px(x), px(y), px(GLOBE));
    let lines = format!(
        "<circle class=\"disc\" cx=\"{x}\" cy=\"{y}\" r=\"{r}\"/>\n\
         <ellipse cx=\"{x}\" cy=\"{y}\" rx=\"{}\" ry=\"{r}\"/>\n\
         <path transform=\"translate({x} {y})\" d=\"M-34 0H34M0-34V34M-29.5-17H29.5M-29.5 17H29.5\"/>\n",
        px(GLOBE * 0.45),
    );
    let name: String = texts.iter().map(|t| draw_anchored(t, &x, &y)).collect();
    format!("<g class=\"internet\">\n{lines}</g>\n{name}")
}

fn draw_anchored(line: &Line, x: &str, y: &str) -> String {
    format!(
        "<text class=\"{}\" x=\"{x}\" y=\"{y}\" dy=\"{}\" text-anchor=\"middle\">{}</text>\n",
        class(line.style),
        px(GLOBE + 20.0),
        xml(&line.text)
    )
}

fn dead_end(x: f64, y: f64) -> String {
    let (x, y) = (px(x), px(y));
    format!(
        "<g class=\"dead-end\"><circle cx=\"{x}\" cy=\"{y}\" r=\"{}\"/>\
         <path transform=\"translate({x} {y})\" d=\"M-5-5L5 5M5-5L-5 5\"/></g>\n",
        px(CROSS)
    )
}

fn draw_way(flow: Flow, points: &[Point]) -> String {
    let Some((first, rest)) = points.split_first() else { return String::new() };
    let class = match flow {
        Flow::Way => "way",
        Flow::Unclear => "unclear",
        Flow::Idle => "idle",
        Flow::Broken => "broken",
    };
    let mut path = format!("M{} {}", px(first.x), px(first.y));
    let mut at = *first;
    // A broad line would blunt the tip of the arrow's head.
    let (length, half) = if flow == Flow::Way { (14.0, 8.0) } else { (10.0, 5.5) };
    for (index, to) in rest.iter().enumerate() {
        let to = Point { x: if index + 1 == rest.len() { to.x - length + 1.0 } else { to.x }, y: to.y };
        if (to.y - at.y).abs() < 0.5 {
            path.push_str(&format!("H{}", px(to.x)));
        } else {
            // Level at both ends, so that the pieces join without a corner.
            let x = px(f64::midpoint(at.x, to.x));
            path.push_str(&format!("C{x} {} {x} {} {} {}", px(at.y), px(to.y), px(to.x), px(to.y)));
        }
        at = Point { x: to.x, y: if (to.y - at.y).abs() < 0.5 { at.y } else { to.y } };
    }
    let tip = px(at.x + length - 1.0);
    let head = format!("M{tip} {}l{} {}v{}z", px(at.y), px(-length), px(-half), px(2.0 * half));
    format!("<g class=\"edge {class}\"><path class=\"line\" d=\"{path}\"/><path class=\"head\" d=\"{head}\"/></g>\n")
}

fn draw_lines(texts: &[Line], x: f64, top: f64, anchor: &str) -> String {
    let mut y = top;
    let mut out = String::new();
    for line in texts {
        y += line.style.leading();
        // The letters' feet stand a little above the line's end.
        out.push_str(&draw_line(line, x, y - line.style.leading() * 0.28, anchor));
    }
    out
}

fn draw_line(line: &Line, x: f64, y: f64, anchor: &str) -> String {
    let (class, text) = (class(line.style), xml(&line.text));
    format!("<text class=\"{class}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{text}</text>\n", px(x), px(y))
}

fn class(style: Style) -> &'static str {
    match style {
        Style::Kind => "kind",
        Style::Name => "name",
        Style::Detail => "detail",
        Style::Ip => "ip",
        Style::BigIp => "big-ip",
        Style::Why => "why",
    }
}

fn rounded(class: &str, rect: Rect, radius: f64) -> String {
    let Rect { x, y, width, height } = rect;
    format!(
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>\n",
        px(x),
        px(y),
        px(width),
        px(height),
        px(radius)
    )
}

/// A length with one decimal at most, so that files are short and the same on every machine.
fn px(length: f64) -> String {
    let rounded = (length * 10.0).round() / 10.0;
    // No minus before a zero.
    format!("{}", if rounded == 0.0 { 0.0 } else { rounded })
}

// Icons of 24 by 24 pixels, drawn as lines.
const LAMBDA: &str = "M6 4h3.5l8 16h2.5M11 9.5L5 20";
const TRANSLATE: &str = "M3 8h16l-4-4M21 16H5l4 4";
const DOOR: &str = "M12 3a9 9 0 1 0 0.01 0M7 12h10m-4-4l4 4-4 4";
const ARROW: &str = "M4 12h15m-6-6l6 6-6 6";
