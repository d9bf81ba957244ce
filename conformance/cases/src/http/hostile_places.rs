//! HTTP: hostile text in every place that takes a text.

use futures_util::future::try_join_all;

use crate::prelude::*;
use crate::support::offering::{Offered, offer};
use syncproof_protocol::family::hostile_texts;

const HOSTILE_KEYS: &str = "http.hostile-keys";

cases! {
    /// Hostile text as hlc, device id, op id, envelope id, table, operation and status: kept exactly, or refused.
    "http/hostile-stamps-and-envelopes" checks [HOSTILE_KEYS, "push.text-exact"] by stamps;
    /// Hostile text as project id, table filter, page token and cursor's device: refused, or matches nothing.
    "http/hostile-queries" checks [HOSTILE_KEYS, "http.no-5xx"] by queries;
    /// Hostile text as workspace and user id, in paths and bodies, and as a role: always a 4xx.
    "http/hostile-ids" checks [HOSTILE_KEYS, "workspace.unknown-id"] by ids;
    /// NUL and halves of surrogate pairs, escaped, in every text of a request: kept or refused, never a 5xx.
    "http/hostile-escapes" checks [HOSTILE_KEYS, "http.no-5xx"] by escapes;
}

/// Escapes of NUL, of halves of surrogate pairs, of code points that are no characters, and of a whole pair.
const ESCAPES: [&str; 8] =
    [r"\u0000", r"a\u0000b", r"\ud800", r"\udfff", r"\udc00\ud800", r"a\ud83d", r"\ufffe\uffff", r"\uD83D\uDE00"];

/// Hostile texts, and some that are longer than columns of 64 and of 255 characters.
fn hostile() -> Vec<String> {
    let long = [100, 300, 5000].map(|length| "a".repeat(length));
    hostile_texts().map(str::to_owned).chain(long).collect()
}

fn short(text: &str) -> String {
    text.escape_debug().take(40).collect()
}

async fn stamps(context: Context) -> Checked {
    let texts = hostile();
    // Several users concurrently: these are several hundred requests.
    let users = texts.chunks(texts.len().div_ceil(4)).map(|texts| stamps_of(&context, texts));
    try_join_all(users).await.map(drop)
}

async fn stamps_of(context: &Context, texts: &[String]) -> Checked {
    let (user, mut journal) = Journal::with_user(context, HOSTILE_KEYS).await?;
    let op = |pk: &str, number: usize| user.put("threads", &format!("{pk}{number}")).mark(pk);
    let taken = |(number, text): (usize, &String)| -> [Offered; 5] {
        [
            (op("hlc", number).hlc(text.as_str()), true),
            (op("device", number).device(text), true),
            (op("envelope", number).envelope("id", json!(text)), true),
            (op("extra", number).envelope(text, json!({"a": 1})), true),
            (op("both", number).hlc(text.as_str()).device(text), true),
        ]
    };
    offer(&mut journal, &texts.iter().enumerate().flat_map(taken).collect::<Vec<_>>()).await?;
    for (number, text) in texts.iter().enumerate() {
        // These fields do not take any text.
        for (place, rule) in [
            ("stamp.opId", "push.op-id-is-uuid"),
            ("tableName", "push.unknown-table"),
            ("operation", "http.wrong-shape"),
            ("status", "http.wrong-shape"),
        ] {
            let settled = journal.attempt(&[op("wrong", number).spoil(place, Some(json!(text)))]).await?;
            let message = format!("an op whose {place} is `{}` succeeds, and should be refused", short(text));
            settled.answer.check(rule, settled.refused(0), message, "a 4xx, or a failed op")?;
        }
    }
    journal.holds().await
}

async fn queries(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, HOSTILE_KEYS).await?;
    let ops: Vec<Op> = (0..4).map(|number| user.put("threads", &format!("pk{number}"))).collect();
    journal.push_ok(&ops).await?;
    let scope = json!({"workspaceId": user.home});
    for text in hostile() {
        let what = short(&text);
        let fine = |answer: &Answer, statuses: &[u16]| answer.expect_status(HOSTILE_KEYS, statuses);
        let mut project = scope.clone();
        project["projectId"] = json!(text);
        let pull = json!({"scope": project, "cursor": 0, "limit": 10});
        fine(&user.post(endpoint::PULL.path, &pull).await, &[200, 400, 403, 404])?;
        let pull = json!({"scope": scope, "cursor": 0, "limit": 10, "tables": [text]});
        let answer = user.post(endpoint::PULL.path, &pull).await;
        fine(&answer, &[200, 400])?;
        let none = answer.is(&[400]) || answer.json().is_some_and(|body| body["changes"] == json!([]));
        let message = format!("a pull of the table `{what}` gives changes, and should give none or 400");
        answer.check("pull.tables-filter", none, message, "no changes, or 400")?;
        let cursor = json!({"scope": scope, "deviceId": text, "version": 1});
        for _ in 0..2 {
            fine(&user.post(endpoint::UPDATE_CURSOR.path, &cursor).await, &[200, 400])?;
        }
        if context.has(Capability::Snapshot) {
            // Where page tokens are numbers, this may be a valid one.
            if text.parse::<u64>().is_err() {
                let page = json!({"scope": scope, "pageSize": 2, "pageToken": text});
                fine(&user.post(endpoint::SNAPSHOT.path, &page).await, &[400, 410])?;
            }
            let page = json!({"scope": scope, "pageSize": 2, "tables": [text]});
            fine(&user.post(endpoint::SNAPSHOT.path, &page).await, &[400])?;
            let page = json!({"scope": project, "pageSize": 2});
            fine(&user.post(endpoint::SNAPSHOT.path, &page).await, &[200, 400, 403, 404])?;
        }
    }
    journal.holds().await
}

