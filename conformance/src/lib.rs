//! syncproof: a conformance suite for servers of a local-first sync protocol.
//!
//! Data flows one way: command line → selection → runner → case (client, target) → events → reports → exit code. The
//! library never prints except in `cli`, and never exits: only `main` turns an outcome into an exit code.

mod attempt;
pub mod baseline;
pub mod byte_fuzz;
pub mod campaign;
pub mod capability;
pub mod case;
pub mod cases;
pub mod cli;
pub mod client;
pub mod config;
pub mod coverage;
pub mod credential;
mod deep_json;
pub mod difference;
pub mod doctor;
pub mod event;
pub mod exchange;
pub mod exit;
pub mod failure;
pub mod fault;
pub mod gate;
mod json_generator;
pub mod model;
pub mod op;
pub mod oracle;
pub mod patience;
pub mod payload;
pub mod percent;
pub mod redaction;
pub mod report;
pub mod repro;
pub mod requirement;
pub mod runner;
pub mod selection;
pub mod sequence;
pub mod shell;
pub mod specimen;
pub mod startup_mutant;
pub mod target;
pub mod wire;
pub mod world;
