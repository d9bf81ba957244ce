//! One op as it is sent, and what the protocol says about it alone.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::hostile::{is_hostile, may_be_refused};
use syncproof_model as model;
use syncproof_model::{ErrorCode, Flaw, MAX_CLOCK, Operation, Stamp};
use syncproof_protocol::family;
use syncproof_protocol::wire::Id;

/// The field by which a payload may name a workspace.
pub(super) const WORKSPACE: &str = "workspace_id";

/// One op of a push, as it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct SentOp {
    /// The JSON that is sent.
    pub wire: Value,
}

/// What may become of an op, independent of the log and the rest of the batch.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum OpExpectation {
    /// It has to be accepted.
    Right(model::Op),
    /// It may be refused or accepted.
    Open(model::Op),
    /// It has to be refused: alone, or with the whole batch (400).
    Wrong { requirement: &'static str, why: String },
    /// The batch has to be refused: 400.
    Spoils { requirement: &'static str, why: String },
}

impl SentOp {
    /// What the protocol says about it in that workspace. `writer` is the only user whom a notification may name, where that
    /// is checked.
    pub(super) fn expectation(&self, workspace: &Id, writer: Option<&str>) -> OpExpectation {
        let Some(fields) = self.wire.as_object() else {
            return rejects_batch("http.wrong-shape", "an op that is no object");
        };
        let stamp = fields.get("stamp").and_then(Value::as_object);
        let Some(stamp) = stamp else { return rejects_batch("http.wrong-shape", "an op without a stamp") };
        let op_id = stamp.get("opId").and_then(Value::as_str);
        let Some(op_id) = op_id.filter(|id| uuid::Uuid::try_parse(id).is_ok()) else {
            return rejects_batch("push.op-id-is-uuid", "an opId that is no UUID");
        };
        let Some(clock) = stamp.get("clock").and_then(clock) else {
            return rejects_batch("push.clock-range", "a clock that is no integer from 0 to 2^53-1");
        };
        match read(fields, stamp, op_id, clock) {
            Ok(op) => match judge(op, workspace, writer) {
                // The protocol does not say whether braces make it another id.
                OpExpectation::Right(op) if !is_hyphenated(op_id) => OpExpectation::Open(op),
                grade => grade,
            },
            // The protocol does not say whether a wrong envelope fails the op or the batch.
            Err(place) => {
                OpExpectation::Wrong { requirement: "http.wrong-shape", why: format!("an op with a wrong {place}") }
            }
        }
    }

    /// Whether it names that table.
    pub(super) fn is_of_table(&self, name: &str) -> bool {
        self.wire.get("tableName").and_then(Value::as_str) == Some(name)
    }

    /// The op id, where it is a text.
    pub(super) fn op_id(&self) -> Option<&str> {
        self.wire.get("stamp")?.get("opId")?.as_str()
    }
}

fn rejects_batch(requirement: &'static str, why: &str) -> OpExpectation {
    OpExpectation::Spoils { requirement, why: why.to_owned() }
}

/// Whether a UUID is written as RFC 9562, section 4, tells: in small letters. Many parsers accept others: in capitals, without
/// hyphens, in braces, as a URN.
fn is_hyphenated(uuid: &str) -> bool {
    uuid.len() == 36 && !uuid.contains(|c: char| c.is_ascii_uppercase())
}

fn clock(value: &Value) -> Option<u64> {
    let whole = value.as_u64().or_else(|| {
        let float =
            value.as_f64().filter(|float| float.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(float))?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked just above
        Some(float as u64)
    })?;
    (whole <= MAX_CLOCK).then_some(whole)
}

/// The op, or the place in it that has a wrong type.
fn read(
    fields: &Map<String, Value>,
    stamp: &Map<String, Value>,
    op_id: &str,
    clock: u64,
) -> Result<model::Op, &'static str> {
    let text = |fields: &Map<String, Value>, name| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let attempts = fields.get("attempts").and_then(Value::as_u64).ok_or("attempts")?;
    let status = text(fields, "status").ok_or("status")?;
    if !["pending", "syncing", "failed"].contains(&status.as_str()) {
        return Err("status");
    }
    fields.get("createdAt").filter(|value| value.is_number()).ok_or("createdAt")?;
    text(fields, "id").ok_or("id")?;
    let operation = text(fields, "operation").and_then(|word| Operation::from_word(&word)).ok_or("operation")?;
    let stamp = Stamp {
        device_id: text(stamp, "deviceId").ok_or("deviceId")?,
        op_id: op_id.to_owned(),
        hlc: text(stamp, "hlc").ok_or("hlc")?,
        clock,
    };
    Ok(model::Op {
        table: text(fields, "tableName").ok_or("tableName")?,
        operation,
        pk: text(fields, "pk").ok_or("pk")?,
        payload: fields
            .get("payload")
            .cloned()
            .filter(|payload| !(payload.is_null() && operation == Operation::Delete))
            .map(Arc::new),
        stamp,
        attempts,
    })
}

