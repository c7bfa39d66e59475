//! Figures about a World or a Plan, for people.

pub mod cost;
pub mod paste;
