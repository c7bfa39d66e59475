//! The doors, the packets and the file: what is not the model's own.

mod door;
mod file;
mod packets;
mod stage;
