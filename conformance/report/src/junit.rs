//! The JUnit report for CI servers: one suite for each chapter and one test case for each case.
//!
//! It uses only what the two common schemas both allow, Ant's (windyroad/JUnit-Schema) and Jenkins's (`junit-10.xsd`): a root
//! without attributes, no properties of test cases, a timestamp without a time zone. Crates that write JUnit differ from that,
//! so the elements are structs of this file.
//!
//! Only what makes the run fail is a failure here, as for the exit code. Broken SHOULDs without `--level should` and failures
//! that the baseline accepts are in the `system-out` of the suite.

use std::time::Duration;

use quick_xml::se::Serializer;
use serde::Serialize;

use super::causes::{Cause, causes};
use super::evidence::{binding, evidence, message};
use super::finished::Finished;
use super::subject::Subject;
use syncproof_harness::case::{CaseReport, Status};
use syncproof_protocol::visible::visible;

/// The whole report as XML.
///
/// # Errors
/// When it cannot be written as XML, which would be a fault of the suite.
pub fn junit(subject: &Subject, finished: &Finished) -> Result<String, String> {
    let judgement = finished.gate.judgement(&finished.reports);
    let known: Vec<&str> =
        judgement.iter().flat_map(|judgement| &judgement.known).map(|known| known.entry.case.as_str()).collect();
    let mut chapters: Vec<(&str, Vec<&CaseReport>)> = Vec::new();
    for report in &finished.reports {
        let chapter = report.case.chapter();
        match chapters.iter_mut().find(|(name, _)| *name == chapter) {
            Some((_, reports)) => reports.push(report),
            None => chapters.push((chapter, vec![report])),
        }
    }
    let breaks = |report: &CaseReport| finished.gate.is_failure(report) && !known.contains(&report.case.id);
    let causes = causes(finished);
    let suite = |(id, (chapter, reports)): (usize, &(&str, Vec<&CaseReport>))| {
        let cases: Vec<(&CaseReport, bool)> = reports.iter().map(|report| (*report, breaks(report))).collect();
        Suite::of(id, chapter, &cases, &causes, subject, finished)
    };
    let root = Root { testsuite: chapters.iter().enumerate().map(suite).collect() };
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let mut serializer = Serializer::with_root(&mut xml, Some("testsuites")).map_err(|error| error.to_string())?;
    serializer.indent(' ', 4).expand_empty_elements(false);
    root.serialize(serializer).map_err(|error| error.to_string())?;
    xml.push('\n');
    Ok(xml)
}

#[derive(Serialize)]
struct Root {
    testsuite: Vec<Suite>,
}

/// A suite, with its fields in the order that Ant's schema requires.
#[derive(Serialize)]
struct Suite {
    #[serde(rename = "@package")]
    package: &'static str,
    #[serde(rename = "@id")]
    id: usize,
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "@timestamp")]
    timestamp: String,
    #[serde(rename = "@hostname")]
    hostname: &'static str,
    #[serde(rename = "@tests")]
    tests: usize,
    #[serde(rename = "@failures")]
    failures: usize,
    #[serde(rename = "@errors")]
    errors: usize,
    #[serde(rename = "@skipped")]
    skipped: usize,
    #[serde(rename = "@time")]
    time: String,
    properties: Properties,
    testcase: Vec<TestCase>,
    #[serde(rename = "system-out")]
    system_out: String,
    #[serde(rename = "system-err")]
    system_err: &'static str,
}

#[derive(Serialize)]
struct Properties {
    property: Vec<Property>,
}

#[derive(Serialize)]
struct Property {
    #[serde(rename = "@name")]
    name: &'static str,
    #[serde(rename = "@value")]
    value: String,
}

#[derive(Serialize)]
struct TestCase {
    #[serde(rename = "@name")]
    name: &'static str,
    #[serde(rename = "@classname")]
    classname: String,
    #[serde(rename = "@time")]
    time: String,
    #[serde(flatten)]
    outcome: Option<Outcome>,
}

/// The outcome of a case that did not pass.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Failure(Text),
    Error(Text),
    Skipped(Text),
}

#[derive(Serialize)]
struct Text {
    #[serde(rename = "@type")]
    kind: String,
    #[serde(rename = "@message")]
    message: String,
    #[serde(rename = "$text")]
    text: String,
}

