//! The run of a campaign: sequence after sequence, until the time is up or the count is reached. What is found is shrunk
//! meanwhile: one finding at a time, and beside it some that take real time to repeat.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use serde::Serialize;

use super::agenda::Agenda;
use super::found::Found;
use super::generator::Kind;
use super::plan::CampaignPlan;
use super::search::{Candidate, Search, Sequence};
use super::shrink::{ShrinkLimits, shrink};
use super::trial::{Trial, TrialResult};
use super::unanswered::Unanswered;
use crate::oracle::{CoverageCounts, CoverageEvent};
use crate::sequence::Step;
use syncproof_protocol::family::Family;

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
    /// Steps that were left out before their sequence began, by what the target does not have.
    pub lacking: BTreeMap<String, u64>,
    /// The situations that no sequence can come to on that target.
    #[serde(skip)]
    pub impossible: Vec<CoverageEvent>,
    /// How often each situation occurred.
    pub coverage: CoverageCounts,
    /// How many sequences were aimed at each situation.
    pub aimed: BTreeMap<CoverageEvent, u64>,
    /// How many sequences drew from each family of values.
    pub families: BTreeMap<Family, u64>,
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

    /// The situations that never occurred, without those that cannot occur.
    #[must_use]
    pub fn missing(&self) -> Vec<CoverageEvent> {
        self.coverage.missing().into_iter().filter(|event| !self.impossible.contains(event)).collect()
    }

    /// The families of values that no sequence drew from; none where no sequence draws.
    #[must_use]
    pub fn never_drawn(&self) -> Vec<Family> {
        if self.families.is_empty() {
            return Vec::new();
        }
        Family::ALL.into_iter().filter(|family| !self.families.contains_key(family)).collect()
    }
}

/// What a campaign has done and found so far.
#[derive(Debug, Clone)]
pub struct CampaignState<F> {
    /// What it has done.
    pub progress: Progress,
    /// What it has found, each fault once as far as that shows, in the order in which they were shrunk.
    pub findings: Vec<Found<F>>,
    /// How many sequences showed each known finding.
    pub known: BTreeMap<String, u64>,
    /// What is still to be shrunk.
    pub pending: Vec<Found<F>>,
    /// The last sequences that got no answer: the target may have died.
    pub unanswered: Option<Unanswered<F>>,
}

impl<F> Default for CampaignState<F> {
    fn default() -> Self {
        let (progress, findings, known) = (Progress::default(), Vec::new(), BTreeMap::new());
        CampaignState { progress, findings, known, pending: Vec::new(), unanswered: None }
    }
}

impl<F> CampaignState<F> {
    /// Notes what a sequence found without an answer; None if it got all its answers.
    pub(super) fn note_unanswered(&mut self, found: Option<Found<F>>) {
        let Some(found) = found else {
            self.unanswered = None;
            return;
        };
        let number = found.sequence;
        let unanswered = self.unanswered.get_or_insert_with(|| Unanswered { first: found, sequences: BTreeSet::new() });
        unanswered.sequences.insert(number);
    }

    /// The target is gone: of what was found because it did not answer any more, only the request that it left unanswered
    /// first stays, unless that is known.
    pub fn target_is_gone<T: Trial<Found = F>>(&mut self) {
        let Some(Unanswered { mut first, sequences }) = self.unanswered.take() else { return };
        let is_of_death =
            |found: &Found<F>| T::is_unanswered(&found.shrunk.finding) && sequences.contains(&found.sequence);
        self.findings.retain(|found| !is_of_death(found));
        self.pending.retain(|found| !is_of_death(found));
        if !self.known.contains_key(&T::found_id(&first)) {
            T::was_last(&mut first.shrunk.finding);
            self.findings.push(first);
        }
    }
}

/// The most sequences that are open at once, those included that wait.
const MAX_OPEN: usize = 256;
/// How long a sequence may go on when the time is up: a long one on a slow server takes minutes.
const GRACE: Duration = Duration::from_secs(10);
/// How many findings are shrunk at once that take real time to repeat, beside one that does not.
const SLOW_SHRINKERS: usize = 2;

/// One thing that a campaign does beside others.
enum Work<F> {
    Sequence(u64, Vec<Step>),
    Shrinking {
        candidate: Candidate<F>,
        left: Duration,
        /// Whether it takes real time.
        is_slow: bool,
    },
}

/// Its result.
enum Done<F> {
    Sequence(Sequence<F>),
    /// A sequence that was not finished long after the time was up.
    Abandoned,
    /// What was shrunk, and what it was before.
    Shrunk {
        found: Found<F>,
        before: F,
        is_slow: bool,
    },
}

