//! A trial: what a campaign tries with each sequence, and what it may find by it.

use std::fmt::Debug;

use super::campaign_target::CampaignTarget;
use super::fresh_execution::execute_on_new_target;
use super::performance::{Execution, Finding};
use crate::oracle::CoverageCounts;
use crate::sequence::Step;

/// What came of one sequence.
#[derive(Debug, Clone)]
pub struct TrialResult<F> {
    /// What was found, if anything was.
    pub found: Option<F>,
    /// What came up.
    pub coverage: CoverageCounts,
    /// How many requests it took.
    pub requests: u64,
    /// How many steps were left out, since the credentials cannot carry the names of look-alikes.
    pub left_out: u64,
    /// Whether the rest was left out of a comparison, since two targets had made different choices that both may.
    pub diverged: bool,
}

/// Something that sequences are tried on: a venue, or two that are compared.
pub trait Trial {
    /// What may be found.
    type Found: Clone + Debug;

    /// Tries one sequence, under names that nobody has used.
    ///
    /// # Errors
    /// When a target cannot be asked, for a reason that is not its own.
    fn attempt(&self, steps: &[Step]) -> impl Future<Output = Result<TrialResult<Self::Found>, String>>;

    /// Whether time passes as fast as anybody likes.
    fn can_skip_time(&self) -> bool;

    /// The step that showed it, from 0 on. What comes after it was never done, or does not matter.
    fn step(found: &Self::Found) -> usize;

    /// Whether both are the same for somebody who looks for the cause.
    fn is_same(left: &Self::Found, right: &Self::Found) -> bool;
}

impl Trial for CampaignTarget {
    type Found = Finding;

    async fn attempt(&self, steps: &[Step]) -> Result<TrialResult<Finding>, String> {
        let Execution { finding, coverage, requests, left_out, .. } = execute_on_new_target(self, steps).await?;
        Ok(TrialResult { found: finding, coverage, requests, left_out, diverged: false })
    }

    fn can_skip_time(&self) -> bool {
        match self {
            CampaignTarget::One(handle) => handle.clock().is_free(),
            CampaignTarget::New(_) => true,
        }
    }

    fn step(found: &Finding) -> usize {
        found.step
    }

    fn is_same(left: &Finding, right: &Finding) -> bool {
        left.violation.requirement == right.violation.requirement
    }
}
