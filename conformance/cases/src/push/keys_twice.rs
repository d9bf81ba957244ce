//! Push: JSON in which an object names a key twice. Parsers differ in which of the two they take (RFC 8259, section 4), so
//! a server that reads a body with two of them may check the one and store the other.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::prelude::*;
use crate::push::json_limits::{HERE, PLACE, push_text};
use syncproof_protocol::json::same_json;

const TWICE: &str = "push.duplicate-keys";

cases! {
    /// Payloads that name a field twice, with values that are both in order: refused, or one of them everywhere.
    "push/payload-names-a-field-twice" checks [TWICE] by fields;
    /// Payloads that name a field twice, once in order and once not: never stored with the one that is not.
    "push/payload-names-a-bad-field-twice" checks [TWICE] by bad_fields;
    /// Stamps and ops that name a member twice: what is logged agrees with what was checked and answered.
    "push/op-names-a-member-twice" checks [TWICE] by members;
    /// Bodies with two scopes, of one's own workspace and of another user's: the other workspace stays as it is.
    "push/body-names-two-scopes" checks [TWICE, "isolation.scope-checked"] by scopes;
}

/// The names of an object in their order, with repetitions.
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Names;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }
        deserializer.deserialize_map(All)
    }
}

#[derive(serde::Deserialize)]
struct Pulled {
    changes: Vec<PulledChange>,
}

#[derive(serde::Deserialize)]
struct PulledChange {
    payload: Option<Box<RawValue>>,
}

/// Text that names a member twice.
fn twice(name: &str, first: &Value, second: &Value) -> String {
    format!("{first},\"{name}\":{second}")
}

/// Pushes an op with one field of its payload named twice.
async fn push_field(user: &User, journal: &Journal, op: &Op, field: &str, values: [&Value; 2]) -> Answer {
    push_text(user, journal, &op.clone().field(field, json!(PLACE)), &twice(field, values[0], values[1])).await
}

/// Whether an answer refuses the only op of a push.
fn is_refused(answer: &Answer, what: &str) -> Checked<bool> {
    let handled = answer.is(&[200, 400]);
    answer.ensure(TWICE, handled, format!("{what} is neither taken nor refused"), "200 or 400", answer.outcome())?;
    Ok(answer.is(&[400]) || answer.read::<PushAnswer>(TWICE)?.results.iter().all(|result| !result.success))
}

/// The payload of the last change of the log, which names every field once, and the answer that shows it.
async fn last_payload(journal: &Journal, version: u64, what: &str) -> Checked<(Value, Answer)> {
    let answer = journal.user.pull(&journal.workspace, version - 1, 10).await?;
    let page: Pulled = answer.read(TWICE)?;
    let Some(payload) = page.changes.into_iter().next().and_then(|change| change.payload) else {
        return Err(answer.fails(TWICE, format!("{what} is taken, and not pulled"), "a payload", answer.outcome()));
    };
    let mut names = serde_json::from_str::<Names>(payload.get()).map(|names| names.0).unwrap_or_default();
    names.sort_unstable();
    let repeated = names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| &pair[0]);
    answer.equal(TWICE, format!("a pull names a field of {what} twice"), Value::Null, repeated)?;
    Ok((serde_json::from_str(payload.get()).unwrap_or_default(), answer))
}

/// Pushes the op with a field named twice. Where it is taken, checks that one of these values is what pulls and snapshots
/// show, that a replay is one, and notes the op with that value.
async fn settle(journal: &mut Journal, op: Op, field: &str, values: [Value; 2], allowed: &[Value]) -> Checked {
    let what = format!("a payload that names {field} twice, as {} and {}", values[0], values[1]);
    let user = journal.user.clone();
    let answer = push_field(&user, journal, &op, field, [&values[0], &values[1]]).await;
    if is_refused(&answer, &what)? {
        return Ok(());
    }
    let version = successes(&answer, std::slice::from_ref(&op), TWICE)?[0];
    let (payload, pulled) = last_payload(journal, version, &what).await?;
    let shown = payload.get(field).cloned().unwrap_or_default();
    let fits = allowed.iter().any(|value| same_json(value, &shown));
    let expected = allowed.iter().map(Value::to_string).collect::<Vec<_>>().join(" or ");
    pulled.ensure(
        TWICE,
        fits,
        format!("{what} is pulled with neither value that may count"),
        expected,
        shown.to_string(),
    )?;
    let op = op.field(field, shown);
    journal.predict(std::slice::from_ref(&op));
    let again = push_field(&user, journal, &op, field, [&values[0], &values[1]]).await;
    let versions = successes(&again, std::slice::from_ref(&op), TWICE)?;
    again.equal(TWICE, format!("{what} is no replay when it comes again"), [version], versions)?;
    journal.holds().await
}

async fn fields(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, TWICE).await?;
    let spots = [
        ("threads", "title", json!("first"), json!("second")),
        ("threads", "pinned", json!(true), json!(false)),
        ("messages", "index", json!(1), json!(2)),
        ("posts", "content", json!(""), json!("text")),
        ("kv", "value", json!({"a": 1}), json!({"b": 2})),
        ("file_meta", "extra", json!(null), json!("text")),
    ];
    for (table, field, first, second) in spots {
        for (order, values) in
            [[first.clone(), second.clone()], [second.clone(), first.clone()]].into_iter().enumerate()
        {
            let op = user.put(table, &format!("{field} {order}"));
            settle(&mut journal, op, field, values.clone(), &values).await?;
        }
    }
    Ok(())
}

