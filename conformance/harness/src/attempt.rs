//! One run of one case: enforces its deadline and makes its report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::blocker::Blockers;
use crate::case::{Case, CaseFuture, CaseReport, Status};
use crate::client::Transcript;
use crate::world::{CaseSlot, Context, Run, explained};
use syncproof_protocol::counted::counted;
use syncproof_protocol::failure::{Checked, Failure, Phase, Stop};
use syncproof_protocol::requirement::{self, Level};

/// How one run of one case ended.
pub(crate) struct Attempt {
    pub(crate) report: CaseReport,
    /// Whether a request got no answer.
    pub(crate) dropped: bool,
}

impl Attempt {
    /// A run that ended in a panic, which is a fault of the suite.
    pub(crate) fn panicked(case: &'static Case, started: Instant, error: &tokio::task::JoinError) -> Self {
        let failure = fault(case, error.to_string());
        Attempt { report: judged(case, started, vec![failure], true, 0), dropped: false }
    }
}

/// Runs the case once, within its deadline, while it holds a slot. `number` is 0 for the first run of the case and counts
/// the reruns.
pub(crate) async fn attempt(
    run: Arc<Run>,
    case: &'static Case,
    number: u32,
    deadline: Duration,
    slot: Arc<CaseSlot>,
    blockers: Arc<Blockers>,
) -> Attempt {
    let started = Instant::now();
    let context = match Context::of_attempt(Arc::clone(&run), case.id, case.homes, number, slot) {
        Ok(context) => context,
        Err(error) => {
            return Attempt { report: judged(case, started, vec![fault(case, error)], true, 0), dropped: false };
        }
    };
    let mut body = (case.run)(context.clone());
    let outcome = in_time(deadline, &context, &mut body).await;
    // Before the case is dropped, and with it what it waits for.
    let outcome = outcome.unwrap_or_else(|missed| Err(missed.stop(deadline, &context)));
    drop(body);
    context.restore_listed_users().await;
    let (requests, dropped) = (context.recorder().requests(), context.recorder().dropped());
    let mut failures = context.broken_shoulds();
    let report = match outcome {
        Ok(()) => judged(case, started, failures, false, requests),
        Err(Stop::Skipped(reason)) if failures.is_empty() => CaseReport {
            duration: started.elapsed(),
            requests,
            ..CaseReport::without_run(case, Status::Skipped, reason)
        },
        Err(Stop::Skipped(_)) => judged(case, started, failures, false, requests),
        Err(Stop::Failed(mut failure)) => {
            if failure.phase == Phase::Setup {
                explained(&mut failure, case.summary);
            }
            failures.insert(0, *failure);
            judged(case, started, failures, false, requests)
        }
    };
    let transcript = if report.failures.is_empty() { Transcript::default() } else { context.recorder().transcript() };
    Attempt { report: blockers.judged(&run, CaseReport { transcript, ..report }).await, dropped }
}

/// How a case missed its deadline.
enum DeadlineMissed {
    /// A request waits for an answer, and has done so for a large part of the deadline.
    Hangs,
    /// Every request is answered, and together they take too long: the server or the machine is slow, which breaks no rule.
    IsSlow,
}

impl DeadlineMissed {
    /// Of a case that misses it now.
    fn of(deadline: Duration, context: &Context) -> Self {
        let waits = context.recorder().unanswered().map(|open| Duration::from_millis(open.duration_ms));
        if waits.is_some_and(|waits| waits * HANGING_PART >= deadline) { Self::Hangs } else { Self::IsSlow }
    }

    fn stop(&self, deadline: Duration, context: &Context) -> Stop {
        match self {
            Self::Hangs => too_late(deadline, context).into(),
            Self::IsSlow => {
                let (most, answered) = (deadline * MOST_DEADLINES, counted(context.recorder().requests(), "request"));
                Stop::Skipped(format!(
                    "not finished within {} s, {MOST_DEADLINES} times its deadline, though {answered} got their answers: \
                     give it more with --deadline or --time-scale",
                    most.as_secs()
                ))
            }
        }
    }
}

/// A request hangs that has waited for this part of the deadline.
const HANGING_PART: u32 = 4;
/// A case whose requests are answered gets its deadline so many times.
const MOST_DEADLINES: u32 = 4;

/// The outcome of the case within its deadline. Time that the case spends waiting does not count.
async fn in_time(deadline: Duration, context: &Context, case: &mut CaseFuture) -> Result<Checked, DeadlineMissed> {
    let started = Instant::now();
    let mut deadlines = 1;
    loop {
        let allowed = deadline * deadlines + context.recorder().waiting().total();
        let Some(left) = allowed.checked_sub(started.elapsed()) else {
            match DeadlineMissed::of(deadline, context) {
                DeadlineMissed::IsSlow if deadlines < MOST_DEADLINES => deadlines += 1,
                missed => return Err(missed),
            }
            continue;
        };
        // At a timeout, look again: part of the time may have been waiting, which extends the deadline.
        if let Ok(outcome) = tokio::time::timeout(left, &mut *case).await {
            return Ok(outcome);
        }
    }
}

/// The failure of a case that is not ready in time. A server that does not answer breaks no rule about what the endpoint
/// does: it hangs, and names no rule of that endpoint.
fn too_late(deadline: Duration, context: &Context) -> Failure {
    let recorder = context.recorder();
    let unanswered = recorder.unanswered().map(Arc::new);
    let limit = format!("the case did not finish within {} s (--deadline)", deadline.as_secs());
    let (message, waiting) = match &unanswered {
        Some(open) => {
            let (request, seconds) = (format!("{} {}", open.method, open.path), seconds(open.duration_ms));
            let waiting = format!("'{}' has waited {seconds} s for the answer to {request}", open.actor);
            (format!("no answer to {request} within {seconds} s: {limit}"), waiting)
        }
        // It came just now.
        None => (limit, "the last one late".to_owned()),
    };
    let mut failure = Failure::new(
        "http.no-5xx",
        message,
        format!("answers to all requests of the case within {} s", deadline.as_secs()),
        format!("{} answered; {waiting}", counted(recorder.requests(), "request")),
    );
    failure.exchange = unanswered.or_else(|| recorder.last());
    failure
}

/// With one decimal.
fn seconds(milliseconds: u64) -> String {
    format!("{}.{}", milliseconds / 1000, milliseconds % 1000 / 100)
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
    let (reruns, duration, transcript) = (Vec::new(), started.elapsed(), Transcript::default());
    CaseReport { case, status, reruns, failures, reason: None, blocked_by: None, fault, duration, requests, transcript }
}
