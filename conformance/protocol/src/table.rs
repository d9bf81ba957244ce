//! The seven synced tables, and the fields of their payloads (section 1 of the requirements).

use FieldType::{Anything, Array, Bool, Number, Text, TextOrNull};
use serde_json::Value;

/// The largest payload, in bytes of compact JSON (`push.large-payload`): 256 KiB.
pub const MAX_PAYLOAD_BYTES: usize = 256 * 1024;

/// The type of a payload field.
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
    /// Any JSON.
    Anything,
}

impl FieldType {
    /// Whether the value is of this type.
    #[must_use]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name on the wire.
    pub name: &'static str,
    /// The payload field that repeats the pk (`push.pk-matches-payload`).
    pub pk_field: &'static str,
    /// A text field that a case may set freely, to distinguish writes.
    pub text_field: &'static str,
    /// The fields that a put must have (`push.payload-schema`).
    pub required: &'static [Field],
    /// The fields that a put may have, with their types.
    pub optional: &'static [Field],
}

/// Makes a table: name, pk field and text field, then the required fields and the optional ones with their types.
macro_rules! table {
    ($name:ident, $pk:ident, $text:ident, [$($required:tt: $kind:ident),+], [$($optional:tt: $other:ident),*]) => {
        Table {
            name: stringify!($name),
            pk_field: stringify!($pk),
            text_field: stringify!($text),
            required: &[$((stringify!($required), $kind)),+],
            optional: &[$((stringify!($optional), $other)),*],
        }
    };
}

/// All synced tables.
pub const TABLES: [Table; 7] = [
    table! {
        threads, id, title,
        [id: Text, status: Text, deleted: Bool, pinned: Bool, created_at: Number, updated_at: Number,
         clock: Number],
        [title: TextOrNull]
    },
    table! {
        messages, id, order_key,
        [id: Text, thread_id: Text, role: Text, order_key: Text, index: Number, created_at: Number,
         updated_at: Number, clock: Number, deleted: Bool],
        [hlc: Text]
    },
    table! {
        projects, id, name,
        [id: Text, name: Text, deleted: Bool, created_at: Number, updated_at: Number, clock: Number],
        []
    },
    table! {
        posts, id, title,
        [id: Text, title: Text, content: Text, post_type: Text, deleted: Bool, created_at: Number,
         updated_at: Number, clock: Number],
        []
    },
    table! {
        kv, id, name,
        [id: Text, name: Text, created_at: Number, updated_at: Number, clock: Number],
        [value: Anything]
    },
    table! {
        file_meta, hash, mime_type,
        [hash: Text, deleted: Bool, created_at: Number, updated_at: Number, clock: Number],
        [kind: Text, mime_type: Text, size_bytes: Number]
    },
    table! {
        notifications, id, title,
        [id: Text, user_id: Text, type: Text, title: Text, deleted: Bool, created_at: Number,
         updated_at: Number, clock: Number],
        [thread_id: Text, document_id: Text, body: Text, actions: Array, read_at: Number, deleted_at: Number]
    },
];

impl Table {
    /// The table with this name (`push.unknown-table`: only the seven exist).
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// The fields of a payload, the required ones first.
    pub fn fields(&self) -> impl Iterator<Item = Field> + use<> {
        self.required.iter().chain(self.optional).copied()
    }

    /// The fields that say neither which record it is nor whose (`notification.owner-only`).
    pub fn free_fields(&self) -> impl Iterator<Item = Field> + use<> {
        let pk_field = self.pk_field;
        self.fields().filter(move |(name, _)| *name != pk_field && *name != "user_id")
    }
}

/// Texts that a lenient server takes for the name of that table.
#[must_use]
pub fn likenesses(table: &str) -> Vec<String> {
    let wide = table.chars().map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c)).collect();
    let (start, end) = table.split_at(table.len() - 1);
    let kelvin = table.replace('k', "\u{212a}");
    let mut alike =
        vec![table.to_uppercase(), wide, kelvin, format!("{start}_"), format!("{start}%"), format!("{start}*")];
    alike.extend(end.bytes().map(|byte| format!("{start}%{byte:02x}")));
    for sign in [" ", "+", "%20", "%00", "\0", "%", "*", "\u{200b}", "\u{feff}", "\n", ";", "--", "'", "\\"] {
        alike.extend([format!("{table}{sign}"), format!("{sign}{table}")]);
    }
    let around = [("\"", "\""), ("'", "'"), ("`", "`"), ("[", "]"), ("main.", ""), ("", ".id"), ("{", "}"), ("^", "$")];
    alike.extend(around.map(|(before, after)| format!("{before}{table}{after}")));
    alike.retain(|text| text != table);
    alike
}
