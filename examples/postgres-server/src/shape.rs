//! The shapes of what clients send: which fields an object has to have, and of which kind.

use serde_json::Value;

const OP: &str = "id:text tableName:plain operation:put|delete pk:plain stamp:stamp createdAt:number attempts:count \
                  nextAttemptAt?:number status:pending|syncing|failed";

/// The synced tables, and the shape of a put's payload in each; `DATED` comes on top.
pub(crate) const TABLES: [(&str, &str); 7] = [
    ("threads", "id:text status:text deleted:flag pinned:flag title?:text|null"),
    ("messages", "id:text thread_id:text role:text order_key:text index:number deleted:flag hlc?:text"),
    ("projects", "id:text name:text deleted:flag"),
    ("posts", "id:text title:text content:text post_type:text deleted:flag"),
    ("kv", "id:text name:text"),
    ("file_meta", "hash:text deleted:flag kind?:text mime_type?:text size_bytes?:number"),
    (
        "notifications",
        "id:text user_id:text type:text title:text deleted:flag thread_id?:text document_id?:text body?:text \
         actions?:list read_at?:number deleted_at?:number",
    ),
];
const DATED: &str = "created_at:number updated_at:number clock:number";

/// Whether the value is an object with these fields: `name:kind`, or `name?:kind` for one that may be missing; several kinds
/// are separated by `|`.
pub(crate) fn has_shape(value: &Value, shape: &str) -> bool {
    value.is_object()
        && shape.split_whitespace().all(|field| {
            let (name, kinds) = field.split_once(':').unwrap_or((field, ""));
            match value.get(name.trim_end_matches('?')) {
                Some(found) => kinds.split('|').any(|kind| is_a(found, kind)),
                None => name.ends_with('?'),
            }
        })
}

/// Whether the value is of that kind. What is no kind is a literal.
fn is_a(value: &Value, kind: &str) -> bool {
    // PostgreSQL's texts cannot hold NUL; payloads are stored as JSON, where it is an escape.
    let plain = value.as_str().filter(|text| !text.contains('\0'));
    let is_within = |limit| plain.is_some_and(|text| text.chars().count() <= limit);
    match kind {
        "text" => value.is_string(),
        "plain" => plain.is_some(),
        "flag" => value.is_boolean(),
        "number" => value.is_number(),
        "list" => value.is_array(),
        "null" => value.is_null(),
        "count" => count(value).is_some(),
        "positive" => count(value).is_some_and(|count| count > 0),
        "limit" => count(value).is_some_and(|count| (1..=1000).contains(&count)),
        "id" => is_within(256) && plain.is_some_and(|text| !text.trim().is_empty()),
        "uuid" => value.as_str().is_some_and(|text| uuid::Uuid::try_parse(text).is_ok()),
        "name" => plain.is_some_and(|text| (1..=100).contains(&text.trim().chars().count())),
        "prose" => is_within(1000),
        "texts" => value.as_array().is_some_and(|all| all.iter().all(|text| is_a(text, "plain"))),
        "ops" => value.as_array().is_some_and(|all| all.iter().all(|op| has_shape(op, OP))),
        "stamp" => has_shape(value, "deviceId:plain opId:uuid hlc:plain clock:count"),
        "scope" => has_shape(value, "workspaceId:id projectId?:text"),
        literal => value.as_str() == Some(literal),
    }
}

/// An integer from 0 to 2^53 - 1, however it is written: `3.0` and `3e0` are 3.
pub(crate) fn count(value: &Value) -> Option<i64> {
    let number =
        value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(number));
    number.map(|number| number as i64)
}

/// Whether an op may be stored: a known table, and a payload that is what the table needs.
pub(crate) fn is_storable(op: &Value) -> bool {
    let Some((table, shape)) = TABLES.iter().find(|(table, _)| op["tableName"] == *table) else { return false };
    match op.get("payload") {
        payload if op["operation"] == "delete" => payload.is_none_or(Value::is_object),
        Some(payload) => {
            let key = if *table == "file_meta" { "hash" } else { "id" };
            has_shape(payload, shape) && has_shape(payload, DATED) && payload[key] == op["pk"]
        }
        None => false,
    }
}
