//! Push: generated payloads, valid and invalid.

use rand::RngExt as _;

use crate::prelude::*;
use crate::push::payload::comes_back;
use crate::push::schema::may_be_an_id;
use syncproof_protocol::endpoint;
use syncproof_protocol::json_generator::{large, spelled, text, value};
use syncproof_protocol::table::{FieldType, Table};

const ROUND_TRIP: &str = "push.payload-round-trips";
const SCHEMA: &str = "push.payload-schema";

cases! {
    /// Generated payloads in all tables, overwritten, lost and deleted with others; pull and snapshot keep each.
    "push/generated-values-overwritten" checks [ROUND_TRIP] by overwritten;
    /// Generated batches with blanks, escapes, surrogate pairs and odd forms of numbers mean what they say.
    "push/generated-spellings" checks [ROUND_TRIP] by spellings;
    /// Generated values that are long, wide or deep come back as they were.
    "push/generated-large-values" checks [ROUND_TRIP] by large_values;
    /// Every required field of every table with generated values of wrong types, many wrong ops a batch.
    "push/generated-wrong-fields" checks [SCHEMA] by wrong_fields;
}

/// A put with generated values in its free places: a field that nobody knows, and what the table leaves open.
fn generated(rng: &mut impl rand::Rng, user: &User, table: Table, pk: &str, clock: u64) -> Op {
    let mut op = user.put(table.name, pk).clock(clock).mark(&text(rng, 40)).field("extra", value(rng, 8));
    for _ in 0..rng.random_range(0..3) {
        let name = format!("x{}", text(rng, 6));
        op = op.field(&name, value(rng, 3));
    }
    match table.name {
        "kv" => op.field("value", value(rng, 6)),
        "notifications" => op.field("actions", json!([value(rng, 3), value(rng, 1)])),
        "posts" => op.field("content", json!(text(rng, 200))),
        _ => op,
    }
}

async fn overwritten(context: Context) -> Checked {
    let mut rng = context.rng();
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    let tables = context.tables();
    for round in 0..6_u64 {
        let mut ops = Vec::new();
        for number in 0..28 {
            let table = tables[number % tables.len()];
            let pk = format!("pk{number}");
            // Every third record's second write comes late and loses.
            let clock = if number % 3 == 0 { 10 - round } else { 10 + round };
            let op = if round == 3 && number % 4 == 1 {
                user.delete(table.name, &pk).clock(clock).payload(Some(json!({"reason": value(&mut rng, 4)})))
            } else {
                generated(&mut rng, &user, table, &pk, clock)
            };
            ops.push(op);
        }
        for batch in ops.chunks(14) {
            journal.push_ok(batch).await?;
        }
        comes_back(&journal).await?;
    }
    Ok(())
}

async fn spellings(context: Context) -> Checked {
    let mut rng = context.rng();
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    for round in 0..12 {
        let ops: Vec<Op> =
            (0..7).map(|number| generated(&mut rng, &user, TABLES[number], &format!("{round}/{number}"), 1)).collect();
        let body = spelled(&mut rng, &push_body(&journal.workspace, &ops));
        // The second time the same bytes are the same ops (`op.replay-same-version`); a server may well take `5.0` for
        // other content than `5`.
        for what in ["a batch written in other bytes", "the same batch once more"] {
            let body = body.clone().into_bytes();
            let answer = user.send(Request::raw(reqwest::Method::POST, endpoint::PUSH.path, Some(body))).await;
            let versions = successes(&answer, &ops, ROUND_TRIP)?;
            let foreseen = journal.predict(&ops);
            answer.equal(ROUND_TRIP, format!("{what} gets other versions"), foreseen, versions)?;
        }
    }
    comes_back(&journal).await
}

async fn large_values(context: Context) -> Checked {
    let mut rng = context.rng();
    let (user, mut journal) = Journal::with_user(&context, ROUND_TRIP).await?;
    for number in 0..24 {
        let op = user.put(if number % 2 == 0 { "kv" } else { "posts" }, &format!("pk{}", number / 2)).clock(number + 1);
        let value = large(&mut rng);
        // A server may have a limit of its own, from 256 KiB on (`push.large-payload`).
        if value.to_string().len() < 200_000 {
            journal.push_ok(&[op.field("value", value)]).await?;
        }
    }
    comes_back(&journal).await
}

/// Whether a value is of that type.
fn admits(kind: FieldType, value: &Value) -> bool {
    kind.admits(value)
}

async fn wrong_fields(context: Context) -> Checked {
    let mut rng = context.rng();
    let (user, mut journal) = Journal::with_user(&context, SCHEMA).await?;
    let kept: Vec<Op> = TABLES.iter().map(|table| user.put(table.name, "kept").mark("kept")).collect();
    journal.push_ok(&kept).await?;
    let mut wrong = Vec::new();
    for table in TABLES {
        for (field, kind) in table.required {
            let forms =
                [json!(null), json!("5"), json!(5), json!(true), json!(["5"]), json!([]), json!({}), json!({"a": 5})];
            let mut values: Vec<Value> = forms.into_iter().filter(|form| !admits(*kind, form)).collect();
            values.extend((0..4).map(|_| value(&mut rng, 2)).filter(|value| !admits(*kind, value)));
            for bad in values.into_iter().filter(|bad| !may_be_an_id(&user, field, bad)) {
                let number = wrong.len();
                let pk = if number % 5 == 0 { "kept".to_owned() } else { format!("wrong{number}") };
                let op = user.put(table.name, &pk).clock(9);
                wrong.push((format!("{}.{field} = {bad}", table.name), *field, op.field(field, bad)));
            }
            let op = user.put(table.name, "kept").clock(9).without_field(field);
            wrong.push((format!("{}.{field} left out", table.name), *field, op));
        }
    }
    // All are invalid: a server that checks only the first op of a batch accepts the others.
    for batch in wrong.chunks(40) {
        let ops: Vec<Op> = batch.iter().map(|(.., op)| op.clone()).collect();
        let settled = journal.attempt(&ops).await?;
        for (place, (what, field, _)) in batch.iter().enumerate() {
            let code = settled.result(place).and_then(|result| result.error_code);
            let anothers = *field == "user_id"
                && context.has(Capability::PrivateNotifications)
                && code == Some(ErrorCode::Unauthorized);
            let actual =
                settled.result(place).map_or_else(|| settled.answer.outcome(), |result| json!(result).to_string());
            let message = format!("a put with {what} is not refused as invalid");
            let expected = "400, or VALIDATION_ERROR for the op";
            settled.answer.ensure(SCHEMA, anothers || settled.invalid(place), message, expected, actual)?;
        }
        journal.holds().await?;
    }
    // One invalid op between valid ones, at every place.
    for place in 0..6 {
        let (what, _, op) = &wrong[rng.random_range(0..wrong.len())];
        let mut ops: Vec<Op> = (0..5).map(|number| user.put("kv", &format!("right {place} {number}"))).collect();
        ops.insert(place.min(5), op.clone().with_new_id());
        let settled = journal.attempt(&ops).await?;
        let message = format!("a put with {what} among valid ones is accepted");
        let actual = settled.answer.outcome();
        settled.answer.ensure(SCHEMA, settled.refused(place.min(5)), message, "its refusal", actual)?;
        journal.holds().await?;
    }
    Ok(())
}