impl Suite {
    fn of(
        id: usize,
        chapter: &str,
        cases: &[(&CaseReport, bool)],
        causes: &[Cause<'_>],
        subject: &Subject,
        finished: &Finished,
    ) -> Self {
        let testcase: Vec<TestCase> =
            cases.iter().map(|(report, breaks)| TestCase::of(report, *breaks, subject)).collect();
        let count = |counts: fn(&Outcome) -> bool| {
            testcase.iter().filter(|case| case.outcome.as_ref().is_some_and(counts)).count()
        };
        let property = |name, value: String| Property { name, value };
        let mut properties = vec![
            property("syncproof", env!("CARGO_PKG_VERSION").to_owned()),
            property("target", visible(&subject.target)),
            property("seed", subject.seed.to_string()),
            property("capabilities", subject.capabilities.join(",")),
            property("verdict", visible(&finished.verdict())),
        ];
        let is_here = |case: &&'static str| cases.iter().any(|(report, _)| report.case.id == *case);
        let found = causes.iter().filter(|cause| cause.cases().any(|case| is_here(&case)));
        properties.extend(found.map(|cause| property("cause", visible(&cause.line()))));
        let accepted = |(report, breaks): &&(&CaseReport, bool)| {
            !breaks && !report.fault && matches!(report.status, Status::Warned | Status::Blocked | Status::Failed)
        };
        let shown = |(report, _): &(&CaseReport, bool)| {
            let (id, status) = (report.case.id, report.status.name());
            visible(&format!("{id}: {status}\n{}", words(report, subject)))
        };
        Suite {
            package: "syncproof",
            id,
            name: chapter.to_owned(),
            timestamp: chrono::DateTime::<chrono::Utc>::from(finished.started).format("%Y-%m-%dT%H:%M:%S").to_string(),
            hostname: "localhost",
            tests: testcase.len(),
            failures: count(|outcome| matches!(outcome, Outcome::Failure(_))),
            errors: count(|outcome| matches!(outcome, Outcome::Error(_))),
            skipped: count(|outcome| matches!(outcome, Outcome::Skipped(_))),
            time: seconds(cases.iter().map(|(report, _)| report.duration).sum()),
            properties: Properties { property: properties },
            testcase,
            system_out: cases.iter().filter(accepted).map(shown).collect::<Vec<_>>().join("\n"),
            system_err: "",
        }
    }
}

impl TestCase {
    fn of(report: &CaseReport, breaks: bool, subject: &Subject) -> Self {
        TestCase {
            name: report.case.id,
            classname: format!("syncproof.{}", report.case.chapter()),
            time: seconds(report.duration),
            outcome: outcome(report, breaks, subject),
        }
    }
}

fn outcome(report: &CaseReport, breaks: bool, subject: &Subject) -> Option<Outcome> {
    let reason = report.reason.as_deref().unwrap_or_default();
    let text_of = |kind: &str, message: &str, text: &str| Text {
        kind: kind.to_owned(),
        message: visible(message),
        text: visible(text),
    };
    let first = report.failures.first();
    match report.status {
        Status::Warned | Status::Failed if breaks || report.fault => {
            let (kind, message) = (first.map(binding).unwrap_or_default(), first.map(message).unwrap_or_default());
            let text = words(report, subject);
            Some(match report.fault {
                true => Outcome::Error(text_of("fault in the suite", &message, &text)),
                false => Outcome::Failure(text_of(&kind, &message, &text)),
            })
        }
        Status::Blocked if breaks => {
            let text = format!("repeat  {}\n", subject.repeat(report));
            Some(Outcome::Failure(text_of("blocked", &format!("blocked: {reason}"), &text)))
        }
        Status::Passed | Status::Warned | Status::Blocked | Status::Failed => None,
        Status::Skipped | Status::NotApplicable => Some(Outcome::Skipped(text_of(report.status.name(), reason, ""))),
        Status::NotRun => {
            let text = if report.failures.is_empty() { reason.to_owned() } else { words(report, subject) };
            Some(Outcome::Error(text_of("not run", reason, &text)))
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

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use syncproof_harness::case::{Case, Stage};
    use syncproof_protocol::failure::Failure;

    static CASE: Case = Case {
        id: "http/some-case",
        requirements: &["http.no-5xx"],
        needs: &[],
        stage: Stage::Main,
        summary: "Looks at something.",
        run: |_| Box::pin(async { Ok(()) }),
    };

    #[test]
    fn characters_that_xml_forbids_or_uses_are_escaped() {
        let hostile = "\u{0}\u{1b}[31m\u{fffe}<failure>&]]>\u{202e}";
        let failure = Failure::new("http.no-5xx", hostile, hostile, hostile);
        let mut report = CaseReport::without_run(&CASE, Status::Failed, hostile.to_owned());
        report.failures = vec![failure];
        let subject = Subject::before(hostile.to_owned(), vec![hostile.to_owned()], 1);
        let finished = Finished { reports: vec![report], ..Finished::without_run(&[], hostile) };
        let xml = junit(&subject, &finished).expect("XML");
        let document = roxmltree::Document::parse(&xml).expect("well-formed");
        let failures: Vec<_> = document.descendants().filter(|node| node.has_tag_name("failure")).collect();
        assert_eq!(failures.len(), 1, "{xml}");
        assert_eq!(failures[0].attribute("message"), Some(r"\u{0}\u{1b}[31m\u{fffe}<failure>&]]>\u{202e}"), "{xml}");
    }
}
