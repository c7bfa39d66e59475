//! The client: one account in one region, asked and changed through the AWS SDK.

mod calls;
mod clients;
#[cfg(test)]
mod clock;
mod kept;
mod place;
mod send;
mod settings;
mod shared;
mod whole;

pub use calls::CallRecord;
pub use settings::Settings;

pub(crate) use clients::INVOKE_TIMEOUT;
#[cfg(test)]
pub(crate) use clients::Wiring;
#[cfg(test)]
pub(crate) use clock::{Sleeping, Telling};
pub(crate) use send::{Call, Refusal};
pub(crate) use shared::Flight;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_config::SdkConfig;
use egress_core::{CloudError, execute::Pace, world::Zone};

use crate::{Arn, Partition};
use calls::CallLog;
use clients::Clients;
use kept::Kept;
use place::Place;
use shared::Flights;

/// One account in one region. Clones are the same client: they share connections, what is kept, and the record of calls.
///
/// It implements the three traits of [`egress_core::Cloud`]. Reads are tried again by the SDK; every mutating call is sent
/// once, because the SDK's retry would make two things of one lost answer. Every attempt has a time limit.
#[derive(Clone)]
pub struct AwsCloud {
    inner: Arc<Inner>,
}

struct Inner {
    place: Place,
    reads: Clients,
    writes: Clients,
    calls: CallLog,
    identity: Kept<Identity>,
    zones: Kept<Vec<Zone>>,
    flights: Flights,
    /// Whether what a role may do cannot be asked: nobody asks twice.
    cannot_simulate: AtomicBool,
}

/// Who the calls are made as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account's twelve digits.
    pub account: String,
    /// The ARN of the user or of the role's session.
    pub arn: String,
}

impl AwsCloud {
    /// Finds credentials and a region in the usual places and makes a client. Nothing is asked of AWS yet, except by
    /// credentials that have to be fetched somewhere.
    ///
    /// # Errors
    ///
    /// Where no region is set anywhere, or one of a partition that is not known here.
    pub async fn connect(settings: &Settings) -> Result<Self, CloudError> {
        settings::config(settings).await.and_then(|config| Self::of(&config, settings.endpoint_url.as_deref()))
    }

    fn of(config: &SdkConfig, endpoint: Option<&str>) -> Result<Self, CloudError> {
        let place = Place::of(config, endpoint)?;
        let calls = CallLog::default();
        let inner = Inner {
            place,
            reads: Clients::reading(config, &calls),
            writes: Clients::changing(config, &calls),
            calls,
            identity: Kept::default(),
            zones: Kept::default(),
            flights: Flights::default(),
            cannot_simulate: AtomicBool::new(false),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The region's name.
    pub fn region(&self) -> &str {
        &self.inner.place.region
    }

    /// The partition that the region is in.
    pub fn partition(&self) -> Partition {
        self.inner.place.partition
    }

    /// Who the calls are made as. Asked once and then kept.
    ///
    /// # Errors
    ///
    /// Whatever `sts:GetCallerIdentity` fails with; mostly credentials that are absent or expired.
    pub async fn identity(&self) -> Result<Identity, CloudError> {
        self.inner.identity.get(|| self.ask_identity()).await
    }

    /// How long things usually take on AWS, as far as it is known from elsewhere: nothing here was measured by us.
    ///
    /// Sources: AWS's documentation on NAT gateways and on Lambda's interfaces, and what others report of them.
    pub const fn pace() -> Pace {
        Pace {
            nat_ready: Duration::from_secs(90),
            nat_gone: Duration::from_secs(60),
            address_in_use: Duration::from_secs(30),
            address_drained: Duration::from_secs(350),
            function_ready: Duration::from_secs(90),
            interfaces_gone: Duration::from_secs(20 * 60),
            other: Duration::from_secs(15),
            visibility: Duration::from_secs(30),
            patience: 4,
        }
    }

    /// What was called so far, ordered by action.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.inner.calls.records()
    }

    async fn ask_identity(&self) -> Result<Identity, CloudError> {
        let call = self.call("GetCallerIdentity", None::<&str>);
        let answer = call.read(self.reads().sts.get_caller_identity().send()).await?;
        match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Ok(Identity { account, arn }),
            _ => Err(crate::wire::unreadable("GetCallerIdentity", "it names no account")),
        }
    }

    /// The zones, asked once and then kept: they change when AWS builds one.
    pub(crate) async fn kept_zones<F>(&self, ask: impl FnOnce() -> F) -> Result<Vec<Zone>, CloudError>
    where
        F: Future<Output = Result<Vec<Zone>, CloudError>>,
    {
        self.inner.zones.get(ask).await
    }

    /// The ARN of a function of this account and region.
    pub(crate) async fn function_arn(&self, name: &str) -> Result<String, CloudError> {
        let account = self.identity().await?.account;
        let arn = Arn {
            partition: self.partition(),
            service: "lambda".to_owned(),
            region: self.region().to_owned(),
            account,
            resource: format!("function:{name}"),
        };
        Ok(arn.to_string())
    }

    /// Clients whose calls are tried again by the SDK.
    pub(crate) fn reads(&self) -> &Clients {
        &self.inner.reads
    }

    /// Clients whose calls are sent once.
    pub(crate) fn writes(&self) -> &Clients {
        &self.inner.writes
    }

    pub(crate) fn flights(&self) -> &Flights {
        &self.inner.flights
    }

    pub(crate) fn cannot_simulate(&self) -> bool {
        self.inner.cannot_simulate.load(Ordering::Relaxed)
    }

    pub(crate) fn give_up_simulating(&self) {
        self.inner.cannot_simulate.store(true, Ordering::Relaxed);
    }

    /// A call that is about to be made.
    pub(crate) fn call(&self, operation: &'static str, subject: Option<impl ToString>) -> Call<'_> {
        Call::new(operation, subject.map(|s| s.to_string()), &self.inner.place, &self.inner.flights)
    }

    /// A client over whatever carries its requests, on whatever clock.
    #[cfg(test)]
    pub(crate) fn wired(wiring: Wiring) -> Result<Self, CloudError> {
        let endpoint = wiring.endpoint.clone();
        Self::of(&wiring.config(), endpoint.as_deref())
    }
}

impl fmt::Debug for AwsCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsCloud").field("place", &self.inner.place).finish_non_exhaustive()
    }
}
