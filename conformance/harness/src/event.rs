//! What a run reports while it is running. Every report is made from this one stream of events.

use crate::blocker::Blocker;
use crate::case::{Case, CaseReport};

/// Something that happened during a run.
#[derive(Debug, Clone)]
pub enum Event {
    /// A case has started.
    Started(&'static Case),
    /// A case has ended and is run again, to see whether it ends the same way (`Stability`).
    Repeating(&'static Case),
    /// A case has ended. There is exactly one such event for each selected case.
    Finished(Box<CaseReport>),
    /// A core operation does not work, which was found out during the run: it blocks cases that have ended.
    Blocker(Box<Blocker>),
    /// The target died or the run was interrupted. Cases that have not finished are reported as not run.
    Aborted(String),
}
