//! What stands in a lease's tags, and how it is read.

use std::time::Duration;

use super::Terms;
use crate::{Cloud, CloudError, CloudId, Key, Kind, Owner, Scope, StackName, Tags, limits::TAG_VALUE, world::Lease};

/// The name of a stack's lease, unique in its account and region.
pub fn name(stack: &StackName) -> String {
    format!("egress-lock-{stack}")
}

/// Who works on a stack, as the lease says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who: `ana@laptop`.
    pub who: String,
    /// With which command: `apply`.
    pub command: String,
    /// The random text of that one run.
    pub nonce: String,
    /// When it got the lease, by its own clock, since 1970.
    pub since: Duration,
    /// When it last said that it is alive, by its own clock, since 1970.
    pub heartbeat: Duration,
}

/// A stack's lease as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the cloud calls it.
    pub id: CloudId,
    /// As whom the cloud knows its maker, where it tells.
    pub created_by: Option<String>,
    /// Who holds it; `None` where its tags do not say so any more.
    pub holder: Option<Holder>,
}

const WHO: &str = "egress:holder";
const COMMAND: &str = "egress:command";
const NONCE: &str = "egress:nonce";
const SINCE: &str = "egress:since";
const HEARTBEAT: &str = "egress:heartbeat";

impl Holder {
    /// The run of these terms, at this moment.
    pub(super) fn of(terms: &Terms, now: Duration) -> Self {
        let (who, command, nonce) = (fit(&terms.who), fit(&terms.command), fit(&terms.nonce));
        Self { who, command, nonce, since: now, heartbeat: now }
    }

    /// Reads the holder: `None` where a tag is absent or is no number that should be one.
    pub(super) fn read(tags: &Tags) -> Option<Self> {
        let text = |tag: &str| tags.get(tag).cloned();
        let time = |tag: &str| tags.get(tag)?.parse().ok().map(Duration::from_secs);
        Some(Self {
            who: text(WHO)?,
            command: text(COMMAND)?,
            nonce: text(NONCE)?,
            since: time(SINCE)?,
            heartbeat: time(HEARTBEAT)?,
        })
    }

    /// The tags that the lease has from the start.
    pub(super) fn tags(&self, stack: &StackName) -> Tags {
        let owner = Owner { stack: stack.clone(), key: Key::new(Kind::Lease, "lock") };
        let mut tags = owner.tags(&Tags::from([(crate::tags::NAME.to_owned(), name(stack))]));
        let texts = [(WHO, &self.who), (COMMAND, &self.command), (NONCE, &self.nonce)];
        tags.extend(texts.map(|(tag, text)| (tag.to_owned(), text.clone())));
        let since = (SINCE.to_owned(), self.since.as_secs().to_string());
        tags.extend([since].into_iter().chain(heartbeat(self.heartbeat)));
        tags
    }
}

/// The tag that a heartbeat sets.
pub(super) fn heartbeat(now: Duration) -> Tags {
    Tags::from([(HEARTBEAT.to_owned(), now.as_secs().to_string())])
}

/// Looks who works on a stack: one cheap call. `None`: nobody does, or so lately that it is not visible yet.
///
/// # Errors
///
/// Where the lease cannot be observed.
pub async fn look(cloud: &dyn Cloud, stack: &StackName) -> Result<Option<Standing>, CloudError> {
    let part = cloud.observe_network(&Scope::Lease { stack: stack.clone() }).await?;
    let wanted = name(stack);
    Ok(part.leases.into_values().find(|lease| lease.name == wanted).map(Standing::of))
}

impl Standing {
    fn of(lease: Lease) -> Self {
        Self { holder: Holder::read(&lease.tags), id: lease.id, created_by: lease.created_by }
    }

    /// Whether it is the lease that a run with this nonce made.
    pub(super) fn is_of(&self, nonce: &str) -> bool {
        self.holder.as_ref().is_some_and(|holder| holder.nonce == nonce)
    }
}

/// A text as every cloud takes it in a tag: see [`TAG_VALUE`]. What may not stand there becomes `_`.
fn fit(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c);
    text.trim().chars().map(|c| if allowed(c) { c } else { '_' }).take(TAG_VALUE).collect()
}
