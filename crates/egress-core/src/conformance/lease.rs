//! Cases about leases: what keeps two runs apart.

use super::{
    Case,
    network::tag_one_by_one,
    ops::*,
    rig::{Law, Rig, broken, hold},
    run::case,
};
use crate::{CloudId, ErrorKind, Kind, Outcome, world::shows};

pub(super) const CASES: &[Case] = &[
    case!(a_lease_comes_and_goes, "a lease is seen with its tags from the start, until it is deleted by its id"),
    case!(
        a_name_is_given_once,
        "a second lease of the same name is refused at once, even before the first one is seen"
    ),
    case!(
        a_lease_that_is_gone_is_another,
        "what was meant for a lease that is gone never hits the next one of its name"
    ),
    case!(a_lease_has_readable_tags, "tags of a lease are set one by one, and can be read back"),
];

/// A lease of the case's own.
async fn lease(rig: &Rig<'_>) -> Law<CloudId> {
    rig.look_at_leases();
    rig.create(create_lease(&rig.name("lease"), &rig.tags(Kind::Lease, "lease"))).await
}

async fn a_lease_comes_and_goes(rig: &Rig<'_>) -> Law {
    let id = lease(rig).await?;
    let name = rig.name("lease");
    let seen = rig.observe().await?.network.leases.get(&id).map(|lease| lease.name.clone());
    hold(seen.as_ref() == Some(&name), format!("lease {id} was made as {name}, and is seen as {seen:?}"))?;
    rig.done(delete_lease(&id)).await?;
    rig.futile(delete_lease(&id)).await
}

async fn a_name_is_given_once(rig: &Rig<'_>) -> Law {
    rig.look_at_leases();
    let (name, tags) = (rig.name("lease"), rig.tags(Kind::Lease, "lease"));
    let mut others = tags.clone();
    others.insert("conformance:note".to_owned(), "another's".to_owned());
    // The two calls follow each other with nothing in between: nobody waits for a lock to be visible.
    let made = create_lease(&name, &tags);
    rig.attempt(&made).await;
    match rig.attempt(&create_lease(&name, &others)).await {
        Outcome::Failed(error) if error.kind == ErrorKind::AlreadyExists => {}
        other => return broken(format!("a second lease of the same name must be refused, and is {other:?}")),
    }
    rig.until("the lease that was made first is seen", rig.fixture().visibility, |world| Ok(shows(world, &made)))
        .await?;
    rig.refused(create_lease(&name, &others), &[ErrorKind::AlreadyExists]).await
}

async fn a_lease_that_is_gone_is_another(rig: &Rig<'_>) -> Law {
    let first = lease(rig).await?;
    rig.done(delete_lease(&first)).await?;
    let second = lease(rig).await?;
    hold(first != second, format!("{first} was deleted, and another lease got the same id"))?;
    rig.futile(delete_lease(&first)).await?;
    let unknown = [ErrorKind::NotFound, ErrorKind::Invalid];
    rig.refused(set_tags(Kind::Lease, &first, &[("conformance:a", "1")], &[]), &unknown).await
}

async fn a_lease_has_readable_tags(rig: &Rig<'_>) -> Law {
    let id = lease(rig).await?;
    tag_one_by_one(rig, Kind::Lease, &id).await
}
