//! The known failures, as of one day.

use std::path::PathBuf;

use chrono::NaiveDate as Date;

use super::entry::{Entry, KnownFinding};
use crate::case::CaseReport;

/// A file of known failures, as of one day.
#[derive(Debug, Clone)]
pub struct Baseline {
    /// Its path.
    pub path: PathBuf,
    /// Its entries for cases, in the order of the file.
    pub entries: Vec<Entry>,
    /// Its entries for findings of generated sequences, which cases do not show.
    pub findings: Vec<KnownFinding>,
    /// The day that expiry is measured against (UTC).
    pub today: Date,
    /// The ids of all cases. An entry that names none of them is a mistake.
    pub known: Vec<&'static str>,
}

impl Baseline {
    /// Whether an entry names the case.
    #[must_use]
    pub fn lists(&self, case: &str) -> bool {
        self.entry(case).is_some()
    }

    /// Whether an entry is about the failure of the case.
    #[must_use]
    pub fn accepts(&self, report: &CaseReport) -> bool {
        self.entry(report.case.id).is_some_and(|entry| entry.is_about(report))
    }

    /// The entry for the case; there is at most one.
    pub(super) fn entry(&self, case: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.case == case)
    }

    /// Whether the entry names an existing case.
    pub(super) fn names_a_case(&self, entry: &Entry) -> bool {
        self.known.iter().any(|id| *id == entry.case)
    }
}

/// The current day in UTC, so that it does not depend on where the suite runs.
#[must_use]
pub fn today() -> Date {
    chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now()).date_naive()
}
