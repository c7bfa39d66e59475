//! Sends one call and says what came of it.

use std::{error::Error, fmt::Write as _};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::{client::result::SdkError, http::Response};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use egress_core::{CloudError, Effect, ErrorKind, Outcome};

use super::{place::Place, shared::Flights};
use crate::errors;

/// One call: what is asked, of what, and where.
pub(crate) struct Call<'a> {
    operation: &'static str,
    subject: Option<String>,
    place: &'a Place,
    flights: &'a Flights,
}

/// What came of a mutating call that is not *done*.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It has certainly changed nothing.
    Certain(CloudError),
    /// It may have taken effect.
    Lost(CloudError),
}

impl Refusal {
    /// A read that failed before anything was changed.
    pub(crate) fn before_any_change(error: CloudError) -> Self {
        Self::Certain(error)
    }

    /// An earlier call of the same Op is done, so the Op cannot have changed nothing any more.
    pub(crate) fn after_a_change(self) -> Self {
        Self::Lost(self.into_error())
    }

    pub(crate) fn into_error(self) -> CloudError {
        let (Self::Certain(error) | Self::Lost(error)) = self;
        error
    }

    /// *Failed* is written here on purpose, and nowhere else in this crate.
    pub(crate) fn outcome(result: Result<Effect, Self>) -> Outcome {
        match result {
            Ok(effect) => Outcome::Done(effect),
            Err(Self::Certain(error)) => Outcome::Failed(error),
            Err(Self::Lost(error)) => Outcome::Unknown(error),
        }
    }
}

impl<'a> Call<'a> {
    pub(super) fn new(
        operation: &'static str,
        subject: Option<String>,
        place: &'a Place,
        flights: &'a Flights,
    ) -> Self {
        Self { operation, subject, place, flights }
    }

    /// Waits for what a read gives.
    pub(crate) async fn read<T, E>(
        self,
        sent: impl Future<Output = Result<T, SdkError<E, Response>>>,
    ) -> Result<T, CloudError>
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        sent.await.map_err(|error| self.refusal(&error).into_error())
    }

    /// Waits for what a mutating call gives.
    pub(crate) async fn change<T, E>(
        self,
        sent: impl Future<Output = Result<T, SdkError<E, Response>>>,
    ) -> Result<T, Refusal>
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let _changing = self.flights.changing();
        sent.await.map_err(|error| self.refusal(&error))
    }

    fn refusal<E>(&self, error: &SdkError<E, Response>) -> Refusal
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        if let Some(why) = in_chain::<CredentialsError>(error) {
            let error = match in_chain::<AssumeRoleError>(why) {
                Some(told) => errors::role_not_assumed(self.operation, told.code(), told.message().unwrap_or_default()),
                None => errors::unauthenticated(self.operation, &in_full(why)),
            };
            return Refusal::Certain(self.on_subject(error));
        }
        match error {
            SdkError::ConstructionFailure(_) => Refusal::Certain(self.error(ErrorKind::Invalid, in_full(error))),
            SdkError::TimeoutError(_) => {
                Refusal::Lost(self.error(ErrorKind::Transport, "no answer in time").hint(self.place.reach_hint()))
            }
            SdkError::DispatchFailure(failure) => {
                let why = failure.as_connector_error().map_or_else(|| in_full(error), |why| in_full(why));
                Refusal::Lost(self.error(ErrorKind::Transport, why).hint(self.place.reach_hint()))
            }
            SdkError::ResponseError(_) => Refusal::Lost(self.unreadable(&in_full(error))),
            SdkError::ServiceError(told) => {
                self.told(told.err().code(), told.err().message(), told.raw().status().as_u16(), told.err())
            }
            _ => Refusal::Lost(self.error(ErrorKind::Transport, in_full(error))),
        }
    }

    /// AWS answered with an error, or with something that could not be read.
    fn told(&self, code: Option<&str>, message: Option<&str>, status: u16, error: &(dyn Error + 'static)) -> Refusal {
        if status < 400 {
            return Refusal::Lost(self.unreadable(&in_full(error)));
        }
        let explained = self.on_subject(errors::explain(self.operation, code, message.unwrap_or_default(), status));
        match explained.kind {
            ErrorKind::Throttled => Refusal::Certain(explained),
            // An error without a code cannot be read to its end, or is none of AWS's: who knows what AWS has done.
            _ if status >= 500 || code.is_none_or(str::is_empty) => Refusal::Lost(explained),
            _ => Refusal::Certain(explained),
        }
    }

    fn unreadable(&self, why: &str) -> CloudError {
        self.error(ErrorKind::Transport, format!("an answer that cannot be read: {}", errors::cut(why)))
            .hint(self.place.reach_hint())
    }

    fn error(&self, kind: ErrorKind, message: impl Into<String>) -> CloudError {
        self.on_subject(CloudError::new(kind, self.operation, message))
    }

    fn on_subject(&self, error: CloudError) -> CloudError {
        match &self.subject {
            Some(subject) => error.on(subject),
            None => error,
        }
    }
}

/// An error of this type among an error and its causes. The SDK wraps a failure to get credentials, after which nothing was
/// sent, in failures of several kinds.
fn in_chain<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// An error and its causes in one line; a cause that only repeats what stands before is left out.
fn in_full(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let told = cause.to_string();
        if !text.contains(&told) {
            // Writing into a text cannot fail.
            let _ = write!(text, ": {told}");
        }
        next = cause.source();
    }
    text
}
