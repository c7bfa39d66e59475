//! `egress graph`: draws where traffic leaves, and from which IP.

use egress_core::{CloudExt, Scope, plan::Verb};

use super::stack::{in_place, observe, read_spec};
use crate::{
    args::{Format, GraphArgs, GraphFormat},
    error::CliError,
    output::Out,
    render::{
        View,
        graph::{self, Diagram},
    },
    session::{Overwrite, Readers, Session, write_file},
};

/// What `egress graph --output json` prints.
#[derive(serde::Serialize)]
struct Picture {
    format: &'static str,
    text: String,
}

impl View for Picture {
    fn human(&self) -> String {
        self.text.clone()
    }
}

pub(super) async fn run(session: &Session, args: &GraphArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let (world, stack) = if args.all {
        let world = session.cloud().observe(&Scope::Everything).await?;
        in_place(&spec, &world.network.place)?;
        (world, None)
    } else {
        (observe(session, &spec, &Verb::Verify).await?, Some(&spec.stack))
    };
    let diagram = Diagram::with(&world, stack, spec.existing.get(&spec.network_key()));
    let (format, text) = match args.format {
        GraphFormat::Svg => ("svg", graph::svg(&diagram)),
        GraphFormat::Mermaid => ("mermaid", graph::mermaid(&diagram)),
        GraphFormat::Text => ("text", graph::text(&diagram)),
    };
    let Some(path) = &args.out else { return session.out.show(&Picture { format, text }) };
    write_file(path, text.as_bytes(), Overwrite::Yes, Readers::Anyone)
        .map_err(|error| CliError::file("write", path, &error))?;
    let Out { format: output, .. } = session.out;
    if output == Format::Json {
        return session.out.show(&Picture { format, text });
    }
    session.out.talk(&format!("wrote {}\n", path.display()));
    Ok(())
}
