//! The JSON report.

use super::analysis::Analysis;
use super::document::Document;
use super::subject::Subject;

/// The report as indented JSON with a line break at its end, as described by [`super::schema`].
///
/// # Errors
/// When it cannot be written as JSON, which would be a fault of the suite.
pub fn json(subject: &Subject, finished: &Analysis<'_>) -> Result<String, String> {
    let text = serde_json::to_string_pretty(&Document::of(subject, finished)).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}
