//! One known failure: of a case, or found by generated sequences.

use chrono::NaiveDate as Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::case::CaseReport;

/// How a reason or an owner begins that is still to be filled in.
pub(super) const PLACEHOLDER: &str = "TODO";

/// One known failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "BaselineEntry")]
pub struct Entry {
    /// The case that fails.
    pub case: String,
    /// The requirement that it is known to fail for; without one, the case is accepted whatever it fails for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// Why that is accepted.
    pub reason: String,
    /// Who is responsible for it.
    pub owner: String,
    /// The last day on which it is accepted (UTC).
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String", extend("format" = "date"))]
    pub expires: Date,
    /// Its line in the file, from 1.
    pub line: usize,
}

/// One known finding of generated sequences (`syncproof fuzz --known`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFinding {
    /// The requirement that is broken.
    pub requirement: String,
    /// The id of the finding, as `fuzz` reports it.
    pub id: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who is responsible for it.
    pub owner: String,
    /// The last day on which it is accepted (UTC).
    pub expires: Date,
    /// Its line in the file, from 1.
    pub line: usize,
}

impl KnownFinding {
    /// Why it is not accepted on that day, if it is not.
    #[must_use]
    pub fn objection(&self, today: Date) -> Option<String> {
        let KnownFinding { requirement, id, expires, owner, .. } = self;
        let name = format!("{requirement} {id}");
        if today > *expires {
            return Some(format!(
                "the entry for {name} expired after {expires}: {owner} must fix the fault or set a new day"
            ));
        }
        is_incomplete([&self.reason, owner])
            .then(|| format!("the entry for {name} is incomplete: replace the placeholders with a reason and an owner"))
    }
}

impl Entry {
    /// Whether it is about the failure that the case has now.
    #[must_use]
    pub(super) fn is_about(&self, report: &CaseReport) -> bool {
        self.requirement.as_deref().is_none_or(|listed| report.fails_for() == Some(listed))
    }

    /// Whether the reason or the owner is still to be filled in.
    #[must_use]
    pub(super) fn is_incomplete(&self) -> bool {
        is_incomplete([&self.reason, &self.owner])
    }
}

fn is_incomplete(texts: [&String; 2]) -> bool {
    texts.iter().any(|text| text.trim_start().starts_with(PLACEHOLDER))
}

fn as_text<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}
