//! The cases on the page, in groups by status.

use std::collections::BTreeMap;

use super::failure::FailureView;
use super::text::{Link, Span, anchor, with_code};
use super::timeline::Timeline;
use crate::finished::Finished;
use crate::story::MAX_KEPT;
use crate::subject::Subject;
use syncproof_harness::case::{CaseReport, Stability, Status};
use syncproof_protocol::requirement::Level;
use syncproof_protocol::visible::visible;

/// How many broken cases are expanded when the page is opened. The causes above them show the evidence already.
const OPEN_AT_FIRST: usize = 3;

/// How many cases have one status.
pub(super) struct Count {
    pub(super) status: &'static str,
    pub(super) label: &'static str,
    pub(super) count: usize,
    /// Start and width of its part of the bar, in thousandths.
    pub(super) from: usize,
    pub(super) share: usize,
}

/// The cases of one status.
pub(super) struct Group {
    pub(super) status: &'static str,
    pub(super) title: &'static str,
    /// Whether its cases have failures to show.
    pub(super) detailed: bool,
    pub(super) cases: Vec<CaseView>,
}

pub(super) struct CaseView {
    pub(super) id: &'static str,
    pub(super) anchor: String,
    pub(super) status: &'static str,
    pub(super) label: &'static str,
    pub(super) level: Level,
    pub(super) summary: Vec<Span>,
    pub(super) reason: String,
    pub(super) requirements: Vec<Link>,
    pub(super) milliseconds: u128,
    /// Whether it had this status every time, if it was run more than once.
    pub(super) stability: &'static str,
    pub(super) requests: u64,
    pub(super) open: bool,
    pub(super) causes: Vec<Link>,
    pub(super) failures: Vec<FailureView>,
    pub(super) timeline: Option<Timeline>,
    pub(super) repeat: String,
    /// The text that the search looks through, in lower case.
    pub(super) haystack: String,
}

/// Every status, the most important first, with its label for a case and its title for a group.
const STATUSES: [(Status, &str, &str); 7] = [
    (Status::Failed, "Failed", "Failures"),
    (Status::Blocked, "Blocked", "Blocked"),
    (Status::Warned, "Warned", "Warnings"),
    (Status::NotRun, "Not run", "Not run"),
    (Status::Skipped, "Skipped", "Skipped"),
    (Status::NotApplicable, "Not applicable", "Not applicable"),
    (Status::Passed, "Passed", "Passed"),
];

pub(super) fn counts(reports: &[CaseReport]) -> Vec<Count> {
    let all = reports.len().max(1);
    let mut before = 0;
    let mut counts = Vec::new();
    for (status, label, _) in STATUSES {
        let count = reports.iter().filter(|report| report.status == status).count();
        let from = before * 1000 / all;
        before += count;
        let share = before * 1000 / all - from;
        counts.push(Count { status: status.name(), label, count, from, share });
    }
    counts
}

/// The groups; `causes` has links to the causes that fail or block each case.
pub(super) fn groups(subject: &Subject, finished: &Finished, causes: &BTreeMap<&str, Vec<Link>>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut open = OPEN_AT_FIRST;
    for (status, label, title) in STATUSES {
        let mut cases = Vec::new();
        for report in finished.reports.iter().filter(|report| report.status == status) {
            let is_open = !report.failures.is_empty() && open > 0;
            open -= usize::from(is_open);
            let causes = causes.get(report.case.id).map_or(&[][..], Vec::as_slice);
            cases.push(case_view(subject, report, label, is_open, causes));
        }
        let detailed = cases.iter().any(|case| !case.failures.is_empty());
        if !cases.is_empty() {
            groups.push(Group { status: status.name(), title, detailed, cases });
        }
    }
    groups
}

fn case_view(subject: &Subject, report: &CaseReport, label: &'static str, open: bool, causes: &[Link]) -> CaseView {
    let case = report.case;
    let reason = report.reason.as_deref().map(visible).unwrap_or_default();
    let stability = report.stability().map_or("", Stability::name);
    let mut haystack = format!("{} {} {} {reason} {stability}", case.id, case.summary, case.requirements.join(" "));
    for failure in &report.failures {
        haystack.push_str(&format!(" {} {}", failure.requirement, visible(&failure.message)));
    }
    let requirement = |id: &&str| Link { anchor: anchor("req", id), name: (*id).to_owned(), class: "" };
    CaseView {
        id: case.id,
        anchor: anchor("case", case.id),
        status: report.status.name(),
        label: if report.fault { "Fault in the suite" } else { label },
        level: case.level(),
        summary: with_code(case.summary),
        reason,
        requirements: case.requirements.iter().map(requirement).collect(),
        milliseconds: report.duration.as_millis(),
        stability,
        requests: report.requests,
        open,
        causes: causes.to_vec(),
        failures: report.failures.iter().map(FailureView::of).collect(),
        timeline: subject.story(report, MAX_KEPT).as_ref().map(Timeline::of),
        repeat: visible(&subject.repeat(report)),
        haystack: haystack.to_lowercase(),
    }
}
