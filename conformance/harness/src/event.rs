//! What a run tells while it goes on. Every report is made from this one stream.

use crate::case::{Case, CaseReport};

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A case has started.
    Started(&'static Case),
    /// A case has come to an end and is run again, to see whether it comes to the same one (`Stability`).
    Repeating(&'static Case),
    /// A case has come to an end. Every selected case comes to exactly one.
    Finished(Box<CaseReport>),
    /// The target died or the run was interrupted; what has not finished yet will be told as not run.
    Aborted(String),
}
