//! What a case is, and what becomes of it.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;

use crate::client::Transcript;
use crate::world::Context;
use syncproof_protocol::capability::Capabilities;
// Public, since `cases!` names it.
pub use syncproof_protocol::capability::Capability;
use syncproof_protocol::failure::{Checked, Failure};
use syncproof_protocol::requirement::{self, Level};

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
    /// By itself, after those: it restarts what the others use.
    Alone,
    /// After all of these, to judge what they saw.
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
        self.needs.iter().copied().filter(|need| !need.is_met_by(capabilities)).collect()
    }

    /// The part of its id before the slash.
    #[must_use]
    pub fn chapter(&self) -> &'static str {
        self.id.split_once('/').map_or(self.id, |(chapter, _)| chapter)
    }
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
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

/// Whether a case comes to one end only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stability {
    /// It came to the same end every time.
    Deterministic,
    /// It came to different ends, although nothing about it had changed but the names of its users.
    Flaky,
}

impl Stability {
    /// The word that reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Stability::Deterministic => "deterministic",
            Stability::Flaky => "flaky",
        }
    }
}

/// A case and what became of it.
#[derive(Debug, Clone)]
pub struct CaseReport {
    /// The case.
    pub case: &'static Case,
    /// What became of it: of several runs the worst.
    pub status: Status,
    /// What became of its other runs with the same seed, the first one included when a later one was worse. Empty
    /// where it was not run again.
    pub reruns: Vec<Status>,
    /// What is broken, a MUST first.
    pub failures: Vec<Failure>,
    /// Why it was skipped, not applicable, or not run.
    pub reason: Option<String>,
    /// Whether the suite itself is at fault.
    pub fault: bool,
    /// From start to end, of all runs together.
    pub duration: Duration,
    /// Requests that it sent in all runs.
    pub requests: u64,
    /// What it said and heard, when something is broken.
    pub transcript: Transcript,
}

impl CaseReport {
    /// A case that was not run, for that reason.
    #[must_use]
    pub fn without_run(case: &'static Case, status: Status, reason: String) -> Self {
        let (reruns, failures, duration) = (Vec::new(), Vec::new(), Duration::ZERO);
        let transcript = Transcript::default();
        CaseReport {
            case,
            status,
            reruns,
            failures,
            reason: Some(reason),
            fault: false,
            duration,
            requests: 0,
            transcript,
        }
    }

    /// Whether it came to this end every time; None when it was run only once.
    #[must_use]
    pub fn stability(&self) -> Option<Stability> {
        let same = self.reruns.iter().all(|status| *status == self.status);
        (!self.reruns.is_empty()).then_some(if same { Stability::Deterministic } else { Stability::Flaky })
    }

    /// Takes in a further run of the same case. The worst run stays the one that is told, so that a case that failed
    /// once is never green; a run that came to no verdict says nothing.
    #[must_use]
    pub fn with_rerun(self, rerun: CaseReport) -> Self {
        let (duration, requests) = (self.duration + rerun.duration, self.requests + rerun.requests);
        let judged = matches!(rerun.status, Status::Passed | Status::Warned | Status::Failed);
        let is_worse = rerun.fault || rerun.status > self.status;
        let (mut told, other) = if judged && is_worse { (rerun, self) } else { (self, rerun) };
        if judged {
            let mut reruns = other.reruns;
            reruns.append(&mut told.reruns);
            reruns.push(other.status);
            told.reruns = reruns;
        }
        CaseReport { duration, requests, ..told }
    }
}

/// How many cases came to which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
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

/// The cases of a file, as data: a sentence, a permanent id, the requirements that it can find broken (the main one
/// first), where needed the capabilities that it cannot do without and another stage than [`Stage::Main`], and the
/// async function that does it.
///
/// ```ignore
/// cases! {
///     /// A deleted record stays deleted when an older put comes late.
///     "lww/older-put-does-not-resurrect" checks [NO_RESURRECTION] needs [Snapshot] by no_resurrection;
/// }
/// ```
#[macro_export]
macro_rules! cases {
    ($(
        #[doc = $summary:literal]
        $id:literal checks $requirements:tt $(needs $needs:tt)? $(runs $stage:ident)? by $run:ident $(($($argument:expr),+))?;
    )+) => {
        /// The cases of this file.
        pub(crate) const CASES: &[$crate::case::Case] = &[$({
            // What is given takes the place of the default.
            const DEFAULTS: $crate::case::Case = $crate::case::Case {
                id: $id,
                requirements: $crate::cases!(@requirements $requirements),
                needs: &[],
                stage: $crate::case::Stage::Main,
                summary: $summary.trim_ascii(),
                run: |context| Box::pin($run(context $($(, $argument)+)?)),
            };
            $crate::case::Case {
                $(needs: $crate::cases!(@needs $needs),)?
                $(stage: $crate::case::Stage::$stage,)?
                ..DEFAULTS
            }
        }),+];
    };
    (@requirements [$($requirement:expr),+]) => { &[$($requirement),+] };
    (@requirements $requirements:ident) => { $requirements };
    (@needs [$($capability:ident),+]) => { &[$($crate::case::Capability::$capability),+] };
    (@needs $needs:ident) => { $needs };
}
