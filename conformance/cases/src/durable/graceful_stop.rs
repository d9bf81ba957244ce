//! SIGTERM: requests in flight finish, and the server exits with 0.

use std::time::Duration;

use tokio::sync::watch;

use crate::prelude::*;
use crate::support::server_fixture::{server, start_again};
use syncproof_harness::targets::{ExitedProcess, is_alive};
use syncproof_protocol::endpoint;

const STOP: &str = "durable.graceful-stop";
/// How often a case checks whether the server still accepts connections after SIGTERM; each check takes at most 250 ms.
const MAX_CHECKS: usize = 8;

cases! {
    /// SIGTERM while pushes are half sent: they are sent to the end, answered and kept, and the exit is 0.
    "durable/graceful-stop-finishes-what-is-in-flight" checks [STOP] needs [Restart] by in_flight;
    /// SIGTERM amid the pushes of six writers: the exit is 0, and what was acknowledged is there afterwards.
    "durable/graceful-stop-under-load" checks [STOP, "durable.acknowledged-survives-kill"] needs [Restart] by under_load;
}

fn exits_with_zero(ended: Option<ExitedProcess>) -> Checked {
    let code = ended.as_ref().and_then(|ended| ended.status).and_then(|status| status.code());
    if code == Some(0) {
        return Ok(());
    }
    let actual = match ended {
        Some(ExitedProcess { status: Some(status), output, .. }) => format!("{status}; its output: {}", output.trim()),
        _ => "it did not exit in time and was killed".to_owned(),
    };
    Err(Failure::new(STOP, "the server does not exit with status 0 after SIGTERM", "exit status 0", actual).into())
}

/// The home of a new user at that server.
async fn writer(context: &Context, number: usize, base: &str) -> Checked<Journal> {
    Ok(Journal::of(context.user_at(&format!("writer-{number}"), base).await?, STOP))
}

async fn in_flight(context: Context) -> Checked {
    let mut server = server(&context, STOP).await?;
    for round in 0..2 {
        // Before the first push, so that its second half comes soon.
        let mut homes = Vec::new();
        for number in 0..4 {
            homes.push(writer(&context, number, server.base()).await?);
        }
        let mut pushes = Vec::new();
        for home in homes {
            let batch: Vec<Op> = (0..5).map(|op| home.put("threads", &format!("{round}-{op}"))).collect();
            let request = Request::post(endpoint::PUSH.path, &push_body(&home.workspace, &batch));
            let held = home.user.client().begin(request).map_err(Stop::Skipped)?;
            pushes.push((home, batch, held));
        }
        // A server that has answered this many later requests has begun to read the pushes.
        for _ in 0..5 {
            // At once, since a server may give up a request whose second half does not come within seconds.
            let session =
                |(home, ..): &(Journal, _, _)| (home.user.client().clone(), Request::get(endpoint::SESSION.path));
            for answer in send_together(pushes.iter().map(session).collect()).await? {
                answer.read::<SessionAnswer>("session.stable").in_setup()?;
            }
        }
        let base = server.base().to_owned();
        let stopping = tokio::spawn(async move {
            let ended = server.stop_gracefully().await;
            (server, ended)
        });
        // Most servers accept no new connections once they stop; a server that still does gets some time.
        for _ in 0..MAX_CHECKS {
            if !is_alive(&base, Duration::from_millis(250)).await {
                break;
            }
        }
        let mut kept = Vec::new();
        let mut broken = None;
        for (mut home, batch, held) in pushes {
            let answer = held.finish().await.map_err(Stop::Skipped)?;
            match home.gets_its_versions(&batch, &answer) {
                Ok(()) => kept.push(home),
                Err(stop) => broken = broken.or(Some(stop)),
            }
        }
        let (stopped, ended) = stopping.await.map_err(|error| Stop::Skipped(error.to_string()))?;
        server = stopped;
        if let Some(stop) = broken {
            return Err(stop);
        }
        exits_with_zero(ended)?;
        start_again(&mut server, STOP).await?;
        for home in kept {
            home.at(server.base())?.holds().await?;
        }
    }
    server.stop().await;
    Ok(())
}

async fn under_load(context: Context) -> Checked {
    let mut server = server(&context, STOP).await?;
    let mut writers = Vec::new();
    for number in 0..6 {
        writers.push(writer(&context, number, server.base()).await?);
    }
    for round in 0..3 {
        let (stop, stopping) = watch::channel(false);
        let (counter, mut acknowledged) = watch::channel(0_usize);
        let tasks: Vec<_> =
            writers.drain(..).map(|home| tokio::spawn(write(home, round, stopping.clone(), counter.clone()))).collect();
        drop(counter);
        let enough = acknowledged.wait_for(|count| *count >= 30);
        let in_time = tokio::time::timeout(Duration::from_secs(60), enough).await.is_ok();
        // No writer sends anything new, so that every unanswered request was sent before the signal.
        let _ = stop.send(true);
        let ended = server.stop_gracefully().await;
        let mut unknown = Vec::new();
        for task in tasks {
            let (home, last) = task.await.map_err(|error| Stop::Skipped(error.to_string()))?.in_setup()?;
            writers.push(home);
            unknown.push(last);
        }
        if !in_time {
            let count = *acknowledged.borrow();
            let message = format!(
                "six writers get {count} pushes acknowledged in 60 s, too few to stop the server in the middle"
            );
            let (expected, actual) = ("30 acknowledged pushes", format!("{count} acknowledged pushes"));
            return Err(Failure::new(STOP, message, expected, actual).into()).in_setup();
        }
        exits_with_zero(ended)?;
        start_again(&mut server, STOP).await?;
        for (home, last) in writers.iter_mut().zip(unknown) {
            *home = home.at(server.base())?;
            // A request may get no answer when the server closes its idle connection; sent again, it counts once.
            if let Some(batch) = last {
                home.checks(STOP).push_ok(&batch).await?;
            }
            home.checks("durable.acknowledged-survives-kill").holds().await?;
        }
    }
    server.stop().await;
    Ok(())
}

/// Pushes until it has to stop or gets no answer. Returns the acknowledged ops, and the batch without an answer.
async fn write(
    mut home: Journal,
    round: usize,
    stopping: watch::Receiver<bool>,
    counter: watch::Sender<usize>,
) -> Checked<(Journal, Option<Vec<Op>>)> {
    const MAX_BATCHES: usize = 2_000;
    for number in 0..MAX_BATCHES {
        if *stopping.borrow() {
            break;
        }
        let batch: Vec<Op> = (0..4).map(|op| home.put("kv", &format!("{round}-{number}-{op}"))).collect();
        let answer = home.user.push_unactivated(&home.workspace, &batch).await;
        if answer.status().is_none() {
            return Ok((home, Some(batch)));
        }
        // `holds` compares the versions later, under its own requirement.
        successes(&answer, &batch, STOP)?;
        home.predict(&batch);
        counter.send_modify(|count| *count += 1);
    }
    Ok((home, None))
}
