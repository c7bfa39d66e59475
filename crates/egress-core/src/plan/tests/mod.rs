//! The planner against Worlds in memory: every Plan is applied with [`world::apply`](crate::world::apply), Op by Op in the
//! order of the Plan, and each must fit.

mod adopt;
mod bad_input;
mod drift;
mod existing;
mod external;
mod functions;
mod reference;
mod support;
