//! What breaks a run: the level that counts, the failures that are known, and whether the first one ends it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::baseline::{Baseline, Judgement};
use crate::case::{CaseReport, Status, Summary};

/// Which requirements break a run when they are broken. It selects nothing: every case is run and told either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Threshold {
    /// A broken MUST breaks the run; a broken SHOULD is a warning
    #[default]
    Must,
    /// A broken SHOULD breaks the run, too
    Should,
}

/// What breaks a run. The default is a run without a baseline in which every MUST counts.
#[derive(Debug, Clone, Default)]
pub struct Gate {
    /// The level that counts.
    pub threshold: Threshold,
    /// Whether the run ends with the first case that breaks it.
    pub fail_fast: bool,
    /// The failures that are known and accepted.
    pub baseline: Option<Arc<Baseline>>,
}

impl Gate {
    /// Whether the case broke a requirement that counts, listed or not.
    #[must_use]
    pub fn is_failure(&self, report: &CaseReport) -> bool {
        match report.status {
            Status::Failed => true,
            Status::Warned => self.threshold == Threshold::Should,
            _ => false,
        }
    }

    /// Whether the baseline names the case.
    #[must_use]
    pub fn lists(&self, case: &str) -> bool {
        self.baseline.as_ref().is_some_and(|baseline| baseline.lists(case))
    }

    /// Whether the case by itself breaks the run. A fault of the suite always does.
    #[must_use]
    pub fn breaks(&self, report: &CaseReport) -> bool {
        report.fault || (self.is_failure(report) && !self.lists(report.case.id))
    }

    /// The baseline held against the reports; None without a baseline.
    #[must_use]
    pub fn judgement<'a>(&'a self, reports: &'a [CaseReport]) -> Option<Judgement<'a>> {
        let baseline = self.baseline.as_ref()?;
        Some(baseline.judge(reports, |report| self.is_failure(report)))
    }

    /// Whether reports that hold neither a fault nor a dead target break the run.
    #[must_use]
    pub fn is_broken(&self, reports: &[CaseReport]) -> bool {
        match self.judgement(reports) {
            Some(judgement) => judgement.is_broken(),
            None => reports.iter().any(|report| self.is_failure(report)),
        }
    }

    /// The verdict about reports in which something was judged, in one sentence.
    #[must_use]
    pub fn verdict(&self, reports: &[CaseReport]) -> String {
        let summary = Summary::of(reports);
        let mut verdict = match self.judgement(reports) {
            Some(judgement) => judgement.verdict(),
            None => self.plain_verdict(&summary),
        };
        let flaky = reports.iter().filter(|report| report.stability() == Some(crate::case::Stability::Flaky)).count();
        if flaky > 0 {
            verdict.push_str(&format!(" {flaky} of the broken cases did not break every time (flaky)."));
        }
        if self.fail_fast && summary.not_run > 0 {
            verdict.push_str(&format!(" The run ended there (--fail-fast): {} cases were not run.", summary.not_run));
        }
        verdict
    }

    fn plain_verdict(&self, summary: &Summary) -> String {
        let Summary { failed, warned, .. } = *summary;
        if failed == 0 && warned > 0 && self.threshold == Threshold::Should {
            return format!("Not conformant at --level should: every judged MUST holds, {warned} broken SHOULDs.");
        }
        match (failed, warned) {
            (0, 0) => "Conformant: every judged case passed.".to_owned(),
            (0, _) => format!("Conformant, with {warned} warnings: every judged MUST holds."),
            _ => format!("Not conformant: {failed} of {} judged cases failed.", summary.judged()),
        }
    }
}
