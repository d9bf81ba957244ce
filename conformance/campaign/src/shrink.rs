//! Shrinking: from a sequence that shows a finding to a short one that shows the same (delta debugging, after
//! Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
//!
//! First it removes steps, then ops, then it simplifies those that remain. A candidate counts only when it shows the same
//! finding: the same requirement is broken, or the targets differ in the same place.
//!
//! `proptest` generates the sequences but does not shrink them: it would call a synchronous function for each candidate,
//! while here a candidate is sent to a server and awaited, within a time limit.

use std::time::{Duration, Instant};

use super::performance::Finding;
use super::simplify::simpler_steps;
use super::trial::Trial;
use crate::sequence::Step;

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

/// The shortest sequence that was found to show a finding.
#[derive(Debug, Clone)]
pub struct Shrunk<F = Finding> {
    /// The steps.
    pub steps: Vec<Step>,
    /// What it shows.
    pub finding: F,
    /// Whether the finding happened again: one that does not is flaky.
    pub repeats: bool,
    /// How many requests shrinking took.
    pub requests: u64,
}

/// Shrinks a sequence that has shown that finding.
///
/// # Errors
/// When the target cannot be called, for a reason that lies in the suite.
pub async fn shrink<T: Trial>(
    trial: &T,
    steps: &[Step],
    finding: T::Found,
    bound: ShrinkLimits,
) -> Result<Shrunk<T::Found>, String> {
    let shrunk = Shrunk { steps: steps.to_vec(), finding, repeats: false, requests: 0 };
    let mut shrinking = Shrinker { trial, bound, began: Instant::now(), tries: 0, shrunk };
    // The steps after the finding were never executed.
    let done = T::step(&shrinking.shrunk.finding).saturating_add(1).min(steps.len());
    if !shrinking.attempt(steps[..done].to_vec()).await? {
        return Ok(shrinking.shrunk);
    }
    shrinking.shrunk.repeats = true;
    // Each round either makes the sequence smaller or is the last.
    while shrinking.is_in_bound() {
        let removed = shrinking.remove_steps().await? | shrinking.remove_ops().await?;
        if !removed && !shrinking.simplify_steps().await? {
            break;
        }
    }
    Ok(shrinking.shrunk)
}

struct Shrinker<'a, T: Trial> {
    trial: &'a T,
    bound: ShrinkLimits,
    began: Instant,
    tries: u32,
    shrunk: Shrunk<T::Found>,
}

impl<T: Trial> Shrinker<'_, T> {
    fn is_in_bound(&self) -> bool {
        self.tries < self.bound.tries && self.began.elapsed() < self.bound.time
    }

    /// Executes a candidate, and keeps it when it shows the same finding.
    async fn attempt(&mut self, steps: Vec<Step>) -> Result<bool, String> {
        if steps.is_empty() || !self.is_in_bound() {
            return Ok(false);
        }
        self.tries += 1;
        let tried = self.trial.attempt(&steps).await?;
        self.shrunk.requests += tried.requests;
        let found = tried.found.filter(|found| T::is_same(found, &self.shrunk.finding));
        let Some(finding) = found else { return Ok(false) };
        let done = T::step(&finding).saturating_add(1).min(steps.len());
        self.shrunk.steps = steps[..done].to_vec();
        self.shrunk.finding = finding;
        Ok(true)
    }

    async fn remove_steps(&mut self) -> Result<bool, String> {
        let mut removed = false;
        let mut size = self.shrunk.steps.len().div_ceil(2);
        while size > 0 {
            // From the end, where most steps are superfluous.
            let mut end = self.shrunk.steps.len();
            while end > 0 {
                let start = end.saturating_sub(size);
                let mut steps = self.shrunk.steps.clone();
                steps.drain(start..end);
                removed |= self.attempt(steps).await?;
                end = start.min(self.shrunk.steps.len());
            }
            size /= 2;
        }
        Ok(removed)
    }

    async fn remove_ops(&mut self) -> Result<bool, String> {
        let mut removed = false;
        for step in (0..self.shrunk.steps.len()).rev() {
            let mut size = self.ops(step).div_ceil(2);
            while size > 0 {
                let mut end = self.ops(step);
                while end > 0 {
                    let start = end.saturating_sub(size);
                    let mut steps = self.shrunk.steps.clone();
                    if let Some(ops) = steps.get_mut(step).and_then(Step::ops_mut) {
                        ops.drain(start..end);
                    }
                    removed |= self.attempt(steps).await?;
                    end = start.min(self.ops(step));
                }
                size /= 2;
            }
        }
        Ok(removed)
    }

    fn ops(&self, step: usize) -> usize {
        self.shrunk.steps.get(step).map_or(0, |step| step.ops().len())
    }

    async fn simplify_steps(&mut self) -> Result<bool, String> {
        let mut changed = false;
        for step in 0..self.shrunk.steps.len() {
            // A candidate that is kept can be simplified further: the limit holds for all of them together.
            let mut next = 0;
            while let Some(current) = self.shrunk.steps.get(step).cloned() {
                let Some(candidate) = simpler_steps(&current).into_iter().nth(next) else { break };
                let mut steps = self.shrunk.steps.clone();
                steps[step] = candidate;
                if self.attempt(steps).await? {
                    (changed, next) = (true, 0);
                } else {
                    next += 1;
                }
            }
        }
        Ok(changed)
    }
}
