//! Pushing: shapes, versions, which errors fail one op and which fail the batch.

use serde_json::{Value, json};

use crate::harness::{Server, TABLES, ann, delete, join_all, op, payload, put, uuid};
use crate::pull::versions;

#[tokio::test]
async fn results_have_the_order_of_the_ops_and_new_ops_take_adjacent_versions() {
    let (ann, home) = ann().await;
    let ops = [put("a", 1, 1), op("put", "bogus", "b", 1, Some(json!({ "id": "b" }))), delete("c", 1)];
    let body = ann.push(&home, &ops).await.expect(200);
    let results = body["results"].as_array().unwrap();
    for (op, result) in ops.iter().zip(results) {
        assert_eq!(op["stamp"]["opId"], result["opId"]);
    }
    assert_eq!(results[0]["serverVersion"], 1);
    assert_eq!(results[1]["errorCode"], "VALIDATION_ERROR");
    assert_eq!(results[1].get("serverVersion"), None);
    assert_eq!(results[2]["serverVersion"], 2);
    assert_eq!(body["serverVersion"], 2);
    let empty = ann.push(&home, &[]).await.expect(200);
    assert_eq!(empty, json!({ "results": [], "serverVersion": 2 }));
}

#[tokio::test]
async fn every_table_takes_puts_and_deletes_and_checks_each_required_field() {
    let (ann, home) = ann().await;
    let ann_id = ann.user_id().await;
    for table in TABLES {
        let good = payload(table, "1", &ann_id);
        let mut ops = vec![op("put", table, "1", 1, Some(good.clone()))];
        for field in good.as_object().unwrap().keys() {
            let mut without = good.clone();
            without.as_object_mut().unwrap().remove(field);
            ops.push(op("put", table, "1", 2, Some(without)));
            let mut mistyped = good.clone();
            mistyped[field] = json!({});
            ops.push(op("put", table, "1", 2, Some(mistyped)));
        }
        ops.push(op("delete", table, "1", 3, None));
        ops.push(op("delete", table, "1", 4, Some(json!({ "any": "thing" }))));
        let results = ann.pushed(&home, &ops).await;
        let successes: Vec<bool> = results.iter().map(|result| result["success"] == true).collect();
        let expected: Vec<bool> = (0..ops.len()).map(|place| place == 0 || place + 2 >= ops.len()).collect();
        assert_eq!(successes, expected, "{table}");
    }
}

#[tokio::test]
async fn optional_fields_are_typed_where_the_table_says_so() {
    let (ann, home) = ann().await;
    let cases = [
        ("threads", "title", json!(null), true),
        ("threads", "title", json!(1), false),
        ("messages", "hlc", json!(null), false),
        ("kv", "value", json!({ "deep": [1] }), true),
        ("file_meta", "size_bytes", json!("3"), false),
        ("notifications", "actions", json!([]), true),
        ("notifications", "actions", json!({}), false),
        ("notifications", "read_at", json!(1.5), true),
        ("posts", "unknown", json!({ "__proto__": 1 }), true),
    ];
    let ann_id = ann.user_id().await;
    for (table, field, value, accepted) in cases {
        let mut payload = payload(table, "1", &ann_id);
        payload[field] = value;
        let results = ann.pushed(&home, &[op("put", table, "1", 1, Some(payload))]).await;
        assert_eq!(results[0]["success"], accepted, "{table}.{field}: {}", results[0]);
    }
}

#[tokio::test]
async fn ops_that_cannot_be_stored_fail_alone() {
    let (ann, home) = ann().await;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut op = put("a", 9, 1);
        change(&mut op);
        op
    };
    let ops = [
        with(&|op| op["payload"] = json!([])),
        with(&|op| op["payload"] = json!("text")),
        with(&|op| op["payload"] = Value::Null),
        with(&|op| drop(op.as_object_mut().unwrap().remove("payload"))),
        with(&|op| op["pk"] = json!("b")),
        with(&|op| op["pk"] = json!("")),
        with(&|op| op["tableName"] = json!("__proto__")),
        with(&|op| op["tableName"] = json!("KV")),
        with(&|op| op["payload"]["workspace_id"] = json!(uuid())),
        with(&|op| op["payload"]["workspace_id"] = json!(7)),
        op("delete", "kv", "a", 9, Some(json!([]))),
        op("delete", "kv", "a", 9, Some(json!({ "workspace_id": "w" }))),
        put("good", 1, 1),
        with(&|op| op["payload"]["workspace_id"] = json!(home)),
    ];
    let results = ann.pushed(&home, &ops).await;
    let (failed, stored) = results.split_at(12);
    assert!(
        failed.iter().all(|result| result["success"] == false && result["errorCode"] == "VALIDATION_ERROR"),
        "{failed:?}"
    );
    assert_eq!([&stored[0]["serverVersion"], &stored[1]["serverVersion"]], [1, 2]);
    assert_eq!(ann.changes(&home).await.len(), 2);
}

