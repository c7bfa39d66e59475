//! EC2 over its wire format: literal forms in, whole XML out.

mod building;
mod door;
mod filters;
mod hubs;
mod ids;
mod launch_templates;
mod lives;
mod machines;
mod nat_addresses;
mod pages;
mod rows;
mod shapes;
mod tags;
