//! Writers: push batches of many sizes, to records that others write, too; send some ops again, some twice at once; and go
//! on sending what was not answered.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::caller::{Caller, Pushed};
use crate::shift::{Shift, pause};
use crate::team::Person;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::Id;

/// The tables that are written. Records of the one that is left out belong to single users, whom histories pass over.
const TABLES: [&str; 6] = ["threads", "messages", "projects", "posts", "kv", "file_meta"];
/// How many records of each table clients share.
const RECORDS: u32 = 6;
/// How often a batch without an answer is sent again.
const RETRIES: u32 = 100;
/// The pause before it is.
const RETRY_PAUSE: Duration = Duration::from_millis(50);
/// How many ops are kept to be sent again.
const MAX_EARLIER: usize = 400;
/// The sizes of batches. Large ones are rare.
const SIZES: [usize; 16] = [1, 1, 1, 1, 2, 2, 2, 3, 3, 5, 8, 10, 20, 51, 60, 101];

/// Writes until the round settles.
pub(crate) async fn write(shift: &Shift, person: &Person, workspace: &Id, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let (first, second) = (&person.caller, person.caller.beside("again"));
    let mut earlier: Vec<Op> = Vec::new();
    let mut clock = 1;
    while shift.goes_on() {
        let size = SIZES[rng.random_range(0..SIZES.len())];
        let mut batch: Vec<Op> = (0..size).map(|_| op(&mut rng, person, &mut clock)).collect();
        match rng.random_range(0..10) {
            // All of an earlier batch, as after an answer that was lost.
            0 if batch.len() > 1 => {
                push(shift, first, workspace, &batch).await;
                push(shift, &second, workspace, &batch).await;
            }
            // An op that is known already, somewhere among new ones.
            2 if !earlier.is_empty() => {
                let known = earlier[rng.random_range(0..earlier.len())].clone();
                batch.insert(rng.random_range(0..=batch.len()), known);
                push(shift, first, workspace, &batch).await;
            }
            // The same batch twice at once, as by a client that did not wait long enough for its answer.
            1 => {
                tokio::join!(push(shift, first, workspace, &batch), push(shift, &second, workspace, &batch));
            }
            _ => push(shift, first, workspace, &batch).await,
        }
        // Of a long batch one op of its end, too.
        earlier.extend(batch.iter().take(2).chain(batch.last()).cloned());
        if earlier.len() > MAX_EARLIER {
            earlier.drain(..MAX_EARLIER / 4);
        }
        if rng.random_bool(0.3) {
            pause().await;
        }
    }
}

/// A put or a delete of one of the records that all clients share.
pub(super) fn op(rng: &mut StdRng, person: &Person, clock: &mut u64) -> Op {
    let table = TABLES[rng.random_range(0..TABLES.len())];
    let pk = format!("record-{}", rng.random_range(0..RECORDS));
    *clock += rng.random_range(0..3);
    let op = if rng.random_bool(0.25) {
        Op::delete(table, &pk)
    } else {
        Op::put(table, &pk, &serde_json::json!(person.id)).mark(&format!("{}", rng.random::<u32>()))
    };
    // Now and then a tie that only op ids break.
    if rng.random_bool(0.05) {
        op.clock(*clock)
    } else {
        op.device(&format!("device-{}", rng.random_range(0..1000))).clock(*clock)
    }
}

/// Pushes a batch until it is known what became of it.
pub(super) async fn push(shift: &Shift, caller: &Caller, workspace: &Id, batch: &[Op]) {
    for _ in 0..RETRIES {
        match caller.push(workspace, batch).await {
            Pushed::Done(answer) => {
                let versions = answer.results.iter().filter_map(|result| result.server_version);
                return shift.reached(versions.max().unwrap_or(0));
            }
            Pushed::Refused => return,
            Pushed::Unknown => tokio::time::sleep(RETRY_PAUSE).await,
        }
    }
}
