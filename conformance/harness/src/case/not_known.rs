//! What a report says of cases that are not judged because a probe could not tell whether the target has what they need.

use super::report::CaseReport;
use super::status::Status;
use syncproof_protocol::capability::Capabilities;

const BEGINNING: &str = "not judged: ";

/// The reason of a case that needs these capabilities, beside those that the target is known to have. A declaration
/// replaces what was probed, so the sentence lists all of them.
pub(crate) fn not_known(known: &Capabilities, needed: &[&str]) -> String {
    let all: Vec<&str> = known.iter().map(|capability| capability.name()).chain(needed.iter().copied()).collect();
    let needed = needed.join(", ");
    format!("{BEGINNING}{needed}; declare with --capabilities {} if your server has it", all.join(","))
}

/// Those reasons as sentences of the verdict, each once.
pub(crate) fn not_known_remarks(reports: &[CaseReport]) -> String {
    let reasons = reports.iter().filter(|report| report.status == Status::NotApplicable);
    let mut reasons: Vec<&str> =
        reasons.filter_map(|report| report.reason.as_deref()?.strip_prefix(BEGINNING)).collect();
    reasons.sort_unstable();
    reasons.dedup();
    reasons.iter().map(|reason| format!(" Not judged: {reason}.")).collect()
}
