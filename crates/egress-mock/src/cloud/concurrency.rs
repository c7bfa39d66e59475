//! How many of a function may run at once.

use egress_core::CloudId;

use super::{ApiError, Code, Model, function_facts::constraint};

/// How many functions of an account may run at once [doc].
const OF_ACCOUNT: u32 = 1_000;
/// How many of them must stay for functions without a share of their own [doc].
const LEAST_UNRESERVED: u32 = 100;

impl Model {
    /// `PutFunctionConcurrency`, and, without a number, `DeleteFunctionConcurrency`.
    ///
    /// Source of the sentence: localstack/localstack's answers recorded from AWS (`test_put_concurrency`).
    pub(crate) fn set_concurrency(&mut self, id: &CloudId, reserved: Option<u32>) -> Result<(), ApiError> {
        self.function(id)?;
        let others = self.world.function.functions.values().filter(|f| &f.id != id);
        let others: u32 = others.filter_map(|f| f.concurrency).sum();
        if reserved.is_some_and(|reserved| others.saturating_add(reserved) > OF_ACCOUNT - LEAST_UNRESERVED) {
            let message = format!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below \
                 its minimum value of [{LEAST_UNRESERVED}]."
            );
            return Err(ApiError::new(Code::InvalidFunctionParameter, message));
        }
        if let Some(function) = self.world.function.functions.get_mut(id) {
            function.concurrency = reserved;
        }
        Ok(())
    }

    /// Refuses an invocation of a function that may not run at all: none is its share [doc: "To throttle a function, set the
    /// reserved concurrency to 0"].
    pub(crate) fn check_concurrency(&self, id: &CloudId) -> Result<(), ApiError> {
        if self.function(id)?.concurrency == Some(0) {
            return Err(ApiError::new(Code::TooManyRequests, "Rate Exceeded."));
        }
        Ok(())
    }
}

/// How many may run at once, as the front of Lambda reads it.
pub(crate) fn reserved(number: i64) -> Result<u32, ApiError> {
    u32::try_from(number).map_err(|_| {
        let rule = "Member must have value greater than or equal to 0";
        constraint("reservedConcurrentExecutions", number, rule)
    })
}
