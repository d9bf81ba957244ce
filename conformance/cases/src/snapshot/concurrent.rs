//! Snapshots while others write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::RngExt as _;

use crate::prelude::*;

const CONSISTENT: &str = "snapshot.consistent";
/// Batches of each writer.
const BATCHES: usize = 40;

cases! {
    /// Three writers put and delete the same records while three readers page: each snapshot is the fold of the log up to its watermark.
    "snapshot/one-moment-under-concurrent-writes"
        checks [CONSISTENT, "snapshot.complete", "snapshot.order"] needs [Snapshot] by under_writes;
}

/// A snapshot as a reader got it.
struct Taken {
    items: Vec<Item>,
    watermark: u64,
    answer: Answer,
}

/// The result of one task.
enum Outcome {
    Written(Checked<Vec<Op>>),
    Read(Checked<Vec<Taken>>),
}

fn batch(rng: &mut impl rand::Rng, user: &User, round: usize) -> Vec<Op> {
    (0..4)
        .map(|_| {
            let number = rng.random_range(0..16_usize);
            let (table, pk) = (TABLES[number % 5].name, format!("pk{number}"));
            let clock = round as u64 * 3 + rng.random_range(0..6_u64);
            let op = if rng.random_range(0..3) == 0 {
                user.delete(table, &pk).clock(clock)
            } else {
                user.put(table, &pk).clock(clock).mark(&format!("round {round}"))
            };
            // No ties: not every server breaks them by op id.
            let hlc = format!("{clock:013}:{}", op.id());
            op.hlc(hlc)
        })
        .collect()
}

async fn write(mut rng: rand::rngs::ChaCha8Rng, user: User, busy: Arc<AtomicBool>) -> Checked<Vec<Op>> {
    let mut written = Vec::new();
    for round in 0..BATCHES {
        let ops = batch(&mut rng, &user, round);
        user.push_ok(&user.home, &ops, CONSISTENT).await?;
        written.extend(ops);
    }
    busy.store(false, Ordering::Relaxed);
    Ok(written)
}

async fn read(user: User, page_size: u64, busy: Arc<AtomicBool>) -> Checked<Vec<Taken>> {
    let mut taken = Vec::new();
    // As long as a user writes; the bound is far beyond that.
    for _ in 0..200 {
        let mut pages = user.snapshot_pages(&user.home, page_size, CONSISTENT);
        let mut watermark = None;
        while let Some((page, answer)) = pages.next().await? {
            let first = *watermark.get_or_insert(page.high_watermark);
            answer.equal(
                CONSISTENT,
                "highWatermark differs between the pages of a snapshot",
                first,
                page.high_watermark,
            )?;
            if pages.ended() {
                taken.push(Taken { items: std::mem::take(&mut pages.items), watermark: first, answer });
            }
        }
        if !busy.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(taken)
}

async fn under_writes(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let busy = Arc::new(AtomicBool::new(true));
    let mut tasks: Vec<std::pin::Pin<Box<dyn Future<Output = Outcome> + Send>>> = Vec::new();
    for number in 0..3_u64 {
        let mut rng = context.rng();
        rng.set_stream(number);
        let (writer, reader) = (anna.on_new_connections()?, anna.on_new_connections()?);
        let (writers_busy, readers_busy) = (Arc::clone(&busy), Arc::clone(&busy));
        tasks.push(Box::pin(async move { Outcome::Written(write(rng, writer, writers_busy).await) }));
        tasks.push(Box::pin(async move { Outcome::Read(read(reader, 3 * number + 2, readers_busy).await) }));
    }
    let (mut ops, mut snapshots) = (Vec::new(), Vec::new());
    for outcome in at_once(tasks).await? {
        match outcome {
            Outcome::Written(written) => ops.extend(written?),
            Outcome::Read(taken) => snapshots.extend(taken?),
        }
    }
    // The log shows the order of the writes.
    let mut home = Journal::of(anna, CONSISTENT);
    home.adopt(&ops).await?;
    for Taken { items, watermark, answer } in &snapshots {
        let (message, actual) = ("the highWatermark of a snapshot is beyond the head", watermark.to_string());
        let length = usize::try_from(*watermark).unwrap_or(usize::MAX);
        let Some(before) = home.ops.get(..length) else {
            return Err(answer.fails("snapshot.complete", message, format!("at most {}", home.head()), actual));
        };
        let name = |item: &Value| format!("{}/{}", item["tableName"], item["pk"]);
        let mut expected = fold(before);
        expected.sort_by_cached_key(name);
        let mut actual: Vec<Value> = items.iter().map(item_json).collect();
        actual.sort_by_cached_key(name);
        let message = format!("a snapshot does not show the state after version {watermark}, its highWatermark");
        answer.equal(CONSISTENT, message, expected, actual)?;
    }
    Ok(())
}
