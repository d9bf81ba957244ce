//! The baseline: the failures that a team knows and accepts for a while. It is a ratchet: it only ever gets shorter
//! without somebody's name under what was added.

mod judge;
mod read;
mod update;

pub use judge::{Judgement, Known};
pub use update::Update;

use std::path::PathBuf;

use chrono::NaiveDate as Date;
use schemars::JsonSchema;
use serde::Serialize;

/// What a reason or an owner begins with that somebody still has to fill in.
const PLACEHOLDER: &str = "TODO";

/// One known failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "BaselineEntry")]
pub struct Entry {
    /// The case that fails.
    pub case: String,
    /// Why that is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it is accepted (UTC).
    #[serde(serialize_with = "as_text")]
    #[schemars(with = "String", extend("format" = "date"))]
    pub expires: Date,
    /// The line of the file that it stands on, from 1.
    pub line: usize,
}

impl Entry {
    /// Whether the reason or the owner is still to be filled in.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        [&self.reason, &self.owner].iter().any(|text| text.trim_start().starts_with(PLACEHOLDER))
    }
}

/// A file of known failures, as of one day.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Where it stands.
    pub path: PathBuf,
    /// Its entries, in the order of the file.
    pub entries: Vec<Entry>,
    /// The day that expiry is measured against (UTC).
    pub today: Date,
    /// The ids of the cases that there are: an entry that names none of them is a mistake.
    pub known: Vec<&'static str>,
}

impl Baseline {
    /// Whether an entry names the case.
    #[must_use]
    pub fn lists(&self, case: &str) -> bool {
        self.entries.iter().any(|entry| entry.case == case)
    }

    /// Whether the entry names a case that there is.
    fn names_a_case(&self, entry: &Entry) -> bool {
        self.known.iter().any(|id| *id == entry.case)
    }
}

/// The day that it is now, in UTC: the same for everybody who runs one pipeline.
#[must_use]
pub fn today() -> Date {
    chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()).date_naive()
}

fn as_text<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}
