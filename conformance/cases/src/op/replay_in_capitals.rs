//! Idempotency: op ids in capital letters, or in both, are ids as any others.

use crate::prelude::*;

const REPLAY: &str = "op.replay-same-version";

cases! {
    /// Puts and deletes whose ids are written in capitals are pushed again alone, in a batch, twice, and after newer writes.
    "op/replay-of-ids-in-capitals" checks [REPLAY, "op.duplicate-in-batch", "op.replay-mixed-batch"] by in_capitals;
}

/// The op with its id in capitals, or in capitals and small letters by turns.
fn respelled(op: Op, by_turns: bool) -> Op {
    let letters = op.id().chars().enumerate();
    let id: String =
        letters.map(|(place, c)| if by_turns && place % 2 == 1 { c } else { c.to_ascii_uppercase() }).collect();
    op.op_id(id)
}

async fn in_capitals(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REPLAY).await?;
    let mut ops = Vec::new();
    for table in context.tables() {
        ops.push(respelled(user.put(table.name, "put").clock(3), false));
        ops.push(respelled(user.put(table.name, "gone").clock(1), true));
        ops.push(respelled(user.delete(table.name, "gone").clock(2), false));
    }
    let answer = user.push(&journal.workspace, &ops).await?;
    // A UUID is the same in both (RFC 9562, section 4), but a server may take the form that it would write only.
    if answer.is(&[400]) {
        return Err(Stop::Skipped("the server takes op ids in lower case only".to_owned()));
    }
    journal.gets_its_versions(&ops, &answer).in_setup()?;
    journal.push_ok(&ops).await?;
    for op in &ops {
        journal.push_ok(op).await?;
    }
    let newer = [respelled(user.put("threads", "put").clock(5).mark("newer"), true), user.put("kv", "new")];
    journal.push_ok(&newer).await.in_setup()?;
    // Known ones around a new one that comes twice.
    let twice = respelled(user.put("posts", "twice"), false);
    let mixed = [ops[0].clone(), twice.clone(), ops[2].clone(), twice, newer[0].clone()];
    journal.checks("op.replay-mixed-batch").push_ok(&mixed).await?;
    journal.checks(REPLAY).push_ok(&mixed).await?;
    journal.holds().await
}
