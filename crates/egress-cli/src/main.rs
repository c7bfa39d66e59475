//! Placeholder.

#[cfg_attr(not(test), expect(dead_code, reason = "the commands that draw are not written yet"))]
mod render;

fn main() {}
