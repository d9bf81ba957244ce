//! What a campaign does with each sequence, and what it can find.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use super::campaign_target::CampaignTarget;
use super::fault_shape::needs_of;
use super::finding_id::finding_id;
use super::found::Found;
use super::fresh_key::fresh_key;
use super::performance::{Execution, Finding, execute_sequence};
use super::same_fault::is_same_fault;
use super::turns::Turns;
use super::variation::is_variation;
use crate::oracle::{CoverageCounts, CoverageEvent};
use crate::sequence::Step;
use syncproof_protocol::symptom::Symptom;

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
    /// What findings of one fault have in common, and most findings of different faults do not.
    type Symptom: Clone + Debug + Ord;

    /// Tries one sequence, under names that nobody has used. A symptom in `passed_over` does not end it, if the answer
    /// that shows it leaves no doubt about the state of the target.
    ///
    /// # Errors
    /// When a target cannot be called, for a reason that lies in the suite.
    fn attempt(
        &self,
        steps: &[Step],
        passed_over: &Arc<BTreeSet<Self::Symptom>>,
    ) -> impl Future<Output = Result<TrialResult<Self::Found>, String>>;

    /// Whether waiting takes no time.
    fn can_skip_time(&self) -> bool;

    /// The turns of its sequences: while one waits, others go on.
    fn turns(&self) -> Turns;

    /// What the step needs and the target does not have, in a few words.
    fn lacks(&self, step: &Step) -> Option<String>;

    /// The situations that no sequence can come to there.
    fn impossible(&self) -> Vec<CoverageEvent>;

    /// The step that showed it, from 0 on. Later steps were not executed, or do not matter.
    fn step(found: &Self::Found) -> usize;

    /// The symptom that it shows.
    fn symptom(found: &Self::Found) -> Self::Symptom;

    /// Whether a shorter sequence that shows `to` most likely shows the same fault as a longer one that shows `from`.
    fn is_variation(from: &Self::Symptom, to: &Self::Symptom) -> bool {
        from == to
    }

    /// A short name for a symptom, the same in every campaign.
    fn id(symptom: &Self::Symptom) -> String;

    /// A short name for what was shrunk, the same in every campaign.
    fn found_id(found: &Found<Self::Found>) -> String {
        Self::id(&Self::symptom(&found.shrunk.finding))
    }

    /// Whether it is a missing answer, so that the target may have died.
    fn is_unanswered(found: &Self::Found) -> bool;

    /// Says of a missing answer that none came after it: the target has died.
    fn was_last(_found: &mut Self::Found) {}

    /// Whether two shrunk findings are most likely due to the same fault.
    fn is_same_fault(left: &Found<Self::Found>, right: &Found<Self::Found>) -> bool;
}

impl Trial for CampaignTarget {
    type Found = Finding;
    type Symptom = Symptom;

    async fn attempt(
        &self,
        steps: &[Step],
        passed_over: &Arc<BTreeSet<Symptom>>,
    ) -> Result<TrialResult<Finding>, String> {
        let handle = self.open()?.passing_over(passed_over);
        let Execution { finding, coverage, requests, left_out, .. } =
            execute_sequence(&handle, steps, fresh_key()).await?;
        Ok(TrialResult { found: finding, coverage, requests, left_out, diverged: false })
    }

    fn can_skip_time(&self) -> bool {
        match self {
            CampaignTarget::One(handle) => handle.clock().is_free(),
            CampaignTarget::New(_) => true,
        }
    }

    fn turns(&self) -> Turns {
        match self {
            CampaignTarget::One(handle) => handle.clock().turns().clone(),
            // Nothing waits there.
            CampaignTarget::New(_) => Turns::default(),
        }
    }

    fn lacks(&self, step: &Step) -> Option<String> {
        self.offer().lacks(step)
    }

    fn impossible(&self) -> Vec<CoverageEvent> {
        self.offer().impossible()
    }

    fn step(found: &Finding) -> usize {
        found.step
    }

    fn symptom(found: &Finding) -> Symptom {
        found.symptom()
    }

    fn is_variation(from: &Symptom, to: &Symptom) -> bool {
        is_variation(from, to)
    }

    fn id(symptom: &Symptom) -> String {
        finding_id(symptom, &BTreeSet::new())
    }

    fn found_id(found: &Found) -> String {
        let symptom = found.shrunk.finding.symptom();
        finding_id(&symptom, &needs_of(&found.shrunk.steps, symptom.requirement))
    }

    fn is_unanswered(found: &Finding) -> bool {
        found.exchange.as_ref().is_some_and(|exchange| exchange.status.is_none())
    }

    fn was_last(found: &mut Finding) {
        "the target has died: no answer came to this request, nor to any after it"
            .clone_into(&mut found.violation.message);
    }

    fn is_same_fault(left: &Found, right: &Found) -> bool {
        is_same_fault(left, right)
    }
}
