//! Which things of the World are the stack's, and whether the World is the right one at all.

use super::{RefusalKind, draft::Draft, duplicates, network, ways};
use crate::{CloudId, Key, Kind, world::Owned};

/// Refuses another account or region than the Spec's.
pub(super) fn check_place(draft: &mut Draft<'_>) {
    let place = &draft.world.network.place;
    let checks = [("account", &draft.spec.account, &place.account), ("region", &draft.spec.region, &place.region)];
    for (what, wanted, found) in checks {
        if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != found) {
            draft.refuse(
                RefusalKind::WrongPlace,
                what,
                format!("the file is for {what} {wanted}, but this is {what} {found}"),
                format!("use credentials and settings for {what} {wanted}, or correct `{what}` in the file"),
            );
        }
    }
}

/// Finds the stack's things by their tags. Of several live things with one Key a rule chooses: see [`duplicates`].
pub(super) fn bind(draft: &mut Draft<'_>) {
    let mut owned: Vec<Owned> = draft.world.owned_by(&draft.spec.stack).into_iter().filter(|o| o.live).collect();
    // Which address is the stack's depends on the gateways.
    owned.sort_by_key(|o| o.owner.key.kind == Kind::Address);
    for same in owned.chunk_by(|a, b| a.owner.key == b.owner.key) {
        let key = &same[0].owner.key;
        if let [only] = same {
            draft.bindings.insert(key.clone(), only.id.clone());
            continue;
        }
        let ids: Vec<CloudId> = same.iter().map(|o| o.id.clone()).collect();
        duplicates::choose(draft, key, &ids);
    }
}

/// Refuses where the stack has no network or no gateway yet.
pub(super) fn require_stack(draft: &mut Draft<'_>) {
    let wanted: Vec<Key> = [draft.spec.network_key(), draft.spec.security_group_key()]
        .into_iter()
        .chain(draft.spec.private_subnets().map(|s| s.key()))
        .chain(draft.spec.nat_gateways.iter().map(|g| g.key()))
        .collect();
    let missing: Vec<String> = wanted.iter().filter(|k| !draft.bindings.contains_key(k)).map(Key::to_string).collect();
    if !missing.is_empty() {
        draft.refuse(
            RefusalKind::NotFound,
            draft.spec.stack.clone(),
            format!("stack {} is not there, or not whole: it lacks {}", draft.spec.stack, missing.join(", ")),
            "run `egress apply` first",
        );
    }
}

/// Whether any function of the user's leaves through the stack, or is set to. In a subnet that was there before, functions
/// that have no way out have none to lose.
pub(super) fn serves(draft: &Draft<'_>) -> bool {
    let mut subnets = draft.bindings.iter().filter(|(key, _)| key.kind == Kind::Subnet);
    subnets.any(|(key, id)| {
        network::runs_functions(draft, id) && (!draft.spec.is_existing(key) || ways::has_way_out(draft, id))
    })
}
