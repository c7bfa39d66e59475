//! Which actions were called, how often, and how long they took.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept,
            context::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef},
            dyn_dispatch_hint,
        },
        orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use crate::actions;

/// What was called of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallRecord {
    /// The action as policies write it, e.g. `ec2:CreateVpc`.
    pub action: String,
    /// How many requests were sent, those that the SDK tried again included.
    pub count: u32,
    /// How long the calls took in all, from the first request of each to its answer.
    pub took: Duration,
    /// How many calls ended without what was asked for: refused, lost, not understood.
    pub failures: u32,
}

/// The record, filled by an interceptor in each client.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallLog {
    records: Arc<Mutex<BTreeMap<String, CallRecord>>>,
}

impl CallLog {
    pub(crate) fn records(&self) -> Vec<CallRecord> {
        self.lock().values().cloned().collect()
    }

    fn note(&self, cfg: &ConfigBag, note: impl FnOnce(&mut CallRecord)) {
        let Some(metadata) = cfg.load::<Metadata>() else { return };
        let action = actions::action_of(metadata.service(), metadata.name());
        let mut records = self.lock();
        note(records.entry(action.clone()).or_insert_with(|| CallRecord {
            action,
            count: 0,
            took: Duration::ZERO,
            failures: 0,
        }));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, CallRecord>> {
        // No code that can panic runs under the lock.
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When the first request of a call was sent.
#[derive(Debug)]
struct Began(SystemTime);

impl Storable for Began {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "CallLog"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if cfg.load::<Began>().is_none()
            && let Some(time) = components.time_source()
        {
            cfg.interceptor_state().store_put(Began(time.now()));
        }
        self.note(cfg, |record| record.count += 1);
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // What was never sent, for want of credentials say, is no call.
        let Some(&Began(began)) = cfg.load::<Began>() else { return Ok(()) };
        let took = components.time_source().and_then(|time| time.now().duration_since(began).ok());
        let failed = !matches!(context.output_or_error(), Some(Ok(_)));
        self.note(cfg, |record| {
            record.took += took.unwrap_or_default();
            record.failures += u32::from(failed);
        });
        Ok(())
    }
}
