//! `egress graph`: the picture of a World.
//!
//! Diff first, render second: [`Diagram::with`] makes every choice about what is drawn, as plain data; [`svg()`], [`mermaid()`]
//! and [`text()`] only draw it. The way out is what it is about: where the packets of a function go by the routes of their subnets,
//! and the address that the internet sees them come from.
//!
//! The picture knows routes and gateways, and nothing of filters: a security group that stops a packet is the business of
//! the trace and the doctor.

mod content;
mod diagram;
mod label;
mod layout;
mod mermaid;
mod of;
mod routes;
mod scene;
mod svg;
mod text;
mod tidy;

#[cfg(test)]
mod tests;

pub(crate) use diagram::Diagram;
pub(crate) use mermaid::mermaid;
pub(crate) use svg::svg;
pub(crate) use text::text;
