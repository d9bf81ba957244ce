//! The JUnit report for CI servers: one suite for each chapter and one test case for each case.
//!
//! Only what makes the run fail is a failure here, as for the exit code. A case whose failure the baseline accepts is skipped
//! for the reason that its entry gives. Broken SHOULDs without `--level should` and accepted failures are in the `system-out`
//! of the suite.

use super::about::About;
use super::analysis::Analysis;
use super::evidence::{binding, evidence, message};
use super::junit_xml::{Outcome, Property, Suite, TestCase, Text, seconds, written};
use super::subject::Subject;
use syncproof_harness::baseline::Entry;
use syncproof_harness::case::{CaseReport, Status};
use syncproof_protocol::visible::visible;

/// A case, and what its result means for the run.
#[derive(Clone, Copy)]
struct Judged<'a> {
    report: &'a CaseReport,
    /// Whether it makes the run fail.
    breaks: bool,
    /// The entry of the baseline that accepts its failure.
    known: Option<&'a Entry>,
}

/// The whole report as XML.
///
/// # Errors
/// When it cannot be written as XML, which would be a fault of the suite.
pub fn junit(subject: &Subject, finished: &Analysis<'_>) -> Result<String, String> {
    let known = finished.known();
    let mut chapters: Vec<(&str, Vec<&CaseReport>)> = Vec::new();
    for report in &finished.reports {
        let chapter = report.case.chapter();
        match chapters.iter_mut().find(|(name, _)| *name == chapter) {
            Some((_, reports)) => reports.push(report),
            None => chapters.push((chapter, vec![report])),
        }
    }
    let suite = |(id, (chapter, reports)): (usize, &(&str, Vec<&CaseReport>))| {
        let judged = reports.iter().map(|report| {
            let known = known.get(report.case.id).copied();
            Judged { report, known, breaks: finished.gate.is_failure(report) && known.is_none() }
        });
        suite((id, chapter), &judged.collect::<Vec<_>>(), subject, finished)
    };
    written(chapters.iter().enumerate().map(suite).collect())
}

fn suite(name: (usize, &str), cases: &[Judged<'_>], subject: &Subject, finished: &Analysis<'_>) -> Suite {
    let mut properties = About::run(subject, finished).properties();
    properties.push(Property::new("verdict", &finished.verdict()));
    let is_here = |case: &&'static str| cases.iter().any(|case_here| case_here.report.case.id == *case);
    let found = finished.causes.iter().filter(|cause| cause.cases().any(|case| is_here(&case)));
    properties.extend(found.map(|cause| Property::new("cause", &cause.line())));
    let accepted = |Judged { report, breaks, .. }: &&Judged<'_>| {
        !breaks && !report.fault && matches!(report.status, Status::Warned | Status::Blocked | Status::Failed)
    };
    let shown = |Judged { report, .. }: &Judged<'_>| {
        let (id, status) = (report.case.id, report.status.name());
        visible(&format!("{id}: {status}\n{}", words(report, subject)))
    };
    let took = cases.iter().map(|case| case.report.duration).sum::<std::time::Duration>();
    let test_cases = cases.iter().map(|case| test_case(*case, subject)).collect();
    let system_out = cases.iter().filter(accepted).map(shown).collect::<Vec<_>>().join("\n");
    Suite::new(name, (&finished.started_at(), took.as_secs_f64()), properties, test_cases, system_out)
}

fn test_case(judged: Judged<'_>, subject: &Subject) -> TestCase {
    let report = judged.report;
    TestCase {
        name: report.case.id.to_owned(),
        classname: format!("syncproof.{}", report.case.chapter()),
        time: seconds(report.duration.as_secs_f64()),
        outcome: outcome(judged, subject),
    }
}

fn outcome(Judged { report, breaks, known }: Judged<'_>, subject: &Subject) -> Option<Outcome> {
    if let Some(Entry { reason, owner, expires, .. }) = known {
        let reason = format!("known failure: {reason} ({owner}, until {expires})");
        return Some(Outcome::Skipped(Text::new("known", &reason, "")));
    }
    let reason = report.reason.as_deref().unwrap_or_default();
    let first = report.failures.first();
    match report.status {
        Status::Warned | Status::Failed if breaks || report.fault => {
            let (kind, message) = (first.map(binding).unwrap_or_default(), first.map(message).unwrap_or_default());
            let text = words(report, subject);
            Some(match report.fault {
                true => Outcome::Error(Text::new("fault in the suite", &message, &text)),
                false => Outcome::Failure(Text::new(&kind, &message, &text)),
            })
        }
        Status::Blocked if breaks => {
            let text = format!("repeat  {}\n", subject.repeat(report));
            Some(Outcome::Failure(Text::new("blocked", &format!("blocked: {reason}"), &text)))
        }
        Status::Passed | Status::Warned | Status::Blocked | Status::Failed => None,
        Status::Skipped | Status::NotApplicable => Some(Outcome::Skipped(Text::new(report.status.name(), reason, ""))),
        Status::NotRun => {
            let text = if report.failures.is_empty() { reason.to_owned() } else { words(report, subject) };
            Some(Outcome::Error(Text::new("not run", reason, &text)))
        }
    }
}

/// The evidence of all failures, whether they occur every time, and how to repeat them.
fn words(report: &CaseReport, subject: &Subject) -> String {
    let mut text = report.failures.iter().map(evidence).collect::<Vec<_>>().join("\n");
    if let Some(stability) = report.stability() {
        text.push_str(&format!("stability  {}\n", stability.name()));
    }
    text + &format!("repeat  {}\n", subject.repeat(report))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finished::Finished;
    use syncproof_harness::case::{Case, Homes, Stage};
    use syncproof_protocol::failure::Failure;

    static CASE: Case = Case {
        id: "http/some-case",
        requirements: &["http.no-5xx"],
        needs: &[],
        stage: Stage::Main,
        homes: Homes::New,
        summary: "Looks at something.",
        run: |_| Box::pin(async { Ok(()) }),
    };

    #[test]
    fn characters_that_xml_forbids_or_uses_are_escaped() {
        let hostile = "\u{0}\u{1b}[31m\u{fffe}<failure>&]]>\u{202e}";
        let failure = Failure::new("http.no-5xx", hostile, hostile, hostile);
        let mut report = CaseReport::without_run(&CASE, Status::Failed, hostile.to_owned());
        report.failures = vec![failure];
        let subject = Subject { flags: vec![hostile.to_owned()], ..Subject::before(hostile.to_owned(), 1) };
        let finished = Finished { reports: vec![report], ..Finished::without_run(&[], hostile) };
        let xml = junit(&subject, &Analysis::of(&finished)).expect("XML");
        let document = roxmltree::Document::parse(&xml).expect("well-formed");
        let failures: Vec<_> = document.descendants().filter(|node| node.has_tag_name("failure")).collect();
        assert_eq!(failures.len(), 1, "{xml}");
        assert_eq!(failures[0].attribute("message"), Some(r"\u{0}\u{1b}[31m\u{fffe}<failure>&]]>\u{202e}"), "{xml}");
    }
}
