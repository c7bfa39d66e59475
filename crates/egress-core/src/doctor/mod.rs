//! What is wrong with the way out of functions, whom it touches, and how to mend it.
//!
//! [`examine`] follows every function's packets through a World, looks at what no packet shows (a role's permission, a gateway
//! that nobody uses), and gives a [`Diagnosis`]: its [`Finding`]s, worst first, and where each function leaves. A finding is
//! named by a rule of the one table (see [`RuleId`](crate::trace::RuleId)), and its [`Mend`]s are data: they can be shown as commands, or applied to a
//! World in memory to see what they do.
//!
//! ```
//! use egress_core::{doctor::{Examination, examine}, World};
//!
//! let diagnosis = examine(&World::default(), &Examination::default());
//! assert_eq!(diagnosis.findings, []);
//! ```

mod checks;
mod cure;
mod examine;
mod expect;
mod idle;
mod mend;
mod model;
mod notes;
mod page;
mod party;
mod pinned;
mod site;
#[cfg(test)]
mod tests;

pub use examine::examine;
pub use expect::Unexpected;
pub use mend::{DnsSetting, Mend, Thing};
pub use model::{Accepted, Diagnosis, Examination, Finding, FunctionEgress};
pub use page::rules_page;
pub use pinned::pinned;
