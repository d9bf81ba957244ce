//! syncproof: a conformance suite for servers of a local-first sync protocol.
//!
//! To run the suite from another program, use the items that this page lists under "Structs", "Enums" and "Macros": give
//! a [`Target`] and [`Credentials`] to a [`Suite`], and read the [`Report`]. With [`cases!`] and a [`Context`] you write
//! cases of your own. `examples/embed.rs` shows both.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use syncproof::{Credentials, Suite, Target};
//!
//! let credentials = Credentials::header("Authorization: Bearer {user}")?;
//! let report = Suite::new(Target::at("http://127.0.0.1:8787"), credentials).filter("push/*").run().await?;
//! assert!(report.is_conformant(), "{}", report.verdict());
//! # Ok(())
//! # }
//! ```
//!
//! The modules are internal: they are public only for the command and for the project's own tests and benchmarks, and can
//! change in any release.
//!
//! Data flows one way: command line → selection → runner → case (client, target) → events → reports → exit code. The
//! library never prints except in `cli`, and never exits: only `main` turns an outcome into an exit code.

pub mod cases;
pub mod cli;
mod collect;
mod config;
mod doctor;
pub mod in_process;
mod patience;
mod prepare;
pub mod reference;
mod start;
mod startup_mutant;
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
pub use syncproof_protocol::milestone::Milestone;
