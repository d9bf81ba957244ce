//! Shrinking: from a sequence that shows a finding to a short one that shows the same (delta debugging, after
//! Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
//!
//! First it removes users, then steps, then ops, then it simplifies those that remain. A candidate counts only when it shows the same
//! symptom: the same requirement is broken in the same way, or the targets differ in the same place. When nothing is left to
//! remove, a candidate that fails the same check counts, too, whichever rule the check names.
//!
//! `proptest` generates the sequences but does not shrink them: it would call a synchronous function for each candidate,
//! while here a candidate is sent to a server and awaited, within a time limit.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use super::found::Shrunk;
use super::simplify::{SIMPLE_PKS, simpler_drafts, simpler_steps};
use super::trial::Trial;
use crate::sequence::{Draft, Step, User, WorkspaceRef};

/// How many candidates are tried at once on a target that is reached over sockets; and how many that wait.
const WIDTH: usize = 4;
const WAITING_WIDTH: usize = 8;
/// In sequences up to this length, steps are also left out in pairs.
const MAX_PAIRED_STEPS: usize = 12;

/// The limits of shrinking.
#[derive(Debug, Clone, Copy)]
pub struct ShrinkLimits {
    /// The most sequences to try.
    pub tries: u32,
    /// The longest time; a running try is finished.
    pub time: Duration,
}

impl Default for ShrinkLimits {
    fn default() -> Self {
        ShrinkLimits { tries: 3000, time: Duration::from_secs(30) }
    }
}

/// Shrinks a sequence that has shown that finding.
///
/// # Errors
/// When the target cannot be called, for a reason that lies in the suite.
pub async fn shrink<T: Trial>(
    trial: &T,
    steps: &[Step],
    finding: T::Found,
    passed_over: &BTreeSet<T::Symptom>,
    bound: ShrinkLimits,
) -> Result<Shrunk<T::Found>, String> {
    let symptom = T::symptom(&finding);
    let mut passed_over = passed_over.clone();
    passed_over.remove(&symptom);
    let shrunk = Shrunk { repeats: Some(false), ..Shrunk::untried(steps, finding) };
    let (began, passed_over) = (Instant::now(), Arc::new(passed_over));
    let mut shrinking =
        Shrinker { trial, bound, began, tries: 0, width: 1, passed_over, symptom, is_loose: false, shrunk };
    // The steps after the finding were never executed.
    let done = T::step(&shrinking.shrunk.finding).saturating_add(1).min(steps.len());
    let mut whole = vec![steps[..done].to_vec()];
    if !trial.can_skip_time() && steps[..done].iter().any(Step::is_wait) {
        // Most faults show without the waiting, and are then shrunk in no time.
        whole.insert(0, steps[..done].iter().filter(|step| !step.is_wait()).cloned().collect());
    }
    if shrinking.attempt_any(whole).await?.is_none() {
        return Ok(shrinking.shrunk);
    }
    shrinking.width = match shrinking.shrunk.steps.iter().any(Step::is_wait) {
        // A target in this process is no faster with several at once.
        _ if trial.can_skip_time() => 1,
        true => WAITING_WIDTH,
        false => WIDTH,
    };
    shrinking.shrunk.repeats = Some(true);
    shrinking.reduce().await?;
    // The same check may name another rule for a sequence that is shorter still.
    shrinking.is_loose = true;
    shrinking.reduce().await?;
    shrinking.renumber_ops().await?;
    Ok(shrinking.shrunk)
}

struct Shrinker<'a, T: Trial> {
    trial: &'a T,
    bound: ShrinkLimits,
    began: Instant,
    tries: u32,
    /// How many candidates are tried at once.
    width: usize,
    /// The other symptoms of the campaign.
    passed_over: Arc<BTreeSet<T::Symptom>>,
    /// What a candidate has to show.
    symptom: T::Symptom,
    /// Whether a candidate may also show a variation of the symptom.
    is_loose: bool,
    shrunk: Shrunk<T::Found>,
}

