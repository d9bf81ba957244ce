//! The JUnit report, for CI servers: a suite per chapter, a test case per case.
//!
//! A failure is what breaks the run, here as in the exit code. A broken SHOULD does so at `--level should` only, and what the
//! baseline accepts does not: they stand in `system-out` and in properties.

use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use super::evidence::{binding, evidence, message};
use super::visible::visible;
use super::{Finished, Subject, status_name};
use crate::case::{CaseReport, Status};

/// The whole report as XML.
///
/// # Errors
/// When it cannot be put into XML, which would be a fault of the suite.
pub fn junit(subject: &Subject, finished: &Finished) -> Result<String, String> {
    let mut report = Report::new("syncproof");
    let started = chrono::DateTime::<chrono::Utc>::from(finished.started);
    report.set_time(finished.duration).set_timestamp(started);
    let judgement = finished.gate.judgement(&finished.reports);
    let known: Vec<&str> =
        judgement.iter().flat_map(|judgement| &judgement.known).map(|known| known.entry.case.as_str()).collect();
    let mut suites: Vec<TestSuite> = Vec::new();
    for case in &finished.reports {
        let chapter = case.case.chapter();
        let place = suites.iter().position(|suite| suite.name.as_str() == chapter);
        let place = place.unwrap_or_else(|| {
            suites.push(suite(chapter, subject, finished));
            suites.len() - 1
        });
        if let Some(suite) = suites.get_mut(place) {
            let breaks = finished.gate.is_failure(case) && !known.contains(&case.case.id);
            suite.add_test_case(test_case(subject, case, breaks));
        }
    }
    for suite in &mut suites {
        suite.set_time(suite.test_cases.iter().filter_map(|case| case.time).sum());
    }
    report.add_test_suites(suites);
    report.to_string().map_err(|error| error.to_string())
}

fn suite(chapter: &str, subject: &Subject, finished: &Finished) -> TestSuite {
    let mut suite = TestSuite::new(chapter);
    suite.set_timestamp(chrono::DateTime::<chrono::Utc>::from(finished.started));
    suite.add_properties([
        Property::new("syncproof", env!("CARGO_PKG_VERSION")),
        Property::new("target", visible(&subject.target)),
        Property::new("seed", subject.seed.to_string()),
        Property::new("capabilities", subject.capabilities.join(",")),
        Property::new("verdict", visible(&finished.verdict())),
    ]);
    suite
}

fn test_case(subject: &Subject, report: &CaseReport, breaks: bool) -> TestCase {
    let mut case = TestCase::new(report.case.id, status(report, breaks));
    case.set_classname(format!("syncproof.{}", report.case.chapter()));
    case.set_time(report.duration);
    case.add_property(Property::new("requirements", report.case.requirements.join(",")));
    case.add_property(Property::new("status", status_name(report.status)));
    if !report.failures.is_empty() {
        case.add_property(Property::new("repeat", visible(&subject.repeat(report.case.id))));
        let warned = report.status == Status::Warned;
        for failure in &report.failures {
            case.add_property(Property::new(if warned { "warning" } else { "broken" }, binding(failure)));
        }
    }
    if let Some(stability) = report.stability() {
        case.add_property(Property::new("stability", stability.name()));
    }
    if !breaks && matches!(report.status, Status::Warned | Status::Failed) {
        case.set_system_out(visible(&all_evidence(subject, report)));
    }
    case
}

fn status(report: &CaseReport, breaks: bool) -> TestCaseStatus {
    let reason = report.reason.as_deref().unwrap_or_default();
    let non_success = |kind, kind_name: &str, message: &str, text: String| {
        let mut status = TestCaseStatus::non_success(kind);
        status.set_type(kind_name).set_message(visible(message)).set_description(visible(&text));
        status
    };
    match report.status {
        Status::Warned | Status::Failed if breaks || report.fault => {
            let first = report.failures.first();
            let (kind_name, message) = (first.map(binding).unwrap_or_default(), first.map(message).unwrap_or_default());
            let text = report.failures.iter().map(evidence).collect::<Vec<_>>().join("\n");
            if report.fault {
                non_success(NonSuccessKind::Error, "fault in the suite", &message, text)
            } else {
                non_success(NonSuccessKind::Failure, &kind_name, &message, text)
            }
        }
        Status::Passed | Status::Warned | Status::Failed => TestCaseStatus::success(),
        Status::Skipped | Status::NotApplicable => {
            let mut status = TestCaseStatus::skipped();
            status.set_type(status_name(report.status)).set_message(visible(reason));
            status
        }
        Status::NotRun => {
            let text = report.failures.iter().map(evidence).collect::<Vec<_>>().join("\n");
            let text = if text.is_empty() { reason.to_owned() } else { text };
            non_success(NonSuccessKind::Error, "not run", reason, text)
        }
    }
}

fn all_evidence(subject: &Subject, report: &CaseReport) -> String {
    let evidence = report.failures.iter().map(evidence).collect::<Vec<_>>().join("\n");
    format!("{evidence}repeat  {}\n", subject.repeat(report.case.id))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::cases;
    use crate::failure::Failure;

    #[test]
    fn what_xml_forbids_is_written_out_and_what_it_means_something_by_is_escaped() {
        let case = cases::all().first().expect("a case");
        let hostile = "\u{0}\u{1b}[31m\u{fffe}<failure>&]]>\u{202e}";
        let failure = Failure::new("http.no-5xx", hostile, hostile, hostile);
        let report =
            CaseReport { failures: vec![failure], ..CaseReport::without_run(case, Status::Failed, hostile.to_owned()) };
        let subject = Subject {
            target: hostile.to_owned(),
            capabilities: Vec::new(),
            undeclared: Vec::new(),
            seed: 1,
            flags: vec![hostile.to_owned()],
        };
        let (started, duration) = (SystemTime::now(), Duration::ZERO);
        let finished = Finished {
            reports: vec![report],
            aborted: Some(hostile.to_owned()),
            gate: crate::gate::Gate::default(),
            started,
            duration,
        };
        let xml = junit(&subject, &finished).expect("XML");
        let document = roxmltree::Document::parse(&xml).expect("well-formed");
        let failures: Vec<_> = document.descendants().filter(|node| node.has_tag_name("failure")).collect();
        assert_eq!(failures.len(), 1, "{xml}");
        assert_eq!(failures[0].attribute("message"), Some(r"\u{0}\u{1b}[31m\u{fffe}<failure>&]]>\u{202e}"), "{xml}");
    }
}
