//! The JSON report of an earlier run, as it is read.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::document::SCHEMA_VERSION;
use crate::story::Story;
use crate::subject::RunSettings;
use syncproof_harness::case::Status;
use syncproof_harness::exit::CliError;
use syncproof_harness::gate::Threshold;
use syncproof_protocol::deep_json;
use syncproof_protocol::exchange::ShownExchange;
use syncproof_protocol::failure::Phase;

/// A report of an earlier run.
#[derive(Debug, Clone, Deserialize)]
pub struct EarlierReport {
    /// The file that it was read from.
    #[serde(skip)]
    pub(super) file: String,
    pub(super) syncproof: String,
    pub(super) requirements: Option<String>,
    pub(super) target: String,
    pub(super) capabilities: Vec<String>,
    pub(super) undeclared: Vec<String>,
    pub(super) seed: u64,
    pub(super) settings: Option<RunSettings>,
    pub(super) selection: Option<EarlierSelection>,
    pub(super) level: Threshold,
    pub(super) verdict: String,
    pub(super) exit: u8,
    pub(super) aborted: Option<String>,
    pub(super) baseline: Option<EarlierBaseline>,
    pub(super) started_at: String,
    pub(super) duration_ms: u64,
    pub(super) causes: Vec<EarlierCause>,
    pub(super) cases: Vec<EarlierCase>,
}

/// Which of the cases were selected.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct EarlierSelection {
    pub(super) up_to: Option<String>,
    pub(super) filters: Vec<String>,
    pub(super) shard: Option<String>,
}

/// The baseline that a run was judged by.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EarlierBaseline {
    pub(super) file: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct EarlierCause {
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) requirement: String,
    pub(super) expected: String,
    pub(super) actual: String,
    pub(super) cases: Vec<String>,
    pub(super) blocked: Vec<String>,
    #[serde(default)]
    consequences: Vec<EarlierConsequence>,
    pub(super) exchange: Option<ShownExchange>,
    pub(super) repeat: String,
}

#[derive(Debug, Clone, Deserialize)]
struct EarlierConsequence {
    cases: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct EarlierCase {
    pub(super) id: String,
    pub(super) requirements: Vec<String>,
    pub(super) status: Status,
    #[serde(default)]
    pub(super) reruns: Vec<Status>,
    #[serde(default)]
    pub(super) fault: bool,
    pub(super) duration_ms: u64,
    pub(super) requests: u64,
    pub(super) reason: Option<String>,
    #[serde(flatten)]
    first: Option<EarlierFailure>,
    #[serde(default)]
    more: Vec<EarlierFailure>,
    pub(super) story: Option<Story>,
    pub(super) repeat: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct EarlierFailure {
    pub(super) requirement: String,
    pub(super) phase: Phase,
    pub(super) message: String,
    pub(super) expected: String,
    pub(super) actual: String,
    pub(super) exchange: Option<ShownExchange>,
}

/// What every report has, in whatever version.
#[derive(Deserialize)]
struct Head {
    schema: Option<u32>,
    syncproof: Option<IgnoredAny>,
    causes: Option<IgnoredAny>,
}

impl EarlierReport {
    /// Reads a report.
    ///
    /// # Errors
    /// When the file cannot be read, is no report of `syncproof run`, or is of a version that this one does not read.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let file = path.display().to_string();
        let wrong = |what: String| CliError::usage(format!("{file} {what}"));
        let text = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let head: Head =
            deep_json::read(&text).map_err(|error| wrong(format!("is no JSON report of `syncproof run`: {error}")))?;
        let fields = [
            ("schema", head.schema.is_some()),
            ("syncproof", head.syncproof.is_some()),
            // Version 1 had none.
            ("causes", head.causes.is_some() || head.schema.is_some_and(|schema| schema != SCHEMA_VERSION)),
        ];
        if let Some((missing, _)) = fields.iter().find(|(_, is_there)| !is_there) {
            return Err(wrong(format!("is no JSON report of `syncproof run`: it has no `{missing}`")));
        }
        match head.schema {
            Some(newer) if newer > SCHEMA_VERSION => {
                return Err(wrong(format!(
                    "has `schema` {newer}, and this syncproof reads reports up to {SCHEMA_VERSION}: use a newer one"
                )));
            }
            Some(older) if older < SCHEMA_VERSION => {
                return Err(wrong(format!(
                    "has `schema` {older}, and this syncproof reads reports from {SCHEMA_VERSION} on: run it again"
                )));
            }
            _ => {}
        }
        let report: EarlierReport =
            deep_json::read(&text).map_err(|error| wrong(format!("is no complete report: {error}")))?;
        Ok(EarlierReport { file, ..report })
    }

    /// The file of the baseline that the run was judged by.
    #[must_use]
    pub fn baseline_file(&self) -> Option<&Path> {
        self.baseline.as_ref().map(|baseline| Path::new(&baseline.file))
    }

    pub(super) fn case(&self, id: &str) -> Option<&EarlierCase> {
        self.cases.iter().find(|case| case.id == id)
    }

    /// Whether every case was selected, so that a case that the report does not have does not exist.
    pub(super) fn is_of_every_case(&self) -> bool {
        self.selection.as_ref().is_none_or(|selection| {
            selection.up_to.is_none() && selection.filters.is_empty() && selection.shard.is_none()
        })
    }
}

impl EarlierCause {
    /// The cases that it fails, directly or as a consequence, or blocks; each once.
    pub(super) fn all_cases(&self) -> BTreeSet<&str> {
        let consequences = self.consequences.iter().flat_map(|consequence| &consequence.cases);
        self.cases.iter().chain(&self.blocked).chain(consequences).map(String::as_str).collect()
    }
}

impl EarlierCase {
    /// Its failures, the first one first.
    pub(super) fn failures(&self) -> impl Iterator<Item = &EarlierFailure> {
        self.first.iter().chain(&self.more)
    }
}
