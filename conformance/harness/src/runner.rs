//! Runs cases concurrently and reports what happens as a stream of events. Cases that failed are run again, to
//! distinguish those that always fail from those that fail sometimes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};

use crate::attempt::{Attempt, attempt};
use crate::blocker::Blockers;
use crate::case::{Case, CaseReport, Stability, Stage, Status, not_known};
use crate::event::Event;
use crate::gate::Gate;
use crate::targets as target;
use crate::world::{CaseSlot, CaseSlots, Run};

/// How long a target that did not answer may take to answer again before it counts as dead.
const REVIVAL_TIMEOUT: Duration = Duration::from_secs(10);
/// Events that are buffered for a slow report.
const EVENT_QUEUE: usize = 64;
/// Cases that may be running in addition to the active ones, because they only wait for time to pass.
const MAX_WAITING: usize = 48;

/// What to run and how.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// The cases, in the order in which they start.
    pub cases: Vec<&'static Case>,
    /// How many are active at the same time, at least 1. Cases that only wait for time to pass do not count.
    pub jobs: usize,
    /// How long each run of a case may take.
    pub deadline: Duration,
    /// How often a case that failed is run again, at most.
    pub reruns: u32,
    /// The core operations of the target that do not work at all. By default, none is looked for.
    pub blockers: Blockers,
    /// What makes the run fail. It decides when to end early and which passing cases are run twice.
    pub gate: Gate,
}

/// Starts the plan in a new task. The stream ends after the last event, and dropping it ends the run. When
/// `interrupt` becomes true, cases that have not finished are reported as not run.
#[must_use]
pub fn start(run: Arc<Run>, plan: RunPlan, interrupt: watch::Receiver<bool>) -> mpsc::Receiver<Event> {
    let (events, stream) = mpsc::channel(EVENT_QUEUE);
    tokio::spawn(async move {
        let RunPlan { cases, jobs, deadline, reruns, blockers, gate } = plan;
        let deadline = run.pace.scaled(deadline);
        let blockers = Arc::new(blockers);
        let mut runner = Runner { run, deadline, reruns, blockers, gate, events, interrupt, ended: None };
        let jobs = jobs.max(1);
        for (stage, jobs, waiting) in
            [(Stage::Main, jobs, MAX_WAITING), (Stage::Alone, 1, 0), (Stage::Closing, jobs, 0)]
        {
            let is_due = |of: Stage| of == stage || (of.is_concurrent() && stage.is_concurrent());
            let cases = cases.iter().copied().filter(|case| is_due(case.stage));
            runner.run_all(cases, jobs, jobs + waiting).await;
        }
        if let Some(blocker) = runner.blockers.found_late() {
            let _ = runner.events.send(Event::Blocker(Box::new(blocker.clone()))).await;
        }
    });
    stream
}

struct Runner {
    run: Arc<Run>,
    deadline: Duration,
    reruns: u32,
    blockers: Arc<Blockers>,
    gate: Gate,
    events: mpsc::Sender<Event>,
    interrupt: watch::Receiver<bool>,
    /// Why no further case is started.
    ended: Option<String>,
}

/// The cases of a stage.
#[derive(Default)]
struct StageState {
    /// The runs still to be started, in that order.
    due: VecDeque<QueuedCase>,
    tasks: JoinSet<Attempt>,
    /// The runs that have started and not ended.
    running: Vec<Running>,
}

/// A run of a case that has not started yet.
struct QueuedCase {
    case: &'static Case,
    /// How many runs of the case came before this one.
    number: u32,
    /// The report of the earlier runs.
    before: Option<CaseReport>,
}

struct Running {
    id: Id,
    due: QueuedCase,
    started: Instant,
    slot: Arc<CaseSlot>,
}

impl Runner {
    /// Runs the cases. At most `jobs` of them are active and at most `most` are running at the same time.
    async fn run_all(&mut self, cases: impl Iterator<Item = &'static Case>, jobs: usize, most: usize) {
        let due = |case| QueuedCase { case, number: 0, before: None };
        let mut stage = StageState { due: cases.map(due).collect(), ..StageState::default() };
        let slots = CaseSlots::new(jobs);
        while self.ended.is_none() && !(stage.due.is_empty() && stage.tasks.is_empty()) {
            let may_start = !stage.due.is_empty() && stage.running.len() < most;
            tokio::select! {
                slot = slots.next(), if may_start => self.start_next(slot, &mut stage).await,
                Some(finished) = stage.tasks.join_next_with_id() => self.take(finished, &mut stage).await,
                () = interrupted(&mut self.interrupt) => self.abort("the run was interrupted".to_owned()).await,
            }
        }
        let Some(reason) = self.ended.clone() else { return };
        stage.tasks.shutdown().await;
        // Where only a rerun was cut off, the earlier report of the case stays.
        for Running { due: QueuedCase { case, before, .. }, .. } in stage.running {
            let reason = format!("{reason} (this case was under way)");
            self.send(before.unwrap_or_else(|| CaseReport::without_run(case, Status::NotRun, reason))).await;
        }
        for QueuedCase { case, before, .. } in stage.due {
            self.send(before.unwrap_or_else(|| CaseReport::without_run(case, Status::NotRun, reason.clone()))).await;
        }
    }

