//! syncproof: a conformance suite for servers of a local-first sync protocol.
//!
//! Data flows one way: command line → selection → runner → case (client, target) → events → reports → exit code. The
//! library never prints except in `cli`, and never exits: only `main` turns an outcome into an exit code.

pub mod cases;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod in_process;
pub mod patience;
pub mod reference;
pub mod startup_mutant;
