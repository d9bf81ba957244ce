//! Fields that variants add to an answer, leave out of it, or give another form.

use super::super::time;
use super::freedom::{Freedom, Freedoms};
use super::ids;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// The field that no variant changes: a payload comes back as it was pushed.
const PAYLOAD: &str = "payload";

/// Changes the body of an answer.
pub(super) fn change(freedoms: Freedoms, path: &str, body: &mut Value) {
    match path {
        "/api/auth/session" => session(freedoms, body),
        "/api/sync/push" => push(freedoms, body),
        "/api/sync/pull" => pull(freedoms, body),
        "/api/sync/snapshot" => each(body, "items", |item| snapshot_item(freedoms, item)),
        "/api/workspaces" => each(body, "workspaces", |entry| {
            let is_empty = entry.get("description").is_some_and(|text| text.is_null() || text == "");
            if is_empty && freedoms.take(Freedom::OptionalFieldsLeftOut) {
                entry.remove("description");
            }
        }),
        path if path.ends_with("/members") => each(body, "members", |member| {
            if freedoms.take(Freedom::OptionalFieldsLeftOut) {
                leave_out(member, &["email", "displayName"]);
            } else if freedoms.take(Freedom::OptionalFieldsNull) {
                null(member, &["email", "displayName"]);
            }
        }),
        _ => {}
    }
    if freedoms.take(Freedom::IdsAsNumbers) {
        ids::ids_to_numbers(body);
    }
    if freedoms.take(Freedom::ExtraFields) {
        extra(body);
    }
}

fn session(freedoms: Freedoms, body: &mut Value) {
    let Some(session) = body.get_mut("session").and_then(Value::as_object_mut) else { return };
    if freedoms.take(Freedom::HomelessWithoutRole) && session.get("workspace").is_some_and(Value::is_null) {
        session.remove("role");
    }
    if let Some(user) = session.get_mut("user").and_then(Value::as_object_mut) {
        if freedoms.take(Freedom::OptionalFieldsLeftOut) {
            leave_out(user, &["email", "displayName"]);
        } else if freedoms.take(Freedom::OptionalFieldsNull) {
            null(user, &["email", "displayName"]);
        }
    }
}

fn push(freedoms: Freedoms, body: &mut Value) {
    let says = |result: &Map<String, Value>, field: &str| result.get(field) == Some(&Value::Bool(true));
    if freedoms.take(Freedom::KnownNotApplied) {
        let mut seen = HashSet::new();
        each(body, "results", |result| {
            let is_copy = !seen.insert(result.get("opId").cloned());
            if says(result, "applied") && (is_copy || says(result, "replayed")) {
                result.insert("applied".to_owned(), Value::Bool(false));
            }
        });
    }
    each(body, "results", |result| {
        if freedoms.take(Freedom::ReplaysTerse) && says(result, "replayed") {
            leave_out(result, &["applied", "winner", PAYLOAD]);
        }
        if freedoms.take(Freedom::WithoutApplied) {
            leave_out(result, &["applied", "winner", PAYLOAD]);
        }
        if freedoms.take(Freedom::OptionalFieldsLeftOut) {
            leave_out(result, &["error", "replayed", PAYLOAD]);
        } else if freedoms.take(Freedom::OptionalFieldsNull) {
            null(result, &["serverVersion", "error", "errorCode", "applied", "replayed", "winner", PAYLOAD]);
        }
    });
    if freedoms.take(Freedom::PushVersionModest) {
        let results = body.get("results").and_then(Value::as_array);
        let highest = results.into_iter().flatten().filter_map(|result| result.get("serverVersion")?.as_u64()).max();
        body["serverVersion"] = json!(highest.unwrap_or(0));
    }
}

fn pull(freedoms: Freedoms, body: &mut Value) {
    each(body, "changes", |change| {
        if change.get("op").is_some_and(|op| op == "delete") {
            if freedoms.take(Freedom::DeletePayloadsLeftOut) {
                change.remove(PAYLOAD);
            } else if freedoms.take(Freedom::DeletePayloadsNull) {
                change.insert(PAYLOAD.to_owned(), Value::Null);
            }
        }
    });
    let Some(page) = body.as_object_mut().filter(|page| page.contains_key("changes")) else { return };
    if freedoms.take(Freedom::RetentionTold) {
        page.entry("requiresSnapshot").or_insert(json!(false));
        page.entry("oldestRetainedVersion").or_insert(json!(1));
    } else if freedoms.take(Freedom::OptionalFieldsNull) {
        null(page, &["requiresSnapshot", "oldestRetainedVersion"]);
    }
}

fn snapshot_item(freedoms: Freedoms, item: &mut Map<String, Value>) {
    let Some(moment) = item.get_mut("serverDeletedAt") else { return };
    if let Some(moment_s) = moment.as_u64().filter(|_| freedoms.take(Freedom::TimesInOtherForms)) {
        *moment = json!(time::iso(moment_s));
    } else if let Some(moment_s) = moment.as_f64().filter(|_| freedoms.take(Freedom::TimesWithFraction)) {
        *moment = json!(moment_s + 0.125);
    }
}

/// Changes each object of a list.
fn each(body: &mut Value, list: &str, change: impl FnMut(&mut Map<String, Value>)) {
    let entries = body.get_mut(list).and_then(Value::as_array_mut);
    entries.into_iter().flatten().filter_map(Value::as_object_mut).for_each(change);
}

fn leave_out(object: &mut Map<String, Value>, fields: &[&str]) {
    for field in fields {
        object.remove(*field);
    }
}

/// Adds these fields as null where they are missing.
fn null(object: &mut Map<String, Value>, fields: &[&str]) {
    for field in fields {
        object.entry(*field).or_insert(Value::Null);
    }
}

/// Adds unknown fields to every object outside of payloads.
fn extra(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.iter_mut().filter(|(name, _)| *name != PAYLOAD).for_each(|(_, value)| extra(value));
            object.insert("$schema".to_owned(), json!("https://example.test/v2"));
            object.insert("_links".to_owned(), json!({"self": [{"href": null}]}));
            object.insert("version".to_owned(), json!("2.0"));
        }
        Value::Array(array) => array.iter_mut().for_each(extra),
        _ => {}
    }
}