async fn ids(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, HOSTILE_KEYS).await?;
    journal.push_ok(&[user.put("threads", "pk")]).await?;
    let victim = context.user("victim").await?;
    // Several at a time, since these are more than a thousand requests that change nothing.
    let texts = hostile();
    for texts in texts.chunks(4) {
        try_join_all(texts.iter().map(|text| named_by(&context, &user, &victim, text))).await?;
    }
    user.is_active_in(&user.home, Role::Owner, HOSTILE_KEYS).await?;
    victim.is_active_in(&victim.home, Role::Owner, HOSTILE_KEYS).await?;
    journal.holds().await
}

/// Uses a text as the id of a workspace and of a user, and as a role.
async fn named_by(context: &Context, user: &User, victim: &User, text: &str) -> Checked {
    const WORKSPACE: &str = "workspace.unknown-id";
    const USER: &str = "member.unknown-user";
    let refused = |answer: &Answer, rule, what: &str| answer.expect_4xx(rule, format!("{what} is not refused"));
    let (id, what) = (Id::text(text), short(text));
    let renamed = user.rename(&id, &json!({"name": "taken over"})).await;
    refused(&renamed, WORKSPACE, &format!("renaming the workspace `{what}`"))?;
    // An HTTP client removes `..` from a path, which then names something else.
    refused(&user.delete_workspace(&id).await, WORKSPACE, &format!("deleting the workspace `{what}`"))?;
    refused(&user.activate(&id).await, WORKSPACE, &format!("activating the workspace `{what}`"))?;
    if !context.has(Capability::Members) {
        return Ok(());
    }
    refused(&user.members(&id).await, WORKSPACE, &format!("listing the members of `{what}`"))?;
    refused(&user.add_member(&user.home, &id, "viewer").await, USER, &format!("adding the user `{what}`"))?;
    refused(&user.add_member(&user.home, &victim.id, text).await, USER, &format!("the role `{what}`"))?;
    refused(&user.set_role(&user.home, &user.id, text).await, USER, &format!("the role `{what}`"))?;
    refused(&user.set_role(&user.home, &id, "viewer").await, USER, &format!("changing the user `{what}`"))?;
    // With the last segment removed, this would delete the workspace of a server that overlooks a slash at the end.
    if text.starts_with('.') {
        return Ok(());
    }
    // A server may answer success when there is nobody to remove.
    let removed = user.remove_member(&user.home, &id).await;
    removed.expect_no_5xx(HOSTILE_KEYS, format!("removing `{what}` breaks the server"))
}

async fn escapes(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let scope = json!({"workspaceId": anna.home});
    let push = |op: Op| (endpoint::PUSH.path, json!({"scope": scope, "ops": [op.json()]}));
    let put = |place: &'static str, value: Value| push(anna.put("kv", "key").spoil(place, Some(value)));
    let payload = |field: &str, value: Value| {
        put("payload", anna.put("kv", "key").field(field, value).content().cloned().unwrap_or_default())
    };
    let mark = "MARK";
    let mut requests: Vec<(&str, Value)> = vec![
        // In a table where no other case has keys without a prefix.
        push(anna.put("notifications", "key").spoil("pk", Some(json!(mark)))),
        put("id", json!(mark)),
        put("stamp.hlc", json!(mark)),
        put("stamp.deviceId", json!(mark)),
        put("stamp.opId", json!(mark)),
        put("tableName", json!(mark)),
        payload("value", json!(mark)),
        payload(mark, json!(1)),
        payload("name", json!(mark)),
        (endpoint::PUSH.path, json!({"scope": {"workspaceId": mark}, "ops": []})),
        (endpoint::PUSH.path, json!({"scope": scope, "ops": [], mark: 1})),
        (endpoint::PULL.path, json!({"scope": {"workspaceId": anna.home, "projectId": mark}, "cursor": 0, "limit": 1})),
        (endpoint::PULL.path, json!({"scope": scope, "cursor": 0, "limit": 1, "tables": [mark]})),
        (endpoint::UPDATE_CURSOR.path, json!({"scope": scope, "deviceId": mark, "version": 0})),
        (endpoint::CREATE_WORKSPACE.path, json!({"name": mark})),
        (endpoint::CREATE_WORKSPACE.path, json!({"name": "plain", "description": mark})),
        (endpoint::ACTIVATE.path, json!({"id": mark})),
    ];
    if context.has(Capability::Snapshot) {
        requests.push((endpoint::SNAPSHOT.path, json!({"scope": scope, "pageSize": 1, "pageToken": mark})));
        requests.push((endpoint::SNAPSHOT.path, json!({"scope": scope, "pageSize": 1, "tables": [mark]})));
    }
    for (path, body) in requests {
        for escape in ESCAPES {
            let body = body.to_string().replace(mark, escape);
            let answer = anna.send(Request::raw(reqwest::Method::POST, path, Some(body.into_bytes()))).await;
            answer.expect_no_5xx(HOSTILE_KEYS, format!("the escape {escape} breaks {path}"))?;
        }
    }
    anna.session(HOSTILE_KEYS).await?;
    anna.pull(&anna.home, 0, 1000).await?.expect_status(HOSTILE_KEYS, &[200])
}