/// Runs a campaign. `state` has its progress and its findings at any moment, so that whoever ends it early keeps them.
///
/// # Errors
/// When the target cannot be called, for a reason that lies in the suite.
pub async fn run<T: Trial>(
    trial: &T,
    plan: &CampaignPlan,
    state: &Mutex<CampaignState<T::Found>>,
) -> Result<(), String> {
    let began = Instant::now();
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let search = Search::new(trial, plan);
    // Situations are what the generator aims at.
    lock().progress.impossible =
        if plan.source.is_endless() { trial.impossible() } else { CoverageEvent::ALL.to_vec() };
    let mut agenda = Agenda::new(plan, &lock().progress.impossible);
    let turns = trial.turns();
    turns.open(plan.jobs.max(1));
    let mut running = FuturesUnordered::new();
    let (mut sequences, mut is_shrinking, mut slow_shrinkers, mut ended_at) = (0, false, 0, None);
    loop {
        let is_enough = plan.fail_fast && search.has_found();
        let is_over = is_enough || search.left().is_zero() || !agenda.has_more();
        if sequences == 0 && is_over && ended_at.is_none() {
            ended_at = Some(Instant::now());
            search.give_up_repetitions();
        }
        let left = ended_at.map_or(Duration::MAX, |ended_at| plan.shrinking.time.saturating_sub(ended_at.elapsed()));
        if !is_shrinking && let Some(candidate) = search.next_candidate(false) {
            running.push(work(&search, Work::Shrinking { candidate, left, is_slow: false }));
            is_shrinking = true;
        }
        if slow_shrinkers < SLOW_SHRINKERS
            && let Some(candidate) = search.next_candidate(true)
        {
            running.push(work(&search, Work::Shrinking { candidate, left, is_slow: true }));
            slow_shrinkers += 1;
        }
        let done = tokio::select! {
            biased;
            Some(done) = running.next() => Some(done),
            () = turns.take(), if !is_over && sequences < MAX_OPEN => {
                let number = agenda.next(&lock().progress.coverage);
                let steps = plan.source.steps(plan.seed, number)?;
                if search.waits_too_long(&steps) {
                    agenda.leave_out();
                    turns.give_back();
                    // The time may be up before any other sequence is done.
                    tokio::task::yield_now().await;
                } else {
                    running.push(work(&search, Work::Sequence(number, steps)));
                    sequences += 1;
                }
                continue;
            }
            else => None,
        };
        match done {
            None => return Ok(()),
            Some(Err(reason)) => return Err(reason),
            Some(Ok(Done::Sequence(sequence))) => {
                sequences -= 1;
                turns.give_back();
                // What is called may always answer at once; whoever shows the progress gets a turn here.
                tokio::task::yield_now().await;
                let mut state = lock();
                state.pending.extend(sequence.new);
                state.progress.add(&sequence.tried, began.elapsed());
                if let (Kind::Aimed(event), _) = Kind::of(sequence.number) {
                    *state.progress.aimed.entry(event).or_default() += 1;
                }
                if let Some(family) = sequence.family {
                    *state.progress.families.entry(family).or_default() += 1;
                }
                for (what, steps) in sequence.lacking {
                    *state.progress.lacking.entry(what).or_default() += steps;
                }
                for id in sequence.known {
                    *state.known.entry(id).or_default() += 1;
                }
                state.note_unanswered(sequence.unanswered);
                if plan.fail_fast && search.has_found() {
                    // The other sequences are not finished: what they might find does not count.
                    running.clear();
                    (sequences, is_shrinking, slow_shrinkers) = (0, false, 0);
                }
            }
            Some(Ok(Done::Abandoned)) => {
                sequences -= 1;
                turns.give_back();
            }
            Some(Ok(Done::Shrunk { found, before, is_slow })) => {
                if is_slow {
                    slow_shrinkers -= 1;
                } else {
                    is_shrinking = false;
                }
                let mut state = lock();
                let symptom = T::symptom(&before);
                state.pending.retain(|pending| T::symptom(&pending.shrunk.finding) != symptom);
                if let Some(id) = search.judge_shrunk(&symptom, found, &mut state.findings) {
                    *state.known.entry(id).or_default() += 1;
                }
                if plan.fail_fast && !state.findings.is_empty() {
                    return Ok(());
                }
            }
        }
    }
}

async fn work<T: Trial>(search: &Search<'_, T>, work: Work<T::Found>) -> Result<Done<T::Found>, String> {
    match work {
        Work::Sequence(number, steps) => {
            let within = search.left().saturating_add(GRACE);
            match tokio::time::timeout(within, search.perform(number, steps)).await {
                Ok(sequence) => Ok(Done::Sequence(sequence?)),
                Err(_) => Ok(Done::Abandoned),
            }
        }
        Work::Shrinking { candidate: Candidate { sequence, steps, finding }, left, is_slow } => {
            let began = Instant::now();
            let limits = search.plan().shrinking;
            let limits = ShrinkLimits { time: limits.time.min(left), ..limits };
            let shrunk = shrink(search.trial(), &steps, finding.clone(), &search.passed_over(), limits).await?;
            let shrinking_seconds = began.elapsed().as_secs_f64();
            let found = Found { sequence, steps: steps.len(), shrunk, shrinking_seconds };
            Ok(Done::Shrunk { found, before: finding, is_slow })
        }
    }
}
