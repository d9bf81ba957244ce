//! Quitters: hang up in the middle of a push, and push the same again.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::writer::{op, push};
use crate::shift::{Shift, pause};
use crate::team::Person;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::Id;

/// The most ops in one push.
const MAX_OPS: usize = 5;
/// How long a quitter waits before it hangs up, in milliseconds: not at all, or long enough for a server to have begun.
const PATIENCE_MS: [u64; 8] = [0, 1, 2, 3, 5, 8, 15, 40];

/// Pushes, hangs up and pushes again until the round settles. Only connections can be closed in the middle of a request, so
/// the target has to be reached over sockets.
pub(crate) async fn quit(shift: &Shift, person: &Person, workspace: &Id, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut clock = 1;
    while shift.goes_on() {
        let batch: Vec<Op> = (0..rng.random_range(1..=MAX_OPS)).map(|_| op(&mut rng, person, &mut clock)).collect();
        let patience = Duration::from_millis(PATIENCE_MS[rng.random_range(0..PATIENCE_MS.len())]);
        if rng.random_bool(0.8) {
            person.caller.push_and_quit(workspace, &batch, patience).await;
        } else {
            person.caller.push_half(workspace, &batch, patience).await;
        }
        push(shift, &person.caller, workspace, &batch).await;
        pause().await;
    }
}
