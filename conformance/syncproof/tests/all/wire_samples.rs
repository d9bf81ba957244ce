//! The suite's wire types accept every success body of an independent, deployed implementation, recorded on the wire.

use serde_json::Value;
use syncproof_protocol::wire;

fn reads<T: serde::de::DeserializeOwned>(body: &Value) -> Result<(), String> {
    serde_json::from_value::<T>(body.clone()).map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn every_recorded_success_body_is_accepted() {
    let mut successes = 0;
    for (number, line) in include_str!("data/wire-samples.jsonl").lines().enumerate() {
        let sample: Value = serde_json::from_str(line).expect("a line of JSON");
        if sample["status"] != 200 {
            continue;
        }
        let (method, path) = (sample["method"].as_str().expect("a method"), sample["path"].as_str().expect("a path"));
        let body = &sample["response"];
        let read = match (method, path) {
            ("GET", "/api/auth/session") => reads::<wire::SessionAnswer>(body),
            ("GET", "/api/workspaces") => reads::<wire::WorkspacesAnswer>(body),
            ("POST", "/api/workspaces") => reads::<wire::CreatedAnswer>(body),
            ("PATCH", path) if path.starts_with("/api/workspaces/") => reads::<wire::OkAnswer>(body),
            ("POST", "/api/sync/push") => reads::<wire::PushAnswer>(body),
            ("POST", "/api/sync/pull") => reads::<wire::PullAnswer>(body),
            ("POST", "/api/sync/update-cursor") => reads::<wire::OkAnswer>(body),
            ("POST", "/api/sync/snapshot") => reads::<wire::SnapshotAnswer>(body),
            other => panic!("line {}: no wire type for {other:?}", number + 1),
        };
        if let Err(error) = read {
            panic!("line {}: {}: {error}\n{body}", number + 1, sample["label"]);
        }
        successes += 1;
    }
    assert!(successes > 15, "only {successes} success bodies were looked at");
}
