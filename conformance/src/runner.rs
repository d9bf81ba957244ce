//! Runs cases beside each other, each within its deadline, and tells what happens as a stream of events.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinSet};

use crate::case::{Case, CaseReport, Stage, Status};
use crate::event::Event;
use crate::failure::{Failure, Phase, Stop};
use crate::requirement::{self, Level};
use crate::target;
use crate::world::{Context, Run};

/// How long a target that gave no answer may take to give one before it counts as dead.
const REVIVAL_TIMEOUT: Duration = Duration::from_secs(10);
/// Events that wait for a slow report.
const EVENT_QUEUE: usize = 64;

/// What to run and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The cases, in the order in which they start.
    pub cases: Vec<&'static Case>,
    /// How many run beside each other, at least 1.
    pub jobs: usize,
    /// How long each may take.
    pub deadline: Duration,
}

/// Starts the plan on a task of its own. The stream ends after the last event; dropping it ends the run. When
/// `interrupt` becomes true, what has not finished is told as not run.
#[must_use]
pub fn start(run: Arc<Run>, plan: Plan, interrupt: watch::Receiver<bool>) -> mpsc::Receiver<Event> {
    let (events, stream) = mpsc::channel(EVENT_QUEUE);
    tokio::spawn(async move {
        let mut runner = Runner { run, deadline: plan.deadline, events, interrupt, aborted: None };
        for stage in [Stage::Main, Stage::Closing] {
            let cases = plan.cases.iter().copied().filter(|case| case.stage == stage);
            runner.run_all(cases, plan.jobs.max(1)).await;
        }
    });
    stream
}

struct Runner {
    run: Arc<Run>,
    deadline: Duration,
    events: mpsc::Sender<Event>,
    interrupt: watch::Receiver<bool>,
    aborted: Option<String>,
}

