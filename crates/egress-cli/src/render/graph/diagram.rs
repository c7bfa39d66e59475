//! What a picture shows, as plain data.

use std::net::Ipv4Addr;

use serde::Serialize;

/// The picture of a World: boxes within boxes, what stands in them, and the ways between.
///
/// Everything is named as the cloud or the user wrote it; a renderer makes it fit to print. Ids are unique in one Diagram.
/// The edges form no cycle, whatever the World's routes do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Diagram {
    /// What is drawn: the stack's name, or the whole World.
    pub(crate) title: String,
    /// The boxes; a box comes after the one that it is in.
    pub(crate) frames: Vec<Frame>,
    /// What stands in the boxes, or outside all of them.
    pub(crate) nodes: Vec<Node>,
    /// The ways that packets go.
    pub(crate) edges: Vec<Edge>,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Frame {
    /// Its name in this Diagram.
    pub(crate) id: String,
    /// The box that it is in.
    pub(crate) parent: Option<String>,
    /// What sort of box.
    pub(crate) kind: FrameKind,
    /// What people call it.
    pub(crate) name: String,
    /// What else is said of it, in small: ranges, ids, the route table.
    pub(crate) details: Vec<String>,
}

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FrameKind {
    /// A region of an account.
    Region,
    /// A network in a region.
    Network,
    /// The part of a network that is in one zone.
    Zone,
    /// A subnet in a zone.
    Subnet,
}

/// Something that packets start from, pass or end at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Node {
    /// Its name in this Diagram.
    pub(crate) id: String,
    /// The box that it is in; `None` for what is outside the cloud's region.
    pub(crate) parent: Option<String>,
    /// What it is.
    pub(crate) kind: NodeKind,
}

/// What a node stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NodeKind {
    /// Functions that run in the same subnets, or in no network at all.
    Functions {
        /// Their names.
        names: Vec<String>,
    },
    /// A NAT gateway.
    Nat {
        /// What people call it.
        name: String,
        /// What the cloud calls it.
        id: String,
        /// Its state, where it is not simply available.
        state: Option<String>,
        /// Its public addresses; `None` for one that is not known yet.
        ips: Vec<Option<Ipv4Addr>>,
    },
    /// A gateway between a network and the internet.
    InternetGateway {
        /// What people call it.
        name: String,
        /// What the cloud calls it.
        id: String,
    },
    /// Where traffic leaves the cloud: the addresses that the internet sees.
    Exit {
        /// One for each address; never empty.
        sources: Vec<Source>,
    },
    /// Where traffic leaves from an address of the cloud's own choice.
    AnyAddress,
    /// The internet.
    Internet,
    /// Where packets die.
    DeadEnd {
        /// Why they do.
        why: String,
    },
    /// A way that the picture does not follow, e.g. a transit gateway.
    Elsewhere {
        /// What sort of thing it is.
        what: String,
        /// What the cloud calls it.
        id: String,
    },
}

/// An address that the internet sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Source {
    /// The address; `None` where it is not known yet.
    pub(crate) ip: Option<Ipv4Addr>,
    /// What holds it, by name.
    pub(crate) via: String,
    /// Whether traffic leaves from it.
    pub(crate) flow: Flow,
}

/// A way from one node or subnet to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Edge {
    /// The id of a node or of a subnet's box.
    pub(crate) from: String,
    /// The id of a node or of a subnet's box.
    pub(crate) to: String,
    /// What becomes of packets that go there.
    pub(crate) flow: Flow,
}

/// What becomes of packets that go some way. The later one is, the more it says to a person who asks where traffic leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Flow {
    /// They are dropped further on.
    Broken,
    /// They would pass, but no private subnet sends any.
    Idle,
    /// It cannot be said from here, or not yet.
    Unclear,
    /// They leave from a fixed address.
    Way,
}

impl Diagram {
    /// One sentence for each thing that a person must see at once: the addresses that traffic leaves from, and what is broken.
    pub(crate) fn headline(&self) -> Vec<String> {
        let mut lines = vec![self.leaves_from()];
        if self.nodes.iter().any(|n| n.kind == NodeKind::AnyAddress) {
            lines.push("functions outside any network leave from addresses that change".to_owned());
        }
        for node in &self.nodes {
            if let NodeKind::DeadEnd { why } = &node.kind {
                lines.push(format!("broken: {} → {why}", self.names_before(&node.id).join(", ")));
            }
        }
        lines
    }

    /// What people call a node or a box.
    pub(crate) fn name_of(&self, id: &str) -> String {
        let frame = self.frames.iter().find(|f| f.id == id).map(|f| f.name.clone());
        frame.or_else(|| Some(self.nodes.iter().find(|n| n.id == id)?.kind.name())).unwrap_or_else(|| id.to_owned())
    }

    /// The edges that begin at a node or box.
    pub(crate) fn edges_from<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Edge> {
        self.edges.iter().filter(move |e| e.from == id)
    }

    fn names_before(&self, id: &str) -> Vec<String> {
        self.edges.iter().filter(|e| e.to == id).map(|e| self.name_of(&e.from)).collect()
    }

    fn leaves_from(&self) -> String {
        let ips: Vec<String> = self
            .nodes
            .iter()
            .filter_map(|n| if let NodeKind::Exit { sources } = &n.kind { Some(sources) } else { None })
            .flatten()
            .filter(|s| s.flow == Flow::Way)
            .map(|s| ip_text(s.ip))
            .collect();
        match ips.as_slice() {
            [] => "nothing leaves from a fixed address".to_owned(),
            [ip] => format!("traffic leaves from {ip}"),
            ips => format!("traffic leaves from {} addresses: {}", ips.len(), ips.join(", ")),
        }
    }
}

impl NodeKind {
    /// What people call it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Functions { names } => names.join(", "),
            Self::Nat { name, .. } | Self::InternetGateway { name, .. } => name.clone(),
            Self::Exit { sources } => sources.iter().map(|s| ip_text(s.ip)).collect::<Vec<_>>().join(", "),
            Self::AnyAddress => "any address of the cloud's".to_owned(),
            Self::Internet => "the internet".to_owned(),
            Self::DeadEnd { why } => why.clone(),
            Self::Elsewhere { what, id } => format!("{what} {id}"),
        }
    }
}

/// An address, or the words for one that is not known yet.
pub(crate) fn ip_text(ip: Option<Ipv4Addr>) -> String {
    ip.map_or_else(|| "an address not known yet".to_owned(), |ip| ip.to_string())
}
