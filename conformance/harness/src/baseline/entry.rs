//! One known failure.

use chrono::NaiveDate as Date;
use schemars::JsonSchema;
use serde::Serialize;

/// How a reason or an owner begins that is still to be filled in.
pub(super) const PLACEHOLDER: &str = "TODO";

/// One known failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "BaselineEntry")]
pub struct Entry {
    /// The case that fails.
    pub case: String,
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

impl Entry {
    /// Whether the reason or the owner is still to be filled in.
    #[must_use]
    pub(super) fn is_incomplete(&self) -> bool {
        [&self.reason, &self.owner].iter().any(|text| text.trim_start().starts_with(PLACEHOLDER))
    }
}

fn as_text<S: serde::Serializer>(date: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(date)
}
