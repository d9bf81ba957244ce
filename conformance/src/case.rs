//! What a case is, and what becomes of it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;

use crate::capability::{Capabilities, Capability};
use crate::failure::{Checked, Failure};
use crate::requirement::{self, Level};
use crate::world::Context;

/// A running case.
pub type CaseFuture = Pin<Box<dyn Future<Output = Checked> + Send>>;

/// One check of the suite: data, and an async function. It makes its own users and workspaces, prints nothing, and can
/// run beside any other.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// Permanent name, `chapter/what-it-looks-at`.
    pub id: &'static str,
    /// The requirements that it can find broken, the main one first.
    pub requirements: &'static [&'static str],
    /// The capabilities that it cannot do without.
    pub needs: &'static [Capability],
    /// When it runs.
    pub stage: Stage,
    /// What it does, in one sentence.
    pub summary: &'static str,
    /// Does it.
    pub run: fn(Context) -> CaseFuture,
}

/// When a case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Beside the others.
    Main,
    /// After all others, to judge what they saw.
    Closing,
}

impl Case {
    /// The strictest level of its requirements.
    #[must_use]
    pub fn level(&self) -> Level {
        self.requirements.iter().map(|id| requirement::level(id)).min().unwrap_or(Level::Must)
    }

    /// The capabilities that it needs and that the target does not have.
    #[must_use]
    pub fn missing(&self, capabilities: &Capabilities) -> Vec<Capability> {
        self.needs.iter().copied().filter(|need| !capabilities.contains(need)).collect()
    }

    /// The part of its id before the slash.
    #[must_use]
    pub fn chapter(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(chapter, _)| chapter)
    }
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Everything it looked at holds.
    Passed,
    /// A SHOULD is broken.
    Warned,
    /// A MUST is broken.
    Failed,
    /// It could not be set up here; its reason says why.
    Skipped,
    /// The target does not have a capability that it needs.
    NotApplicable,
    /// The run ended before it did.
    NotRun,
}

/// A case and what became of it.
#[derive(Debug, Clone)]
pub struct CaseReport {
    /// The case.
    pub case: &'static Case,
    /// What became of it.
    pub status: Status,
    /// What is broken, a MUST first.
    pub failures: Vec<Failure>,
    /// Why it was skipped, not applicable, or not run.
    pub reason: Option<String>,
    /// Whether the suite itself is at fault.
    pub fault: bool,
    /// From start to end.
    pub duration: Duration,
    /// Requests that it sent.
    pub requests: u64,
}

impl CaseReport {
    /// A case that was not run, for that reason.
    #[must_use]
    pub fn without_run(case: &'static Case, status: Status, reason: String) -> Self {
        let (failures, duration) = (Vec::new(), Duration::ZERO);
        CaseReport { case, status, failures, reason: Some(reason), fault: false, duration, requests: 0 }
    }
}

/// How many cases came to which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// All that were selected: the sum of the others.
    pub cases: usize,
    /// Everything held.
    pub passed: usize,
    /// A MUST is broken.
    pub failed: usize,
    /// A SHOULD is broken.
    pub warned: usize,
    /// Could not be set up.
    pub skipped: usize,
    /// The target lacks a capability.
    pub not_applicable: usize,
    /// The run ended first.
    pub not_run: usize,
}

impl Summary {
    /// Counts reports.
    #[must_use]
    pub fn of(reports: &[CaseReport]) -> Self {
        let mut summary = Summary { cases: reports.len(), ..Summary::default() };
        for report in reports {
            *match report.status {
                Status::Passed => &mut summary.passed,
                Status::Failed => &mut summary.failed,
                Status::Warned => &mut summary.warned,
                Status::Skipped => &mut summary.skipped,
                Status::NotApplicable => &mut summary.not_applicable,
                Status::NotRun => &mut summary.not_run,
            } += 1;
        }
        summary
    }

    /// Cases that came to a verdict about the target.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.passed + self.failed + self.warned
    }
}