async fn bad_fields(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, TWICE).await?;
    let spots = [
        ("threads", "deleted", json!(false), json!("no")),
        ("threads", "status", json!("active"), json!(5)),
        ("messages", "clock", json!(1), json!("1")),
        ("projects", "name", json!("name"), json!(null)),
        ("posts", "id", json!("id 0"), json!("another")),
        ("file_meta", "hash", json!("hash 0"), json!("another")),
    ];
    for (table, field, good, bad) in spots {
        for (order, values) in [[good.clone(), bad.clone()], [bad.clone(), good.clone()]].into_iter().enumerate() {
            let is_pk = ["id", "hash"].contains(&field);
            let pk = format!("{field} {order}");
            let good = if is_pk { json!(pk) } else { good.clone() };
            let values = values.map(|value| if is_pk && value != bad { json!(pk) } else { value });
            settle(&mut journal, user.put(table, &pk), field, values, &[good]).await?;
        }
    }
    Ok(())
}

/// Ops with a member named twice: the member, where it stands, and the two values.
fn odd_members(user: &User) -> Vec<(&'static str, &'static str, [Value; 2])> {
    let [one, other] = [user.put("threads", "x").id().to_owned(), user.put("threads", "x").id().to_owned()];
    vec![
        ("clock", "stamp.clock", [json!(5), json!(9)]),
        ("hlc", "stamp.hlc", [json!("a"), json!("b")]),
        ("opId", "stamp.opId", [json!(one), json!(other)]),
        ("deviceId", "stamp.deviceId", [json!("first"), json!("second")]),
        ("pk", "pk", [json!("member"), json!("another")]),
        ("operation", "operation", [json!("put"), json!("delete")]),
        ("tableName", "tableName", [json!("threads"), json!("projects")]),
    ]
}

async fn members(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, TWICE).await?;
    for (name, place, values) in odd_members(&user) {
        for values in [values.clone(), [values[1].clone(), values[0].clone()]] {
            let what = format!("an op that names {name} twice, as {} and {}", values[0], values[1]);
            let op = user.put("threads", "member").field("name", json!("name"));
            let odd = op.clone().spoil(place, Some(json!(PLACE)));
            let answer = push_text(&user, &journal, &odd, &twice(name, &values[0], &values[1])).await;
            if is_refused(&answer, &what)? {
                continue;
            }
            // What the log shows is what counted: the answer names the same op, and its payload belongs to its key.
            let pushed: PushAnswer = answer.read(TWICE)?;
            let result = pushed.results.into_iter().next();
            let version = result.as_ref().and_then(|result| result.server_version).unwrap_or_default();
            let (changes, pulled) = user.log_after(&journal.workspace, journal.head(), 10, TWICE).await?;
            let [change] = &changes[..] else {
                return Err(pulled.fails(TWICE, format!("{what} is not one change"), "one", changes.len().to_string()));
            };
            let answered = result.map(|result| (result.op_id.clone(), version));
            let logged = Some((change.stamp.op_id.clone(), change.server_version));
            pulled.equal(TWICE, format!("{what} is logged under another op id than is answered"), logged, answered)?;
            let belongs = change.op == Operation::Delete
                || change.payload.as_ref().is_some_and(|payload| payload["id"] == *change.pk);
            pulled.check(TWICE, belongs, format!("{what} is logged with a payload of another key"), "its own key")?;
            journal.predict(Op::again(change).as_ref());
            journal.holds().await?;
        }
    }
    Ok(())
}

async fn scopes(context: Context) -> Checked {
    let (anna, mut own) = Journal::with_user(&context, TWICE).await?;
    let (ben, mut foreign) = Journal::with_user(&context, TWICE).await?;
    own.push_ok(&[anna.put("threads", "pk").clock(1).mark("own")]).await.in_setup()?;
    foreign.push_ok(&[ben.put("threads", "pk").clock(1).mark("foreign")]).await.in_setup()?;
    let scope = |workspace: &Id| json!({"workspaceId": workspace});
    for (first, second) in [(&anna.home, &ben.home), (&ben.home, &anna.home)] {
        let pairs = [
            ("scope", json!(PLACE), twice("scope", &scope(first), &scope(second))),
            ("workspaceId", json!({"workspaceId": PLACE}), twice("workspaceId", &json!(first), &json!(second))),
        ];
        for (name, place, text) in pairs {
            let planted = anna.put("threads", "pk").clock(9).mark("planted");
            let mut push = push_body(&anna.home, std::slice::from_ref(&planted));
            push["scope"] = place.clone();
            let pull = json!({"scope": place.clone(), "cursor": 0, "limit": 1000});
            let body = |body: Value| Some(body.to_string().replace(HERE, &text).into_bytes());
            let answer = anna.send(Request::raw(reqwest::Method::POST, endpoint::PUSH.path, body(push))).await;
            if answer.is(&[200]) {
                successes(&answer, std::slice::from_ref(&planted), TWICE)?;
                own.predict(std::slice::from_ref(&planted));
            }
            let message = format!("a push that names {name} twice, with one's own workspace and another user's");
            let handled = answer.is(&[200, 400, 403, 404]);
            answer.ensure(TWICE, handled, message, "200, 400, 403 or 404", answer.outcome())?;
            foreign.holds().await?;
            own.holds().await?;
            let answer = anna.send(Request::raw(reqwest::Method::POST, endpoint::PULL.path, body(pull))).await;
            if answer.is(&[200]) {
                let page: PullAnswer = answer.read(TWICE)?;
                let message = format!("a pull that names {name} twice shows another user's workspace");
                answer.equal(TWICE, message, own.entries_after(0), entries(&page.changes))?;
            }
        }
    }
    Ok(())
}
