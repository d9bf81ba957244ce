//! Looks whether a target breaks ties of clock and hlc by op id.

use super::probe_report::ProbeResult;
use super::single_push::only_result;
use syncproof_harness::world::User;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::Id;

/// Which of the two ops of a tie won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Winner {
    First,
    Last,
}

/// Makes two ties, with the greater op id last in one and first in the other.
///
/// A server that keeps the lesser op id both times breaks ties by op id, the wrong way round. One that keeps the first op to
/// arrive, or the last, both times may lack the capability, or have it and be wrong: no request can tell.
pub(super) async fn tie_break(user: &User, home: &Id, has_snapshot: bool) -> (ProbeResult, &'static str) {
    let (up, down) = (tie(user, "tie-up", ['1', '2']), tie(user, "tie-down", ['2', '1']));
    let (up, down) = (winner(user, home, &up, has_snapshot).await, winner(user, home, &down, has_snapshot).await);
    match (up.ok().flatten(), down.ok().flatten()) {
        (Some(Winner::Last), Some(Winner::First)) => {
            (ProbeResult::Works, "the greater op id won two ties of clock and hlc")
        }
        (Some(Winner::First), Some(Winner::Last)) => {
            (ProbeResult::Unclear, "the lesser op id won two ties of clock and hlc")
        }
        (Some(Winner::First), Some(Winner::First)) => {
            (ProbeResult::Undecided, "the first op to arrive won two ties of clock and hlc")
        }
        (Some(Winner::Last), Some(Winner::Last)) => {
            (ProbeResult::Undecided, "the last op to arrive won two ties of clock and hlc")
        }
        _ => (ProbeResult::Undecided, "nothing shows which op won two ties of clock and hlc"),
    }
}

/// Two puts of one record with equal clock and hlc, whose op ids begin with these digits.
fn tie(user: &User, label: &str, digits: [char; 2]) -> [Op; 2] {
    digits.map(|digit| {
        let id = format!("{digit}{}", &uuid::Uuid::new_v4().to_string()[1..]);
        user.put("threads", label).op_id(id)
    })
}

/// Pushes the two ops. Which one won is shown by the `applied` of the second result, or else by a snapshot.
async fn winner(user: &User, home: &Id, tie: &[Op; 2], has_snapshot: bool) -> Checked<Option<Winner>> {
    let mut applied = None;
    for op in tie {
        let result = only_result(user, home, op).await?.filter(|result| result.success);
        applied = result.and_then(|result| result.applied);
    }
    let won = |second: bool| if second { Winner::Last } else { Winner::First };
    if applied.is_some() || !has_snapshot {
        return Ok(applied.map(won));
    }
    let (items, _) = user.items(home, "snapshot.complete").await?;
    let item = items.iter().find(|item| item.position().1 == tie[0].pk());
    let id = item.map(|item| item.revision().op_id.as_str());
    Ok(id.filter(|id| tie.iter().any(|op| op.id() == *id)).map(|id| won(id == tie[1].id())))
}
