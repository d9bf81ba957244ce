//! Two targets on which the same sequences are executed, and where they first differ.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::campaign_target::CampaignTarget;
use super::found::Found;
use super::fresh_key::fresh_key;
use super::observation::{Equivalence, Observation};
use super::performance::{Execution, Finding, execute_observed};
use super::target_handle::TargetHandle;
use super::trial::{Trial, TrialResult};
use super::turns::Turns;
use crate::oracle::CoverageEvent;
use crate::sequence::Step;
use syncproof_model::NOTIFICATIONS;
use syncproof_protocol::capability::{Capabilities, Capability};
use syncproof_protocol::exchange::Exchange;

/// Two targets.
#[derive(Debug)]
pub struct Pair<'a> {
    /// The first target.
    pub left: &'a CampaignTarget,
    /// The second target.
    pub right: &'a CampaignTarget,
}

/// Where two targets differ.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The step that shows it, from 0 on.
    pub step: usize,
    /// What was asked for, and where in the answers they differ; or which requirement only one of them breaks.
    pub place: String,
    /// What the left one does.
    pub left: Side,
    /// What the right one does.
    pub right: Side,
}

/// What one of two targets does where they differ.
#[derive(Debug, Clone)]
pub struct Side {
    /// A short description.
    pub shown: String,
    /// The requirement that it breaks there, if it does.
    pub broken: Option<&'static str>,
    /// The request and the answer.
    pub exchange: Option<Arc<Exchange>>,
}

impl Trial for Pair<'_> {
    type Found = Difference;
    /// The place, and the requirement that the left and the right one break there.
    type Symptom = (String, Option<&'static str>, Option<&'static str>);

    async fn attempt(
        &self,
        steps: &[Step],
        _passed_over: &Arc<BTreeSet<Self::Symptom>>,
    ) -> Result<TrialResult<Difference>, String> {
        let (left, right) = (self.left.open()?, self.right.open()?);
        let (left, right, steps) = with_shared_capabilities(left, right, steps);
        // With the same key, op ids and keys, which decide ties, are the same on both sides.
        let key = fresh_key();
        let (left, right) =
            futures_util::try_join!(execute_observed(&left, &steps, key), execute_observed(&right, &steps, key))?;
        let (found, diverged) = match compare(&left, &right, steps.len()) {
            Outcome::Alike => (None, false),
            Outcome::Parted => (None, true),
            Outcome::Different(difference) => (Some(*difference), false),
        };
        let (requests, left_out) = (left.requests + right.requests, left.left_out);
        Ok(TrialResult { found, coverage: left.coverage, requests, left_out, diverged })
    }

    fn can_skip_time(&self) -> bool {
        self.left.can_skip_time() && self.right.can_skip_time()
    }

    fn turns(&self) -> Turns {
        // Both wait at the same time: one of them is enough to say so.
        if self.left.can_skip_time() { self.right.turns() } else { self.left.turns() }
    }

    fn lacks(&self, step: &Step) -> Option<String> {
        // Each target carries them out in an order of its own.
        if matches!(
            step,
            Step::PushAtOnce { .. }
                | Step::DemoteAtOnce { .. }
                | Step::RenameAtOnce { .. }
                | Step::ActivateAtOnce { .. }
        ) {
            return Some("an order of what comes at the same instant".to_owned());
        }
        self.left.lacks(step).or_else(|| self.right.lacks(step))
    }

    fn impossible(&self) -> Vec<CoverageEvent> {
        [self.left.offer().impossible(), self.right.offer().impossible(), vec![CoverageEvent::AtOnce]].concat()
    }

    fn step(found: &Difference) -> usize {
        found.step
    }

    fn symptom(found: &Difference) -> Self::Symptom {
        // The index within a list does not matter.
        let place = found.place.chars().filter(|c| !c.is_ascii_digit()).collect();
        (place, found.left.broken, found.right.broken)
    }

    fn id(symptom: &Self::Symptom) -> String {
        symptom.0.clone()
    }

    fn is_unanswered(_: &Difference) -> bool {
        false
    }

    fn is_same_fault(left: &Found<Difference>, right: &Found<Difference>) -> bool {
        Self::symptom(&left.shrunk.finding) == Self::symptom(&right.shrunk.finding)
    }
}