type Running = Vec<(Id, &'static Case, Instant)>;

impl Runner {
    async fn run_all(&mut self, cases: impl Iterator<Item = &'static Case>, jobs: usize) {
        let mut tasks = JoinSet::new();
        let mut running: Running = Vec::new();
        let mut cases = cases;
        loop {
            while self.aborted.is_none() && tasks.len() < jobs {
                let Some(case) = cases.next() else { break };
                if let Some(report) = self.without_run(case) {
                    self.tell(report).await;
                    continue;
                }
                let _ = self.events.send(Event::Started(case)).await;
                let handle = tasks.spawn(attempt(Arc::clone(&self.run), case, self.deadline));
                running.push((handle.id(), case, Instant::now()));
            }
            if self.aborted.is_some() {
                break;
            }
            tokio::select! {
                finished = tasks.join_next_with_id() => match finished {
                    None => return,
                    Some(finished) => self.take(finished, &mut running).await,
                },
                () = interrupted(&mut self.interrupt) => self.abort("the run was interrupted".to_owned()).await,
            }
        }
        tasks.shutdown().await;
        let reason = self.aborted.clone().unwrap_or_default();
        for case in running.into_iter().map(|(_, case, _)| case) {
            let reason = format!("{reason} (this case was under way)");
            self.tell(CaseReport::without_run(case, Status::NotRun, reason)).await;
        }
        for case in cases {
            self.tell(CaseReport::without_run(case, Status::NotRun, reason.clone())).await;
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

    async fn take(&mut self, finished: Result<(Id, Attempt), tokio::task::JoinError>, running: &mut Running) {
        let id = match &finished {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let Some(place) = running.iter().position(|(other, ..)| *other == id) else { return };
        let (_, case, started) = running.remove(place);
        let attempt = finished.map_or_else(|error| Attempt::panicked(case, started, &error), |(_, attempt)| attempt);
        if attempt.dropped
            && attempt.report.status != Status::Passed
            && !target::is_alive(&self.run.target.base, REVIVAL_TIMEOUT).await
        {
            let last_words = attempt.report.failures.first().map(ToString::to_string).unwrap_or_default();
            let suspects: Vec<&str> = running.iter().map(|(_, case, _)| case.id).chain([case.id]).collect();
            let reason = format!("the target at {} died while {} ran", self.run.target.base, suspects.join(", "));
            self.abort(reason).await;
            let reason = format!("the target died while this case ran: {last_words}");
            let report = CaseReport { reason: Some(reason), status: Status::NotRun, ..attempt.report };
            self.tell(report).await;
            return;
        }
        self.tell(attempt.report).await;
    }

    async fn abort(&mut self, reason: String) {
        let _ = self.events.send(Event::Aborted(reason.clone())).await;
        self.aborted = Some(reason);
    }

    /// Nobody listening means that the run is over; there is nobody to tell it.
    async fn tell(&mut self, report: CaseReport) {
        if self.events.send(Event::Finished(Box::new(report))).await.is_err() {
            self.aborted = Some("nobody listens".to_owned());
        }
    }
}

async fn interrupted(interrupt: &mut watch::Receiver<bool>) {
    if interrupt.wait_for(|interrupted| *interrupted).await.is_err() {
        // Nobody can interrupt any more.
        std::future::pending::<()>().await;
    }
}

/// One run of one case.
struct Attempt {
    report: CaseReport,
    /// Whether a request got no answer.
    dropped: bool,
}

impl Attempt {
    fn panicked(case: &'static Case, started: Instant, error: &tokio::task::JoinError) -> Self {
        let failure = fault(case, error.to_string());
        Attempt { report: judged(case, started, vec![failure], true, 0), dropped: false }
    }
}

async fn attempt(run: Arc<Run>, case: &'static Case, deadline: Duration) -> Attempt {
    let started = Instant::now();
    let context = match Context::new(run, case.id) {
        Ok(context) => context,
        Err(error) => {
            return Attempt { report: judged(case, started, vec![fault(case, error)], true, 0), dropped: false };
        }
    };
    let outcome = tokio::time::timeout(deadline, (case.run)(context.clone())).await;
    let (requests, dropped) = (context.recorder().requests(), context.recorder().dropped());
    let mut failures = context.advice();
    let report = match outcome {
        Ok(Ok(())) => judged(case, started, failures, false, requests),
        Ok(Err(Stop::Skipped(reason))) if failures.is_empty() => CaseReport {
            duration: started.elapsed(),
            requests,
            ..CaseReport::without_run(case, Status::Skipped, reason)
        },
        Ok(Err(Stop::Skipped(_))) => judged(case, started, failures, false, requests),
        Ok(Err(Stop::Failed(failure))) => {
            failures.insert(0, *failure);
            judged(case, started, failures, false, requests)
        }
        Err(_) => {
            failures.insert(0, too_late(case, deadline, &context));
            judged(case, started, failures, false, requests)
        }
    };
    Attempt { report, dropped }
}

fn too_late(case: &'static Case, deadline: Duration, context: &Context) -> Failure {
    let last = context.recorder().last();
    let waiting = last.as_ref().map_or_else(
        || "no request was answered".to_owned(),
        |exchange| format!("the last answer came for {} {}", exchange.method, exchange.path),
    );
    let mut failure = Failure::new(
        case.requirements.first().copied().unwrap_or("http.no-5xx"),
        format!("the case is not at its end after {} s (--deadline)", deadline.as_secs()),
        "answers in time",
        format!("{} requests sent; {waiting}", context.recorder().requests()),
    );
    failure.exchange = last;
    failure
}

fn fault(case: &'static Case, what: String) -> Failure {
    let requirement = case.requirements.first().copied().unwrap_or("http.no-5xx");
    let mut failure = Failure::new(requirement, "a fault in the suite itself", "none", what);
    failure.phase = Phase::Setup;
    failure
}

fn judged(case: &'static Case, started: Instant, failures: Vec<Failure>, fault: bool, requests: u64) -> CaseReport {
    let status = match failures.iter().map(|failure| requirement::level(failure.requirement)).min() {
        None => Status::Passed,
        Some(Level::Must) => Status::Failed,
        Some(_) if fault => Status::Failed,
        Some(_) => Status::Warned,
    };
    CaseReport { case, status, failures, reason: None, fault, duration: started.elapsed(), requests }
}
