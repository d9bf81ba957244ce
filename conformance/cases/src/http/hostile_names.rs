//! HTTP: names and keys that have broken servers before.

use crate::prelude::*;
use crate::support::offering::{Offered, offer};
use syncproof_protocol::family::{Family, hostile_texts};

const HOSTILE_KEYS: &str = "http.hostile-keys";
const SCOPE: &str = "isolation.scope-checked";

cases! {
    /// Uses `__proto__`, `constructor`, SQL and the like as pks, payload keys (of new, live and deleted records), and more.
    "http/hostile-keys" checks [HOSTILE_KEYS] by hostile_keys;
    /// Names workspaces such as `__proto__`, `' OR 1=1 --` and `../x`: refused, never opened.
    "http/hostile-scope" checks [HOSTILE_KEYS, "http.no-5xx", SCOPE] by hostile_scope;
}

async fn hostile_keys(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, HOSTILE_KEYS).await?;
    // In waves, so that the ops on one record come one after the other.
    let (mut puts, mut deletes): (Vec<Offered>, Vec<Offered>) = (Vec::new(), Vec::new());
    for (number, text) in hostile_texts().enumerate() {
        let clock = number as u64 + 1;
        puts.extend([
            (anna.put_exactly("threads", text).clock(clock).mark(text), true),
            (anna.put("kv", &format!("key{number}")).field(text, json!({"polluted": true, text: [1]})), true),
            (anna.put("posts", &format!("value{number}")).field("content", json!(text)).device(text), true),
            (Op::delete("messages", text).clock(clock), true),
        ]);
        deletes.push((Op::delete("threads", text).clock(clock + 1), true));
    }
    for wave in [puts, deletes] {
        offer(&mut journal, &wave).await?;
        journal.holds().await?;
        let under_key = |clock: u64| {
            let put = anna.put("kv", &format!("key{number}")).clock(clock);
            put.field(text, json!({"polluted": true, text: [clock]}))
        };
        for op in [
            anna.put_exactly("threads", text).clock(clock).mark(text),
            under_key(1),
            under_key(2),
            anna.delete("kv", &format!("key{number}")).clock(3),
            under_key(4),
            anna.put("posts", &format!("value{number}")).field("content", json!(text)).device(text),
            Op::delete("messages", text).clock(clock),
            Op::delete("threads", text).clock(clock + 1),
        ] {
            let settled = journal.attempt(&op).await?;
            let is_fine = |result: &OpResult| result.success || result.error_code == Some(ErrorCode::ValidationError);
            let message = "an op with hostile text is neither accepted, nor refused with a 4xx or VALIDATION_ERROR";
            let expected = "success, VALIDATION_ERROR or a 4xx";
            settled.answer.check(HOSTILE_KEYS, settled.result(0).is_none_or(is_fine), message, expected)?;
        }
    }
    still_serves(&anna, HOSTILE_KEYS).await
}

async fn hostile_scope(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, SCOPE).await?;
    let ben = context.user("ben").await?;
    journal.push_ok(&[anna.put("threads", "pk").mark("anna")]).await.in_setup()?;
    for text in hostile_texts().chain(Family::Ids.texts()) {
        let workspace = Id::text(text);
        for answer in [
            ben.push_unactivated(&workspace, &[ben.put("threads", "trespass")]).await,
            ben.pull_unactivated(&workspace, 0, 10).await,
            ben.update_cursor_unactivated(&workspace, "device", 0).await,
        ] {
            answer.expect_status(SCOPE, &[400, 403, 404])?;
        }
    }
    journal.holds().await
}
