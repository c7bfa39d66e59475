//! The planner against Worlds in memory: every Plan is applied with [`world::apply`](crate::world::apply), Op by Op in the
//! order of the Plan, and each must fit.

mod bad_input;
mod drift;
mod functions;
mod half_way;
mod minds;
mod reference;
mod support;
