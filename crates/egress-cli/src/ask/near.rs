//! What a name that is unknown may have meant.

use egress_core::{CloudId, World};

/// How many names are told where none is near.
const SOME: usize = 8;

/// The hint for a name that nobody sends by: the one that is near, else those of the functions that there are.
pub(crate) fn near<'a>(name: &str, worlds: impl IntoIterator<Item = &'a World>) -> Option<String> {
    let worlds: Vec<&World> = worlds.into_iter().collect();
    let functions = || worlds.iter().flat_map(|world| world.function.functions.keys());
    let known: Vec<&str> = match kind(name) {
        Some(prefix) => worlds.iter().flat_map(|world| ids(world)).filter(|id| id.starts_with(prefix)).collect(),
        None => functions().map(CloudId::as_str).collect(),
    };
    if let Some(near) = egress_core::spec::closest(name, &known) {
        return Some(egress_core::spec::did_you_mean(near));
    }
    let mut names: Vec<&str> = functions().map(CloudId::as_str).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [] => None,
        [most @ .., _] if most.len() >= SOME => Some(format!(
            "functions there: {}, and {} more",
            names.get(..SOME).unwrap_or_default().join(", "),
            names.len() - SOME
        )),
        names => Some(format!("functions there: {}", names.join(", "))),
    }
}

/// The beginning of an id that is not a function's name.
pub(super) fn kind(name: &str) -> Option<&'static str> {
    ["subnet-", "eni-", "i-", "vpc-"].into_iter().find(|prefix| name.starts_with(prefix))
}

/// Every id that something can be sent from.
fn ids(world: &World) -> impl Iterator<Item = &str> {
    let part = &world.network;
    (part.networks.keys())
        .chain(part.subnets.keys())
        .chain(part.interfaces.keys())
        .chain(part.machines.keys())
        .chain(part.interfaces.values().filter_map(|interface| interface.instance.as_ref()))
        .map(CloudId::as_str)
}
