//! `syncproof run --quiet`: which cases broke the run, and the verdict.

use std::fmt::Write as _;

use syncproof_report::Finished;

/// A line for each case that has a failure, and the verdict.
pub(super) fn quiet(finished: &Finished) -> String {
    let mut text = String::new();
    for report in finished.reports.iter().filter(|report| !report.failures.is_empty()) {
        // A String takes everything.
        let _ = writeln!(text, "{} {}", report.status.name(), report.case.id);
    }
    text + &finished.verdict() + "\n"
}
