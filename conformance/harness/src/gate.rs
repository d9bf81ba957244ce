//! What makes a run fail: the level that counts, the known failures, and whether the first failure ends the run.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::baseline::{Baseline, Judgement};
use crate::case::{CaseReport, Status, Summary, not_known_remarks};
use syncproof_protocol::counted::counted;

/// Which broken requirements make a run fail. It does not select cases: all of them are run and reported either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Threshold {
    /// A broken MUST breaks the run; a broken SHOULD is a warning
    #[default]
    Must,
    /// A broken SHOULD breaks the run, too
    Should,
}

/// What makes a run fail. By default every broken MUST counts, and there is no baseline.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    /// The level that counts.
    pub threshold: Threshold,
    /// Whether the run ends with the first case that makes it fail.
    pub fail_fast: bool,
    /// The failures that are known and accepted.
    pub baseline: Option<Arc<Baseline>>,
}

impl Gate {
    /// Whether the case broke a requirement that counts, listed or not.
    #[must_use]
    pub fn is_failure(&self, report: &CaseReport) -> bool {
        match report.status {
            Status::Failed | Status::Blocked => true,
            Status::Warned => self.threshold == Threshold::Should,
            _ => false,
        }
    }

    /// Whether the baseline names the case.
    #[must_use]
    pub fn lists(&self, case: &str) -> bool {
        self.baseline.as_ref().is_some_and(|baseline| baseline.lists(case))
    }

    /// Whether the case alone makes the run fail. A fault of the suite always does.
    #[must_use]
    pub(crate) fn breaks(&self, report: &CaseReport) -> bool {
        let is_known = || self.baseline.as_ref().is_some_and(|baseline| baseline.accepts(report));
        report.fault || (self.is_failure(report) && !is_known())
    }

    /// The reports compared with the baseline; None without a baseline.
    #[must_use]
    pub fn judgement<'a>(&'a self, reports: &'a [CaseReport]) -> Option<Judgement<'a>> {
        let baseline = self.baseline.as_ref()?;
        Some(baseline.judge(reports, |report| self.is_failure(report)))
    }

    /// Whether reports with neither a fault of the suite nor a dead target make the run fail.
    #[must_use]
    pub fn is_broken(&self, reports: &[CaseReport]) -> bool {
        match self.judgement(reports) {
            Some(judgement) => judgement.is_broken(),
            None => reports.iter().any(|report| self.is_failure(report)),
        }
    }

    /// The verdict in one sentence, for reports of which at least one has a verdict.
    #[must_use]
    pub fn verdict(&self, reports: &[CaseReport]) -> String {
        let summary = Summary::of(reports);
        let verdict = match self.judgement(reports) {
            Some(judgement) => judgement.verdict(),
            None => self.plain_verdict(&summary),
        };
        verdict + &self.remarks(reports)
    }

    /// What became of a part of the cases, in a few words, which say nothing about conformance.
    #[must_use]
    pub fn outcome(&self, reports: &[CaseReport]) -> String {
        if let Some(judgement) = self.judgement(reports) {
            return judgement.outcome();
        }
        let summary = Summary::of(reports);
        let Summary { failed, blocked, warned, passed, cases, .. } = summary;
        if passed == cases {
            return "passed".to_owned();
        }
        let not_judged = cases - summary.judged() - blocked;
        let counts = [
            (failed, "failed"),
            (blocked, "blocked"),
            (warned, "warned"),
            (passed, "passed"),
            (not_judged, "not judged"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
        let level = if warned > 0 && self.threshold == Threshold::Should { " at --level should" } else { "" };
        counts.collect::<Vec<_>>().join(", ") + level
    }

    /// Sentences that follow the verdict: whether failures are flaky, and whether the run ended early.
    #[must_use]
    pub fn remarks(&self, reports: &[CaseReport]) -> String {
        let mut remarks = String::new();
        let flaky = reports.iter().filter(|report| report.stability() == Some(crate::case::Stability::Flaky)).count();
        if flaky > 0 {
            remarks.push_str(&format!(" {flaky} of the broken cases did not break every time (flaky)."));
        }
        let not_run = Summary::of(reports).not_run;
        if self.fail_fast && not_run > 0 {
            let were = if not_run == 1 { "was" } else { "were" };
            let cases = counted(not_run, "case");
            remarks.push_str(&format!(" The run ended there (--fail-fast): {cases} {were} not run."));
        }
        remarks.push_str(&not_known_remarks(reports));
        remarks
    }

    fn plain_verdict(&self, summary: &Summary) -> String {
        let Summary { failed, blocked, warned, .. } = *summary;
        if failed + blocked == 0 && warned > 0 && self.threshold == Threshold::Should {
            return format!(
                "Not conformant at --level should: every judged MUST holds, {}.",
                counted(warned, "broken SHOULD")
            );
        }
        let judged = summary.judged();
        match (failed, blocked, warned) {
            (0, 0, 0) => "Conformant: every judged case passed.".to_owned(),
            (0, 0, _) => format!("Conformant, with {}: every judged MUST holds.", counted(warned, "warning")),
            (_, 0, _) => format!("Not conformant: {failed} of {} failed.", counted(judged, "judged case")),
            (0, _, _) => {
                let blocked = counted(blocked, "case");
                let others = match judged {
                    0 => "no case was judged".to_owned(),
                    judged => format!("none of the {} failed", counted(judged, "judged case")),
                };
                format!("Not conformant: {blocked} could not be judged (blocked); {others}.")
            }
            _ => {
                let judged = counted(judged, "judged case");
                format!("Not conformant: {failed} of {judged} failed; {blocked} more could not be judged (blocked).")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocked_case_is_not_counted_as_judged() {
        let verdict = |summary: Summary| Gate::default().plain_verdict(&summary);
        let of = |passed, failed, blocked| Summary { passed, failed, blocked, ..Summary::default() };
        assert_eq!(
            verdict(of(2, 0, 392)),
            "Not conformant: 392 cases could not be judged (blocked); none of the 2 judged cases failed."
        );
        assert_eq!(verdict(of(0, 0, 3)), "Not conformant: 3 cases could not be judged (blocked); no case was judged.");
        assert_eq!(
            verdict(of(9, 81, 2)),
            "Not conformant: 81 of 90 judged cases failed; 2 more could not be judged (blocked)."
        );
        assert_eq!(verdict(of(9, 1, 0)), "Not conformant: 1 of 10 judged cases failed.");
        assert_eq!(verdict(of(9, 0, 0)), "Conformant: every judged case passed.");
    }
}
