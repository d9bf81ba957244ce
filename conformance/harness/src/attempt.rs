//! One run of one case: enforces its deadline and makes its report.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::blocker::{Blocker, blocked};
use crate::case::{Case, CaseFuture, CaseReport, Status};
use crate::client::Transcript;
use crate::world::{CaseSlot, Context, Run};
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
    blockers: Arc<[Blocker]>,
) -> Attempt {
    let started = Instant::now();
    let context = match Context::of_attempt(run, case.id, number, slot) {
        Ok(context) => context,
        Err(error) => {
            return Attempt { report: judged(case, started, vec![fault(case, error)], true, 0), dropped: false };
        }
    };
    let outcome = in_time(deadline, &context, (case.run)(context.clone())).await;
    context.restore_listed_users().await;
    let (requests, dropped) = (context.recorder().requests(), context.recorder().dropped());
    let mut failures = context.broken_shoulds();
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
        Err(DeadlineExceeded) => {
            failures.insert(0, too_late(case, deadline, &context));
            judged(case, started, failures, false, requests)
        }
    };
    let transcript = if report.failures.is_empty() { Transcript::default() } else { context.recorder().transcript() };
    Attempt { report: blocked(CaseReport { transcript, ..report }, &blockers), dropped }
}

/// The case did not finish within its deadline.
struct DeadlineExceeded;

/// The outcome of the case within its deadline. Time that the case spends waiting does not count.
async fn in_time(deadline: Duration, context: &Context, case: CaseFuture) -> Result<Checked, DeadlineExceeded> {
    let started = Instant::now();
    let mut case = case;
    loop {
        let allowed = deadline + context.recorder().waiting().total();
        let Some(left) = allowed.checked_sub(started.elapsed()) else { return Err(DeadlineExceeded) };
        // At a timeout, look again: part of the time may have been waiting, which extends the deadline.
        if let Ok(outcome) = tokio::time::timeout(left, &mut case).await {
            return Ok(outcome);
        }
    }
}

fn too_late(case: &'static Case, deadline: Duration, context: &Context) -> Failure {
    let last = context.recorder().last();
    let waiting = last.as_ref().map_or_else(
        || "no request was answered".to_owned(),
        |exchange| format!("the last answer came for {} {}", exchange.method, exchange.path),
    );
    let mut failure = Failure::new(
        case.requirements.first().copied().unwrap_or("http.no-5xx"),
        format!("the case did not finish within {} s (--deadline)", deadline.as_secs()),
        "answers in time",
        format!("{} sent; {waiting}", counted(context.recorder().requests(), "request")),
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
    let (reruns, duration, transcript) = (Vec::new(), started.elapsed(), Transcript::default());
    CaseReport { case, status, reruns, failures, reason: None, fault, duration, requests, transcript }
}
