//! Garbage collection while others push and pull.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::gc::collection::{entries, logged};
use crate::prelude::*;
use syncproof_harness::world::retention::{CHANGE_LOG, TOMBSTONES, wait_until_old};
use syncproof_protocol::endpoint;

const UNSEEN: &str = "gc.keeps-unseen";
/// Batches that a writer pushes at most; it stops when the collector is done.
const MAX_BATCHES: usize = 400;

cases! {
    /// The log is collected again and again while three push; a reader who tells its cursor misses nothing.
    "gc/while-others-push" checks [UNSEEN, "gc.keeps-young", "gc.versions-go-on"] needs [Gc] by while_others_push;
    /// Logs that may go as a whole are collected at the instant of a push: what is pushed stays.
    "gc/a-push-at-the-same-instant" checks [UNSEEN, "gc.keeps-young"] needs [Gc] by same_instant;
    /// Log and tombstones of one workspace are collected by several at once: none fails, and versions go on.
    "gc/collections-at-one-instant"
        checks ["http.no-5xx", "gc.collects", "gc.versions-go-on"] needs [Gc] by collections_at_once;
}

/// The result of one task.
enum Work {
    Pushed(Vec<(u64, Op)>),
    Read(Vec<(u64, String)>),
    Collected,
}

async fn while_others_push(context: Context) -> Checked {
    let home = logged(&context, 10).await?;
    home.have_read(&[("reader", 10)]).await?;
    let done = Arc::new(AtomicBool::new(false));
    let mut at_work: Vec<std::pin::Pin<Box<dyn Future<Output = Checked<Work>> + Send>>> = Vec::new();
    for writer in 0..3 {
        let (user, done) = (home.user.on_new_connections()?, Arc::clone(&done));
        at_work.push(Box::pin(async move { writes(&user, writer, &done).await }));
    }
    let (user, over) = (home.user.on_new_connections()?, Arc::clone(&done));
    at_work.push(Box::pin(async move { reads(&user, &over).await }));
    let collector = home.clone();
    at_work.push(Box::pin(async move {
        let outcome = collect_ok(&collector).await;
        done.store(true, Ordering::Relaxed);
        outcome
    }));
    let (mut pushed, mut read): (Vec<(u64, String)>, _) = (Vec::new(), Vec::new());
    for work in at_once(at_work).await? {
        match work? {
            Work::Pushed(ops) => pushed.extend(ops.into_iter().map(|(at, op)| (at, op.id().to_owned()))),
            Work::Read(changes) => read.extend(changes),
            Work::Collected => {}
        }
    }
    pushed.sort_unstable();
    // A push may have been under way when the reader looked for the last time: what it has not read has to be there.
    let last = read.last().map_or(10, |(version, _)| *version);
    let (rest, _) = home.user.log_after(&home.workspace, last, 1000, UNSEEN).await?;
    read.extend(rest.into_iter().map(|change| (change.server_version, change.stamp.op_id)));
    let answer = home.pull(pushed.last().map_or(10, |(at, _)| *at), 1).await?;
    let versions: Vec<u64> = pushed.iter().map(|(version, _)| *version).collect();
    let expected: Vec<u64> = (11..).take(pushed.len()).collect();
    let message = "versions have gaps or repeat when the log is collected while others push";
    answer.equal("gc.versions-go-on", message, expected, versions)?;
    let message =
        "a reader that updates its cursor did not get exactly the changes that were pushed during a collection";
    answer.equal(UNSEEN, message, pushed, read)
}

/// Collects until what was there at first is gone, and then a few times more.
async fn collect_ok(home: &Journal) -> Checked<Work> {
    home.collect_log_through_ok(10, "gc.collects").await.in_setup()?;
    for _ in 0..8 {
        home.collect_ok(CHANGE_LOG, UNSEEN).await?;
        home.user.context().pause().await;
    }
    Ok(Work::Collected)
}

