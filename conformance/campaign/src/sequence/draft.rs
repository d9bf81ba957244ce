//! One op of a sequence, before it gets the names of an execution.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::id_form::IdForm;
use super::user::User;
use super::workspace_ref::WorkspaceRef;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::Operation;

/// One op: fields that are not given have the values that a client would send.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The number of its op id: equal numbers give equal ids, and greater numbers greater ids.
    pub id: u32,
    /// How its op id is written; in small letters when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_form: Option<IdForm>,
    /// Put or delete.
    pub op: Operation,
    /// The table.
    pub table: String,
    /// The record: equal names give equal keys, which no other sequence has.
    pub pk: String,
    /// The logical clock.
    pub clock: u64,
    /// The hybrid logical clock; one that matches the clock when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hlc: Option<String>,
    /// The device that stamped it, by the name that cursors use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// The user whom a notification names; the writer when there is none.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub named: Option<User>,
    /// This many equal ops, each with its own key and op id; one when there is none, and 1,000 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copies: Option<u16>,
    /// The workspace that the payload names (`push.payload-stays-in-workspace`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<WorkspaceRef>,
    /// The payload, valid or not, instead of a generated one; null is a payload, too.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub payload: Option<Value>,
    /// Fields of the payload that differ from the generated one.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// Fields of the payload that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// Fields of the envelope (`attempts`) and the stamp (`stamp.clock`) that are sent with other values.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub wire: Map<String, Value>,
    /// Fields of the envelope and the stamp that are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// The most ops that one draft stands for.
const MAX_COPIES: u16 = 1000;
/// The distance between the op ids of copies; they are above those of the drafts themselves.
const COPY_ID_STRIDE: u32 = 1000;

/// Reads a field that is present, even if it is null, as `Some`.
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What names become in one execution, so that no two executions share records.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// A number that only this execution has: part of every key and op id.
    pub key: u64,
    /// Who writes.
    pub writer: &'a Value,
    /// Whom a notification names, if not the writer.
    pub named: Option<&'a Value>,
    /// The id of the workspace that the payload names.
    pub workspace: Option<&'a Value>,
    /// Whether ops may tie until the op id decides; otherwise different op ids get different hlcs.
    pub ties: bool,
}

impl Draft {
    /// A put of a valid payload, or a delete without one.
    #[must_use]
    pub fn new(id: u32, op: Operation, table: &str, pk: &str, clock: u64) -> Self {
        Draft {
            id,
            id_form: None,
            op,
            table: table.to_owned(),
            pk: pk.to_owned(),
            clock,
            hlc: None,
            device: None,
            named: None,
            copies: None,
            workspace: None,
            payload: None,
            fields: Map::new(),
            without: Vec::new(),
            wire: Map::new(),
            missing: Vec::new(),
        }
    }

    /// Gives a field of the payload another value.
    pub fn set_field(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_owned(), value);
    }

    /// One draft for each op that it stands for.
    pub fn singles(&self) -> impl Iterator<Item = Cow<'_, Draft>> {
        let copies = self.copies.map_or(1, |copies| copies.min(MAX_COPIES));
        (0..copies).map(|copy| {
            if copy == 0 {
                return Cow::Borrowed(self);
            }
            let id = self.id.saturating_add(u32::from(copy) * COPY_ID_STRIDE);
            Cow::Owned(Draft { id, pk: format!("{}-{copy}", self.pk), copies: None, ..self.clone() })
        })
    }

    /// The op with the names of one execution.
    #[must_use]
    pub fn op(&self, names: Names<'_>) -> Op {
        let pk = pk(&self.pk, names.key);
        let mut op = match self.op {
            Operation::Put => Op::put(&self.table, &pk, names.named.unwrap_or(names.writer)),
            Operation::Delete => Op::delete(&self.table, &pk),
        };
        let id = op_id(names.key, self.id);
        op = op.op_id(self.id_form.map_or_else(|| id.clone(), |form| form.of(&id))).clock(self.clock);
        op = op.envelope("id", Value::from(format!("{:x}-{}", names.key, self.id)));
        if let Some(device) = &self.device {
            op = op.device(&device_id(device, names.key));
        }
        let hlc = match (&self.hlc, names.ties) {
            (hlc, true) => hlc.clone(),
            (hlc, false) => {
                let hlc = hlc.clone().unwrap_or_else(|| format!("{:013}", self.clock));
                Some(format!("{hlc}~{:06}", self.id))
            }
        };
        if let Some(hlc) = hlc {
            op = op.hlc(hlc);
        }
        if let Some(payload) = &self.payload {
            op = op.payload(Some(payload.clone()));
        }
        if let Some(workspace) = names.workspace {
            op = op.field("workspace_id", workspace.clone());
        }
        for (name, value) in &self.fields {
            op = op.field(name, value.clone());
        }
        for name in &self.without {
            op = op.without_field(name);
        }
        for (place, value) in &self.wire {
            op = op.spoil(place.as_str(), Some(value.clone()));
        }
        for place in &self.missing {
            op = op.spoil(place.as_str(), None);
        }
        op
    }
}

