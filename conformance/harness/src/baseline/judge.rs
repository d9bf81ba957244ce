//! Compares the baseline with the reports of the cases.

use schemars::JsonSchema;
use serde::Serialize;

use super::entry::Entry;
use super::list::Baseline;
use crate::case::{CaseReport, Stability, Status};
use crate::suggestion::nearest;

/// The result of the comparison. Every entry and every failure is in exactly one list.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[schemars(rename = "Baseline")]
pub struct Judgement<'a> {
    /// The file.
    file: String,
    /// Listed, still failing, complete and not expired: accepted.
    pub known: Vec<Known<'a>>,
    /// Listed, and passed: the entry must be removed.
    pub fixed: Vec<&'a Entry>,
    /// Past its last day.
    pub expired: Vec<&'a Entry>,
    /// Naming no case of this suite.
    pub unknown: Vec<&'a Entry>,
    /// Still failing, with a reason or an owner to be filled in.
    pub incomplete: Vec<&'a Entry>,
    /// Listed, and not judged in this run (not selected, skipped, not applicable, not run): no effect on the verdict.
    pub not_judged: Vec<&'a Entry>,
    /// Failed without being listed.
    pub unlisted: Vec<Unlisted>,
    /// What makes the run fail and what to do about it, one sentence each.
    pub breaches: Vec<String>,
}

/// A failure that is accepted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Known<'a> {
    /// Its entry.
    #[serde(flatten)]
    pub entry: &'a Entry,
    /// The status of the case.
    pub status: Status,
    /// Whether it fails every time.
    pub stability: Option<Stability>,
}

/// A failure that is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unlisted {
    /// The case that failed.
    pub case: &'static str,
}

impl Baseline {
    /// Compares the reports with the baseline; `is_failure` says which of them broke a requirement that counts.
    #[must_use]
    pub fn judge<'a>(&'a self, reports: &'a [CaseReport], is_failure: impl Fn(&CaseReport) -> bool) -> Judgement<'a> {
        let unlisted = reports.iter().filter(|report| is_failure(report) && !self.lists(report.case.id));
        let mut judgement = Judgement {
            file: self.path.display().to_string(),
            unlisted: unlisted.map(|report| Unlisted { case: report.case.id }).collect(),
            ..Judgement::default()
        };
        for entry in &self.entries {
            let report = reports.iter().find(|report| report.case.id == entry.case);
            let list = match report.map(|report| report.status) {
                _ if !self.names_a_case(entry) && report.is_none() => &mut judgement.unknown,
                Some(Status::Passed) => &mut judgement.fixed,
                _ if self.today > entry.expires => &mut judgement.expired,
                Some(Status::Failed | Status::Blocked | Status::Warned) if entry.is_incomplete() => {
                    &mut judgement.incomplete
                }
                Some(status @ (Status::Failed | Status::Blocked | Status::Warned)) => {
                    let stability = report.and_then(CaseReport::stability);
                    judgement.known.push(Known { entry, status, stability });
                    continue;
                }
                _ => &mut judgement.not_judged,
            };
            list.push(entry);
        }
        judgement.breaches = judgement.sentences(&self.known);
        judgement
    }
}

impl Judgement<'_> {
    /// Whether the baseline makes the run fail.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        !self.breaches.is_empty()
    }

    /// The verdict in one sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        let outcome = self.outcome();
        match (self.is_broken(), self.known.len()) {
            (true, _) => format!("{}.", outcome.replacen("not", "Not", 1)),
            (false, 0) => format!("Conformant: {outcome}."),
            (false, _) => format!("Accepted, not conformant: {outcome}."),
        }
    }

    /// What the comparison shows, in a few words, which say nothing about conformance.
    #[must_use]
    pub fn outcome(&self) -> String {
        let known = self.known.len();
        let Judgement { file, .. } = self;
        if !self.is_broken() {
            return match known {
                0 => format!("all that counts holds, and the baseline {file} excuses nothing"),
                _ => format!("every failure ({known}) is known to the baseline {file}"),
            };
        }
        let counts = [
            (self.unlisted.len(), "unlisted"),
            (self.fixed.len(), "fixed"),
            (self.expired.len(), "expired"),
            (self.unknown.len(), "unknown"),
            (self.incomplete.len(), "incomplete"),
        ];
        let words = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        let words = words.collect::<Vec<_>>().join(", ");
        format!("not accepted by the baseline {file}: {words} ({known} known)")
    }

    /// A line for each accepted failure.
    #[must_use]
    pub fn accepted(&self) -> Vec<String> {
        let line = |known: &Known<'_>| {
            let Entry { case, reason, owner, expires, .. } = known.entry;
            let flaky = if known.stability == Some(Stability::Flaky) { ", flaky" } else { "" };
            format!("{case}{flaky}: {reason} ({owner}, until {expires})")
        };
        self.known.iter().map(line).collect()
    }

    fn sentences(&self, known: &[&str]) -> Vec<String> {
        let file = &self.file;
        let mut sentences = Vec::new();
        for Unlisted { case } in &self.unlisted {
            sentences.push(format!(
                "{case} fails and is not listed: fix it, or list it with a reason, an owner and a last day"
            ));
        }
        for Entry { case, line, .. } in &self.fixed {
            sentences.push(format!(
                "{file}:{line}: {case} passes now: remove the entry (--update-baseline does), so that it stays fixed"
            ));
        }
        for Entry { case, line, expires, owner, .. } in &self.expired {
            sentences.push(format!(
                "{file}:{line}: the entry for {case} expired after {expires}: {owner} must fix the failure or set a new day"
            ));
        }
        for Entry { case, line, .. } in &self.unknown {
            let hint =
                nearest(case, known.iter().copied()).map(|id| format!(" (did you mean {id}?)")).unwrap_or_default();
            sentences.push(format!("{file}:{line}: there is no case `{case}`{hint}: correct or remove the entry"));
        }
        for Entry { case, line, .. } in &self.incomplete {
            sentences.push(format!(
                "{file}:{line}: the entry for {case} is incomplete: replace the placeholders with a reason and an owner"
            ));
        }
        sentences
    }
}
