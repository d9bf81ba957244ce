//! The `syncproof` command.
fn main() {}
