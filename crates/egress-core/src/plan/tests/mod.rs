//! The planner against Worlds in memory: every Plan is applied with [`world::apply`](crate::world::apply), Op by Op in the
//! order of the Plan, and each must fit.

mod adopt;
mod bad_input;
mod doctor;
mod drift;
mod duplicates;
mod egress_ips;
mod existing;
mod external;
mod functions;
mod half_way;
mod minds;
mod record;
mod reference;
mod support;
