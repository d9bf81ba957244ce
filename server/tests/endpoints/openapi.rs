//! The committed OpenAPI document is the one that the routes make.

#[test]
fn the_committed_document_is_up_to_date() {
    let committed = include_str!("../../openapi.json");
    let made = syncproof_server::openapi().to_pretty_json().unwrap();
    assert!(
        committed.trim_end() == made,
        "server/openapi.json is out of date: cargo run -p syncproof-server -- --print-openapi > server/openapi.json"
    );
}

/// The document's names come from other attributes than the answers' own, and must not drift from them.
#[test]
fn every_property_is_in_camel_case() {
    fn check(value: &serde_json::Value) {
        if let Some(properties) = value.get("properties").and_then(serde_json::Value::as_object) {
            assert!(properties.keys().all(|name| !name.contains('_')), "{properties:?}");
        }
        match value {
            serde_json::Value::Object(members) => members.values().for_each(check),
            serde_json::Value::Array(elements) => elements.iter().for_each(check),
            _ => {}
        }
    }
    check(&serde_json::to_value(syncproof_server::openapi()).unwrap());
}

#[test]
fn every_endpoint_is_in_it() {
    let document = serde_json::to_value(syncproof_server::openapi()).unwrap();
    let count: usize =
        document["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum();
    assert_eq!(count, 16);
}
