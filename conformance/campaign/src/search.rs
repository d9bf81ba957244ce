//! The search of a campaign for faults: which symptoms it has met, and which findings are still to be shrunk.
//!
//! A sequence does not end at a symptom that was met before: it is performed again without the step that shows it, so
//! that what comes after that step is looked at, too, and the oracle is never unsure about the state of the target.
//! Different faults may have the same symptom. So a symptom that occurs again is shrunk again, as long as that keeps
//! leading to other faults.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::found::{Found, Shrunk};
use super::plan::CampaignPlan;
use super::trial::{Trial, TrialResult};
use crate::oracle::CoverageCounts;
use crate::sequence::{Step, WorkspaceRef};
use syncproof_protocol::family::Family;

/// How often one sequence is performed again, without the steps that show what was found before.
const MAX_PASSES: usize = 12;
/// After this many findings in a row that were nothing new, a symptom is not shrunk any more.
const BARREN: u32 = 3;

/// Of several findings of one fault, the lowest is reported: the shortest sequence says most, and of equal ones the one in
/// which users act in their own workspaces. Then the symptom decides, so that every campaign reports the same.
fn rank<T: Trial>(found: &Found<T::Found>) -> ([usize; 3], T::Symptom, String) {
    let steps = &found.shrunk.steps;
    let is_elsewhere = |step: &&Step| {
        step.at()
            .zip(step.by())
            .is_some_and(|(at, by)| at != WorkspaceRef::Home(by) && !matches!(at, WorkspaceRef::Made(_)))
    };
    let elsewhere = steps.iter().filter(is_elsewhere).count();
    let ops = steps.iter().map(|step| step.ops().len()).sum();
    ([steps.len(), elsewhere, ops], T::symptom(&found.shrunk.finding), T::found_id(found))
}

/// A finding that is still to be shrunk.
pub(super) struct Candidate<F> {
    pub(super) sequence: u64,
    pub(super) steps: Vec<Step>,
    pub(super) finding: F,
}

/// Its steps up to the one that shows the finding.
fn performed<T: Trial>(candidate: &Candidate<T::Found>) -> &[Step] {
    let done = T::step(&candidate.finding).saturating_add(1).min(candidate.steps.len());
    &candidate.steps[..done]
}

/// A sequence that was performed.
pub(super) struct Sequence<F> {
    pub(super) number: u64,
    /// From which it drew its values.
    pub(super) family: Option<Family>,
    pub(super) tried: TrialResult<F>,
    /// Steps that were left out beforehand, by what the target does not have.
    pub(super) lacking: BTreeMap<String, u64>,
    /// What it has shown for the first time.
    pub(super) new: Vec<Found<F>>,
    /// The ids of known findings that it has shown.
    pub(super) known: BTreeSet<String>,
    /// The first finding without an answer.
    pub(super) unanswered: Option<Found<F>>,
}

/// Whether a symptom was met before.
pub(super) enum Meeting {
    New,
    Again,
    /// It is on the list of what is known, under that id.
    Known(String),
}

/// What is known about a symptom.
struct Record {
    /// Its id on the list of what is known: it is not shrunk again.
    known_as: Option<String>,
    /// Whether it is being shrunk, or waits for that.
    is_pending: bool,
    /// How many times in a row shrinking it led to nothing new.
    barren: u32,
}

struct Met<T: Trial> {
    records: BTreeMap<T::Symptom, Record>,
    symptoms: Arc<BTreeSet<T::Symptom>>,
    /// What shows a symptom for the first time.
    new: VecDeque<Candidate<T::Found>>,
    /// What shows one that was shrunk before.
    again: Option<Candidate<T::Found>>,
    /// What was shrunk, and is not known: a group for each fault, as far as that shows.
    groups: Vec<Vec<Found<T::Found>>>,
    /// The known findings that were met.
    known: Vec<Found<T::Found>>,
    has_found: bool,
}

/// The search for faults on one target.
pub(super) struct Search<'a, T: Trial> {
    trial: &'a T,
    plan: &'a CampaignPlan,
    began: Instant,
    met: RefCell<Met<T>>,
}

impl<'a, T: Trial> Search<'a, T> {
    pub(super) fn new(trial: &'a T, plan: &'a CampaignPlan) -> Self {
        let (records, symptoms) = (BTreeMap::new(), Arc::default());
        let (new, groups, known) = (VecDeque::new(), Vec::new(), Vec::new());
        let met = Met { records, symptoms, new, again: None, groups, known, has_found: false };
        Search { trial, plan, began: Instant::now(), met: RefCell::new(met) }
    }