#[tokio::test]
async fn a_batch_of_the_wrong_shape_is_refused_as_a_whole() {
    let (ann, home) = ann().await;
    let set = |path: &str, value: Value| {
        let mut op = put("bad", 1, 1);
        *op.pointer_mut(path).unwrap() = value;
        op
    };
    let mut bad = vec![
        set("/operation", json!("upsert")),
        set("/operation", json!({ "put": null })),
        set("/status", json!("done")),
        set("/attempts", json!(-1)),
        set("/attempts", json!(0.5)),
        set("/createdAt", json!("now")),
        set("/pk", json!(1)),
        set("/id", json!(1)),
        set("/tableName", json!(null)),
        set("/stamp", json!(["d", uuid(), "h", 1])),
        set("/stamp/hlc", json!(1)),
        set("/stamp/hlc", json!("h".repeat(1025))),
        set("/stamp/deviceId", json!(" ")),
        set("/stamp/deviceId", json!("d".repeat(257))),
        json!(null),
        json!([]),
        json!("op"),
    ];
    for op_id in [
        "",
        "x",
        "0e7f71a8-34b4-4489-a0b6",
        "0e7f71a834b44489a0b67164a3dce71e",
        "{0e7f71a8-34b4-4489-a0b6-7164a3dce71e}",
    ] {
        bad.push(set("/stamp/opId", json!(op_id)));
    }
    for clock in
        [json!(-1), json!(1.5), json!(9_007_199_254_740_992_u64), json!(1e300), json!("1"), json!(null), json!(true)]
    {
        bad.push(set("/stamp/clock", clock));
    }
    for field in ["id", "tableName", "operation", "pk", "stamp", "createdAt", "attempts", "status"] {
        let mut op = put("bad", 1, 1);
        op.as_object_mut().unwrap().remove(field);
        bad.push(op);
    }
    for op in bad {
        let answer = ann.push(&home, &[put("good", 1, 1), op.clone()]).await;
        assert_eq!(answer.status, 400, "{op}");
    }
    for scope in [
        json!(null),
        json!({}),
        json!([home]),
        json!({ "workspaceId": 1 }),
        json!({ "workspaceId": home, "projectId": 1 }),
    ] {
        ann.post("/api/sync/push", json!({ "scope": scope, "ops": [] })).await.expect(400);
    }
    let blank = ann.push("  ", &[]).await.expect(400);
    assert_eq!(blank["message"], "workspaceId is required");
    ann.post("/api/sync/push", json!({ "scope": { "workspaceId": home } })).await.expect(400);
    let many: Vec<Value> = (0..1001).map(|number| put(&number.to_string(), 1, 1)).collect();
    ann.push(&home, &many).await.expect(400);
    assert!(ann.changes(&home).await.is_empty());
}

#[tokio::test]
async fn envelopes_may_hold_what_the_protocol_does_not_forbid() {
    let (ann, home) = ann().await;
    let mut op = put("a", 9_007_199_254_740_991, 1);
    op["nextAttemptAt"] = Value::Null;
    op["createdAt"] = json!(-1.5);
    op["unknown"] = json!({ "constructor": [] });
    op["stamp"]["opId"] = json!(uuid().to_uppercase());
    assert_eq!(ann.pushed(&home, &[op.clone()]).await[0]["success"], true);
    assert_eq!(ann.changes(&home).await[0]["stamp"], op["stamp"]);
}

#[tokio::test]
async fn a_thousand_small_ops_are_accepted() {
    let (ann, home) = ann().await;
    let ops: Vec<Value> = (0..1000).map(|number| put(&number.to_string(), 1, number)).collect();
    assert_eq!(ann.push(&home, &ops).await.expect(200)["serverVersion"], 1000);
}

#[tokio::test]
async fn a_payload_of_256_kib_is_accepted_and_a_byte_more_is_oversized() {
    let (ann, home) = ann().await;
    let sized = |bytes: usize| {
        let mut op = put("a", 1, "");
        let room = bytes - op["payload"].to_string().len();
        op["payload"]["value"] = json!("x".repeat(room));
        assert_eq!(op["payload"].to_string().len(), bytes);
        op
    };
    let results = ann.pushed(&home, &[sized(262_144), sized(262_145)]).await;
    assert_eq!(results[0]["success"], true);
    assert_eq!(results[1]["errorCode"], "OVERSIZED");
}

