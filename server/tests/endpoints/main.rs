//! Every endpoint, through the router on a real database file, and the binary over a real socket.
//!
//! One file for each chapter of the protocol; `harness.rs` holds what they share.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cursor;
mod gc;
mod gc_snapshot;
mod harness;
mod http;
mod idempotency;
mod instances;
mod last_writer_wins;
mod limits;
mod members;
mod migrations;
mod notifications;
mod process;
mod pull;
mod push;
mod session;
mod snapshot;
mod startup;
mod wire_shapes;
mod workspaces;
