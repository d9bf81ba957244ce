//! Pushes of one op, from which probes learn what a target does with it.

use syncproof_harness::world::User;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{Id, OpResult, PushAnswer};

pub(super) const REQUIREMENT: &str = "session.provisions-user";

/// The result of that op alone.
pub(super) async fn only_result(user: &User, home: &Id, op: &Op) -> Checked<Option<OpResult>> {
    let answer = user.push(home, std::slice::from_ref(op)).await?;
    Ok(answer.read::<PushAnswer>(REQUIREMENT)?.results.into_iter().next())
}