/// The id of the device with that name. It is a number if the name is one.
#[must_use]
pub fn device_id(name: &str, key: u64) -> String {
    match name.trim_start().bytes().next() {
        // Odd ones are what they are.
        None => name.to_owned(),
        Some(first) if first.is_ascii_digit() => format!("{key}{name}"),
        Some(_) => format!("{key:x}-{name}"),
    }
}

/// The key with that name. It is a UUID or a number, in whatever form, if the name is one.
fn pk(name: &str, key: u64) -> String {
    // 13 digits at most, so that a short name stays a number that a double holds: what one rounds would be left to chance.
    let digits = (key >> 12).to_string();
    // The empty key is a case of its own.
    if name.is_empty() {
        String::new()
    } else if Uuid::try_parse(name).is_ok() {
        // Its last digits, so that all forms of one UUID stay forms of one.
        let mut last = format!("{:012x}", key & 0xffff_ffff_ffff);
        let is_capital = name.contains(|c: char| c.is_ascii_uppercase());
        if is_capital {
            last.make_ascii_uppercase();
        }
        let end = name.strip_suffix('}').map_or(name.len(), str::len);
        format!("{}{last}{}", &name[..end.saturating_sub(last.len())], &name[end..])
    } else if name.trim().parse::<f64>().is_ok_and(f64::is_finite) {
        // More digits before the point and the exponent.
        let first = name.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
        let end = name[first..].find(|c: char| !c.is_ascii_digit()).map_or(name.len(), |length| first + length);
        format!("{}{digits}{}", &name[..end], &name[end..])
    } else {
        format!("{key:x}-{name}")
    }
}

/// The UUID for that number: within one execution, greater numbers have greater UUIDs.
fn op_id(key: u64, number: u32) -> String {
    let (high, middle, low) = (key >> 32 & 0xffff_ffff, key >> 16 & 0xffff, key & 0xfff);
    // Version 4 and variant 1 (RFC 9562): some servers look.
    format!("{high:08x}-{middle:04x}-4{low:03x}-8000-{number:012x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_number_or_one_uuid_stays_one() {
        let value = |name: &str| pk(name, 1234 << 12).trim().parse::<f64>().unwrap();
        assert!(["7", "07", "7.0", "7e0", "+7", " 7", "7."].into_iter().all(|name| value(name) == 71234.0));
        let forms = [
            "0b6f5f4c-1c58-4a3e-9e0b-6f1c2a7d8e90",
            "{0B6F5F4C-1C58-4A3E-9E0B-6F1C2A7D8E90}",
            "0b6f5f4c1c584a3e9e0b6f1c2a7d8e90",
        ];
        let uuids = forms.map(|name| Uuid::try_parse(&pk(name, 0xabc)).unwrap());
        assert!(uuids.iter().all(|uuid| *uuid == uuids[0]) && uuids[0].to_string().ends_with("000000000abc"));
        assert_eq!([pk("", 10), pk("a", 10), pk("2024-02-29", 10)], ["", "a-a", "a-2024-02-29"]);
    }
}
