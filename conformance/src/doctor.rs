//! Looks at a target before a run: does it answer, does it take the credentials, what can it do?

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::capability::{Capabilities, Capability};
use crate::client::{Answer, Request};
use crate::exit::Trouble;
use crate::failure::{Checked, Stop};
use crate::target;
use crate::wire::{Id, PushAnswer, SessionAnswer};
use crate::world::{Context, Run, User};

/// How long a running target may take to answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const REQUIREMENT: &str = "session.provisions-user";

/// Makes sure that somebody answers and takes the credentials.
///
/// # Errors
/// The target is down, or does not know the credentials.
pub async fn check_access(run: &Arc<Run>) -> Result<(), Trouble> {
    let base = &run.target.base;
    if !target::is_alive(base, ANSWER_TIMEOUT).await {
        let seconds = ANSWER_TIMEOUT.as_secs();
        return Err(Trouble::target(format!("the target at {base} cannot be reached: no answer within {seconds} s")));
    }
    let context = Context::new(Arc::clone(run), "doctor").map_err(Trouble::fault)?;
    let login = match context.newcomer("doctor").await {
        Ok((_, client)) => client,
        Err(Stop::Skipped(reason)) => return Err(Trouble::usage(reason)),
        Err(Stop::Failed(failure)) => return Err(Trouble::usage(failure.actual)),
    };
    // Twice, since a server may trip over a first login and still know the credential: that is for the cases to tell.
    for _ in 0..2 {
        let answer = login.send(Request::get("/api/auth/session")).await;
        match answer.read::<SessionAnswer>(REQUIREMENT) {
            Ok(SessionAnswer { session: None }) => {}
            _ if answer.is(&[401, 403]) => {}
            _ if answer.is(&[404, 405]) => {
                let message = format!("the server at {base} has no /api/auth/session: it does not speak this protocol");
                return Err(Trouble::target(message));
            }
            _ => return Ok(()),
        }
    }
    let message = format!("the target at {base} does not take the credentials: its session stays null");
    Err(Trouble::usage(message))
}

/// What the target shows of itself. A capability counts as shown unless the target plainly does not have it: what is
/// there and broken is for the cases to find.
///
/// # Errors
/// When not even a user can be made; the cases will tell why.
pub async fn probe(run: &Arc<Run>) -> Checked<Capabilities> {
    let context = Context::new(Arc::clone(run), "doctor").map_err(Stop::Skipped)?;
    let user = context.user("doctor").await?;
    let home = user.home.clone();
    let mut shown = Capabilities::new();
    if is_there(&user.members(&home).await) {
        shown.insert(Capability::Members);
    }
    if is_there(&user.attempt_snapshot(&home, 10).await) {
        shown.insert(Capability::Snapshot);
    }
    let body = json!({"scope": {"workspaceId": home}, "retentionSeconds": 86_400});
    if is_there(&user.post("/api/sync/gc-change-log", &body).await) {
        shown.insert(Capability::Gc);
    }
    let put = user.put("threads", "probe");
    let answer = user.push(&home, &[put]).await?;
    if let Ok(body) = answer.read::<PushAnswer>(REQUIREMENT)
        && body.results.iter().any(|result| result.applied.is_some())
    {
        shown.insert(Capability::Applied);
    }
    if breaks_ties_by_op_id(&user, &home).await? {
        shown.insert(Capability::OpIdTieBreak);
    }
    Ok(shown)
}

fn is_there(answer: &Answer) -> bool {
    !answer.is(&[404, 405, 501])
}

/// Two ties, the greater op id first in one and last in the other: whoever keeps it both times breaks ties by op id.
/// Without snapshots the state cannot be seen, except where a losing op is answered `applied: false`.
async fn breaks_ties_by_op_id(user: &User, home: &Id) -> Checked<bool> {
    let ids = |order: [char; 2]| order.map(|first| format!("{first}{}", &uuid::Uuid::new_v4().to_string()[1..]));
    for (pk, order, wins) in [("tie-up", ['1', '2'], true), ("tie-down", ['2', '1'], false)] {
        let ops: Vec<_> = ids(order).into_iter().map(|id| user.put("threads", pk).op_id(id)).collect();
        for (index, op) in ops.iter().enumerate() {
            let answer = user.push(home, std::slice::from_ref(op)).await?;
            let Ok(body) = answer.read::<PushAnswer>(REQUIREMENT) else { return Ok(false) };
            let applied = body.results.first().and_then(|result| result.applied);
            if index == 1 && applied != Some(wins) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
