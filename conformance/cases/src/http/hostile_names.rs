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
    let mut waves: [Vec<Offered>; 4] = Default::default();
    for (number, text) in hostile_texts().enumerate() {
        let clock = number as u64 + 1;
        let key = format!("key{number}");
        let under_key = |clock: u64| {
            (anna.put("kv", &key).clock(clock).field(text, json!({"polluted": true, text: [clock]})), true)
        };
        waves[0].extend([
            (anna.put_exactly("threads", text).clock(clock).mark(text), true),
            under_key(1),
            (anna.put("posts", &format!("value{number}")).field("content", json!(text)).device(text), true),
            (Op::delete("messages", text).clock(clock), true),
        ]);
        waves[1].extend([(Op::delete("threads", text).clock(clock + 1), true), under_key(2)]);
        waves[2].push((anna.delete("kv", &key).clock(3), true));
        waves[3].push(under_key(4));
    }
    for wave in waves {
        offer(&mut journal, &wave).await?;
        journal.holds().await?;
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
