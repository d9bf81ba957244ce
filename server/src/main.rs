//! The `syncproof-server` binary.
fn main() {}
