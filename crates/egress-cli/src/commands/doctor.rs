//! `egress doctor`: what is wrong with the way out of functions, and how to mend it.

use std::collections::{BTreeMap, BTreeSet};

use egress_core::{
    CloudId,
    doctor::{Examination, examine, pinned},
    spec::{Spec, parse},
    trace::Source,
    world::{Place, Protocol},
};

use super::{aim, stack::in_place};
use crate::{
    args::{DoctorArgs, Global},
    ask::SenderName,
    error::CliError,
    exit::Exit,
    inspect::{Diagnosed, Looked},
    output::Out,
    session::SpecFile,
    worlds::{WorldSource, Worlds},
};

pub(super) async fn run(args: &DoctorArgs, global: &Global, out: Out) -> Result<(), CliError> {
    let port = aim::check(&args.to, Protocol::Tcp, &args.resolve)?.unwrap_or_default();
    let global = aim::at_their_region(global, &args.functions)?;
    let worlds = WorldSource::of(&args.from).read(&global, args.from.account.as_deref(), out).await?;
    let wanted = functions(&args.functions, &worlds)?;
    let (to, resolution) = aim::destination(&args.to, Protocol::Tcp, &args.resolve, &worlds);
    if let Some(found) = resolution.filter(|found| found.ips.is_empty()) {
        return Err(aim::unresolved(&args.to.host, &found));
    }
    let spec = spec(&global);
    let mut diagnosed = Diagnosed::new(args.to.host.to_string(), port, worlds.notes.clone());
    for world in &worlds.worlds {
        let functions = match &wanted {
            None => None,
            Some(wanted) => match wanted.get(&world.network.place) {
                Some(functions) => Some(functions.clone()),
                // Nothing of this place is asked for.
                None => continue,
            },
        };
        let pins = spec.as_ref().filter(|spec| in_place(spec, &world.network.place).is_ok());
        let examination = Examination {
            functions,
            to: to.clone(),
            port,
            expected_ips: args.expected(),
            pinned: pins.map(|spec| pinned(spec, world)).unwrap_or_default(),
            ..Examination::default()
        };
        let diagnosis = examine(world, &examination);
        let unexpected = args.expected().map(|ips| diagnosis.unexpected(&ips)).unwrap_or_default();
        diagnosed.add(&diagnosis, &unexpected, world, Looked::at(world, &diagnosis));
    }
    out.show(&diagnosed)?;
    if diagnosed.is_as_bad_as(args.fail_on.into()) { Err(CliError::said(Exit::Found)) } else { Ok(()) }
}

/// The functions that are asked for, per place; `None` for all there are.
fn functions(names: &[SenderName], worlds: &Worlds) -> Result<Option<BTreeMap<Place, BTreeSet<CloudId>>>, CliError> {
    if names.is_empty() {
        return Ok(None);
    }
    let mut wanted: BTreeMap<Place, BTreeSet<CloudId>> = BTreeMap::new();
    for name in names {
        if let Some(qualifier) = name.qualifier.as_ref().filter(|qualifier| *qualifier != "$LATEST") {
            return Err(CliError::new(Exit::Usage, format!("the doctor looks at functions, not at versions: {name}"))
                .hint(format!(
                    "`egress trace {0}:{qualifier}` follows one version; name the function as {0}",
                    name.name
                )));
        }
        let (source, world) = aim::sender(name, &worlds.worlds)?;
        let Source::Function(function) = source else {
            return Err(CliError::new(Exit::Usage, format!("the doctor looks at functions, and {name} is none"))
                .hint(format!("`egress trace {name} --to DEST` follows what it sends")));
        };
        wanted.entry(world.network.place.clone()).or_default().insert(function);
    }
    Ok(Some(wanted))
}

/// The Spec, where there is a sound one: it knows which addresses are pinned. None is needed.
fn spec(global: &Global) -> Option<Spec> {
    let text = SpecFile::At(global.spec.clone()).read().ok()?;
    parse(&text).ok().map(|parsed| parsed.spec)
}
