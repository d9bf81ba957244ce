//! What changed from one report to another: cases, requirements and causes.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::document::{EarlierCause, EarlierReport};
use syncproof_harness::case::Status;
use syncproof_harness::gate::Threshold;
use syncproof_protocol::requirement::{self, Level};

/// Things of one kind, by what became of them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "{T}s")]
pub(super) struct Changes<T> {
    /// Was in order, and is not any more.
    pub(super) broke: Vec<T>,
    /// Was not in order, and is now.
    pub(super) mended: Vec<T>,
    /// Is not in order, and was not judged in the old run.
    pub(super) found: Vec<T>,
    /// Was judged in the old run, and not in the new one, which skipped it, was blocked there, or did not select it.
    pub(super) not_judged: Vec<T>,
    /// Is not in order, as before.
    pub(super) remaining: Vec<T>,
    /// Only in the new report.
    pub(super) new: Vec<T>,
    /// Only in the old report, although the new run selected every case.
    pub(super) gone: Vec<T>,
}

/// A case whose status matters.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct CaseChange {
    /// Its id.
    pub(super) id: String,
    /// Its status in the old run; null when it was not part of it.
    pub(super) old: Option<Status>,
    /// Its status in the new run; null when it is not part of it.
    pub(super) new: Option<Status>,
    /// The requirement that it finds broken in the new run.
    pub(super) requirement: Option<String>,
    /// What is wrong in the new run, in one sentence.
    pub(super) message: Option<String>,
    /// The command that repeats it.
    pub(super) repeat: Option<String>,
}

/// The result for one requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RequirementState {
    /// A case that checks it ran to its end, and no failure names it.
    Held,
    /// A failure names it.
    Broken,
    /// No case that checks it ran to its end.
    NotJudged,
}

/// A requirement whose result matters.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct RequirementChange {
    /// Its id.
    pub(super) id: String,
    /// How binding it is.
    pub(super) binding: Level,
    /// The result in the old run; null when no case of it was about this requirement.
    pub(super) old: Option<RequirementState>,
    /// The result in the new run; null when no case of it is about this requirement.
    pub(super) new: Option<RequirementState>,
}

/// The causes, by what became of them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct CauseChanges {
    /// Only in the old report, and every case that it failed or blocked now passes.
    pub(super) mended: Vec<CauseChange>,
    /// Only in the new report, and some of its cases passed in the old run.
    pub(super) new: Vec<CauseChange>,
    /// Only in the new report, and the old run may not have come to it: none of its cases passed.
    pub(super) found: Vec<CauseChange>,
    /// In both.
    pub(super) remaining: Vec<CauseChange>,
    /// Only in the old report, and not all of its cases were judged again: some were not selected, skipped or blocked, or
    /// fail for something else before they come to it.
    pub(super) not_judged: Vec<CauseChange>,
}

/// A cause.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct CauseChange {
    /// Its id, which stays the same from run to run.
    pub(super) id: String,
    /// The requirement that is broken.
    pub(super) requirement: String,
    /// What is wrong, in one sentence.
    pub(super) summary: String,
    /// How many cases it fails or blocks in the old run.
    pub(super) old_cases: usize,
    /// How many cases it fails or blocks in the new run.
    pub(super) new_cases: usize,
    /// How many of these cases pass in the other run, if it does not have this cause.
    pub(super) passing: usize,
    /// The command that repeats it.
    pub(super) repeat: String,
}

/// Whether something is in order, by a status or a result.
trait Judged: Copy {
    fn is_in_order(self) -> Option<bool>;
}

impl Judged for Status {
    fn is_in_order(self) -> Option<bool> {
        match self {
            Status::Passed => Some(true),
            Status::Warned | Status::Blocked | Status::Failed => Some(false),
            Status::Skipped | Status::NotApplicable | Status::NotRun => None,
        }
    }
}

impl Judged for RequirementState {
    fn is_in_order(self) -> Option<bool> {
        match self {
            RequirementState::Held => Some(true),
            RequirementState::Broken => Some(false),
            RequirementState::NotJudged => None,
        }
    }
}

impl<T> Changes<T> {
    /// Sorts each thing by its state in both reports. What did not change and is in order is left out.
    fn of<'a, S: Judged>(
        old: &BTreeMap<&'a str, S>,
        new: &BTreeMap<&'a str, S>,
        new_is_of_every_case: bool,
        change: impl Fn(&'a str, Option<S>, Option<S>) -> T,
    ) -> Self {
        let empty = Vec::new;
        let mut changes = Changes {
            broke: empty(),
            mended: empty(),
            found: empty(),
            not_judged: empty(),
            remaining: empty(),
            new: empty(),
            gone: empty(),
        };
        let ids: BTreeSet<&'a str> = old.keys().chain(new.keys()).copied().collect();
        for id in ids {
            let (before, after) = (old.get(id).copied(), new.get(id).copied());
            if before.is_none() {
                changes.new.push(change(id, before, after));
                continue;
            }
            if after.is_none() && new_is_of_every_case {
                changes.gone.push(change(id, before, after));
                continue;
            }
            let list = match (before.and_then(Judged::is_in_order), after.and_then(Judged::is_in_order)) {
                (Some(true), Some(true)) | (None, Some(true) | None) => continue,
                (Some(true), Some(false)) => &mut changes.broke,
                (Some(false), Some(true)) => &mut changes.mended,
                (Some(false), Some(false)) => &mut changes.remaining,
                (None, Some(false)) => &mut changes.found,
                (Some(_), None) => &mut changes.not_judged,
            };
            list.push(change(id, before, after));
        }
        changes
    }
}

