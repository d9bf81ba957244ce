//! The synced tables, and the fields that the payload of a put must have.

use serde_json::{Map, Value};

/// The type that a payload field must have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FieldType {
    Text,
    TextOrNull,
    Number,
    Bool,
    Array,
}

impl FieldType {
    fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::TextOrNull => value.is_string() || value.is_null(),
            Self::Number => value.is_number(),
            Self::Bool => value.is_boolean(),
            Self::Array => value.is_array(),
        }
    }
}

/// A field's name and type.
type Field = (&'static str, FieldType);

/// One synced table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// The payload field that must equal the op's pk.
    pub(crate) pk_field: &'static str,
    /// Besides those of [`COMMON`].
    required: &'static [Field],
    optional: &'static [Field],
}

use FieldType::{Array, Bool, Number, Text, TextOrNull};

/// Every synced table, in code-point order of the names.
pub(crate) const TABLES: [Table; 7] = [
    Table {
        name: "file_meta",
        pk_field: "hash",
        required: &[("hash", Text), ("deleted", Bool)],
        optional: &[("kind", Text), ("mime_type", Text), ("size_bytes", Number)],
    },
    Table { name: "kv", pk_field: "id", required: &[("id", Text), ("name", Text)], optional: &[] },
    Table {
        name: "messages",
        pk_field: "id",
        required: &[
            ("id", Text),
            ("thread_id", Text),
            ("role", Text),
            ("order_key", Text),
            ("index", Number),
            ("deleted", Bool),
        ],
        optional: &[("hlc", Text)],
    },
    Table {
        name: "notifications",
        pk_field: "id",
        required: &[("id", Text), ("user_id", Text), ("type", Text), ("title", Text), ("deleted", Bool)],
        optional: &[
            ("thread_id", Text),
            ("document_id", Text),
            ("body", Text),
            ("actions", Array),
            ("read_at", Number),
            ("deleted_at", Number),
        ],
    },
    Table {
        name: "posts",
        pk_field: "id",
        required: &[("id", Text), ("title", Text), ("content", Text), ("post_type", Text), ("deleted", Bool)],
        optional: &[],
    },
    Table {
        name: "projects",
        pk_field: "id",
        required: &[("id", Text), ("name", Text), ("deleted", Bool)],
        optional: &[],
    },
    Table {
        name: "threads",
        pk_field: "id",
        required: &[("id", Text), ("status", Text), ("deleted", Bool), ("pinned", Bool)],
        optional: &[("title", TextOrNull)],
    },
];

/// The fields that every table requires.
const COMMON: &[Field] = &[("created_at", Number), ("updated_at", Number), ("clock", Number)];

impl Table {
    /// The synced table of that name, if there is one.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// The first field of a put's payload that is missing or has the wrong type (requirement `push.payload-schema`).
    pub(crate) fn bad_field(&self, payload: &Map<String, Value>) -> Option<&'static str> {
        let is_bad = |field: &&Field, may_be_absent: bool| match payload.get(field.0) {
            Some(value) => !field.1.accepts(value),
            None => !may_be_absent,
        };
        let mut required = self.required.iter().chain(COMMON);
        let bad = required.find(|field| is_bad(field, false));
        bad.or_else(|| self.optional.iter().find(|field| is_bad(field, true))).map(|(name, _)| *name)
    }

    /// The names of the existing tables in a filter, sorted and without duplicates; `None` for a filter that means all tables.
    pub(crate) fn filtered(filter: Option<&[String]>) -> Option<Vec<&'static str>> {
        let filter = filter.filter(|names| !names.is_empty())?;
        let mut names: Vec<_> = filter.iter().filter_map(|name| Self::named(name)).map(|table| table.name).collect();
        names.sort_unstable();
        names.dedup();
        Some(names)
    }
}

/// The name of a synced table, as the OpenAPI document describes it.
#[cfg(test)]
pub(crate) struct TableName;

#[cfg(test)]
impl utoipa::PartialSchema for TableName {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::{ObjectBuilder, Type};
        let names = TABLES.map(|table| table.name);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(names))
            .description(Some("The name of a synced table."))
            .into()
    }
}

#[cfg(test)]
impl utoipa::ToSchema for TableName {
    fn name() -> std::borrow::Cow<'static, str> {
        "TableName".into()
    }
}
