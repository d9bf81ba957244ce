//! The seven synced tables, and what a put into each has to carry.

use super::{Flaw, Op, Operation, compact_length};
use FieldType::{Anything, Array, Bool, Number, Text, TextOrNull};
use serde_json::{Map, Value};

/// The largest payload, in bytes of compact JSON (`push.large-payload`): 256 KiB.
pub const MAX_PAYLOAD_BYTES: usize = 256 * 1024;

/// The type that a payload field has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A string.
    Text,
    /// A string or null.
    TextOrNull,
    /// Any JSON number.
    Number,
    /// True or false.
    Bool,
    /// An array of anything.
    Array,
    /// Whatever JSON there is.
    Anything,
}

impl FieldType {
    /// Whether the value is of this type.
    pub fn admits(self, value: &Value) -> bool {
        match self {
            Text => value.is_string(),
            TextOrNull => value.is_string() || value.is_null(),
            Number => value.is_number(),
            Bool => value.is_boolean(),
            Array => value.is_array(),
            Anything => true,
        }
    }
}

/// One typed field of a table.
pub type Field = (&'static str, FieldType);

/// One of the synced tables (`push.all-tables`).
#[derive(Debug)]
pub struct Table {
    /// Its name on the wire.
    pub name: &'static str,
    /// The payload field that repeats the pk (`push.pk-matches-payload`).
    pub pk_field: &'static str,
    /// The fields that a put has to carry (`push.payload-schema`).
    pub required: &'static [Field],
    /// The fields that have a type when they are there.
    pub optional: &'static [Field],
}

/// All synced tables.
pub const TABLES: [Table; 7] = [
    Table {
        name: "threads",
        pk_field: "id",
        required: &[
            ("id", Text),
            ("status", Text),
            ("deleted", Bool),
            ("pinned", Bool),
            ("created_at", Number),
            ("updated_at", Number),
            ("clock", Number),
        ],
        optional: &[("title", TextOrNull)],
    },
    Table {
        name: "messages",
        pk_field: "id",
        required: &[
            ("id", Text),
            ("thread_id", Text),
            ("role", Text),
            ("order_key", Text),
            ("index", Number),
            ("created_at", Number),
            ("updated_at", Number),
            ("clock", Number),
            ("deleted", Bool),
        ],
        optional: &[("hlc", Text)],
    },
    Table {
        name: "projects",
        pk_field: "id",
        required: &[
            ("id", Text),
            ("name", Text),
            ("deleted", Bool),
            ("created_at", Number),
            ("updated_at", Number),
            ("clock", Number),
        ],
        optional: &[],
    },
    Table {
        name: "posts",
        pk_field: "id",
        required: &[
            ("id", Text),
            ("title", Text),
            ("content", Text),
            ("post_type", Text),
            ("deleted", Bool),
            ("created_at", Number),
            ("updated_at", Number),
            ("clock", Number),
        ],
        optional: &[],
    },
    Table {
        name: "kv",
        pk_field: "id",
        required: &[("id", Text), ("name", Text), ("created_at", Number), ("updated_at", Number), ("clock", Number)],
        optional: &[("value", Anything)],
    },
    Table {
        name: "file_meta",
        pk_field: "hash",
        required: &[
            ("hash", Text),
            ("deleted", Bool),
            ("created_at", Number),
            ("updated_at", Number),
            ("clock", Number),
        ],
        optional: &[("kind", Text), ("mime_type", Text), ("size_bytes", Number)],
    },
    Table {
        name: "notifications",
        pk_field: "id",
        required: &[
            ("id", Text),
            ("user_id", Text),
            ("type", Text),
            ("title", Text),
            ("deleted", Bool),
            ("created_at", Number),
            ("updated_at", Number),
            ("clock", Number),
        ],
        optional: &[
            ("thread_id", Text),
            ("document_id", Text),
            ("body", Text),
            ("actions", Array),
            ("read_at", Number),
            ("deleted_at", Number),
        ],
    },
];

impl Table {
    /// The table of this name (`push.unknown-table`: there is none but the seven).
    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// The first thing wrong with a put's payload (`push.payload-schema`, `push.pk-matches-payload`).
    fn check(&self, pk: &str, payload: &Map<String, Value>) -> Result<(), Flaw> {
        for (field, kind) in self.required {
            match payload.get(*field) {
                None => return Err(Flaw::Missing(field)),
                Some(value) if !kind.admits(value) => return Err(Flaw::WrongType(field)),
                Some(_) => {}
            }
        }
        for (field, kind) in self.optional {
            if payload.get(*field).is_some_and(|value| !kind.admits(value)) {
                return Err(Flaw::WrongType(field));
            }
        }
        let named = payload.get(self.pk_field).and_then(Value::as_str);
        (named == Some(pk)).then_some(()).ok_or(Flaw::PkDiffers(self.pk_field))
    }
}

/// Whether an op is in order by itself, whatever else stands in the log.
///
/// # Errors
/// The op's table is unknown, its pk is empty, or its payload breaks the table's schema or is too large.
pub fn check_op(op: &Op) -> Result<(), Flaw> {
    let table = Table::named(&op.table).ok_or(Flaw::UnknownTable)?;
    if op.pk.is_empty() {
        return Err(Flaw::EmptyPk);
    }
    match (op.payload.as_deref(), op.operation) {
        (Some(Value::Object(payload)), Operation::Put) => table.check(&op.pk, payload)?,
        (Some(Value::Object(_)) | None, Operation::Delete) => {}
        _ => return Err(Flaw::NotAnObject),
    }
    let bytes = op.payload.as_deref().map_or(0, compact_length);
    (bytes <= MAX_PAYLOAD_BYTES).then_some(()).ok_or(Flaw::TooLarge)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Flaw, Op, Operation, Stamp};
    use super::check_op;
    use serde_json::{Value, json};

    fn put(table: &str, pk: &str, payload: Value) -> Op {
        Op {
            table: table.into(),
            operation: Operation::Put,
            pk: pk.into(),
            payload: Some(Arc::new(payload)),
            stamp: Stamp { device_id: "d".into(), op_id: "o".into(), hlc: "h".into(), clock: 1 },
            attempts: 0,
        }
    }

    fn kv(pk: &str) -> Value {
        json!({"id": pk, "name": "n", "created_at": 1, "updated_at": 1.5, "clock": 1, "anything": [null]})
    }

    #[test]
    fn a_put_needs_its_fields_in_their_types() {
        assert_eq!(check_op(&put("kv", "k", kv("k"))), Ok(()));
        let mut missing = kv("k");
        missing.as_object_mut().unwrap().remove("name");
        assert!(check_op(&put("kv", "k", missing)).is_err());
        let mut mistyped = kv("k");
        mistyped["clock"] = json!("1");
        assert!(check_op(&put("kv", "k", mistyped)).is_err());
    }

    #[test]
    fn pk_table_and_shape_are_checked() {
        assert!(check_op(&put("kv", "other", kv("k"))).is_err());
        assert!(check_op(&put("bogus", "k", kv("k"))).is_err());
        assert!(check_op(&put("kv", "k", json!([]))).is_err());
        assert!(check_op(&put("kv", "", kv(""))).is_err());
    }

    #[test]
    fn a_delete_may_carry_nothing_or_any_object() {
        let mut delete = put("kv", "k", json!({"whatever": 1}));
        delete.operation = Operation::Delete;
        assert_eq!(check_op(&delete), Ok(()));
        delete.payload = None;
        assert_eq!(check_op(&delete), Ok(()));
    }

    #[test]
    fn a_payload_far_too_large_is_told_so() {
        let mut payload = kv("k");
        payload["value"] = json!("x".repeat(300 * 1024));
        assert_eq!(check_op(&put("kv", "k", payload)), Err(Flaw::TooLarge));
    }
}
