//! Devices that are offline for a while: they write into a queue, come back, push what is in it until it is acknowledged, and
//! pull from where they were. That is the loop of a client that works without a network.

use std::collections::VecDeque;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use super::writer::push;
use crate::shift::{Shift, pause};
use crate::team::Person;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::Id;

/// How long it is away at most, in milliseconds.
const MAX_AWAY: u64 = 300;
/// How many ops it makes meanwhile at most.
const MAX_QUEUED: usize = 40;
/// How many ops it pushes in one batch.
const BATCH: usize = 10;
/// How many requests it sends at most until it has caught up.
const MAX_REQUESTS: usize = 200;

/// One device, with its queue and its cursor, but without its store: whether it has the same records as all others follows from
/// the pages that it was shown.
struct Device<'p> {
    person: &'p Person,
    workspace: &'p Id,
    name: String,
    queue: VecDeque<Op>,
    cursor: u64,
    clock: u64,
}

/// Goes away and comes back until the round settles, and has caught up then.
pub(crate) async fn come_and_go(shift: &Shift, person: &Person, workspace: &Id, (number, seed): (usize, u64)) {
    let mut rng = StdRng::seed_from_u64(seed);
    let name = format!("offline {number}");
    let mut device = Device { person, workspace, name, queue: VecDeque::new(), cursor: 0, clock: 1 };
    while shift.goes_on() {
        for _ in 0..rng.random_range(1..=MAX_QUEUED) {
            device.write(&mut rng);
        }
        tokio::time::sleep(Duration::from_millis(rng.random_range(0..MAX_AWAY))).await;
        device.catch_up(shift).await;
    }
}

impl Device<'_> {
    /// Writes while it is offline.
    fn write(&mut self, rng: &mut StdRng) {
        let pk = format!("record-{}", rng.random_range(0..6));
        self.clock += 1;
        let op = match rng.random_bool(0.25) {
            true => Op::delete("threads", &pk),
            false => Op::put("threads", &pk, &json!(self.person.id)).mark(&format!("{}", rng.random::<u32>())),
        };
        self.queue.push_back(op.device(&self.name).clock(self.clock));
    }

    /// Pushes its queue and pulls what it has missed, in turn, as long as there is either.
    async fn catch_up(&mut self, shift: &Shift) {
        for _ in 0..MAX_REQUESTS {
            let batch: Vec<Op> = self.queue.iter().take(BATCH).cloned().collect();
            if !batch.is_empty() {
                push(shift, &self.person.caller, self.workspace, &batch).await;
                self.queue.drain(..batch.len());
            }
            let Some(page) = self.person.caller.pull(self.workspace, self.cursor, 100, None).await else {
                pause().await;
                continue;
            };
            self.cursor = page.next_cursor.max(self.cursor);
            if self.queue.is_empty() && !page.has_more {
                self.person.caller.update_cursor(self.workspace, &self.name, self.cursor).await;
                return;
            }
        }
    }
}
