//! SIGTERM: what is in flight finishes, and the server exits with 0.

use std::time::Duration;

use tokio::sync::watch;

use crate::prelude::*;
use crate::support::server_fixture::{server, start_again};
use syncproof_harness::targets::{ExitedProcess, is_alive};
use syncproof_protocol::endpoint;

const STOP: &str = "durable.graceful-stop";
/// Looks at whether the server still takes connections after SIGTERM, each a quarter of a second at most.
const MAX_LOOKS: usize = 8;

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
        Some(ExitedProcess { status: Some(status), output, .. }) => format!("{status}; it said: {}", output.trim()),
        _ => "it did not end in time and was killed".to_owned(),
    };
    Err(Failure::new(STOP, "SIGTERM does not end the server with status 0", "exit status 0", actual).into())
}

async fn in_flight(context: Context) -> Checked {
    let mut server = server(&context, STOP).await?;
    for round in 0..2 {
        let mut pushes = Vec::new();
        for number in 0..4 {
            let user = context.user_at(&format!("writer-{number}"), server.base()).await?;
            let batch: Vec<Op> = (0..5).map(|op| user.put("threads", &format!("{round}-{op}"))).collect();
            let request = Request::post(endpoint::PUSH.path, &push_body(&user.home, &batch));
            let held = user.client().begin(request).map_err(Stop::Skipped)?;
            pushes.push((user, batch, held));
        }
        // Whoever has answered so many later requests has begun to read those.
        for _ in 0..5 {
            for (user, ..) in &pushes {
                user.on_new_connections()?.session("session.stable").await.in_setup()?;
            }
        }
        let base = server.base().to_owned();
        let stopping = tokio::spawn(async move {
            let ended = server.stop_gracefully().await;
            (server, ended)
        });
        // Most servers show that they stop by taking no new connections; one that does not is given time to.
        for _ in 0..MAX_LOOKS {
            if !is_alive(&base, Duration::from_millis(250)).await {
                break;
            }
        }
        let mut kept = Vec::new();
        let mut broken = None;
        for (user, batch, held) in pushes {
            let answer = held.finish().await.map_err(Stop::Skipped)?;
            match successes(&answer, &batch, STOP) {
                Ok(_) => kept.push((user, batch)),
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
        for (user, batch) in kept {
            user.at(server.base())?.holds(&user.home, &batch, STOP).await?;
        }
    }
    server.stop().await;
    Ok(())
}

async fn under_load(context: Context) -> Checked {
    let mut server = server(&context, STOP).await?;
    let mut writers = Vec::new();
    for number in 0..6 {
        let user = context.user_at(&format!("writer-{number}"), server.base()).await?;
        writers.push((user, Vec::<Op>::new()));
    }
    for round in 0..3 {
        let (stop, stopping) = watch::channel(false);
        let (told, mut heard) = watch::channel(0_usize);
        let tasks: Vec<_> = writers
            .drain(..)
            .map(|(user, kept)| tokio::spawn(write(user, kept, round, stopping.clone(), told.clone())))
            .collect();
        drop(told);
        let enough = heard.wait_for(|count| *count >= 30);
        let in_time = tokio::time::timeout(Duration::from_secs(60), enough).await.is_ok();
        // Who is about to send sends no more, so that what is unanswered was under way before the signal.
        let _ = stop.send(true);
        let ended = server.stop_gracefully().await;
        let mut unknown = Vec::new();
        for task in tasks {
            let (user, kept, last) = task.await.map_err(|error| Stop::Skipped(error.to_string()))?.in_setup()?;
            writers.push((user, kept));
            unknown.push(last);
        }
        if !in_time {
            return Err(Failure::new(STOP, "writers get no acknowledgements", "30", "fewer").into()).in_setup();
        }
        exits_with_zero(ended)?;
        start_again(&mut server, STOP).await?;
        for ((user, kept), last) in writers.iter_mut().zip(unknown) {
            *user = user.at(server.base())?;
            // A request that met the closing of an idle connection may have no answer; sent again, it counts once.
            if let Some(batch) = last {
                user.push_ok(&user.home, &batch, STOP).await?;
                kept.extend(batch);
            }
            user.holds(&user.home, kept, "durable.acknowledged-survives-kill").await?;
        }
    }
    server.stop().await;
    Ok(())
}

type Written = (User, Vec<Op>, Option<Vec<Op>>);

/// Pushes until it is told to stop or gets no answer. Returns what was acknowledged, and the batch without an answer.
async fn write(
    user: User,
    mut kept: Vec<Op>,
    round: usize,
    stopping: watch::Receiver<bool>,
    told: watch::Sender<usize>,
) -> Checked<Written> {
    const MAX_BATCHES: usize = 2_000;
    for number in 0..MAX_BATCHES {
        if *stopping.borrow() {
            break;
        }
        let batch: Vec<Op> = (0..4).map(|op| user.put("kv", &format!("{round}-{number}-{op}"))).collect();
        let answer = user.push_unactivated(&user.home, &batch).await;
        if answer.status().is_none() {
            return Ok((user, kept, Some(batch)));
        }
        successes(&answer, &batch, STOP)?;
        kept.extend(batch);
        told.send_modify(|count| *count += 1);
    }
    Ok((user, kept, None))
}
