//! Which IPs the internet sees of each function, as people read it.

use std::fmt::Write;

use super::{
    View,
    status::leaves,
    style,
    text::{and, columns, paint},
};
use crate::{
    inspect::{AllIps, FunctionIps},
    worlds::show,
};

impl View for AllIps {
    fn human(&self) -> String {
        let mut text = String::new();
        for place in &self.places {
            let gap = if text.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{}", paint(style::STRONG, show(&place.place)));
            text.push_str(&columns(2, &place.functions.iter().map(function).collect::<Vec<_>>()));
            if let Some(ask) = &place.unread {
                let _ = writeln!(text, "  functions were not read: there is no answer of `{ask}`");
            } else if place.functions.is_empty() {
                text.push_str("  no functions\n");
            }
        }
        text
    }
}

fn function(function: &FunctionIps) -> [String; 3] {
    if function.fixed {
        return [paint(style::GOOD, "✓"), function.name.clone(), paint(style::STRONG, and(&function.source_ips))];
    }
    let told = format!("no fixed IP: {}", leaves(&function.verdict, function.open));
    [paint(style::CHANGED, "-"), function.name.clone(), told]
}
