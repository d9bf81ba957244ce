//! The report of `--quiet`: the causes in a line each, what keeps the verdict from being whole, and the verdict.

use super::cause::stopped;
use super::style::{RED, YELLOW};
use super::warning::{breach, undeclared};
use crate::analysis::Analysis;
use crate::evidence::message;
use crate::subject::Subject;
use syncproof_harness::case::Summary;
use syncproof_protocol::counted::counted;
use syncproof_protocol::visible::visible;

/// A line for each cause, in the order in which to fix them, and the verdict. What the verdict does not cover, and what makes
/// the run fail beside the causes, is reported as well.
#[must_use]
pub fn quiet(subject: &Subject, finished: &Analysis<'_>) -> String {
    let mut lines: Vec<String> = undeclared(subject).into_iter().collect();
    for report in finished.reports.iter().filter(|report| report.fault) {
        let why = report.failures.first().map(message).or_else(|| report.reason.clone()).unwrap_or_default();
        lines.push(format!("{RED}FAULT{RED:#} {}: {}", report.case.id, visible(&why).replace('\n', " ")));
    }
    for cause in &finished.causes {
        let (style, known) = if cause.is_known { (YELLOW, " (known)") } else { (RED, "") };
        let shown = cause.shown_by.map(|report| format!(", such as {}", report.case.id)).unwrap_or_default();
        let (level, requirement, cases) = (cause.level(), cause.failure.requirement, counted(cause.size(), "case"));
        lines.push(format!("{style}{level} {requirement}{known}{style:#}: {cases}{shown}"));
    }
    lines.extend(stopped(&finished.causes));
    lines.extend(not_judged(finished.summary()));
    if let Some(judgement) = &finished.judgement {
        lines.extend(judgement.breaches.iter().map(|line| breach(line)));
    }
    lines.push(finished.verdict());
    lines.join("\n") + "\n"
}

/// How many cases have no result, and why.
fn not_judged(Summary { skipped, not_applicable, not_run, .. }: Summary) -> Option<String> {
    let counts = [(skipped, "skipped"), (not_applicable, "not applicable"), (not_run, "not run")];
    let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let words = counts.collect::<Vec<_>>().join(", ");
    (!words.is_empty()).then(|| format!("not judged: {words}"))
}
