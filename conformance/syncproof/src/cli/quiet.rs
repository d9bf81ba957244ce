//! `syncproof run --quiet`: the causes in a line each, and the verdict.

use std::fmt::Write as _;

use syncproof_protocol::counted::counted;
use syncproof_report::{Finished, causes};

/// A line for each cause, in the order in which to fix them, and the verdict.
pub(super) fn quiet(finished: &Finished) -> String {
    let mut text = String::new();
    for cause in causes(finished) {
        let (level, requirement) = (cause.level(), cause.failure.requirement);
        let shown = cause.shown_by.map(|report| format!(", such as {}", report.case.id)).unwrap_or_default();
        // A String takes everything.
        let _ = writeln!(text, "{level} {requirement}: {}{shown}", counted(cause.size(), "case"));
    }
    text + &finished.verdict() + "\n"
}
