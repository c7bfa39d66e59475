//! `egress adopt`: writes an egress.toml that uses what is there already, as it is.

use egress_core::{
    CloudExt, Kind, StackName,
    adopt::{Adopted, Pick, Wish, adopt, scope},
};
use serde::Serialize;

use super::init::of_folder;
use crate::{
    args::{AdoptArgs, Format},
    error::CliError,
    render::{View, text::count},
    session::{Overwrite, Session},
};

/// What `egress adopt --output json` prints.
#[derive(Serialize)]
struct Written {
    /// The file that was written; absent where none was.
    file: Option<String>,
    /// What is in it.
    adopted: Adopted,
}

impl View for Written {
    fn human(&self) -> String {
        if self.file.is_some() { String::new() } else { self.adopted.text.clone() }
    }
}

pub(super) async fn run(session: &Session, args: &AdoptArgs) -> Result<(), CliError> {
    let wish = Wish { stack: args.stack.clone().map_or_else(of_folder, Ok)?, pick: pick(args) };
    let world = session.cloud().observe(&scope(&wish)).await?;
    let adopted = adopt(&world, &wish)?;
    for notice in &adopted.notices {
        session.out.notice(notice);
    }
    let mut file = None;
    if !args.stdout {
        session.spec.write(&adopted.text, if args.force { Overwrite::Yes } else { Overwrite::No })?;
        let name = session.spec.name().display().to_string();
        if session.out.format == Format::Human {
            session.out.talk(&written(&name, &wish.stack, &adopted));
        }
        file = Some(name);
    }
    session.out.show(&Written { file, adopted })
}

fn pick(args: &AdoptArgs) -> Pick {
    match (&args.vpc, &args.function) {
        (Some(vpc), _) => Pick::Network(vpc.clone()),
        (_, Some(function)) => Pick::Function(function.clone()),
        _ if args.subnets.is_empty() => Pick::Only,
        _ => Pick::Subnets(args.subnets.iter().cloned().collect()),
    }
}

fn written(file: &str, stack: &StackName, adopted: &Adopted) -> String {
    let spec = &adopted.spec;
    let subnets = spec.existing.keys().filter(|key| key.kind == Kind::Subnet).count();
    let functions = spec.functions.len() + spec.external.len();
    format!(
        "wrote {file} for stack {stack}: {}, {} and {} as they are; `egress plan` shows that nothing changes, \
         `egress verify` proves the IPs\n",
        count(subnets, "subnet"),
        count(spec.nat_gateways.len(), "NAT gateway"),
        count(functions, "function"),
    )
}
