//! Placeholder.

#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the commands that draw are not written yet"))]
mod render;

fn main() {}
