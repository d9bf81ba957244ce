//! Shapes: reading typed fields out of a JSON object (`http.wrong-shape`).

use super::failure::Failure;
use super::variant::Ground;
use serde_json::{Map, Value};

/// A JSON object whose fields are read by type.
pub(super) type Object = Map<String, Value>;

/// A string that has to be there.
pub(super) fn text<'a>(object: &'a Object, field: &str) -> Result<&'a str, Failure> {
    let value = object.get(field).and_then(Value::as_str);
    value.ok_or_else(|| Failure::bad(format!("{field} has to be a string")))
}

/// A string, or nothing, or null.
pub(super) fn optional_text<'a>(object: &'a Object, field: &str) -> Result<Option<&'a str>, Failure> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(_) => text(object, field).map(Some),
    }
}

/// An integer in these bounds.
pub(super) fn integer(object: &Object, field: &str, least: u64, most: u64) -> Result<u64, Failure> {
    let value = object.get(field).and_then(whole).filter(|value| (least..=most).contains(value));
    value.ok_or_else(|| Failure::bad(format!("{field} has to be an integer from {least} to {most}")))
}

/// A number that is whole and not negative, however it is written: `1.0` is 1.
fn whole(value: &Value) -> Option<u64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    value.as_u64().or_else(|| {
        let float = value.as_f64().filter(|float| float.fract() == 0.0 && (0.0..=LIMIT).contains(float))?;
        // The bounds above make the text a plain integer.
        format!("{float:.0}").parse().ok()
    })
}

/// An object that has to be there.
pub(super) fn object<'a>(parent: &'a Object, field: &str) -> Result<&'a Object, Failure> {
    let value = parent.get(field).and_then(Value::as_object);
    value.ok_or_else(|| Failure::bad(format!("{field} has to be an object")))
}

/// An array that has to be there.
pub(super) fn array<'a>(parent: &'a Object, field: &str) -> Result<&'a [Value], Failure> {
    let value = parent.get(field).and_then(Value::as_array);
    value.map(Vec::as_slice).ok_or_else(|| Failure::bad(format!("{field} has to be an array")))
}

/// The table filter: no filter and an empty one both mean all (`pull.tables-filter`).
pub(super) fn tables(parent: &Object) -> Result<Option<Vec<String>>, Failure> {
    if !parent.contains_key("tables") {
        return Ok(None);
    }
    let names = array(parent, "tables")?.iter().map(|name| name.as_str().map(str::to_owned));
    let mut names: Vec<String> =
        names.collect::<Option<_>>().ok_or_else(|| Failure::bad("tables has to be an array of strings"))?;
    names.sort();
    names.dedup();
    Ok((!names.is_empty()).then_some(names))
}

/// The workspace that a sync request is about (`push.empty-workspace-id`).
pub(super) fn scope(body: &Object) -> Result<String, Failure> {
    let scope = object(body, "scope")?;
    optional_text(scope, "projectId")?;
    let id = text(scope, "workspaceId")?;
    if id.trim().is_empty() {
        return Err(Failure::bad("workspaceId is blank").on(Ground::BlankScope));
    }
    Ok(id.to_owned())
}

/// A device's id: not blank, at most 256 characters (`cursor.device-id`).
pub(super) fn device_id(parent: &Object) -> Result<&str, Failure> {
    let id = text(parent, "deviceId")?;
    let fits = !id.trim().is_empty() && id.chars().count() <= 256;
    fits.then_some(id).ok_or_else(|| Failure::bad("deviceId has to have 1 to 256 characters"))
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