/// The targets with the capabilities that both have, and the steps without ops for which they may differ.
fn with_shared_capabilities(
    left: TargetHandle,
    right: TargetHandle,
    steps: &[Step],
) -> (TargetHandle, TargetHandle, Cow<'_, [Step]>) {
    use Capability::PrivateNotifications;
    let common = |own: &Capabilities, others: &Capabilities| -> Capabilities {
        // This capability is no call: it says who sees which records.
        own.iter().filter(|one| **one == PrivateNotifications || others.contains(one)).copied().collect()
    };
    let left = left.with_names_of(&right);
    let right = right.with_names_of(&left);
    let (ours, theirs) = (left.capabilities().clone(), right.capabilities().clone());
    let steps = if ours.contains(&PrivateNotifications) == theirs.contains(&PrivateNotifications) {
        Cow::Borrowed(steps)
    } else {
        let mut steps = steps.to_vec();
        for ops in steps.iter_mut().filter_map(Step::ops_mut) {
            ops.retain(|op| op.table != NOTIFICATIONS);
        }
        Cow::Owned(steps)
    };
    (left.with_capabilities(common(&ours, &theirs)), right.with_capabilities(common(&theirs, &ours)), steps)
}

enum Outcome {
    Alike,
    Parted,
    Different(Box<Difference>),
}

fn compare(left: &Execution, right: &Execution, steps: usize) -> Outcome {
    // After a choice that the protocol leaves open, the observations are not compared any more.
    let mut diverged = false;
    for step in 0..steps {
        let (ours, theirs) = (shown_at(left, step), shown_at(right, step));
        for (ours, theirs) in ours.iter().zip(&theirs).filter(|_| !diverged) {
            // One may have needed an additional read that the other did not.
            if ours.asked != theirs.asked {
                break;
            }
            match ours.compare(theirs) {
                Equivalence::Alike => {}
                Equivalence::Parted => {
                    diverged = true;
                    break;
                }
                Equivalence::Different(pointer, at_left, at_right) => {
                    let side = |shown, observation: &Observation| Side {
                        shown,
                        broken: None,
                        exchange: observation.exchange.clone(),
                    };
                    let place = format!("{} {pointer}", ours.asked.name()).trim_end().to_owned();
                    let (left, right) = (side(at_left, ours), side(at_right, theirs));
                    return Outcome::Different(Box::new(Difference { step, place, left, right }));
                }
            }
        }
        let at = |performance: &Execution| performance.finding.clone().filter(|finding| finding.step == step);
        let (ours_broken, theirs_broken) = (at(left), at(right));
        let requirement = |finding: &Option<Finding>| finding.as_ref().map(|finding| finding.violation.requirement);
        match (requirement(&ours_broken), requirement(&theirs_broken)) {
            (None, None) => {}
            // Both violate the same requirement. No later step was executed.
            (ours, theirs) if ours == theirs => break,
            (ours_requirement, theirs_requirement) => {
                let requirement = ours_requirement.or(theirs_requirement).unwrap_or_default();
                let left = side_of(ours_broken, ours.last().copied());
                let right = side_of(theirs_broken, theirs.last().copied());
                let place = requirement.to_owned();
                return Outcome::Different(Box::new(Difference { step, place, left, right }));
            }
        }
    }
    if diverged { Outcome::Parted } else { Outcome::Alike }
}

fn shown_at(performance: &Execution, step: usize) -> Vec<&Observation> {
    performance.observations.iter().filter(|observation| observation.step == step).collect()
}

fn side_of(finding: Option<Finding>, last: Option<&Observation>) -> Side {
    match finding {
        Some(Finding { violation, exchange, .. }) => Side {
            shown: format!("{}: {} instead of {}", violation.message, violation.actual, violation.expected),
            broken: Some(violation.requirement),
            exchange,
        },
        None => Side {
            shown: "in order".to_owned(),
            broken: None,
            exchange: last.and_then(|observation| observation.exchange.clone()),
        },
    }
}
