//! Runs cases beside each other and tells what happens as a stream of events. What failed is run again, to tell what
//! fails every time from what fails by chance.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};

use crate::attempt::{Attempt, attempt};
use crate::case::{Case, CaseReport, Stability, Stage, Status};
use crate::event::Event;
use crate::gate::Gate;
use crate::targets as target;
use crate::world::{CaseSlot, CaseSlots, Run};

/// How long a target that gave no answer may take to give one before it counts as dead.
const REVIVAL_TIMEOUT: Duration = Duration::from_secs(10);
/// Events that wait for a slow report.
const EVENT_QUEUE: usize = 64;
/// Cases that may be under way beside those that act, because they only wait for time to pass.
const MAX_WAITING: usize = 48;

/// What to run and how.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// The cases, in the order in which they start.
    pub cases: Vec<&'static Case>,
    /// How many act at one time, at least 1. What only waits for time to pass does not count.
    pub jobs: usize,
    /// How long each run of a case may take.
    pub deadline: Duration,
    /// How often a case that is not in order is run again, at most.
    pub reruns: u32,
    /// What breaks the run: it says when to end early, and which passing cases are looked at twice.
    pub gate: Gate,
}

/// Starts the plan on a task of its own. The stream ends after the last event; dropping it ends the run. When
/// `interrupt` becomes true, what has not finished is told as not run.
#[must_use]
pub fn start(run: Arc<Run>, plan: RunPlan, interrupt: watch::Receiver<bool>) -> mpsc::Receiver<Event> {
    let (events, stream) = mpsc::channel(EVENT_QUEUE);
    tokio::spawn(async move {
        let RunPlan { cases, jobs, deadline, reruns, gate } = plan;
        let deadline = run.pace.scaled(deadline);
        let mut runner = Runner { run, deadline, reruns, gate, events, interrupt, ended: None };
        let jobs = jobs.max(1);
        for (stage, jobs, waiting) in
            [(Stage::Main, jobs, MAX_WAITING), (Stage::Alone, 1, 0), (Stage::Closing, jobs, 0)]
        {
            let cases = cases.iter().copied().filter(|case| case.stage == stage);
            runner.run_all(cases, jobs, jobs + waiting).await;
        }
    });
    stream
}

struct Runner {
    run: Arc<Run>,
    deadline: Duration,
    reruns: u32,
    gate: Gate,
    events: mpsc::Sender<Event>,
    interrupt: watch::Receiver<bool>,
    /// Why nothing further is started.
    ended: Option<String>,
}

/// The cases of a stage.
#[derive(Default)]
struct StageState {
    /// What is to be run, in that order.
    due: VecDeque<QueuedCase>,
    tasks: JoinSet<Attempt>,
    /// What is under way.
    running: Vec<Running>,
}

/// A run of a case that is still to come.
struct QueuedCase {
    case: &'static Case,
    /// Runs of the case before this one.
    number: u32,
    /// What they came to.
    before: Option<CaseReport>,
}

struct Running {
    id: Id,
    due: QueuedCase,
    started: Instant,
    turn: Arc<CaseSlot>,
}

impl Runner {
    /// Runs the cases; so many act at one time, and no more than `most` are under way.
    async fn run_all(&mut self, cases: impl Iterator<Item = &'static Case>, jobs: usize, most: usize) {
        let due = |case| QueuedCase { case, number: 0, before: None };
        let mut slots = StageState { due: cases.map(due).collect(), ..StageState::default() };
        let turns = CaseSlots::new(jobs);
        while self.ended.is_none() && !(slots.due.is_empty() && slots.tasks.is_empty()) {
            let may_start = !slots.due.is_empty() && slots.running.len() < most;
            tokio::select! {
                turn = turns.next(), if may_start => self.start_next(turn, &mut slots).await,
                Some(finished) = slots.tasks.join_next_with_id() => self.take(finished, &mut slots).await,
                () = interrupted(&mut self.interrupt) => self.abort("the run was interrupted".to_owned()).await,
            }
        }
        let Some(reason) = self.ended.clone() else { return };
        slots.tasks.shutdown().await;
        // Where only a repetition was cut off, what the case came to before stands.
        for Running { due: QueuedCase { case, before, .. }, .. } in slots.running {
            let reason = format!("{reason} (this case was under way)");
            self.tell(before.unwrap_or_else(|| CaseReport::without_run(case, Status::NotRun, reason))).await;
        }
        for QueuedCase { case, before, .. } in slots.due {
            self.tell(before.unwrap_or_else(|| CaseReport::without_run(case, Status::NotRun, reason.clone()))).await;
        }
    }

