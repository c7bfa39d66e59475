//! Files into Worlds and back.

mod data;
mod files;
mod mutations;
mod placing;
mod round_trip;
mod shapes;
mod support;
mod worlds;
