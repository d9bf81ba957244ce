//! Readers: some follow `nextCursor` and never stop, some look at the end of the log again and again, or at a snapshot.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::caller::Caller;
use crate::shift::{Shift, pause};
use syncproof_protocol::wire::Id;

/// How many pages of one snapshot are asked for at most.
const MAX_PAGES: usize = 1000;

/// Follows the log from its start until the round settles.
pub(crate) async fn follow(shift: &Shift, caller: &Caller, workspace: &Id, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut cursor = 0;
    while shift.goes_on() {
        let limit = [1, 2, 3, 7, 100, 1000][rng.random_range(0..6)];
        let Some(page) = caller.pull(workspace, cursor, limit, None).await else {
            pause().await;
            continue;
        };
        cursor = page.next_cursor.max(cursor);
        if !page.has_more {
            pause().await;
        }
        // Now and then a reader begins anew, or some pages back, like a device that lost its store.
        if rng.random_bool(0.02) {
            cursor = rng.random_range(0..=cursor);
        }
    }
}

/// Looks at the end of the log, at one table, or at a snapshot, until the round settles.
pub(crate) async fn look(shift: &Shift, caller: &Caller, workspace: &Id, seed: u64, snapshots: bool) {
    let mut rng = StdRng::seed_from_u64(seed);
    while shift.goes_on() {
        let head = shift.head();
        match rng.random_range(0..8) {
            0 if snapshots => snapshot(caller, workspace, rng.random_range(1..40)).await,
            1 => drop(caller.pull(workspace, head.saturating_sub(20), 1000, Some(&["threads"])).await),
            2 => drop(caller.pull(workspace, head.saturating_sub(50), 1000, Some(&["kv", "posts"])).await),
            3 => drop(caller.pull(workspace, head.saturating_sub(200), 1000, None).await),
            4 => drop(caller.update_cursor(workspace, "soak", head / 2).await),
            // Nothing may have come in the meantime: then the answer is the same as before.
            _ => drop(caller.pull(workspace, head, 1000, None).await),
        }
        if rng.random_bool(0.5) {
            pause().await;
        }
    }
}

/// A whole snapshot.
pub(crate) async fn snapshot(caller: &Caller, workspace: &Id, size: u64) {
    let mut token = None;
    for _ in 0..MAX_PAGES {
        let Some(page) = caller.snapshot(workspace, size, token.as_ref()).await else { return };
        token = page.next_page_token;
        if token.is_none() {
            return;
        }
        // So that others write between two pages.
        pause().await;
    }
}
