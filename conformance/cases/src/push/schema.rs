//! Push: payloads that are refused.

use crate::prelude::*;
use crate::push::results::invalid;
use syncproof_protocol::table::FieldType;

const SCHEMA: &str = "push.payload-schema";
const OBJECT: &str = "push.payload-object";
const PK: &str = "push.pk-matches-payload";

cases! {
    /// Every required field of every table, left out or null.
    "push/payload-schema-missing-field" checks [SCHEMA] by missing_field;
    /// Every required field of every table, with values of other types.
    "push/payload-schema-wrong-type" checks [SCHEMA] by wrong_type;
    /// Puts with an array, a list of pairs, a text, a number, true, null or nothing for a payload are refused.
    "push/payload-is-an-object" checks [OBJECT] by object;
    /// Payloads that name another pk, also one that looks alike, are refused in every table.
    "push/pk-matches-payload" checks [PK] by pk_matches;
}

/// The required fields of a table but its pk, which has a requirement of its own, with their types.
fn required(table: &str) -> Vec<(&'static str, &'static str)> {
    let Some(table) = TABLES.iter().find(|known| known.name == table) else { return Vec::new() };
    let own = table.required.iter().filter(|(field, _)| *field != table.pk_field);
    own.map(|(field, kind)| {
        let kind = match kind {
            FieldType::Number => "number",
            FieldType::Bool => "bool",
            _ => "string",
        };
        (*field, kind)
    })
    .collect()
}

/// Pushes one put that has to be refused as invalid. A notification without a user may also be refused as another
/// user's.
async fn refused(journal: &mut Journal, op: Op, what: &str, field: &str) -> Checked {
    let settled = journal.attempt(&op).await?;
    let code = settled.result(0).and_then(|result| result.error_code);
    let private = field == "user_id" && journal.user.context().has(Capability::PrivateNotifications);
    if private && code == Some(ErrorCode::Unauthorized) {
        return Ok(());
    }
    invalid(SCHEMA, &settled, 0, what)
}

async fn missing_field(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, SCHEMA).await?;
    for table in TABLES {
        journal.push_ok(&[user.put(table.name, "live").clock(1).mark("live")]).await.in_setup()?;
        for (field, _) in required(table.name).into_iter().chain([(table.pk_field, "string")]) {
            let put = user.put(table.name, "live").clock(9);
            let what = format!("a put in {} without {field}", table.name);
            refused(&mut journal, put.clone().without_field(field), &what, field).await?;
            let what = format!("a put in {} with null for {field}", table.name);
            refused(&mut journal, put.with_new_id().field(field, Value::Null), &what, field).await?;
        }
        let empty = user.put(table.name, "live").clock(9).payload(Some(json!({})));
        refused(&mut journal, empty, "a put of an empty payload", "user_id").await?;
    }
    journal.holds().await
}

async fn wrong_type(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, SCHEMA).await?;
    for table in TABLES {
        journal.push_ok(&[user.put(table.name, "live").clock(1).mark("live")]).await.in_setup()?;
        for (field, kind) in required(table.name) {
            let values = match kind {
                "string" => [json!(5), json!(true), json!(["text"]), json!({"text": "text"})],
                "bool" => [json!("true"), json!(0), json!([false]), json!({})],
                _ => [json!("5"), json!(true), json!([5]), json!({})],
            };
            for value in values {
                if may_be_an_id(&user, field, &value) {
                    continue;
                }
                let what = format!("a put in {} with {value} for {field}", table.name);
                let put = user.put(table.name, "live").clock(9).field(field, value);
                refused(&mut journal, put, &what, field).await?;
            }
        }
    }
    journal.holds().await
}

/// Whether the value may name a user: ids may have any form (section 4), so where they are numbers, `user_id` may be one.
pub(crate) fn may_be_an_id(user: &User, field: &str, value: &Value) -> bool {
    field == "user_id" && value.is_number() && user.id.is_number()
}

/// Pushes one put that has to be refused, with any error.
async fn not_taken(journal: &mut Journal, op: Op, what: &str) -> Checked {
    let settled = journal.attempt(&[op]).await?;
    let message = format!("{what} is accepted");
    let actual = settled.answer.outcome();
    settled.answer.ensure(journal.requirement, settled.refused(0), message, "a 4xx, or no success for the op", actual)
}

async fn object(context: Context) -> Checked {
    let (user, mut journal) = Journal::with_user(&context, OBJECT).await?;
    for table in TABLES {
        let live = user.put(table.name, "live").clock(1).mark("live");
        journal.push_ok(&live).await.in_setup()?;
        let content = live.content().cloned().unwrap_or_default();
        // Some languages make an object of a list of pairs.
        let pairs: Vec<Value> = content.as_object().into_iter().flatten().map(|pair| json!(pair)).collect();
        let payloads = [
            Some(json!(pairs)),
            Some(json!([content])),
            Some(json!([])),
            Some(json!(content.to_string())),
            Some(json!("")),
            Some(json!(5)),
            Some(json!(true)),
            Some(json!(false)),
            Some(json!(0)),
            Some(Value::Null),
            None,
        ];
        for payload in payloads {
            let shown = payload.as_ref().map_or("no payload".to_owned(), |payload| format!("the payload {payload}"));
            for pk in ["live", "new"] {
                let put = user.put(table.name, pk).clock(9).payload(payload.clone());
                not_taken(&mut journal, put, &format!("a put in {} with {shown}", table.name)).await?;
            }
        }
    }
    journal.holds().await
}

async fn pk_matches(context: Context) -> Checked {
    const PAIRS: [(&str, &str); 12] = [
        ("live", "other"),
        ("other", "live"),
        ("live", "Live"),
        ("live", "live "),
        ("live", " live"),
        ("live", "live\u{200b}"),
        ("live", "liv"),
        ("live", ""),
        ("öü", "o\u{308}ü"),
        ("70", "070"),
        ("70", "70.0"),
        ("d%", "dc"),
    ];
    // The keys as they stand here: a payload's is compared with them, to the letter.
    let (user, mut journal) = Journal::with_user(&context, PK).await?;
    for table in TABLES {
        journal.push_ok(&[user.put_exactly(table.name, "live").clock(1).mark("live")]).await.in_setup()?;
        for (pk, named) in PAIRS {
            let put = user.put_exactly(table.name, pk).clock(9).field(table.pk_field, json!(named));
            let what = format!("a put of {} `{pk}` whose payload names `{}`", table.name, named.escape_debug());
            not_taken(&mut journal, put, &what).await?;
        }
        // A number is not the text of it.
        let put = user.put_exactly(table.name, "70").clock(9).field(table.pk_field, json!(70));
        not_taken(&mut journal, put, "a put of `70` whose payload names the number 70").await?;
        // In a table with another pk field, the usual one is any field.
        if table.pk_field != "id" {
            journal.push_ok(&[user.put_exactly(table.name, "right").field("id", json!("another"))]).await?;
            let put = user
                .put_exactly(table.name, "wrong")
                .field("id", json!("wrong"))
                .field(table.pk_field, json!("another"));
            not_taken(&mut journal, put, "a put whose `id` is right and whose pk field is another's").await?;
        }
    }
    journal.holds().await
}