fn judge(op: model::Op, workspace: &Id, writer: Option<&str>) -> OpExpectation {
    let checked = match writer {
        Some(writer) => model::LogRules::check(&model::Author(writer), &op),
        None => model::check_op(&op),
    };
    match checked {
        // Even a server that accepts such keys and sizes must not accept a forged notification.
        Err(Flaw::EmptyPk | Flaw::TooLarge) if writer.is_some_and(|writer| model::Author(writer).forges(&op)) => {
            OpExpectation::Wrong { requirement: requirement(Flaw::NamesAnother), why: Flaw::NamesAnother.to_string() }
        }
        // A server may refuse these (`push.text-exact`, `push.large-payload`).
        Err(Flaw::EmptyPk | Flaw::TooLarge) => OpExpectation::Open(op),
        // `push.payload-object` is about puts.
        Err(Flaw::NotAnObject) if op.operation == Operation::Delete => OpExpectation::Open(op),
        Err(flaw) => OpExpectation::Wrong { requirement: requirement(flaw), why: flaw.to_string() },
        // Counts and times beyond all doubles' integers may be refused.
        Ok(()) if op.attempts > MAX_CLOCK || has_odd_text(&op) => OpExpectation::Open(op),
        Ok(()) if is_hostile(&op.pk) || names_another(&op, workspace) => OpExpectation::Open(op),
        Ok(()) if op.payload.as_deref().is_some_and(may_be_refused) => OpExpectation::Open(op),
        Ok(()) => OpExpectation::Right(op),
    }
}

/// Whether a text of the stamp is blank or one that a server may refuse (`http.hostile-keys`), or longer than many are, as a
/// key may be, too.
fn has_odd_text(op: &model::Op) -> bool {
    const LONG: usize = 64;
    let is_odd = |text: &String| {
        text.trim().is_empty() || text.contains('\0') || text.len() > LONG || family::may_be_refused(text)
    };
    is_odd(&op.stamp.hlc) || is_odd(&op.stamp.device_id) || op.pk.len() > LONG
}

/// Whether its payload names another workspace (`push.payload-stays-in-workspace`).
fn names_another(op: &model::Op, workspace: &Id) -> bool {
    op.payload.as_ref().is_some_and(|payload| payload.get(WORKSPACE).is_some() && !names(payload, workspace))
}

/// Whether a payload names that workspace.
pub(super) fn names(payload: &Value, workspace: &Id) -> bool {
    payload.get(WORKSPACE).and_then(Value::as_str) == Some(&workspace.to_string())
}

/// A payload without the workspace that it names: a server may put its own there.
pub(super) fn without_workspace(payload: &Value) -> Value {
    let mut payload = payload.clone();
    if let Value::Object(fields) = &mut payload {
        fields.remove(WORKSPACE);
    }
    payload
}

fn requirement(flaw: Flaw) -> &'static str {
    match (flaw, flaw.code()) {
        (Flaw::UnknownTable, _) => "push.unknown-table",
        (Flaw::NotAnObject, _) => "push.payload-object",
        (Flaw::PkDiffers(_), _) => "push.pk-matches-payload",
        (_, ErrorCode::Unauthorized) => "notification.no-forging",
        _ => "push.payload-schema",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use syncproof_protocol::op::Op;

    fn expectation(op: &Op) -> OpExpectation {
        SentOp { wire: op.json() }.expectation(&Id::text("home"), Some("anna"))
    }

    fn put() -> Op {
        Op::put("threads", "pk", &json!("anna"))
    }

    fn broken(grade: OpExpectation) -> (&'static str, bool) {
        match grade {
            OpExpectation::Wrong { requirement, .. } => (requirement, false),
            OpExpectation::Spoils { requirement, .. } => (requirement, true),
            right => panic!("{right:?}"),
        }
    }

    #[test]
    fn a_delete_with_an_odd_payload_may_be_taken() {
        let delete = Op::delete("kv", "pk").payload(Some(json!(5)));
        assert!(matches!(expectation(&delete), OpExpectation::Open(_)));
    }

    #[test]
    fn what_is_in_order_has_to_be_taken() {
        assert!(matches!(expectation(&put()), OpExpectation::Right(_)));
        assert!(matches!(expectation(&Op::delete("kv", "pk")), OpExpectation::Right(_)));
        assert!(matches!(expectation(&Op::put("notifications", "pk", &json!("anna"))), OpExpectation::Right(_)));
    }

    #[test]
    fn each_flaw_has_its_requirement_and_its_reach() {
        let flaws = [
            (put().op_id("no uuid"), ("push.op-id-is-uuid", true)),
            (Op::put("notifications", "", &json!("ben")), ("notification.no-forging", false)),
            (put().spoil("stamp.clock", Some(json!(-1))), ("push.clock-range", true)),
            (put().spoil("stamp.clock", Some(json!(1.5))), ("push.clock-range", true)),
            (put().spoil("stamp", None), ("http.wrong-shape", true)),
            (put().spoil("status", Some(json!("odd"))), ("http.wrong-shape", false)),
            (put().without_field("status"), ("push.payload-schema", false)),
            (put().payload(Some(json!([]))), ("push.payload-object", false)),
            (put().field("id", json!("other")), ("push.pk-matches-payload", false)),
            (Op::put("bogus", "pk", &json!(null)), ("push.unknown-table", false)),
            (Op::put("notifications", "pk", &json!("ben")), ("notification.no-forging", false)),
        ];
        for (op, expected) in flaws {
            assert_eq!(broken(expectation(&op)), expected, "{}", op.json());
        }
    }

    #[test]
    fn what_a_server_may_refuse_is_open() {
        assert!(matches!(expectation(&Op::put("kv", "", &json!(null))), OpExpectation::Open(_)));
        assert!(matches!(expectation(&put().hlc("")), OpExpectation::Open(_)));
        assert!(matches!(expectation(&put().op_id("{12345678-1234-4234-8234-123456789abc}")), OpExpectation::Open(_)));
        assert!(matches!(expectation(&Op::put("kv", "a\0", &json!(null))), OpExpectation::Open(_)));
        assert!(matches!(expectation(&put().field("workspace_id", json!("another"))), OpExpectation::Open(_)));
        assert!(matches!(expectation(&put().field("workspace_id", json!("home"))), OpExpectation::Right(_)));
        assert!(matches!(expectation(&put().mark(&"x".repeat(300 * 1024))), OpExpectation::Open(_)));
    }
}
