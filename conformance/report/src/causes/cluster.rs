//! Failures with one sign, and what is known of them together.

use std::collections::{BTreeMap, BTreeSet};

use super::sign::Sign;
use syncproof_harness::case::CaseReport;
use syncproof_protocol::failure::Failure;

/// A failure, and the case that it is of.
#[derive(Debug, Clone)]
pub(super) struct Shown<'a> {
    pub(super) report: &'a CaseReport,
    pub(super) failure: &'a Failure,
    /// Whether the case ended with it, or would have gone on.
    pub(super) is_first: bool,
}

impl Shown<'_> {
    /// Whether the case looks at the requirement that it fails for; it may also meet the fault in passing.
    pub(super) fn is_about_it(&self) -> bool {
        self.report.case.requirements.contains(&self.failure.requirement)
    }

    /// Whether the case looks at that requirement and at nothing else.
    pub(super) fn is_direct(&self) -> bool {
        self.report.case.requirements == [self.failure.requirement]
    }
}

/// The failures with one sign.
#[derive(Debug)]
pub(super) struct Cluster<'a> {
    pub(super) sign: Sign,
    /// The requirement that names them.
    pub(super) requirement: &'static str,
    pub(super) shown: Vec<Shown<'a>>,
}

/// The clusters of each fault, by their error or their requirement.
pub(super) type Groups<'a> = BTreeMap<String, Vec<Cluster<'a>>>;

/// How many cases these failures are of.
pub(super) fn cases<'a>(shown: impl Iterator<Item = &'a Shown<'a>>) -> usize {
    shown.map(|shown| shown.report.case.id).collect::<BTreeSet<_>>().len()
}

/// How many cases these clusters are of.
pub(super) fn size(clusters: &[Cluster<'_>]) -> usize {
    cases(clusters.iter().flat_map(|cluster| &cluster.shown))
}

/// Whether these are answers 5xx, or missing ones.
pub(super) fn is_breakdown(clusters: &[Cluster<'_>]) -> bool {
    clusters.iter().any(|cluster| matches!(cluster.sign, Sign::Breakdown { .. }))
}
