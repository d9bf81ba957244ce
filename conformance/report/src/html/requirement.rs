//! The requirements on the page, by chapter: held, broken, blocked, or not looked at.

use std::collections::BTreeMap;

use super::text::{Link, Span, anchor, with_code};
use crate::coverage::{ChapterCoverage, RequirementStatus, coverage, requirement_status};
use syncproof_harness::case::{CaseReport, Status};
use syncproof_protocol::requirement::{LEDGER, Level, Requirement};

/// With more broken requirements than this, all chapters are closed when the page is opened.
const MAX_OPEN: usize = 12;

pub(super) struct Chapter {
    pub(super) title: &'static str,
    pub(super) anchor: String,
    pub(super) coverage: ChapterCoverage,
    /// How many of those without a result are blocked.
    pub(super) blocked: usize,
    pub(super) open: bool,
    pub(super) requirements: Vec<RequirementView>,
}

pub(super) struct RequirementView {
    pub(super) id: &'static str,
    pub(super) anchor: String,
    pub(super) level: Level,
    pub(super) text: Vec<Span>,
    /// The class of the status: `failed`, `warned`, `blocked`, `passed` or `not_run`.
    pub(super) status: &'static str,
    pub(super) label: &'static str,
    pub(super) causes: Vec<Link>,
    /// The cases that look at it, or fail for it.
    pub(super) cases: Vec<Link>,
}

/// Every chapter; `causes` has links to the causes that break each requirement.
pub(super) fn chapters(reports: &[CaseReport], causes: &BTreeMap<&'static str, Vec<Link>>) -> Vec<Chapter> {
    let all = coverage(reports);
    let broken = |chapter: &ChapterCoverage| chapter.failed + chapter.warned;
    let are_few = all.iter().map(broken).sum::<usize>() <= MAX_OPEN;
    let of_chapter = |coverage: ChapterCoverage| {
        let known = LEDGER.iter().filter(|requirement| requirement.chapter == coverage.title);
        let requirements: Vec<RequirementView> = known.map(|known| view(known, reports, causes)).collect();
        Chapter {
            title: coverage.title,
            anchor: anchor("chapter", coverage.title),
            blocked: requirements.iter().filter(|requirement| requirement.status == "blocked").count(),
            open: are_few && broken(&coverage) > 0,
            requirements,
            coverage,
        }
    };
    all.into_iter().map(of_chapter).collect()
}

fn view(
    requirement: &Requirement,
    reports: &[CaseReport],
    causes: &BTreeMap<&'static str, Vec<Link>>,
) -> RequirementView {
    let fails_for_it =
        |report: &CaseReport| report.failures.iter().any(|failure| failure.requirement == requirement.id);
    let looks_at_it = |report: &&CaseReport| report.case.requirements.contains(&requirement.id) || fails_for_it(report);
    let looking: Vec<&CaseReport> = reports.iter().filter(looks_at_it).collect();
    let (status, label) = match requirement_status(requirement, reports) {
        RequirementStatus::Failed => ("failed", "broken"),
        RequirementStatus::Warned => ("warned", "broken"),
        RequirementStatus::Held => ("passed", "held"),
        RequirementStatus::NotJudged if looking.iter().any(|report| report.status == Status::Blocked) => {
            ("blocked", "blocked")
        }
        RequirementStatus::NotJudged => ("not_run", "not looked at"),
    };
    let case = |report: &&CaseReport| Link {
        anchor: anchor("case", report.case.id),
        name: report.case.id.to_owned(),
        class: if report.status == Status::Failed && !fails_for_it(report) { "" } else { report.status.name() },
    };
    RequirementView {
        id: requirement.id,
        anchor: anchor("req", requirement.id),
        level: requirement.level,
        text: with_code(requirement.text),
        status,
        label,
        causes: causes.get(requirement.id).cloned().unwrap_or_default(),
        cases: looking.iter().map(case).collect(),
    }
}