#[tokio::test]
async fn a_payload_is_returned_byte_for_byte() {
    let (server, ann, home) = Server::with_ann().await;
    let payload = r#"{"value":{"z":1,"a":[9007199254740993,-0.0,1e-7,1.0,5e-324,123456789012345678901234567890,null,""],"é":"\u00e9\ud83d\ude00\u0000","__proto__":{"x":1}},"clock":1,"updated_at":1,"created_at":1,"name":"k","id":"p"}"#;
    let stamp = json!({ "deviceId": "d", "opId": uuid(), "hlc": "h", "clock": 1 });
    let body = format!(
        r#"{{"scope":{{"workspaceId":"{home}"}},"ops":[{{"id":"i","tableName":"kv","operation":"put","pk":"p","payload":{payload},"stamp":{stamp},"createdAt":1,"attempts":0,"status":"pending"}}]}}"#
    );
    let answer = server.send_text(Some(&ann.token), "POST", "/api/sync/push", body).await.expect(200);
    assert_eq!(answer["results"][0]["success"], true);
    let scope = json!({ "workspaceId": home });
    for (path, body) in [
        ("/api/sync/pull", json!({ "scope": scope, "cursor": 0, "limit": 1 })),
        ("/api/sync/snapshot", json!({ "scope": scope, "pageSize": 1 })),
    ] {
        let answer = ann.post(path, body).await;
        assert!(answer.status == 200 && answer.text.contains(payload), "{}", answer.text);
    }
}

#[tokio::test]
async fn values_that_json_libraries_cannot_keep_fail_alone() {
    let (server, ann, home) = Server::with_ann().await;
    for value in ["1e999", r#""\ud800""#] {
        let op = put("a", 1, "VALUE").to_string().replace("\"VALUE\"", value);
        let body = format!(r#"{{"scope":{{"workspaceId":"{home}"}},"ops":[{op}]}}"#);
        let answer = server.send_text(Some(&ann.token), "POST", "/api/sync/push", body).await.expect(200);
        assert_eq!(answer["results"][0]["errorCode"], "VALIDATION_ERROR");
    }
}

#[tokio::test]
async fn keys_are_compared_byte_for_byte() {
    let (ann, home) = ann().await;
    let pks = [
        "a",
        "A",
        "a ",
        " a",
        "ä",
        "a\u{308}",
        "%",
        "_",
        "'",
        "\"",
        "a\0",
        "a\0b",
        "\0",
        "'; DROP TABLE records; --",
        "__proto__",
    ];
    let ops: Vec<Value> = pks.iter().map(|pk| put(pk, 1, *pk)).collect();
    assert!(ann.pushed(&home, &ops).await.iter().all(|result| result["success"] == true));
    let items = ann.items(&home).await;
    let mut sorted = pks;
    sorted.sort_unstable();
    let listed: Vec<&str> = items.iter().map(|item| item["pk"].as_str().unwrap()).collect();
    assert_eq!(listed, sorted);
    assert!(items.iter().all(|item| item["payload"]["value"] == item["pk"]));
}

#[tokio::test]
async fn workspaces_and_tables_have_keys_and_versions_of_their_own() {
    let (server, ann, one) = Server::with_ann().await;
    let (bob, two) = server.signed_in("bob").await;
    for (user, workspace) in [(&ann, &one), (&bob, &two)] {
        let id = user.user_id().await;
        let ops: Vec<Value> =
            TABLES.iter().map(|table| op("put", table, "same", 1, Some(payload(table, "same", &id)))).collect();
        let results = user.pushed(workspace, &ops).await;
        let versions: Vec<&Value> = results.iter().map(|result| &result["serverVersion"]).collect();
        assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7], "versions of one workspace do not move with another's");
    }
    ann.push(&one, &[op("delete", "threads", "same", 2, None)]).await.expect(200);
    assert_eq!(ann.items(&one).await.iter().filter(|item| item["kind"] == "tombstone").count(), 1);
    assert!(bob.items(&two).await.iter().all(|item| item["kind"] == "row"));
}

#[tokio::test]
async fn concurrent_batches_get_unique_and_adjacent_versions() {
    let (ann, home) = ann().await;
    let batches: Vec<Vec<Value>> =
        (0..30).map(|batch| (0..5).map(|number| put(&format!("{batch}-{number}"), 1, 1)).collect()).collect();
    let results = join_all(batches.iter().map(|batch| ann.pushed(&home, batch))).await;
    let mut all = Vec::new();
    for batch in results {
        let versions = versions(&batch);
        assert!(versions.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{versions:?}");
        all.extend(versions);
    }
    all.sort_unstable();
    assert_eq!(all, (1..=150).collect::<Vec<u64>>());
}
