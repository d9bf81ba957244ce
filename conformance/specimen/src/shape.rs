//! Reads typed fields from a JSON object (`http.wrong-shape`).

use super::failure::{Failure, Reason};
use serde_json::{Map, Value};

/// A JSON object whose fields are read by type.
pub(super) type Object = Map<String, Value>;

/// A required string.
pub(super) fn text<'a>(object: &'a Object, field: &str) -> Result<&'a str, Failure> {
    let value = object.get(field).and_then(Value::as_str);
    value.ok_or_else(|| Failure::bad_request(format!("{field} has to be a string")))
}

/// An optional string, which may be missing or null.
pub(super) fn optional_text<'a>(object: &'a Object, field: &str) -> Result<Option<&'a str>, Failure> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => text(object, field).map(Some),
    }
}

/// A required integer within these bounds.
pub(super) fn integer(object: &Object, field: &str, min: u64, max: u64) -> Result<u64, Failure> {
    let value = object.get(field).and_then(whole).filter(|value| (min..=max).contains(value));
    value.ok_or_else(|| Failure::bad_request(format!("{field} has to be an integer from {min} to {max}")))
}

/// A non-negative integer, however it is written: `1.0` is 1.
fn whole(value: &Value) -> Option<u64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    value.as_u64().or_else(|| {
        let float = value.as_f64().filter(|float| float.fract() == 0.0 && (0.0..=LIMIT).contains(float))?;
        // The bounds make sure that the text is a plain integer.
        format!("{float:.0}").parse().ok()
    })
}

/// A required object.
pub(super) fn object<'a>(parent: &'a Object, field: &str) -> Result<&'a Object, Failure> {
    let value = parent.get(field).and_then(Value::as_object);
    value.ok_or_else(|| Failure::bad_request(format!("{field} has to be an object")))
}

/// A required array.
pub(super) fn array<'a>(parent: &'a Object, field: &str) -> Result<&'a [Value], Failure> {
    let value = parent.get(field).and_then(Value::as_array);
    value.map(Vec::as_slice).ok_or_else(|| Failure::bad_request(format!("{field} has to be an array")))
}

/// The table filter: a missing one and an empty one both mean all tables (`pull.tables-filter`).
pub(super) fn tables(parent: &Object) -> Result<Option<Vec<String>>, Failure> {
    if !parent.contains_key("tables") {
        return Ok(None);
    }
    let names = array(parent, "tables")?.iter().map(|name| name.as_str().map(str::to_owned));
    let mut names: Vec<String> =
        names.collect::<Option<_>>().ok_or_else(|| Failure::bad_request("tables has to be an array of strings"))?;
    names.sort();
    names.dedup();
    Ok((!names.is_empty()).then_some(names))
}

/// The id of the workspace that a sync request is about (`push.empty-workspace-id`).
pub(super) fn scope(body: &Object) -> Result<String, Failure> {
    let scope = object(body, "scope")?;
    optional_text(scope, "projectId")?;
    let id = text(scope, "workspaceId")?;
    if id.trim().is_empty() {
        return Err(Failure::bad_request("workspaceId is blank").because(Reason::BlankScope));
    }
    Ok(id.to_owned())
}

/// The project that a sync request is about, if it names one.
pub(super) fn project(body: &Object) -> Option<&str> {
    body.get("scope")?.get("projectId")?.as_str()
}

/// A device id: not blank, at most 256 characters (`cursor.device-id`).
pub(super) fn device_id(parent: &Object) -> Result<&str, Failure> {
    let id = text(parent, "deviceId")?;
    let fits = !id.trim().is_empty() && id.chars().count() <= 256;
    fits.then_some(id).ok_or_else(|| Failure::bad_request("deviceId has to have 1 to 256 characters"))
}

#[cfg(test)]
mod tests {
    use super::{integer, tables};
    use serde_json::{Value, json};

    fn reads(value: Value) -> bool {
        let body = json!({ "limit": value });
        integer(body.as_object().unwrap(), "limit", 1, 1000).is_ok()
    }

    #[test]
    fn integers_are_whole_and_in_range() {
        assert!(reads(json!(1)) && reads(json!(1000)) && reads(json!(5.0)));
        for bad in [json!(0), json!(1001), json!(1.5), json!(-1), json!("1"), json!(null), json!(1e300)] {
            assert!(!reads(bad.clone()), "{bad}");
        }
    }

    #[test]
    fn an_empty_filter_is_no_filter() {
        let body = json!({"tables": []});
        assert!(matches!(tables(body.as_object().unwrap()), Ok(None)));
    }
}