    /// Starts the next run of a case in that slot.
    async fn start_next(&mut self, slot: CaseSlot, stage: &mut StageState) {
        while let Some(due) = stage.due.pop_front() {
            if let Some(report) = self.without_run(due.case) {
                self.send(report).await;
                continue;
            }
            if due.number == 0 {
                let _ = self.events.send(Event::Started(due.case)).await;
            }
            let slot = Arc::new(slot);
            let (run, blockers) = (Arc::clone(&self.run), Arc::clone(&self.blockers));
            let run = attempt(run, due.case, due.number, self.deadline, Arc::clone(&slot), blockers);
            let id = stage.tasks.spawn(run).id();
            stage.running.push(Running { id, due, started: Instant::now(), slot });
            return;
        }
    }

    /// The report of a case that does not apply to this target.
    fn without_run(&self, case: &'static Case) -> Option<CaseReport> {
        let missing = case.missing(&self.run.target.capabilities);
        if missing.is_empty() {
            return None;
        }
        let names: Vec<&str> = missing.iter().map(|capability| capability.name()).collect();
        let reason = match missing.iter().all(|capability| self.run.target.undecided.contains(capability)) {
            true => not_known(&self.run.target.capabilities, &names),
            false => format!("the target does not have {}", names.join(", ")),
        };
        Some(CaseReport::without_run(case, Status::NotApplicable, reason))
    }

    async fn take(&mut self, finished: Result<(Id, Attempt), JoinError>, stage: &mut StageState) {
        let id = match &finished {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some(place) = stage.running.iter().position(|running| running.id == id) else { return };
        let Running { due: QueuedCase { case, number, before }, started, .. } = stage.running.remove(place);
        let attempt = finished.map_or_else(|error| Attempt::panicked(case, started, &error), |(_, attempt)| attempt);
        if attempt.dropped
            && attempt.report.status != Status::Passed
            && !target::is_alive(&self.run.target.base, self.run.pace.scaled(REVIVAL_TIMEOUT)).await
        {
            let last_words = attempt.report.failures.first().map(ToString::to_string).unwrap_or_default();
            let acting = stage.running.iter().filter(|running| running.slot.is_held());
            let suspects: Vec<&str> = acting.map(|running| running.due.case.id).chain([case.id]).collect();
            let reason = format!("the target at {} died while {} ran", self.run.target.base, suspects.join(", "));
            self.abort(reason).await;
            let reason = format!("the target died while this case ran: {last_words}");
            let dead = CaseReport { reason: Some(reason), status: Status::NotRun, ..attempt.report };
            self.send(before.unwrap_or(dead)).await;
            return;
        }
        let report = match before {
            None => attempt.report,
            Some(before) => before.with_rerun(attempt.report),
        };
        if number < self.reruns && self.is_worth_a_rerun(&report) {
            let _ = self.events.send(Event::Repeating(case)).await;
            // At once and beside other cases, as before: run alone it might pass, because nothing interferes with it.
            stage.due.push_front(QueuedCase { case, number: number + 1, before: Some(report) });
            return;
        }
        let breaks = self.gate.breaks(&report);
        self.send(report).await;
        if breaks && self.gate.fail_fast && self.ended.is_none() {
            self.ended = Some(format!("the run ended with the failure of {} (--fail-fast)", case.id));
        }
    }

    /// Whether the report is a failure, or a pass of a case that the baseline lists as failing. A closing case only reads
    /// the answers of other cases and would read the same ones again.
    fn is_worth_a_rerun(&self, report: &CaseReport) -> bool {
        let is_open = match report.status {
            Status::Failed | Status::Warned => true,
            Status::Passed => self.gate.lists(report.case.id),
            Status::Blocked | Status::Skipped | Status::NotApplicable | Status::NotRun => false,
        };
        let is_known = report.fault || report.stability() == Some(Stability::Flaky);
        is_open && !is_known && report.case.stage != Stage::Closing && self.ended.is_none()
    }

    async fn abort(&mut self, reason: String) {
        let _ = self.events.send(Event::Aborted(reason.clone())).await;
        self.ended = Some(reason);
    }

    /// Sends a report. When the receiver is gone, the run ends.
    async fn send(&mut self, report: CaseReport) {
        if self.events.send(Event::Finished(Box::new(report))).await.is_err() {
            self.ended = Some("the receiver of the reports is gone".to_owned());
        }
    }
}

async fn interrupted(interrupt: &mut watch::Receiver<bool>) {
    if interrupt.wait_for(|interrupted| *interrupted).await.is_err() {
        // The sender is gone, so no interrupt can follow.
        std::future::pending::<()>().await;
    }
}
