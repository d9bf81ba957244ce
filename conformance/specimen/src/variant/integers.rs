//! A server that parses the envelope's integers with an integer type, and so refuses `5.0`.

use super::super::failure::Failure;
use super::super::shape::Object;
use super::freedom::{Freedom, Freedoms};
use serde_json::Value;

/// The integer fields of a body.
const OF_BODY: [&str; 5] = ["cursor", "limit", "version", "retentionSeconds", "pageSize"];

/// Refuses a body in which an integer is written as a float.
pub(in super::super) fn require_plain_integers(freedoms: Freedoms, body: &Object) -> Result<(), Failure> {
    if !freedoms.take(Freedom::IntegersPlain) {
        return Ok(());
    }
    let ops = body.get("ops").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let of_ops = ops.iter().map(|op| op.get("attempts"));
    let mut integers = OF_BODY.iter().map(|field| body.get(*field)).chain(of_ops).flatten();
    match integers.find(|number| number.is_f64()) {
        Some(number) => Err(Failure::bad_request(format!("{number} is no integer"))),
        None => Ok(()),
    }
}
