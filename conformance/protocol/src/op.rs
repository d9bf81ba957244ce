//! An op to push, built field by field.

use serde_json::{Map, Value, json};

use crate::payload;
use crate::simulation;
use crate::table::Table;
use crate::wire::{Change, Operation, Revision, Stamp};

/// Seconds since 1970 on every envelope: a fixed moment, so that two runs send the same bytes.
const CREATED_AT: u64 = 1_750_000_000;

/// One put or delete of one record, with the stamp of a client. New ones have clock 1 and a unique op id.
#[derive(Debug, Clone)]
pub struct Op {
    table: String,
    pk: String,
    operation: Operation,
    payload: Option<Value>,
    stamp: Stamp,
    envelope: Map<String, Value>,
    spoils: Vec<(String, Option<Value>)>,
}

/// One op is a batch of one.
impl AsRef<[Op]> for Op {
    fn as_ref(&self) -> &[Op] {
        std::slice::from_ref(self)
    }
}

impl Op {
    /// A put of a valid payload. A notification is for `user_id`.
    #[must_use]
    pub fn put(table: &str, pk: &str, user_id: &Value) -> Self {
        let payload = Value::Object(payload::valid(table, pk, 1, user_id));
        Op::new(table, pk, Operation::Put, Some(payload))
    }

    /// A delete without a payload.
    #[must_use]
    pub fn delete(table: &str, pk: &str) -> Self {
        Op::new(table, pk, Operation::Delete, None)
    }

    /// The op of a change, to be pushed to another workspace, so without a workspace id in its payload.
    #[must_use]
    pub fn again(change: &Change) -> Self {
        let mut payload = change.payload.clone().filter(|_| change.op == Operation::Put);
        if let Some(Value::Object(fields)) = &mut payload {
            fields.remove("workspace_id");
        }
        let op = Op::new(&change.table_name, &change.pk, change.op, None);
        Op { payload, stamp: change.stamp.clone(), ..op }.envelope("id", json!(change.stamp.op_id))
    }

    fn new(table: &str, pk: &str, operation: Operation, payload: Option<Value>) -> Self {
        let op_id = simulation::uuid().to_string();
        let mut envelope = Map::new();
        envelope.insert("id".to_owned(), json!(op_id));
        envelope.insert("createdAt".to_owned(), json!(CREATED_AT));
        envelope.insert("attempts".to_owned(), json!(0));
        envelope.insert("status".to_owned(), json!("pending"));
        let stamp = Stamp { device_id: "device-1".to_owned(), op_id, hlc: String::new(), clock: 0 };
        Op { table: table.to_owned(), pk: pk.to_owned(), operation, payload, stamp, envelope, spoils: Vec::new() }
            .clock(1)
    }

    /// The same op with that logical clock and an hlc that fits it.
    #[must_use]
    pub fn clock(mut self, clock: u64) -> Self {
        self.stamp.clock = clock;
        self.stamp.hlc = format!("{clock:013}:0000:{}", self.stamp.device_id);
        if let Some(Value::Object(fields)) = &mut self.payload {
            fields.insert("clock".to_owned(), json!(clock));
        }
        self
    }

    /// The same op with that hybrid logical clock. (Set the clock before, because [`Op::clock`] also sets the hlc.)
    #[must_use]
    pub fn hlc(mut self, hlc: impl Into<String>) -> Self {
        self.stamp.hlc = hlc.into();
        self
    }

    /// The same op with that idempotency key.
    #[must_use]
    pub fn op_id(mut self, op_id: impl Into<String>) -> Self {
        self.stamp.op_id = op_id.into();
        self
    }

    /// The same op made on that device.
    #[must_use]
    pub fn device(mut self, device_id: &str) -> Self {
        self.stamp.device_id = device_id.to_owned();
        self
    }

    /// The same op with that field in its payload.
    #[must_use]
    pub fn field(mut self, name: &str, value: Value) -> Self {
        if let Some(Value::Object(fields)) = &mut self.payload {
            fields.insert(name.to_owned(), value);
        }
        self
    }