async fn writes(user: &User, writer: usize, done: &AtomicBool) -> Checked<Work> {
    let mut pushed = Vec::new();
    for batch in 0..MAX_BATCHES {
        if done.load(Ordering::Relaxed) {
            break;
        }
        let ops = entries(user, &format!("{writer}-{batch}-"), 2);
        let versions = user.push_ok(&user.home, &ops, "push.contiguous-versions").await?;
        pushed.extend(versions.into_iter().zip(ops));
        user.context().short_pause().await;
    }
    Ok(Work::Pushed(pushed))
}

/// Follows the log and updates the cursor, until the collector is done and nothing new comes.
async fn reads(user: &User, done: &AtomicBool) -> Checked<Work> {
    let mut pages = user.pull_pages(&user.home, 1000, UNSEEN).after(10).follow().at_most(20 * MAX_BATCHES);
    let mut read = Vec::new();
    loop {
        let (last, cursor) = (done.load(Ordering::Relaxed), pages.cursor());
        let Some((page, answer)) = pages.next().await? else { return Ok(Work::Read(read)) };
        let message = "a reader that has reported all that it read gets requiresSnapshot: true";
        let sent = page.requires_snapshot == Some(true);
        answer.ensure(UNSEEN, !sent, message, "no requiresSnapshot: true", "requiresSnapshot: true")?;
        read.extend(page.changes.into_iter().map(|change| (change.server_version, change.stamp.op_id)));
        if pages.cursor() > cursor {
            user.update_cursor_ok(&user.home, "reader", pages.cursor(), UNSEEN).await?;
        } else if last {
            return Ok(Work::Read(read));
        }
        user.context().short_pause().await;
    }
}

async fn same_instant(context: Context) -> Checked {
    let mut homes = Vec::new();
    for _ in 0..16 {
        let home = logged(&context, 5).await?;
        home.have_read(&[("reader", 5)]).await?;
        homes.push(home);
    }
    wait_until_old(&context).await?;
    let mut requests = Vec::new();
    for home in &mut homes {
        let body = json!({"scope": {"workspaceId": home.workspace}, "retentionSeconds": 1});
        requests.push((home.user.client().clone(), Request::post(endpoint::GC_CHANGE_LOG.path, &body)));
        for number in 0..2 {
            let new = home.put("threads", &format!("new{number}"));
            let body = push_body(&home.workspace, new.as_ref());
            requests.push((home.user.client().clone(), Request::post(endpoint::PUSH.path, &body)));
            home.predict(new.as_ref());
        }
    }
    for answer in send_together(requests).await? {
        answer.expect_status("gc.collects", &[200, 204])?;
    }
    for home in &mut homes {
        let versions = home.user.push_ok(&home.workspace, &home.ops[5..], "op.replay-same-version").await?;
        if versions == [7, 6] {
            home.ops.swap(5, 6);
        }
        home.remains("gc.gap-is-told").await?.keeps(
            6,
            "gc.keeps-young",
            "they were pushed while the collection ran",
        )?;
    }
    Ok(())
}

async fn collections_at_once(context: Context) -> Checked {
    let mut homes = Vec::new();
    for _ in 0..3 {
        let mut home = logged(&context, 4).await?;
        home.push_ok(&home.delete("threads", "never was")).await.in_setup()?;
        home.have_read(&[("reader", 5)]).await?;
        homes.push(home);
    }
    wait_until_old(&context).await?;
    for home in &mut homes {
        let body = json!({"scope": {"workspaceId": home.workspace}, "retentionSeconds": 1});
        let paths = [CHANGE_LOG, CHANGE_LOG, TOMBSTONES, CHANGE_LOG, TOMBSTONES, CHANGE_LOG];
        let request = |path: &str| (home.user.client().clone(), Request::post(path, &body));
        for answer in send_together(paths.into_iter().map(request).collect()).await? {
            // A server may refuse a collection while another one runs.
            answer.expect_status("http.no-5xx", &[200, 204, 409])?;
        }
        home.collect_log_through_ok(5, "gc.collects").await?;
        let after = home.put("threads", "after");
        home.checks("gc.versions-go-on").push_ok(&after).await?;
        home.remains("gc.gap-is-told").await?.keeps(6, UNSEEN, "the only device has not read them")?;
    }
    Ok(())
}
