//! What a Diagram shows of a World, and how it is drawn.

mod props;
mod snapshots;
mod worlds;