/// What became of the cases.
pub(super) fn cases(old: &EarlierReport, new: &EarlierReport) -> Changes<CaseChange> {
    Changes::of(&statuses(old), &statuses(new), new.is_of_every_case(), |id, before, after| {
        let case = new.case(id);
        let failure = case.and_then(|case| case.failures().next());
        CaseChange {
            id: id.to_owned(),
            old: before,
            new: after,
            requirement: failure.map(|failure| failure.requirement.clone()),
            message: failure.map(|failure| failure.message.clone()).or_else(|| case?.reason.clone()),
            repeat: case.and_then(|case| case.repeat.clone()),
        }
    })
}

fn statuses(report: &EarlierReport) -> BTreeMap<&str, Status> {
    report.cases.iter().map(|case| (case.id.as_str(), case.status)).collect()
}

/// What became of the requirements.
pub(super) fn requirements(old: &EarlierReport, new: &EarlierReport) -> Changes<RequirementChange> {
    Changes::of(&states(old), &states(new), new.is_of_every_case(), |id, before, after| RequirementChange {
        id: id.to_owned(),
        binding: requirement::level(id),
        old: before,
        new: after,
    })
}

/// A case that failed may have stopped before it checked everything, so it counts only for the requirements that its
/// failures name.
fn states(report: &EarlierReport) -> BTreeMap<&str, RequirementState> {
    let mut states = BTreeMap::new();
    for case in &report.cases {
        let is_judged = matches!(case.status, Status::Passed | Status::Warned);
        for id in &case.requirements {
            let state = states.entry(id.as_str()).or_insert(RequirementState::NotJudged);
            if is_judged {
                *state = RequirementState::Held;
            }
        }
    }
    for case in report.cases.iter().filter(|case| !case.fault) {
        states.extend(case.failures().map(|failure| (failure.requirement.as_str(), RequirementState::Broken)));
    }
    states
}

/// What became of the causes.
pub(super) fn causes(old: &EarlierReport, new: &EarlierReport) -> CauseChanges {
    let mut changes = CauseChanges {
        mended: Vec::new(),
        new: Vec::new(),
        found: Vec::new(),
        remaining: Vec::new(),
        not_judged: Vec::new(),
    };
    for cause in &new.causes {
        let before = old.causes.iter().find(|before| before.id == cause.id);
        let change = CauseChange::of(cause, before, Some(cause), passing(cause, old));
        let list = match (before, change.passing) {
            (Some(_), _) => &mut changes.remaining,
            (None, 0) => &mut changes.found,
            (None, _) => &mut changes.new,
        };
        list.push(change);
    }
    for cause in old.causes.iter().filter(|cause| new.causes.iter().all(|after| after.id != cause.id)) {
        let change = CauseChange::of(cause, Some(cause), None, passing(cause, new));
        let list = if change.passing == change.old_cases { &mut changes.mended } else { &mut changes.not_judged };
        list.push(change);
    }
    changes
}

/// How many of the cases of that cause came to their end in the other run without finding its requirement broken.
fn passing(cause: &EarlierCause, other: &EarlierReport) -> usize {
    let passes = |id: &&str| {
        other.case(id).is_some_and(|case| {
            matches!(case.status, Status::Passed | Status::Warned)
                && case.failures().all(|failure| failure.requirement != cause.requirement)
        })
    };
    cause.all_cases().into_iter().filter(passes).count()
}

impl CauseChange {
    fn of(cause: &EarlierCause, old: Option<&EarlierCause>, new: Option<&EarlierCause>, passing: usize) -> Self {
        let size = |cause: Option<&EarlierCause>| cause.map_or(0, |cause| cause.all_cases().len());
        CauseChange {
            id: cause.id.clone(),
            requirement: cause.requirement.clone(),
            summary: cause.summary.clone(),
            old_cases: size(old),
            new_cases: size(new),
            passing: if old.is_some() && new.is_some() { 0 } else { passing },
            repeat: cause.repeat.clone(),
        }
    }
}

impl CaseChange {
    /// Whether it breaks a run with that threshold.
    pub(super) fn counts(&self, threshold: Threshold) -> bool {
        match self.new {
            Some(Status::Failed | Status::Blocked) => true,
            Some(Status::Warned) => threshold == Threshold::Should,
            _ => false,
        }
    }
}

impl RequirementChange {
    /// Whether it breaks a run with that threshold.
    pub(super) fn counts(&self, threshold: Threshold) -> bool {
        self.new == Some(RequirementState::Broken) && (self.binding == Level::Must || threshold == Threshold::Should)
    }
}
