//! A look at the lease before each call that changes something.

use async_trait::async_trait;

use super::keeper::{Keeper, Look, Lost};
use crate::{
    Cloud, CloudError, ErrorKind, Kind, Outcome,
    layer::{Answer, Call, Layer},
};

/// Lets calls through that change something only while the lease is ours.
///
/// Every one of them, not only what cannot be undone: what is made twice costs money and stops the next plan, a look is one
/// cheap read, and a list of harmless Ops would have to be thought of with each new Op.
pub(super) struct Fence<'a> {
    pub(super) keeper: &'a Keeper<'a>,
}

#[async_trait]
impl Layer for Fence<'_> {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let Call::Apply(op, _) = &call else { return call.run(cloud).await };
        if op.kind() == Kind::Lease {
            return call.run(cloud).await;
        }
        match self.keeper.look().await {
            Look::Ours => call.run(cloud).await,
            Look::Lost(lost) => call.refuse(self.lost(op.verb(), &lost), Outcome::Failed),
            // Nothing was sent, so it is certain that nothing changed; whether to try again is the caller's.
            Look::Unreadable(error) => call.refuse(error, Outcome::Failed),
        }
    }
}

impl Fence<'_> {
    fn lost(&self, operation: &str, lost: &Lost) -> CloudError {
        let terms = self.keeper.terms();
        CloudError::new(ErrorKind::Changed, operation, format!("{}; nothing was changed", lost.sentence(terms)))
            .hint("let the other run end; `egress status` then shows what stands")
    }
}
