//! HTTP: bodies of the wrong shape, on every endpoint.

use crate::prelude::*;
use crate::support::endpoint::calls_with_body;

const SHAPE: &str = "http.wrong-shape";

cases! {
    /// Sends every endpoint null, an array, a string, a number and an empty object.
    "http/wrong-body" checks [SHAPE] by wrong_body;
    /// Leaves out and mistypes every required field of every endpoint, one at a time.
    "http/wrong-fields" checks [SHAPE] by wrong_fields;
    /// Leaves out and mistypes every required field of a pushed op and its stamp, one at a time.
    "http/wrong-op-fields" checks [SHAPE] by wrong_op_fields;
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
    let fields = ["id", "tableName", "operation", "pk", "stamp", "createdAt", "attempts", "status"];
    let stamp = ["deviceId", "opId", "hlc", "clock"];
    let pointers = fields.map(|field| format!("/ops/0/{field}"));
    let stamp_pointers = stamp.map(|field| format!("/ops/0/stamp/{field}"));
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