impl<T: Trial> Shrinker<'_, T> {
    fn is_in_bound(&self) -> bool {
        self.tries < self.bound.tries && self.began.elapsed() < self.bound.time
    }

    /// Makes the sequence smaller until nothing does, or until the limit is reached.
    async fn reduce(&mut self) -> Result<(), String> {
        // Each round either makes the sequence smaller or is the last.
        while self.is_in_bound() {
            let removed = self.remove_users().await? | self.remove_steps().await? | self.remove_ops().await?;
            if !removed
                && !self.merge_workspaces().await?
                && !self.merge_pushes().await?
                && !self.simplify_steps().await?
                && !self.simplify_repeated_ops().await?
                && !self.simplify_shared_keys().await?
                && !self.remove_pairs().await?
            {
                break;
            }
        }
        Ok(())
    }

    /// Whether a candidate with that symptom shows the finding.
    fn is_shown_by(&self, symptom: &T::Symptom) -> bool {
        *symptom == self.symptom || (self.is_loose && T::is_variation(&self.symptom, symptom))
    }

    /// Executes a candidate, and keeps it when it shows the same finding.
    async fn attempt(&mut self, steps: Vec<Step>) -> Result<bool, String> {
        Ok(self.attempt_any(vec![steps]).await?.is_some())
    }

    /// Executes candidates at once, and keeps the first that shows the same finding. Returns its place.
    async fn attempt_any(&mut self, candidates: Vec<Vec<Step>>) -> Result<Option<usize>, String> {
        // The first try only repeats the finding, and is always made.
        if self.tries > 0 && !self.is_in_bound() {
            return Ok(None);
        }
        self.tries = self.tries.saturating_add(u32::try_from(candidates.len()).unwrap_or(u32::MAX));
        let attempts = candidates.iter().map(|steps| self.trial.attempt(steps, &self.passed_over));
        let mut kept = None;
        for (place, tried) in try_join_all(attempts).await?.into_iter().enumerate() {
            self.shrunk.requests += tried.requests;
            let found = tried.found.filter(|found| self.is_shown_by(&T::symptom(found)));
            if kept.is_none()
                && let (Some(finding), Some(steps)) = (found, candidates.get(place))
            {
                let done = T::step(&finding).saturating_add(1).min(steps.len());
                self.shrunk.steps = steps[..done].to_vec();
                self.symptom = T::symptom(&finding);
                self.shrunk.finding = finding;
                kept = Some(place);
            }
        }
        Ok(kept)
    }

    /// Leaves out everything that one user does, or lets the first user do it.
    async fn remove_users(&mut self) -> Result<bool, String> {
        let users: BTreeSet<User> = self.shrunk.steps.iter().filter_map(Step::by).collect();
        let mut changed = false;
        for user in users.into_iter().rev() {
            let without = self.shrunk.steps.iter().filter(|step| step.by() != Some(user)).cloned().collect::<Vec<_>>();
            let mut as_first = self.shrunk.steps.clone();
            for step in as_first.iter_mut().filter(|step| step.by() == Some(user)) {
                step.by_mut().into_iter().for_each(|by| *by = 0);
                step.at_mut().filter(|at| **at == WorkspaceRef::Home(user)).into_iter().for_each(|at| {
                    *at = WorkspaceRef::Home(0);
                });
            }
            changed |= !without.is_empty() && self.attempt(without).await?
                || (as_first != self.shrunk.steps && self.attempt(as_first).await?);
        }
        Ok(changed)
    }

    /// Lets everything in another workspace happen in that of the first user, and leaves out its creation.
    async fn merge_workspaces(&mut self) -> Result<bool, String> {
        let home = WorkspaceRef::Home(0);
        let places: BTreeSet<WorkspaceRef> = self.shrunk.steps.iter().filter_map(Step::at).collect();
        let mut changed = false;
        for place in places.into_iter().filter(|place| *place != home) {
            let is_creation = |step: &Step| {
                matches!(step, Step::Create { label, .. } if place == WorkspaceRef::Made(*label))
                    || matches!(step, Step::Activate { at, .. } if *at == place)
            };
            let mut steps = self.shrunk.steps.clone();
            steps.retain(|step| !is_creation(step));
            for step in &mut steps {
                step.at_mut().filter(|at| **at == place).into_iter().for_each(|at| *at = home);
            }
            changed |= !steps.is_empty() && self.attempt(steps).await?;
        }
        Ok(changed)
    }

    /// Pushes in one batch what the same user pushes one after the other.
    async fn merge_pushes(&mut self) -> Result<bool, String> {
        for second in (1..self.shrunk.steps.len()).rev() {
            let mut steps = self.shrunk.steps.clone();
            let Step::Push { by, at, ops } = steps.remove(second) else { continue };
            match &mut steps[second - 1] {
                Step::Push { by: other, at: there, ops: first } if (*other, *there) == (by, at) => first.extend(ops),
                _ => continue,
            }
            if self.attempt(steps).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Simplifies an op that is pushed more than once in all places at once: it has to stay the same op.
    async fn simplify_repeated_ops(&mut self) -> Result<bool, String> {
        let ops: Vec<Draft> = self.shrunk.steps.iter().flat_map(Step::ops).cloned().collect();
        let repeated =
            ops.iter().enumerate().filter(|(place, op)| ops[..*place].iter().filter(|other| other == op).count() == 1);
        for (_, op) in repeated {
            for simpler in simpler_drafts(op) {
                let mut steps = self.shrunk.steps.clone();
                for other in steps.iter_mut().filter_map(Step::ops_mut).flatten().filter(|other| *other == op) {
                    other.clone_from(&simpler);
                }
                if self.attempt(steps).await? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Gives all ops with one key a simple key at once: they may have to stay ops of one record.
    async fn simplify_shared_keys(&mut self) -> Result<bool, String> {
        let keys: BTreeSet<String> = self.shrunk.steps.iter().flat_map(Step::ops).map(|op| op.pk.clone()).collect();
        let Some(simple) = SIMPLE_PKS.into_iter().find(|simple| !keys.contains(*simple)) else { return Ok(false) };
        for key in keys.iter().filter(|key| !SIMPLE_PKS.contains(&key.as_str())) {
            let mut steps = self.shrunk.steps.clone();
            for op in steps.iter_mut().filter_map(Step::ops_mut).flatten().filter(|op| op.pk == *key) {
                simple.clone_into(&mut op.pk);
            }
            if self.attempt(steps).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Numbers the ops from 1 on, in the order of their ids.
    async fn renumber_ops(&mut self) -> Result<bool, String> {
        let ids: BTreeSet<u32> = self.shrunk.steps.iter().flat_map(Step::ops).map(|op| op.id).collect();
        let numbers: BTreeMap<u32, u32> = ids.into_iter().zip(1..).collect();
        let mut steps = self.shrunk.steps.clone();
        for op in steps.iter_mut().filter_map(Step::ops_mut).flatten() {
            op.id = numbers.get(&op.id).copied().unwrap_or(op.id);
        }
        Ok(steps != self.shrunk.steps && self.attempt(steps).await?)
    }

    /// Leaves out two steps at once that cannot be left out one at a time, such as a member who joins and leaves.
    async fn remove_pairs(&mut self) -> Result<bool, String> {
        let count = self.shrunk.steps.len();
        if !(3..=MAX_PAIRED_STEPS).contains(&count) {
            return Ok(false);
        }
        let pairs = (0..count).flat_map(|first| (first + 1..count).map(move |second| [first, second]));
        let without = |pair: [usize; 2]| {
            let rest = self.shrunk.steps.iter().enumerate().filter(|(place, _)| !pair.contains(place));
            rest.map(|(_, step)| step.clone()).collect::<Vec<_>>()
        };
        let candidates: Vec<Vec<Step>> = pairs.map(without).collect();
        for some in candidates.chunks(self.width) {
            if self.attempt_any(some.to_vec()).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn remove_steps(&mut self) -> Result<bool, String> {
        self.remove_parts(|steps| steps.len(), |steps, part| drop(steps.drain(part))).await
    }

    async fn remove_ops(&mut self) -> Result<bool, String> {
        let mut removed = false;
        for place in (0..self.shrunk.steps.len()).rev() {
            let count = move |steps: &[Step]| steps.get(place).map_or(0, |step| step.ops().len());
            let remove = move |steps: &mut Vec<Step>, part: Range<usize>| {
                steps.get_mut(place).and_then(Step::ops_mut).into_iter().for_each(|ops| drop(ops.drain(part.clone())));
            };
            removed |= self.remove_parts(count, remove).await?;
        }
        Ok(removed)
    }

    /// Removes parts of what `count` counts: halves first, then smaller parts.
    async fn remove_parts(
        &mut self,
        count: impl Fn(&[Step]) -> usize,
        remove: impl Fn(&mut Vec<Step>, Range<usize>),
    ) -> Result<bool, String> {
        let mut removed = false;
        let mut size = count(&self.shrunk.steps).div_ceil(2);
        while size > 0 {
            // From the end, where most steps are superfluous.
            let mut end = count(&self.shrunk.steps);
            while end > 0 {
                let ends = (1..=end).rev().step_by(size).take(self.width);
                let parts: Vec<_> = ends.map(|end| end.saturating_sub(size)..end).collect();
                let without = |part: &Range<usize>| {
                    let mut steps = self.shrunk.steps.clone();
                    remove(&mut steps, part.clone());
                    steps
                };
                let candidates = parts.iter().map(without).collect();
                let kept = self.attempt_any(candidates).await?;
                removed |= kept.is_some();
                let last = kept.and_then(|place| parts.get(place)).or(parts.last());
                end = last.map_or(0, |part| part.start).min(count(&self.shrunk.steps));
            }
            size /= 2;
        }
        Ok(removed)
    }

    async fn simplify_steps(&mut self) -> Result<bool, String> {
        let mut changed = false;
        for step in 0..self.shrunk.steps.len() {
            // A candidate that is kept can be simplified further: the limit holds for all of them together.
            'kept: while let Some(current) = self.shrunk.steps.get(step) {
                for candidate in simpler_steps(current) {
                    if !self.is_in_bound() {
                        return Ok(changed);
                    }
                    let mut steps = self.shrunk.steps.clone();
                    steps[step] = candidate;
                    if self.attempt(steps).await? {
                        changed = true;
                        continue 'kept;
                    }
                }
                break;
            }
        }
        Ok(changed)
    }
}
