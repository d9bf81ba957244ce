//! Collectors: collect a log and its tombstones, two at once, while others write and read there, and while new devices tell
//! how far they have read.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::reader::snapshot;
use crate::shift::{Shift, pause};
use crate::team::Person;
use syncproof_protocol::endpoint::{GC_CHANGE_LOG, GC_TOMBSTONES};

/// How many devices come in a round at most. Each of them has to be told on, or nothing is collected any more.
const MAX_DEVICES: u32 = 6;
/// The device of the reader.
const READER: &str = "reader";
/// How often it tries to become known.
const ATTEMPTS: u32 = 200;
/// The shortest retention that the protocol allows, in seconds.
const RETENTION_S: u64 = 1;
/// How long a log rests until all of it may go. Only a collection would show that it may, and would take it.
const REST: Duration = Duration::from_millis(1100);
/// How often a log rests in a round at most.
const MAX_RESTS: u64 = 20;
/// How long after a collection began something is pushed, in milliseconds.
const JITTER_MS: std::ops::Range<u64> = 0..25;

/// Collects the log in which a person and others are at work, until the round settles.
pub(crate) async fn collect(shift: &Shift, person: &Person, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let (home, second) = (&person.home, person.beside("second"));
    let (device, twin) = (person.caller.beside("device"), person.caller.beside("device again"));
    let mut devices = 0;
    while shift.goes_on() {
        let head = shift.head();
        devices += u32::from(devices == 0 || (devices < MAX_DEVICES && rng.random_bool(0.1)));
        let newest = format!("device {devices}");
        let what = [[GC_CHANGE_LOG, GC_CHANGE_LOG], [GC_CHANGE_LOG, GC_TOMBSTONES], [GC_TOMBSTONES, GC_TOMBSTONES]];
        let [one, other] = &what[rng.random_range(0..what.len())];
        let behind = head.saturating_sub(rng.random_range(0..3));
        tokio::join!(
            person.collect(one, home, RETENTION_S),
            second.collect(other, home, RETENTION_S),
            device.update_cursor(home, &newest, head),
            twin.update_cursor(home, &newest, behind)
        );
        for number in 1..devices {
            device.update_cursor(home, &format!("device {number}"), head).await;
        }
        if rng.random_bool(0.5) {
            pause().await;
        }
    }
}

/// Makes the device of the reader known, before anything can be collected that it has not read.
///
/// # Errors
/// When the server does not take it.
pub(crate) async fn register(reader: &Person) -> Result<(), String> {
    for _ in 0..ATTEMPTS {
        if reader.caller.update_cursor(&reader.home, READER, 0).await.is_success() {
            return Ok(());
        }
        pause().await;
    }
    Err("no device of a reader can be registered".to_owned())
}

/// Follows a log that is collected, and tells how far, so that nothing is taken that it has not read. Looks at snapshots in
/// between.
pub(crate) async fn follow_and_tell(shift: &Shift, person: &Person, snapshots: bool, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let (caller, home, mut cursor) = (&person.caller, &person.home, 0);
    while shift.goes_on() {
        caller.update_cursor(home, READER, cursor).await;
        if let Some(page) = caller.pull(home, cursor, rng.random_range(1..200), None).await {
            cursor = page.next_cursor.max(cursor);
        }
        if snapshots && rng.random_bool(0.1) {
            snapshot(caller, home, rng.random_range(1..40)).await;
        }
        pause().await;
    }
}

/// Lets a log rest until all of it may go, and then collects it while something is pushed to it, until the round settles.
/// The person is used by nobody else.
pub(crate) async fn collect_rested(shift: &Shift, person: &Person, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let (home, second, mut read) = (&person.home, person.beside("second"), 0);
    for rest in 0..MAX_RESTS {
        if !shift.goes_on() {
            return;
        }
        person.push_one(home, 2 * rest).await;
        let Some(page) = person.caller.pull(home, read, 1000, None).await else { continue };
        read = page.next_cursor.max(read);
        if !person.caller.update_cursor(home, "device", read).await.is_success() {
            continue;
        }
        tokio::time::sleep(REST).await;
        let jitter = Duration::from_millis(rng.random_range(JITTER_MS));
        tokio::join!(person.collect(&GC_CHANGE_LOG, home, RETENTION_S), async {
            tokio::time::sleep(jitter).await;
            second.push_one(home, 2 * rest + 1).await;
        });
        person.caller.pull(home, read, 1000, None).await;
        // Who comes back from before the gap is told of it.
        person.caller.pull(home, 0, 1000, None).await;
        person.caller.snapshot(home, 1000, None).await;
    }
}
