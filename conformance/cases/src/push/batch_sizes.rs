//! Push: batches of sizes at edges, of new ops and of known ones.

use crate::prelude::*;
use crate::support::sizes::EDGES;

const LARGE_BATCH: &str = "push.large-batch";
const REPLAY: &str = "op.replay-same-version";

cases! {
    /// Batches of 1 to 1000 new ops: each shows whole in the pull that follows, and in order.
    "push/batches-of-sizes-at-edges" checks [LARGE_BATCH, "pull.reads-own-writes"] by new_ops;
    /// Batches of up to 1000 known ops with a new one among them: all keep their versions, and the new one gets the next.
    "op/replays-of-sizes-at-edges" checks [REPLAY, "op.replay-mixed-batch"] by known_ops;
    /// Batches of up to 1000 copies of one op: one entry, and the same version for each copy.
    "op/copies-of-sizes-at-edges" checks ["op.duplicate-in-batch"] by copies;
}

/// Pushes a batch whole or, to a server that takes no batch of that size, a hundred ops at a time.
async fn push_as_taken(journal: &mut Journal, batch: &[Op]) -> Checked {
    let answer = journal.user.push(&journal.workspace, batch).await?;
    if batch.len() > 100 && answer.is(&[400, 413]) {
        for part in batch.chunks(100) {
            journal.push_ok(part).await?;
        }
        return Ok(());
    }
    journal.gets_its_versions(batch, &answer)
}

async fn new_ops(context: Context) -> Checked {
    let mut journal = Journal::open(&context, LARGE_BATCH).await?;
    for size in EDGES {
        let before = journal.head();
        let batch: Vec<Op> = (0..size).map(|number| journal.put("kv", &format!("of {size}: {number}"))).collect();
        push_as_taken(journal.checks(LARGE_BATCH), &batch).await?;
        let message = format!("a pull after a batch of {size} new ops does not give exactly these");
        journal.checks("pull.reads-own-writes").gives_after(before, 1000, message).await?;
    }
    journal.checks(LARGE_BATCH).holds().await
}

async fn known_ops(context: Context) -> Checked {
    let mut journal = Journal::open(&context, REPLAY).await?;
    let known: Vec<Op> = (0..999).map(|number| journal.put("kv", &format!("known {number}"))).collect();
    for part in known.chunks(100) {
        journal.push_ok(part).await.in_setup()?;
    }
    for (round, size) in EDGES.into_iter().enumerate() {
        let mut batch = known[..known.len().min(usize::try_from(size).unwrap_or(1))].to_vec();
        // At the end, in the middle, at the beginning.
        let place = batch.len() * (2 - round % 3) / 2;
        batch.insert(place, journal.put("kv", &format!("new beside {size}")));
        push_as_taken(&mut journal, &batch).await?;
    }
    journal.holds().await
}

async fn copies(context: Context) -> Checked {
    let mut journal = Journal::open(&context, "op.duplicate-in-batch").await?;
    for size in EDGES {
        let one = journal.put("kv", &format!("copied {size} times"));
        push_as_taken(&mut journal, &vec![one; usize::try_from(size).unwrap_or(1)]).await?;
    }
    journal.holds().await
}
