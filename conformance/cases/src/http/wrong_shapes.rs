//! HTTP: bodies of the wrong shape, on every endpoint.

use crate::prelude::*;
use crate::support::endpoint::calls_with_body;

const SHAPE: &str = "http.wrong-shape";
/// The fields of a pushed op, in the order of the protocol.
const OP: [&str; 9] = ["id", "tableName", "operation", "pk", "payload", "stamp", "createdAt", "attempts", "status"];
/// The fields of its stamp.
const STAMP: [&str; 4] = ["deviceId", "opId", "hlc", "clock"];

cases! {
    /// Sends every endpoint null, an array, a string, a number and an empty object.
    "http/wrong-body" checks [SHAPE] by wrong_body;
    /// Leaves out and mistypes every required field of every endpoint, one at a time.
    "http/wrong-fields" checks [SHAPE] by wrong_fields;
    /// Leaves out and mistypes every required field of a pushed op and its stamp, one at a time.
    "http/wrong-op-fields" checks [SHAPE] by wrong_op_fields;
    /// Sends each object of every body as a list of its values, as pairs of names and values, and as JSON in a text.
    "http/objects-in-disguise" checks [SHAPE] by objects_in_disguise;
}

async fn wrong_body(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for call in calls_with_body(&context, &anna).await? {
        for body in [json!(null), json!([]), json!([call.body]), json!("text"), json!(7), json!(true), json!({})] {
            let message = format!("{} accepts the body {body}", call.endpoint.name);
            anna.send(call.with(&body)).await.expect_one_of(SHAPE, &[400], message)?;
        }
    }
    still_serves(&anna, SHAPE).await
}

/// Values of types that no required field has. (Ids may be strings or numbers.)
fn wrong_everywhere() -> [Value; 3] {
    [json!(true), json!({"a": {}}), json!([[]])]
}

async fn wrong_fields(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for call in calls_with_body(&context, &anna).await? {
        for field in call.endpoint.fields().filter(|field| field.is_required) {
            let pointer = field.pointer;
            let mut variants = vec![("missing", call.without(pointer))];
            variants.push(("null", call.replaced(pointer, json!(null))));
            variants.extend(wrong_everywhere().map(|value| ("of the wrong type", call.replaced(pointer, value))));
            for (what, body) in variants {
                let message = format!("{} accepts a body whose {pointer} is {what}: {body}", call.endpoint.name);
                anna.send(call.with(&body)).await.expect_one_of(SHAPE, &[400], message)?;
            }
        }
    }
    still_serves(&anna, SHAPE).await?;
    anna.holds(&anna.home, &[], SHAPE).await
}

async fn wrong_op_fields(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ops = [anna.put("threads", "pk")];
    let push = EndpointCall::new(&endpoint::PUSH, &Filling { ops: &ops, ..Filling::of(&anna.home, &anna.id) });
    let required = OP.into_iter().filter(|field| *field != "payload");
    let pointers: Vec<String> = required.map(|field| format!("/ops/0/{field}")).collect();
    let stamp_pointers = STAMP.map(|field| format!("/ops/0/stamp/{field}"));
    for pointer in pointers.iter().chain(&stamp_pointers) {
        let mut variants = vec![push.without(pointer), push.replaced(pointer, json!(null))];
        variants.extend(wrong_everywhere().map(|value| push.replaced(pointer, value)));
        for body in variants {
            refused(&anna.send(push.with(&body)).await, pointer)?;
        }
    }
    for (pointer, value) in [
        ("/ops/0/operation", json!("upsert")),
        ("/ops/0/operation", json!("PUT")),
        ("/ops/0/status", json!("done")),
        ("/ops/0/attempts", json!(-1)),
        ("/ops/0/attempts", json!("0")),
        ("/ops/0/pk", json!(7)),
        ("/ops/0/stamp/hlc", json!(7)),
        ("/ops/0/stamp/deviceId", json!(7)),
        ("/ops/0", json!(null)),
        ("/ops/0", json!("op")),
        ("/ops/0", json!([])),
    ] {
        refused(&anna.send(push.with(&push.replaced(pointer, value))).await, pointer)?;
    }
    // A pk is a text: a number is wrong, even if the payload has the same.
    for table in TABLES {
        let put = anna.put(table.name, "7");
        for op in [anna.delete(table.name, "7"), put.clone(), put.field(table.pk_field, json!(7))] {
            refused(&anna.push(&anna.home, &[op.spoil("pk", Some(json!(7)))]).await?, "pk, the number 7,")?;
        }
    }
    anna.holds(&anna.home, &[], SHAPE).await
}

async fn objects_in_disguise(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for call in calls_with_body(&context, &anna).await? {
        for pointer in ["", "/scope"] {
            for disguise in disguises(call.body.pointer(pointer)) {
                let body = call.replaced(pointer, disguise);
                let message = format!("{} takes something else for an object: {body}", call.endpoint.name);
                anna.send(call.with(&body)).await.expect_one_of(SHAPE, &[400], message)?;
            }
        }
    }
    let ops = [anna.put("threads", "pk")];
    let push = EndpointCall::new(&endpoint::PUSH, &Filling { ops: &ops, ..Filling::of(&anna.home, &anna.id) });
    for pointer in ["/ops/0", "/ops/0/stamp"] {
        for disguise in disguises(push.body.pointer(pointer)) {
            let what = format!("{pointer}, given as {disguise},");
            refused(&anna.send(push.with(&push.replaced(pointer, disguise))).await, &what)?;
        }
    }
    still_serves(&anna, SHAPE).await?;
    anna.holds(&anna.home, &[], SHAPE).await
}

/// What a careless reader takes for that object: its values as a list, up to four of them in every order and more in that
/// of the protocol; its fields as pairs; and its JSON as a text.
fn disguises(object: Option<&Value>) -> Vec<Value> {
    let Some(fields) = object.and_then(Value::as_object) else { return Vec::new() };
    let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
    names.sort_by_key(|name| OP.iter().position(|field| field == name));
    let orders = if names.len() <= 4 { permutations(&names) } else { vec![names.clone()] };
    let list = |order: Vec<&str>| order.into_iter().map(|name| fields[name].clone()).collect();
    let pairs: Value = names.iter().map(|name| json!([name, fields[*name]])).collect();
    orders.into_iter().map(list).chain([pairs, json!(json!(fields).to_string())]).collect()
}

/// Every order of these.
fn permutations<'a>(names: &[&'a str]) -> Vec<Vec<&'a str>> {
    let Some((last, others)) = names.split_last() else { return vec![Vec::new()] };
    let with_last = |order: Vec<&'a str>| {
        let at = move |place| [&order[..place], &[*last], &order[place..]].concat();
        (0..names.len()).map(at).collect::<Vec<_>>()
    };
    permutations(others).into_iter().flat_map(with_last).collect()
}

/// Checks that a batch of one wrong op is refused: 400 for the batch, or a failure of the op.
fn refused(answer: &Answer, what: &str) -> Checked {
    if answer.is(&[400]) {
        return Ok(());
    }
    let body: PushAnswer = answer.read(SHAPE)?;
    let refused =
        body.results.iter().all(|result| !result.success && result.error_code == Some(ErrorCode::ValidationError));
    let message = format!("an op with a wrong {what} is not refused with 400 or VALIDATION_ERROR");
    answer.check(SHAPE, refused, message, "400, or VALIDATION_ERROR for the op")
}