    /// Starts the next run of a case with that turn.
    async fn start_next(&mut self, turn: CaseSlot, slots: &mut StageState) {
        while let Some(due) = slots.due.pop_front() {
            if let Some(report) = self.without_run(due.case) {
                self.tell(report).await;
                continue;
            }
            if due.number == 0 {
                let _ = self.events.send(Event::Started(due.case)).await;
            }
            let turn = Arc::new(turn);
            let run = attempt(Arc::clone(&self.run), due.case, due.number, self.deadline, Arc::clone(&turn));
            let id = slots.tasks.spawn(run).id();
            slots.running.push(Running { id, due, started: Instant::now(), turn });
            return;
        }
    }

    /// The report of a case that this target has no place for.
    fn without_run(&self, case: &'static Case) -> Option<CaseReport> {
        let missing = case.missing(&self.run.target.capabilities);
        if missing.is_empty() {
            return None;
        }
        let names: Vec<&str> = missing.iter().map(|capability| capability.name()).collect();
        let reason = format!("the target does not have {}", names.join(", "));
        Some(CaseReport::without_run(case, Status::NotApplicable, reason))
    }

    async fn take(&mut self, finished: Result<(Id, Attempt), JoinError>, slots: &mut StageState) {
        let id = match &finished {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some(place) = slots.running.iter().position(|running| running.id == id) else { return };
        let Running { due: QueuedCase { case, number, before }, started, .. } = slots.running.remove(place);
        let attempt = finished.map_or_else(|error| Attempt::panicked(case, started, &error), |(_, attempt)| attempt);
        if attempt.dropped
            && attempt.report.status != Status::Passed
            && !target::is_alive(&self.run.target.base, self.run.pace.scaled(REVIVAL_TIMEOUT)).await
        {
            let last_words = attempt.report.failures.first().map(ToString::to_string).unwrap_or_default();
            let acting = slots.running.iter().filter(|running| running.turn.is_held());
            let suspects: Vec<&str> = acting.map(|running| running.due.case.id).chain([case.id]).collect();
            let reason = format!("the target at {} died while {} ran", self.run.target.base, suspects.join(", "));
            self.abort(reason).await;
            let reason = format!("the target died while this case ran: {last_words}");
            let dead = CaseReport { reason: Some(reason), status: Status::NotRun, ..attempt.report };
            self.tell(before.unwrap_or(dead)).await;
            return;
        }
        let report = match before {
            None => attempt.report,
            Some(before) => before.with_rerun(attempt.report),
        };
        if number < self.reruns && self.is_worth_a_rerun(&report) {
            let _ = self.events.send(Event::Repeating(case)).await;
            // At once, beside others as before: alone it might pass for want of company.
            slots.due.push_front(QueuedCase { case, number: number + 1, before: Some(report) });
            return;
        }
        let breaks = self.gate.breaks(&report);
        self.tell(report).await;
        if breaks && self.gate.fail_fast && self.ended.is_none() {
            self.ended = Some(format!("the run ended with the failure of {} (--fail-fast)", case.id));
        }
    }

    /// A failure, or a case that is listed as failing and did not. A closing case only reads what others have heard,
    /// and would read the same again.
    fn is_worth_a_rerun(&self, report: &CaseReport) -> bool {
        let is_open = match report.status {
            Status::Failed | Status::Warned => true,
            Status::Passed => self.gate.lists(report.case.id),
            Status::Skipped | Status::NotApplicable | Status::NotRun => false,
        };
        let is_known = report.fault || report.stability() == Some(Stability::Flaky);
        is_open && !is_known && report.case.stage != Stage::Closing && self.ended.is_none()
    }

    async fn abort(&mut self, reason: String) {
        let _ = self.events.send(Event::Aborted(reason.clone())).await;
        self.ended = Some(reason);
    }

    /// Nobody listening means that the run is over; there is nobody to tell it.
    async fn tell(&mut self, report: CaseReport) {
        if self.events.send(Event::Finished(Box::new(report))).await.is_err() {
            self.ended = Some("nobody listens".to_owned());
        }
    }
}

async fn interrupted(interrupt: &mut watch::Receiver<bool>) {
    if interrupt.wait_for(|interrupted| *interrupted).await.is_err() {
        // Nobody can interrupt any more.
        std::future::pending::<()>().await;
    }
}
