//! The result of a run for each requirement and each chapter.

use schemars::JsonSchema;
use serde::Serialize;

use syncproof_harness::case::{CaseReport, Status};
use syncproof_protocol::requirement::{self, LEDGER, Level, Requirement};

/// The result for one requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RequirementStatus {
    /// A failure names it, and it is a MUST.
    Failed,
    /// A failure names it, and it is a SHOULD.
    Warned,
    /// A case that checks it ran to its end, and no failure names it.
    Held,
    /// No case that checks it ran to its end.
    NotJudged,
}

/// The requirements of one chapter, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Chapter")]
pub(super) struct ChapterCoverage {
    /// Title of the chapter.
    pub title: &'static str,
    /// Requirements of the chapter: the sum of the others.
    pub requirements: usize,
    /// Requirements that a case checked and that hold.
    pub held: usize,
    /// Broken MUSTs.
    pub failed: usize,
    /// Broken SHOULDs.
    pub warned: usize,
    /// Requirements without a result.
    pub not_judged: usize,
}

/// Every chapter of the ledger, in its order.
#[must_use]
pub(super) fn coverage(reports: &[CaseReport]) -> Vec<ChapterCoverage> {
    let mut chapters: Vec<ChapterCoverage> = Vec::new();
    for requirement in LEDGER {
        if chapters.last().is_none_or(|chapter| chapter.title != requirement.chapter) {
            let title = requirement.chapter;
            chapters.push(ChapterCoverage { title, ..ChapterCoverage::default() });
        }
        let Some(chapter) = chapters.last_mut() else { continue };
        chapter.requirements += 1;
        *match requirement_status(requirement, reports) {
            RequirementStatus::Failed => &mut chapter.failed,
            RequirementStatus::Warned => &mut chapter.warned,
            RequirementStatus::Held => &mut chapter.held,
            RequirementStatus::NotJudged => &mut chapter.not_judged,
        } += 1;
    }
    chapters
}

/// The result for one requirement. A case that failed may have stopped before it checked everything, so it counts only
/// for the requirements that its failures name.
#[must_use]
pub(super) fn requirement_status(requirement: &Requirement, reports: &[CaseReport]) -> RequirementStatus {
    let named = |report: &CaseReport| report.failures.iter().any(|failure| failure.requirement == requirement.id);
    if reports.iter().any(|report| !report.fault && named(report)) {
        return if requirement::level(requirement.id) == Level::Must {
            RequirementStatus::Failed
        } else {
            RequirementStatus::Warned
        };
    }
    let held = |report: &CaseReport| {
        matches!(report.status, Status::Passed | Status::Warned) && report.case.requirements.contains(&requirement.id)
    };
    if reports.iter().any(held) { RequirementStatus::Held } else { RequirementStatus::NotJudged }
}