    pub(super) fn trial(&self) -> &T {
        self.trial
    }

    pub(super) fn plan(&self) -> &CampaignPlan {
        self.plan
    }

    /// Whether anything was found that is not known.
    pub(super) fn has_found(&self) -> bool {
        self.met.borrow().has_found
    }

    /// The symptoms that were met.
    pub(super) fn passed_over(&self) -> Arc<BTreeSet<T::Symptom>> {
        Arc::clone(&self.met.borrow().symptoms)
    }

    /// The next finding to shrink: one that takes real time to repeat, or one that does not. The shortest comes first.
    pub(super) fn next_candidate(&self, waits: bool) -> Option<Candidate<T::Found>> {
        let met = &mut *self.met.borrow_mut();
        let is_slow = |candidate: &Candidate<T::Found>| {
            !self.trial.can_skip_time() && performed::<T>(candidate).iter().any(Step::is_wait)
        };
        let fitting = met.new.iter().enumerate().filter(|(_, candidate)| is_slow(candidate) == waits);
        let next = fitting.min_by_key(|(_, candidate)| performed::<T>(candidate).len()).map(|(place, _)| place);
        match next {
            Some(place) => met.new.remove(place),
            None if waits => None,
            None => met.again.take(),
        }
    }

    /// Drops what shows a symptom that was shrunk before: the campaign is over.
    pub(super) fn give_up_repetitions(&self) {
        self.met.borrow_mut().again = None;
    }

    /// How much time is left.
    pub(super) fn left(&self) -> Duration {
        self.plan.time.saturating_sub(self.began.elapsed())
    }

    /// Whether the steps wait for longer than there is time. Sequences that are known beforehand are performed all the same.
    pub(super) fn waits_too_long(&self, steps: &[Step]) -> bool {
        let seconds = |step: &Step| if let Step::Wait { seconds } = step { u64::from(*seconds) } else { 0 };
        let waiting = Duration::from_secs(steps.iter().map(seconds).sum());
        self.plan.source.is_endless() && !self.trial.can_skip_time() && waiting > self.left()
    }

    /// Performs the sequence with that number and these steps.
    ///
    /// # Errors
    /// When the target cannot be called, for a reason that lies in the suite.
    pub(super) async fn perform(&self, number: u64, mut steps: Vec<Step>) -> Result<Sequence<T::Found>, String> {
        let source = &self.plan.source;
        let mut lacking = BTreeMap::new();
        steps.retain(|step| match self.trial.lacks(step) {
            None => true,
            Some(what) => {
                *lacking.entry(what).or_default() += 1;
                false
            }
        });
        let coverage = CoverageCounts::default();
        let tried = TrialResult { found: None, coverage, requests: 0, left_out: 0, diverged: false };
        let family = source.family(number);
        let mut sequence =
            Sequence { number, family, tried, lacking, new: Vec::new(), known: BTreeSet::new(), unanswered: None };
        let (mut shown, mut is_unanswered) = (BTreeSet::new(), false);
        for pass in 0..MAX_PASSES {
            let tried = self.trial.attempt(&steps, &self.passed_over()).await?;
            sequence.tried.requests += tried.requests;
            sequence.tried.diverged |= tried.diverged;
            if pass == 0 {
                sequence.tried.left_out = tried.left_out;
                // Steps that were left out beforehand only make it less.
                source.performed(number, tried.found.as_ref().map_or(usize::MAX, T::step));
            }
            let Some(finding) = tried.found else {
                sequence.tried.coverage.add(&tried.coverage);
                break;
            };
            if pass + 1 == MAX_PASSES {
                sequence.tried.coverage.add(&tried.coverage);
            }
            let (step, symptom) = (T::step(&finding), T::symptom(&finding));
            let candidate = || Candidate { sequence: number, steps: steps.clone(), finding: finding.clone() };
            let found = || {
                let done = step.saturating_add(1).min(steps.len());
                let shrunk = Shrunk::untried(&steps[..done], finding.clone());
                Found { sequence: number, steps: steps.len(), shrunk, shrinking_seconds: 0.0 }
            };
            if T::is_unanswered(&finding) && sequence.unanswered.is_none() {
                sequence.unanswered = Some(found());
            }
            match self.meet(&symptom, candidate) {
                Meeting::Known(id) => drop(sequence.known.insert(id)),
                Meeting::New => sequence.new.push(found()),
                Meeting::Again => {}
            }
            // After a second request without an answer the target is most likely gone.
            let is_gone = T::is_unanswered(&finding) && std::mem::replace(&mut is_unanswered, true);
            let is_over = is_gone || (self.plan.fail_fast && self.has_found()) || self.waits_too_long(&steps);
            if step >= steps.len() || is_over {
                sequence.tried.coverage.add(&tried.coverage);
                break;
            }
            let removed = steps.remove(step);
            if !shown.insert(symptom) {
                // It would show at the other steps of this kind, too.
                let kind = std::mem::discriminant(&removed);
                let mut place = 0;
                steps.retain(|later| {
                    place += 1;
                    place <= step || std::mem::discriminant(later) != kind
                });
            }
        }
        Ok(sequence)
    }

