//! Idempotency: the same op in other bytes, and at another time.

use crate::prelude::*;
use syncproof_protocol::endpoint;
use syncproof_protocol::json_style::{STYLES, Style};

const REPLAY: &str = "op.replay-same-version";
const DEVICES: &str = "op.replay-across-devices";

cases! {
    /// Replays with the keys in another order, blanks between the tokens and escaped letters are replays.
    "op/replay-in-other-bytes" checks [REPLAY, DEVICES] by other_bytes;
    /// Ops are still known three seconds and 150 others later.
    "op/replay-seconds-after" checks [REPLAY] by seconds_after;
}

/// Pushes ops, known or new, written in that style; every one has to succeed with the version that is its due.
async fn push_written(journal: &mut Journal, batch: &[Op], style: Style) -> Checked {
    let body = style.write(&push_body(&journal.workspace, batch)).into_bytes();
    let answer = journal.user.send(Request::raw(reqwest::Method::POST, endpoint::PUSH.path, Some(body))).await;
    let versions = successes(&answer, batch, journal.requirement)?;
    let expected = journal.predict(batch);
    let message = format!(
        "an op whose JSON is written with {style:?} does not get its version, the next one or that of its first push"
    );
    answer.equal(journal.requirement, message, expected, versions)
}

async fn other_bytes(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REPLAY).await?;
    let nested =
        json!({"b": [{"y": 1, "x": {"d": "é \"quoted\" \\ text\n", "c": null}}, []], "a": {"2": 2, "10": true}});
    for table in context.tables() {
        // Each style once for the first push, and then all of them for the replays.
        for (number, first) in STYLES.into_iter().enumerate() {
            let put = |name: &str, clock| {
                let op = user.put(table.name, &format!("{name}{number}")).clock(clock).mark("marked");
                op.field("extra", nested.clone()).field("aside", json!(1.5))
            };
            let gone = put("gone", 1);
            let delete = Op::delete(table.name, gone.pk()).clock(2).payload(Some(nested.clone()));
            let ops = [put("put", 3), gone, delete];
            push_written(&mut journal, &ops, first).await.in_setup()?;
            for style in STYLES {
                push_written(&mut journal, &ops, style).await?;
            }
        }
    }
    journal.holds().await
}

async fn seconds_after(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, REPLAY).await?;
    let mut known = Vec::new();
    for table in context.tables() {
        let put = user.put(table.name, "put").clock(3).mark("first");
        let gone = user.put(table.name, "gone").clock(1);
        known.extend([put, gone, user.delete(table.name, "gone").clock(2)]);
    }
    // Overwritten, and revived.
    known.push(user.put("threads", "overwritten").clock(1).mark("first"));
    known.push(user.delete("threads", "revived").clock(1));
    journal.push_ok(&known).await.in_setup()?;
    for third in 0..3_u64 {
        let others: Vec<Op> = (0..50).map(|number| user.put("kv", &format!("other{third}-{number}"))).collect();
        journal.push_ok(&others).await.in_setup()?;
        let newer = ["overwritten", "revived"].map(|pk| user.put("threads", pk).clock(5 + third).mark("newer"));
        journal.push_ok(&newer).await.in_setup()?;
        context.next_second().await;
    }
    for op in &known {
        journal.push_ok(op).await?;
    }
    journal.push_ok(&known).await?;
    journal.holds().await
}
