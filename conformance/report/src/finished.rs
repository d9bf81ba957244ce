//! A finished run and its verdict.

use std::time::{Duration, SystemTime};

use super::ladder::{Rung, ladder};
use super::selection::Selection;
use syncproof_harness::blocker::Blocker;
use syncproof_harness::case::{Case, CaseReport, Status, Summary};
use syncproof_harness::exit::Exit;
use syncproof_harness::gate::Gate;
use syncproof_protocol::milestone::Milestone;

/// A finished run, without secrets. Reports are made from it.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Every selected case, in the order of the list of cases.
    pub reports: Vec<CaseReport>,
    /// The core operations that do not work at all.
    pub blockers: Vec<Blocker>,
    /// Why the run ended early, if it did.
    pub aborted: Option<String>,
    /// What makes the run fail.
    pub gate: Gate,
    /// Which part of the cases it was about.
    pub selection: Selection,
    /// When the first case started.
    pub started: SystemTime,
    /// From the first case to the last.
    pub duration: Duration,
}

impl Finished {
    /// A run that did not begin, with the reason: every selected case is not run.
    #[must_use]
    pub fn without_run(selected: &[&'static Case], reason: &str) -> Self {
        let not_run = |case: &&'static Case| CaseReport::without_run(case, Status::NotRun, reason.to_owned());
        let (started, duration) = (SystemTime::now(), Duration::ZERO);
        Finished {
            reports: selected.iter().map(not_run).collect(),
            blockers: Vec::new(),
            aborted: Some(reason.to_owned()),
            gate: Gate::default(),
            selection: Selection::default(),
            started,
            duration,
        }
    }

    /// When the first case started (RFC 3339, UTC).
    #[must_use]
    pub fn started_at(&self) -> String {
        in_utc(self.started)
    }

    /// When the last case ended (RFC 3339, UTC).
    #[must_use]
    pub fn ended_at(&self) -> String {
        in_utc(self.started + self.duration)
    }

    /// The counts.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(&self.reports)
    }

    /// Requests that all cases sent together.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.reports.iter().map(|report| report.requests).sum()
    }

    /// Which levels the target has reached.
    #[must_use]
    pub fn ladder(&self) -> Vec<Rung> {
        ladder(&self.reports, &self.selection)
    }

    /// Whether the run shows which level is reached: it was about every case up to its last level, and came to its end.
    #[must_use]
    pub fn shows_levels(&self) -> bool {
        self.aborted.is_none() && self.selection.is_whole()
    }

    /// Whether everything passed up to a level below the last one, which is no verdict about conformance.
    #[must_use]
    pub fn passed_up_to_a_level(&self) -> bool {
        self.exit() == Exit::Conformant && self.selection.up_to.is_some_and(|up_to| up_to < Milestone::LAST)
    }

    /// Whether the run is no verdict about conformance because it was about a part of the cases only.
    #[must_use]
    pub fn is_of_a_part(&self) -> bool {
        matches!(self.exit(), Exit::Conformant | Exit::NotConformant) && !self.selection.is_whole()
    }

    /// The verdict. A fault of the suite comes first, since nothing else can be trusted then, and a dead target second. A
    /// run that judged nothing is no success, whatever a baseline accepts.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let summary = self.summary();
        if self.reports.iter().any(|report| report.fault) {
            Exit::Fault
        } else if self.aborted.is_some() {
            Exit::Target
        } else if summary.judged() + summary.blocked == 0 {
            Exit::NothingSelected
        } else if self.gate.is_broken(&self.reports) {
            Exit::NotConformant
        } else {
            Exit::Conformant
        }
    }

    /// The verdict in one sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        match self.exit() {
            Exit::Fault => "The suite itself is at fault: no verdict about the target.".to_owned(),
            Exit::Target => {
                format!("No verdict: {}.", self.aborted.as_deref().unwrap_or("the target died"))
            }
            Exit::NothingSelected => {
                "No verdict: every selected case was skipped or not applicable.".to_owned()
                    + &self.gate.remarks(&self.reports)
            }
            _ if self.is_of_a_part() => {
                let outcome = self.gate.outcome(&self.reports);
                self.selection.not_a_verdict(self.reports.len(), &outcome) + &self.gate.remarks(&self.reports)
            }
            _ if self.passed_up_to_a_level() => {
                let summary = self.summary();
                let warned = if summary.warned == 0 { String::new() } else { format!(", {} warned", summary.warned) };
                format!("Not a verdict: only the cases up to a level were judged ({} passed{warned}).", summary.passed)
                    + &self.gate.remarks(&self.reports)
            }
            _ => self.gate.verdict(&self.reports),
        }
    }
}

/// A time as reports write it (RFC 3339, UTC, whole seconds).
#[must_use]
pub fn in_utc(time: SystemTime) -> String {
    chrono::DateTime::<chrono::Utc>::from(time).to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
