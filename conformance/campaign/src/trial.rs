//! What a campaign does with each sequence, and what it can find.

use std::fmt::Debug;

use super::campaign_target::CampaignTarget;
use super::fresh_execution::execute_on_new_target;
use super::performance::{Execution, Finding};
use crate::oracle::CoverageCounts;
use crate::sequence::Step;

/// The result of one sequence.
#[derive(Debug, Clone)]
pub struct TrialResult<F> {
    /// The finding, if there is one.
    pub found: Option<F>,
    /// The situations that occurred.
    pub coverage: CoverageCounts,
    /// How many requests it took.
    pub requests: u64,
    /// How many steps were left out because the credentials cannot carry the names of users who look alike.
    pub left_out: u64,
    /// Whether the comparison ended early, because the targets made different choices that are both allowed.
    pub diverged: bool,
}

/// What sequences are tried on: a target, or two that are compared.
pub trait Trial {
    /// What can be found.
    type Found: Clone + Debug;

    /// Tries one sequence, under names that nobody has used.
    ///
    /// # Errors
    /// When a target cannot be called, for a reason that lies in the suite.
    fn attempt(&self, steps: &[Step]) -> impl Future<Output = Result<TrialResult<Self::Found>, String>>;

    /// Whether waiting takes no time.
    fn can_skip_time(&self) -> bool;

    /// The step that showed it, from 0 on. Later steps were not executed, or do not matter.
    fn step(found: &Self::Found) -> usize;

    /// Whether both findings have the same cause, as far as that can be seen.
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
