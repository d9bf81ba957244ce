//! The JSON report.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Finished, Subject};
use crate::case::{CaseReport, Status};
use crate::failure::Failure;
use crate::requirement::Level;

/// One case. The first failure stands flat beside it, further ones in `more`.
#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    requirements: &'a [&'a str],
    level: Level,
    status: Status,
    duration_ms: u64,
    requests: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(flatten)]
    failure: Option<&'a Failure>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    more: &'a [Failure],
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat: Option<String>,
}

/// The whole report: `summary`, `cases[]` and what the run was about.
#[must_use]
pub fn json(subject: &Subject, finished: &Finished) -> Value {
    let entries: Vec<Entry<'_>> = finished.reports.iter().map(|report| entry(subject, report)).collect();
    json!({
        "syncproof": env!("CARGO_PKG_VERSION"),
        "target": subject.target,
        "capabilities": subject.capabilities,
        "seed": subject.seed,
        "exit": finished.exit().code(),
        "verdict": finished.verdict(),
        "requests": finished.requests(),
        "summary": finished.summary(),
        "cases": entries,
    })
}

fn entry<'a>(subject: &Subject, report: &'a CaseReport) -> Entry<'a> {
    let failure = report.failures.first();
    Entry {
        id: report.case.id,
        requirements: report.case.requirements,
        level: report.case.level(),
        status: report.status,
        duration_ms: u64::try_from(report.duration.as_millis()).unwrap_or(u64::MAX),
        requests: report.requests,
        reason: report.reason.as_deref(),
        failure,
        more: report.failures.get(1..).unwrap_or_default(),
        repeat: failure.map(|_| subject.repeat(report.case.id)),
    }
}
