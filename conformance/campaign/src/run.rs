//! The run of a campaign: sequence after sequence, until the time is up, the count is reached, or there is a finding.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use serde::Serialize;

use super::generator;
use super::performance::Finding;
use super::shrink::{ShrinkLimits, Shrunk, shrink};
use super::trial::{Trial, TrialResult};
use crate::oracle::{CoverageCounts, CoverageEvent};
use crate::sequence::Step;

/// Where waiting takes real time, only one sequence in this many waits.
const WAITING: u64 = 251;

/// The settings of a campaign.
#[derive(Debug, Clone, Copy)]
pub struct CampaignPlan {
    /// Repeats the sequences.
    pub seed: u64,
    /// The number of the first sequence, and how many there are from one to the next: shards take turns.
    pub first: u64,
    /// See `first`.
    pub stride: u64,
    /// How many sequences at most.
    pub cases: u64,
    /// How long at most; running sequences are finished.
    pub time: Duration,
    /// How many sequences at once.
    pub jobs: usize,
    /// The limits of shrinking.
    pub shrinking: ShrinkLimits,
}

/// The progress of a campaign.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Progress {
    /// Sequences executed.
    pub cases: u64,
    /// Requests sent, without those of shrinking.
    pub requests: u64,
    /// Time taken, in seconds.
    pub seconds: f64,
    /// Steps that were left out because the credentials cannot carry the names of users who look alike.
    pub left_out: u64,
    /// How often each situation occurred.
    pub coverage: CoverageCounts,
    /// Sequences that were compared only up to a choice that the protocol leaves.
    pub diverged: u64,
}

impl Progress {
    /// Adds one more sequence; `elapsed` is the time since the start.
    pub fn add<F>(&mut self, tried: &TrialResult<F>, elapsed: Duration) {
        self.cases += 1;
        self.requests += tried.requests;
        self.left_out += tried.left_out;
        self.coverage.add(&tried.coverage);
        self.diverged += u64::from(tried.diverged);
        self.seconds = elapsed.as_secs_f64();
    }

    /// The situations that never occurred.
    #[must_use]
    pub fn missing(&self) -> Vec<CoverageEvent> {
        self.coverage.missing()
    }
}

/// What a campaign found.
#[derive(Debug, Clone)]
pub struct Found<F = Finding> {
    /// The number of the sequence.
    pub sequence: u64,
    /// How many steps it had.
    pub steps: usize,
    /// The result of shrinking it.
    pub shrunk: Shrunk<F>,
    /// How long shrinking took, in seconds.
    pub shrinking_seconds: f64,
}

/// Runs a campaign, and reports its progress after each sequence.
///
/// # Errors
/// When the target cannot be called, for a reason that lies in the suite.
pub async fn run<T: Trial>(
    trial: &T,
    plan: &CampaignPlan,
    mut report: impl FnMut(&Progress),
) -> Result<(Progress, Option<Found<T::Found>>), String> {
    let began = Instant::now();
    let mut progress = Progress::default();
    let numbers = (0..plan.cases).map(|count| plan.first.saturating_add(count.saturating_mul(plan.stride.max(1))));
    let in_time = numbers.take_while(|_| began.elapsed() < plan.time);
    let attempts = futures_util::stream::iter(in_time.map(|number| one(trial, plan.seed, number)));
    let mut outcomes = Box::pin(attempts.buffer_unordered(plan.jobs.max(1)));
    let mut found = None;
    while let Some(outcome) = outcomes.next().await {
        let (number, steps, tried) = outcome?;
        progress.add(&tried, began.elapsed());
        report(&progress);
        if let Some(shown) = tried.found {
            found = Some((number, steps, shown));
            break;
        }
    }
    drop(outcomes);
    let Some((sequence, steps, shown)) = found else { return Ok((progress, None)) };
    let began = Instant::now();
    let shrunk = shrink(trial, &steps, shown, plan.shrinking).await?;
    let shrinking_seconds = began.elapsed().as_secs_f64();
    Ok((progress, Some(Found { sequence, steps: steps.len(), shrunk, shrinking_seconds })))
}

async fn one<T: Trial>(trial: &T, seed: u64, number: u64) -> Result<(u64, Vec<Step>, TrialResult<T::Found>), String> {
    let mut steps = generator::sequence(seed, number)?;
    if !trial.can_skip_time() && !number.is_multiple_of(WAITING) {
        steps.retain(|step| !matches!(step, Step::Wait { .. }));
    }
    let tried = trial.attempt(&steps).await?;
    Ok((number, steps, tried))
}
