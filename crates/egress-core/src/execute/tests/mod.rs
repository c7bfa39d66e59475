use std::time::Duration;

use super::Pace;

pub(super) const PACE: Pace = Pace {
    nat_ready: Duration::from_secs(90),
    nat_gone: Duration::from_secs(60),
    function_ready: Duration::from_secs(90),
    interfaces_gone: Duration::from_secs(240),
    other: Duration::from_secs(10),
    visibility: Duration::from_secs(30),
    patience: 5,
};
