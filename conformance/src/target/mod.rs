//! How a target is reached: by its address, or by starting it.

mod launcher;
mod port;
mod probe;
mod process;
pub mod reference;

pub use launcher::{Launch, Launcher, NotStarted, StartupSettings, Storage};
pub use probe::{is_alive, wait_until_ready};
pub use process::{Ended, Process};

use crate::capability::Capabilities;

/// A server under test.
#[derive(Debug)]
pub struct Target {
    /// Scheme, host and port, without a slash at the end.
    pub base: String,
    /// What it can do, and what can be done to it.
    pub capabilities: Capabilities,
    /// How to start servers of its kind, when the suite starts them.
    pub launcher: Option<Launcher>,
    /// What reports call it.
    pub description: String,
    /// What to add to `syncproof run` to reach it again.
    pub flags: Vec<String>,
}
