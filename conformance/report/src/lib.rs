//! Reports: what a run was about, and the verdict, from the stream of its events.

mod coverage;
mod document;
mod evidence;
mod github;
mod html;
mod human;
mod json;
mod junit;
mod marked;
mod output;
mod pretty;
pub mod repro;

pub use coverage::{ChapterCoverage, RequirementStatus, coverage, requirement_status};
pub use document::{FailureEntry, SCHEMA_VERSION, schema};
pub use evidence::evidence;
pub use github::{annotations, summary};
pub use html::html;
pub use human::Human;
pub use json::json;
pub use junit::junit;
pub use output::{Format, Outputs, ReportSpec};

use std::time::{Duration, SystemTime};

use syncproof_harness::case::{Case, CaseReport, Status, Summary};
use syncproof_harness::client::Transcript;
use syncproof_harness::exit::Exit;
use syncproof_harness::gate::Gate;
use syncproof_harness::redaction::Secrets;
use syncproof_harness::shell;

/// What a run was about: the same for every report.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What the target is called.
    pub target: String,
    /// Names of the capabilities that count, and how they are known.
    pub capabilities: Vec<&'static str>,
    /// Names of capabilities that the target shows and does not declare: what belongs to them was not looked at.
    pub undeclared: Vec<&'static str>,
    /// Repeats the choices of the run.
    pub seed: u64,
    /// The flags that reach the target again.
    pub flags: Vec<String>,
}

impl Subject {
    /// What a run was to be about, when its target could not be reached: what it is called, and the flags that name it.
    #[must_use]
    pub fn before(target: String, flags: Vec<String>, seed: u64) -> Self {
        Subject { target, capabilities: Vec::new(), undeclared: Vec::new(), seed, flags }
    }

    /// The same without secrets: where a flag holds one, the command that repeats a case names a variable instead.
    #[must_use]
    pub fn redacted(&self, secrets: &Secrets) -> Self {
        let mut flags: Vec<String> = Vec::new();
        for flag in &self.flags {
            let hidden = secrets.text(flag) != *flag;
            let variable = match flags.last().map(String::as_str) {
                Some("--target") if hidden => Some("SYNCPROOF_TARGET"),
                Some("--exec") if hidden => Some("SYNCPROOF_EXEC"),
                Some("--header") if hidden => Some("SYNCPROOF_HEADER"),
                // Nobody can tell which of its words is a secret.
                Some("--credential-command") => Some("SYNCPROOF_CREDENTIAL_COMMAND"),
                _ => None,
            };
            flags.push(variable.map_or_else(|| secrets.text(flag), |variable| format!("{FROM_ENVIRONMENT}{variable}")));
        }
        Subject { target: secrets.text(&self.target), flags, ..self.clone() }
    }

    /// The command that runs one case again.
    #[must_use]
    pub fn repeat(&self, case: &str) -> String {
        let mut command = String::from("syncproof run");
        for flag in &self.flags {
            command.push(' ');
            match flag.strip_prefix(FROM_ENVIRONMENT) {
                Some(variable) => command.push_str(&format!("\"${variable}\"")),
                None => command.push_str(&shell::word(flag)),
            }
        }
        format!("{command} --seed {} --filter {}", self.seed, shell::word(case))
    }
}

/// Marks a flag's value that holds a secret, and so has to be given in the environment; the variable follows. No flag of
/// a command line can hold it.
const FROM_ENVIRONMENT: &str = "\0";

/// What became of a case, in the word that every report uses.
#[must_use]
pub fn status_name(status: Status) -> &'static str {
    match status {
        Status::Passed => "passed",
        Status::Warned => "warned",
        Status::Failed => "failed",
        Status::Skipped => "skipped",
        Status::NotApplicable => "not_applicable",
        Status::NotRun => "not_run",
    }
}

/// What became of a case without secrets, and without its transcript, which holds them.
#[must_use]
pub fn redacted(report: &CaseReport, secrets: &Secrets) -> CaseReport {
    CaseReport {
        failures: report.failures.iter().map(|failure| secrets.failure(failure)).collect(),
        reason: report.reason.as_deref().map(|reason| secrets.text(reason)),
        transcript: Transcript::default(),
        ..report.clone()
    }
}

/// A run that has ended; what reports are made from holds no secrets.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Every selected case, in the order of the list of cases.
    pub reports: Vec<CaseReport>,
    /// Why the run ended early, if it did.
    pub aborted: Option<String>,
    /// What breaks the run.
    pub gate: Gate,
    /// When the first case started.
    pub started: SystemTime,
    /// From the first case to the last.
    pub duration: Duration,
}

impl Finished {
    /// A run that never began, for that reason: nothing that was selected was looked at.
    #[must_use]
    pub fn without_run(selected: &[&'static Case], reason: &str) -> Self {
        let not_run = |case: &&'static Case| CaseReport::without_run(case, Status::NotRun, reason.to_owned());
        let (started, duration) = (SystemTime::now(), Duration::ZERO);
        Finished {
            reports: selected.iter().map(not_run).collect(),
            aborted: Some(reason.to_owned()),
            gate: Gate::default(),
            started,
            duration,
        }
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

    /// The verdict. A fault of the suite outweighs everything, since nothing else can be trusted then; then a target
    /// that died; nothing that was looked at is no success, whatever a baseline accepts.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let summary = self.summary();
        if self.reports.iter().any(|report| report.fault) {
            Exit::Fault
        } else if self.aborted.is_some() {
            Exit::Target
        } else if summary.judged() == 0 {
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
            Exit::NothingSelected => "No verdict: every selected case was skipped or not applicable.".to_owned(),
            _ => self.gate.verdict(&self.reports),
        }
    }
}
