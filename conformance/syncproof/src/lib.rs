//! syncproof: a conformance suite for servers of a local-first sync protocol.
//!
//! Data flows one way: command line → selection → runner → case (client, target) → events → reports → exit code. The
//! library never prints except in `cli`, and never exits: only `main` turns an outcome into an exit code.

pub mod cases;
pub mod cli;
mod collect;
pub mod config;
pub mod doctor;
pub mod in_process;
pub mod patience;
mod prepare;
pub mod reference;
mod start;
pub mod startup_mutant;
mod suite;

pub use suite::{Report, Suite, SuiteError, Target};
pub use syncproof_harness::case::{Case, CaseReport, Stage, Status, Summary};
pub use syncproof_harness::cases;
pub use syncproof_harness::credential::Credentials;
pub use syncproof_harness::exit::Exit;
pub use syncproof_harness::gate::Threshold;
pub use syncproof_harness::world::Context;
pub use syncproof_protocol::capability::Capability;
pub use syncproof_protocol::failure::{Checked, Failure, Stop};