    /// Notes a symptom, and queues what shows it if that may lead to a fault that was not found yet.
    fn meet(&self, symptom: &T::Symptom, candidate: impl FnOnce() -> Candidate<T::Found>) -> Meeting {
        let met = &mut *self.met.borrow_mut();
        let Some(record) = met.records.get_mut(symptom) else {
            let known_as = Some(T::id(symptom)).filter(|id| self.plan.known.contains(id));
            Arc::make_mut(&mut met.symptoms).insert(symptom.clone());
            // What is known is shrunk, too: it tells which other symptoms are due to the same fault.
            met.has_found |= known_as.is_none();
            met.new.push_back(candidate());
            let meeting = known_as.clone().map_or(Meeting::New, Meeting::Known);
            met.records.insert(symptom.clone(), Record { known_as, is_pending: true, barren: 0 });
            return meeting;
        };
        if record.is_pending
            && let Some(waiting) = met.new.iter_mut().find(|waiting| T::symptom(&waiting.finding) == *symptom)
        {
            // A shorter sequence is shrunk sooner, and nobody has begun with the longer one.
            let shorter = candidate();
            if performed::<T>(&shorter).len() < performed::<T>(waiting).len() {
                *waiting = shorter;
            }
        } else if record.known_as.is_none() && !record.is_pending && record.barren < BARREN && met.again.is_none() {
            record.is_pending = true;
            met.again = Some(candidate());
        }
        record.known_as.clone().map_or(Meeting::Again, Meeting::Known)
    }

    /// Adds what was shrunk to the findings, unless the fault is among them. `symptom` is what it showed before it was
    /// shrunk. Returns its id, if it turns out to be on the list of what is known only now.
    pub(super) fn judge_shrunk(
        &self,
        symptom: &T::Symptom,
        found: Found<T::Found>,
        findings: &mut Vec<Found<T::Found>>,
    ) -> Option<String> {
        let met = &mut *self.met.borrow_mut();
        let id = T::found_id(&found);
        // Other faults may have the same symptom, unless the id stands for all of it.
        let stands_for_all = id == T::id(symptom);
        let is_same = |other: &Found<T::Found>| T::is_same_fault(other, &found) || T::found_id(other) == id;
        let is_of_known = met.known.iter().any(&is_same);
        let is_new = !is_of_known && !met.groups.iter().flatten().any(&is_same);
        let shown_now = Some(id.clone()).filter(|id| self.plan.known.contains(id));
        let (mut was_known, mut is_known) = (false, shown_now.is_some());
        if let Some(record) = met.records.get_mut(symptom) {
            was_known = record.known_as.is_some();
            is_known |= was_known;
            record.is_pending = false;
            record.barren = if is_new { 0 } else { record.barren + 1 };
            record.known_as = record.known_as.take().or_else(|| shown_now.clone().filter(|_| stands_for_all));
        }
        let place = met.groups.iter().position(|group| group.iter().any(&is_same)).unwrap_or(met.groups.len());
        // It may show that what looked like several faults is one.
        let mut same: Vec<_> = met.groups.extract_if(.., |group| group.iter().any(&is_same)).flatten().collect();
        if is_known || (is_of_known && same.is_empty()) {
            // What is due to a known fault is known.
            met.known.extend(same);
            met.known.push(found);
            met.has_found &= !met.groups.is_empty() || met.records.values().any(|record| record.is_pending);
        } else {
            if !same.iter().any(|other| T::found_id(other) == id && rank::<T>(other) <= rank::<T>(&found)) {
                same.push(found);
            }
            met.groups.insert(place, same);
        }
        findings.clear();
        findings
            .extend(met.groups.iter().filter_map(|group| group.iter().min_by_key(|found| rank::<T>(found)).cloned()));
        shown_now.filter(|_| !was_known)
    }
}
