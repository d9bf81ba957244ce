//! Reports: what a run was about, and the verdict, from the stream of its events.

mod human;
mod json;

pub use human::Human;
pub use json::json;

use crate::case::{CaseReport, Summary};
use crate::exit::Exit;

/// What a run was about: the same for every report.
#[derive(Debug, Clone)]
pub struct Subject {
    /// What the target is called.
    pub target: String,
    /// Names of the capabilities that count, and how they are known.
    pub capabilities: Vec<&'static str>,
    /// Repeats the choices of the run.
    pub seed: u64,
    /// The flags that reach the target again.
    pub flags: Vec<String>,
}

impl Subject {
    /// The command that runs one case again.
    #[must_use]
    pub fn repeat(&self, case: &str) -> String {
        let mut command = String::from("syncproof run");
        for flag in &self.flags {
            command.push(' ');
            command.push_str(&quoted(flag));
        }
        format!("{command} --seed {} --filter {}", self.seed, quoted(case))
    }
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A run that has ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Every selected case, in the order of the list of cases.
    pub reports: Vec<CaseReport>,
    /// Why the run ended early, if it did.
    pub aborted: Option<String>,
}

impl Finished {
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
    /// that died; nothing that was looked at is no success.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let summary = self.summary();
        if self.reports.iter().any(|report| report.fault) {
            Exit::Fault
        } else if self.aborted.is_some() {
            Exit::Target
        } else if summary.failed > 0 {
            Exit::NotConformant
        } else if summary.judged() == 0 {
            Exit::NothingSelected
        } else {
            Exit::Conformant
        }
    }

    /// The verdict in one sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        let summary = self.summary();
        match self.exit() {
            Exit::Fault => "The suite itself is at fault: no verdict about the target.".to_owned(),
            Exit::Target => {
                format!("No verdict: {}.", self.aborted.as_deref().unwrap_or("the target died"))
            }
            Exit::NotConformant => {
                format!("Not conformant: {} of {} judged cases failed.", summary.failed, summary.judged())
            }
            Exit::NothingSelected => "No verdict: every selected case was skipped or not applicable.".to_owned(),
            _ if summary.warned > 0 => {
                format!("Conformant, with {} warnings: every judged MUST holds.", summary.warned)
            }
            _ => "Conformant: every judged case passed.".to_owned(),
        }
    }
}
