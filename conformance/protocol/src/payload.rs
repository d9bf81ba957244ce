//! Valid payloads of the seven synced tables (section 1 of the requirements).

use serde_json::{Map, Value, json};

use crate::table::Table;

/// Seconds since 1970 in every payload: a fixed moment, so that two runs send the same bytes.
const CREATED_AT: u64 = 1_750_000_000;

/// A payload with every required field of the table. A notification is for `user_id`. What names another record names the one
/// with this pk, so that a server which deletes records with the one that they belong to deletes some that it should not.
#[must_use]
pub fn valid(table_name: &str, pk: &str, clock: u64, user_id: &Value) -> Map<String, Value> {
    let own = match table_name {
        "threads" => json!({"title": "untitled", "status": "ready", "pinned": false}),
        "messages" => json!({"thread_id": pk, "role": "user", "order_key": "a0", "index": 0}),
        "projects" => json!({"name": "project"}),
        "posts" => json!({"title": "post", "content": "words", "post_type": "note"}),
        "kv" => json!({"name": "key", "value": "value"}),
        "file_meta" => json!({"kind": "image", "mime_type": "image/png", "size_bytes": 3}),
        "notifications" => {
            json!({"user_id": user_id, "type": "system", "title": "notice", "thread_id": pk, "document_id": pk})
        }
        _ => json!({}),
    };
    let mut payload = match own {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    payload.insert(Table::named(table_name).map_or("id", |table| table.pk_field).to_owned(), json!(pk));
    payload.insert("created_at".to_owned(), json!(CREATED_AT));
    payload.insert("updated_at".to_owned(), json!(CREATED_AT));
    payload.insert("clock".to_owned(), json!(clock));
    if table_name != "kv" {
        payload.insert("deleted".to_owned(), json!(false));
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::TABLES;

    #[test]
    fn payloads_are_valid() {
        for table in TABLES {
            let payload = valid(table.name, "pk", 1, &json!("user"));
            for (field, kind) in table.required {
                assert!(payload.get(*field).is_some_and(|value| kind.admits(value)), "{}.{field}", table.name);
            }
            assert!(payload[table.text_field].is_string(), "{}.{}", table.name, table.text_field);
        }
    }
}
