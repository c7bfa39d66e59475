//! EC2 over its wire format: literal forms in, whole XML out.

mod door;
mod filters;
mod ids;
mod launch_templates;
mod lives;
mod nat_addresses;
mod pages;
mod rows;
mod shapes;
mod tags;