    /// The same op without that field in its payload.
    #[must_use]
    pub fn without_field(mut self, name: &str) -> Self {
        if let Some(Value::Object(fields)) = &mut self.payload {
            fields.remove(name);
        }
        self
    }

    /// The same op with a text that distinguishes it from others (in the free text field of the table).
    #[must_use]
    pub fn mark(self, text: &str) -> Self {
        let field = Table::named(&self.table).map_or("title", |table| table.text_field);
        self.field(field, json!(text))
    }

    /// The same op with any payload; None leaves the field out.
    #[must_use]
    pub fn payload(mut self, payload: Option<Value>) -> Self {
        self.payload = payload;
        self
    }

    /// The same op with that field on its envelope (`id`, `attempts`, `status`, `createdAt`, …).
    #[must_use]
    pub fn envelope(mut self, name: &str, value: Value) -> Self {
        self.envelope.insert(name.to_owned(), value);
        self
    }

    /// The same op with any value at one place of its JSON, `field` or `stamp.field`; None leaves it out.
    #[must_use]
    pub fn spoil(mut self, place: impl Into<String>, value: Option<Value>) -> Self {
        self.spoils.push((place.into(), value));
        self
    }

    /// Whether something in it was replaced, so that a server need not take it, nor show it as it was built.
    #[must_use]
    pub fn is_spoilt(&self) -> bool {
        !self.spoils.is_empty()
    }

    /// A new op with the same content and a new idempotency key.
    #[must_use]
    pub fn with_new_id(self) -> Self {
        let op_id = simulation::uuid().to_string();
        self.envelope("id", json!(op_id)).op_id(op_id)
    }

    /// The record's table.
    #[must_use]
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The record's key.
    #[must_use]
    pub fn pk(&self) -> &str {
        &self.pk
    }

    /// The idempotency key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.stamp.op_id
    }

    /// Put or delete.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The payload.
    #[must_use]
    pub fn content(&self) -> Option<&Value> {
        self.payload.as_ref()
    }

    /// The stamp.
    #[must_use]
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
    }

    /// The place of the op in the order of writes.
    #[must_use]
    pub fn revision(&self) -> Revision {
        Revision::from(&self.stamp)
    }

    /// The op as it is sent.
    #[must_use]
    pub fn json(&self) -> Value {
        self.clone().into_json()
    }

    /// As [`Op::json`], without a copy.
    #[must_use]
    pub fn into_json(self) -> Value {
        let mut op = self.envelope;
        op.insert("operation".to_owned(), json!(self.operation));
        op.insert("stamp".to_owned(), json!(self.stamp));
        op.insert("tableName".to_owned(), Value::String(self.table));
        op.insert("pk".to_owned(), Value::String(self.pk));
        if let Some(payload) = self.payload {
            op.insert("payload".to_owned(), payload);
        }
        for (place, value) in self.spoils {
            match place.split_once('.') {
                None => set(&mut op, &place, value),
                Some((outer, inner)) => {
                    if let Some(Value::Object(fields)) = op.get_mut(outer) {
                        set(fields, inner, value);
                    }
                }
            }
        }
        Value::Object(op)
    }

    /// Whether the op is sent with its op id.
    #[must_use]
    pub fn bears_its_id(&self) -> bool {
        self.json()["stamp"]["opId"] == json!(self.stamp.op_id)
    }

    /// The entry of the change log that this op must become under that version, for comparing. The payload of a delete is
    /// left out, since the protocol does not say whether it is returned.
    #[must_use]
    pub fn as_change(&self, server_version: u64) -> Value {
        change_json(&Change {
            server_version,
            table_name: self.table.clone(),
            pk: self.pk.clone(),
            op: self.operation,
            payload: self.payload.clone(),
            stamp: self.stamp.clone(),
        })
    }
}

fn set(fields: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => drop(fields.insert(name.to_owned(), value)),
        None => drop(fields.remove(name)),
    }
}

/// A change for comparing with [`Op::as_change`].
#[must_use]
pub fn change_json(change: &Change) -> Value {
    let mut change = change.clone();
    if change.op == Operation::Delete {
        change.payload = None;
    }
    json!(change)
}
