//! What a case acts with, and what runs it: clients, credentials and targets, the users and workspaces of a case, and the
//! runner that turns cases into a stream of events.
//!
//! This crate is an internal part of the suite, and its API may change at any time. Programs that embed the suite use the
//! crate `syncproof`, which re-exports what they need.

mod attempt;
pub mod baseline;
pub mod blocker;
pub mod case;
pub mod client;
pub mod coverage;
pub mod credential;
pub mod entropy;
pub mod event;
pub mod exit;
pub mod fault;
pub mod gate;
mod http1;
pub mod percent;
pub mod redaction;
pub mod runner;
pub mod selection;
pub mod shell;
pub mod suggestion;
pub mod targets;
pub mod tls;
pub mod world;
