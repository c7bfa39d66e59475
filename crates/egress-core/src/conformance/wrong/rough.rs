//! Right clouds that are hard to live with.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;

use crate::{
    Cloud, CloudError, ErrorKind, Outcome,
    layer::{Answer, Call, Layer},
};

/// Refuses every seventh call, of any sort, because there were too many.
#[derive(Default)]
pub(super) struct Throttles(AtomicUsize);

#[async_trait]
impl Layer for Throttles {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        if self.0.fetch_add(1, Ordering::Relaxed) % 7 == 6 {
            return call.refuse(CloudError::new(ErrorKind::Throttled, "call", "too many calls"), Outcome::Failed);
        }
        call.run(cloud).await
    }
}

/// Loses every fifth answer to an Op: in turns on the way there and on the way back.
#[derive(Default)]
pub(super) struct LosesAnswers(AtomicUsize);

#[async_trait]
impl Layer for LosesAnswers {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        if !matches!(call, Call::Apply(..)) {
            return call.run(cloud).await;
        }
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        if count % 10 != 4 {
            let answer = call.run(cloud).await;
            if count % 10 != 9 {
                return answer;
            }
        }
        call.refuse(CloudError::new(ErrorKind::Transport, "call", "no answer"), Outcome::Unknown)
    }
}
