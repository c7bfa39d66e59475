//! The doctor, held to three Worlds for each rule: one with the fault, one that is nearly the same, and the first one mended.

mod beside;
mod cases;
mod diagnosis;
mod hops;
mod hubs;
mod paths;
mod rules;
mod size;
