//! Compares the baseline with the reports of the cases.

use schemars::JsonSchema;
use serde::Serialize;

use super::entry::Entry;
use super::list::Baseline;
use crate::case::{CaseReport, Stability, Status};
use crate::suggestion::nearest;

/// The result of the comparison. Every entry and every failure is in exactly one list; an entry for another requirement than
/// its case fails for is part of that unlisted failure.
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
    /// Failed without being listed, or for another requirement than it is listed for.
    pub unlisted: Vec<Unlisted<'a>>,
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
pub struct Unlisted<'a> {
    /// The case that failed.
    pub case: &'static str,
    /// The requirement that it fails for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails_for: Option<&'static str>,
    /// The requirement that it is listed for; absent when it is not listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed_for: Option<&'a str>,
    /// The line of that entry.
    #[serde(skip)]
    line: usize,
}

impl Baseline {
    /// Compares the reports with the baseline; `is_failure` says which of them broke a requirement that counts.
    #[must_use]
    pub fn judge<'a>(&'a self, reports: &'a [CaseReport], is_failure: impl Fn(&CaseReport) -> bool) -> Judgement<'a> {
        let is_new = |report: &CaseReport| is_failure(report) && !self.accepts(report);
        let unlisted = |report: &CaseReport| {
            let entry = self.entry(report.case.id);
            let listed_for = entry.and_then(|entry| entry.requirement.as_deref());
            let line = entry.map_or(0, |entry| entry.line);
            Unlisted { case: report.case.id, fails_for: report.fails_for(), listed_for, line }
        };
        let mut judgement = Judgement {
            file: self.path.display().to_string(),
            unlisted: reports.iter().filter(|report| is_new(report)).map(unlisted).collect(),
            ..Judgement::default()
        };
        for entry in &self.entries {
            let report = reports.iter().find(|report| report.case.id == entry.case);
            let list = match report.map(|report| report.status) {
                _ if !self.names_a_case(entry) && report.is_none() => &mut judgement.unknown,
                Some(Status::Passed) => &mut judgement.fixed,
                _ if self.today > entry.expires => &mut judgement.expired,
                Some(_) if report.is_some_and(is_new) => continue,
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
        for Unlisted { case, fails_for, listed_for, line } in &self.unlisted {
            let list = "with a reason, an owner and a last day";
            sentences.push(match (listed_for, fails_for) {
                (Some(listed), Some(fails)) => format!(
                    "{file}:{line}: {case} is listed for {listed}, fails for {fails}: fix it, or list it for {fails} {list}"
                ),
                _ => format!("{case} fails and is not listed: fix it, or list it {list}"),
            });
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
