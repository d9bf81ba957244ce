//! Snapshots while others write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::RngExt as _;
use serde_json::{Value, json};

use syncproof_harness::cases;
use syncproof_harness::client::Answer;
use syncproof_harness::world::{Context, User, at_once, fold};
use syncproof_protocol::failure::{Checked, Failure};
use syncproof_protocol::op::Op;
use syncproof_protocol::table::TABLES;
use syncproof_protocol::wire::{Item, SnapshotAnswer};

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

/// What one of the tasks brings home.
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
    // As long as somebody writes; the bound is far beyond that.
    for _ in 0..200 {
        let (mut items, mut watermark) = (Vec::new(), None);
        let mut body = json!({"pageSize": page_size});
        for _ in 0..40 {
            let answer = user.snapshot(&user.home, body).await?;
            let page: SnapshotAnswer = answer.read(CONSISTENT)?;
            let first = *watermark.get_or_insert(page.high_watermark);
            answer.equal(CONSISTENT, "the watermark moves between pages", first, page.high_watermark)?;
            items.extend(page.items);
            match page.next_page_token {
                Some(token) => body = json!({"pageSize": page_size, "pageToken": token}),
                None => {
                    taken.push(Taken { items, watermark: first, answer });
                    break;
                }
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
    // The log says in which order the writes came.
    let (changes, log) = anna.log(&anna.home, CONSISTENT).await?;
    log.equal(CONSISTENT, "the log does not hold every write once", ops.len(), changes.len())?;
    let order = changes.iter().map(|change| ops.iter().find(|op| op.id() == change.stamp.op_id).cloned());
    let Some(ordered) = order.collect::<Option<Vec<Op>>>() else {
        return Err(Failure::new(CONSISTENT, "the log holds what nobody wrote", "the writes", "others").into());
    };
    for taken in &snapshots {
        let length = usize::try_from(taken.watermark).unwrap_or(usize::MAX);
        let Some(before) = ordered.get(..length) else {
            let actual = taken.watermark.to_string();
            return Err(taken.answer.fails(
                "snapshot.complete",
                "a watermark is beyond the head",
                "at most the head",
                actual,
            ));
        };
        let name = |item: &Value| format!("{}/{}", item["tableName"], item["pk"]);
        let mut expected = fold(before);
        expected.sort_by_cached_key(name);
        let mut actual: Vec<Value> = taken.items.iter().map(|item| json!(item)).collect();
        for item in &mut actual {
            if let Value::Object(fields) = item {
                fields.remove("serverDeletedAt");
            }
        }
        actual.sort_by_cached_key(name);
        let message = format!("a snapshot is not the fold of the log up to its watermark {}", taken.watermark);
        taken.answer.equal(CONSISTENT, message, expected, actual)?;
    }
    Ok(())
}
