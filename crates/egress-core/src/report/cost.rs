//! What a stack costs.

use serde::{Deserialize, Serialize};

/// What a stack costs each month, before traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// The parts.
    pub lines: Vec<CostLine>,
    /// Their sum, in millionths of the currency unit; `None` where any price is unknown.
    pub monthly_micros: Option<u64>,
    /// The currency, e.g. `USD`.
    pub currency: String,
    /// Where the prices are from and when they were read; `unknown` for a region that the table lacks.
    pub source: String,
}

/// One part of a cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostLine {
    /// What is paid for.
    pub what: String,
    /// How many.
    pub count: u32,
    /// What one costs an hour, in millionths of the currency unit, where it is known.
    pub hourly_micros: Option<u64>,
}
