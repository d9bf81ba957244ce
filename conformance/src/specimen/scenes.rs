//! The scenes of the script, a chapter of the requirements each, one request after the other.

use super::script::{Script, sign};
use serde_json::{Value, json};

/// All of them.
pub(super) async fn play(s: &Script) {
    bodies(s).await;
    identities(s).await;
    workspaces(s).await;
    members(s).await;
    batches(s).await;
    payloads(s).await;
    idempotency(s).await;
    winners(s).await;
    reads(s).await;
}

async fn bodies(s: &Script) {
    let deep = format!("{{\"a\":{}", "[".repeat(10_000));
    for body in [&b"{bad"[..], b"{} x", b"null", b"[]", deep.as_bytes(), b"{\"name\":\"\xff\"}", b"{\"name\":\"x\"} x"]
    {
        s.bytes("ann", "POST /api/workspaces", body).await;
    }
    s.bytes("ann", "POST /api/workspaces", &vec![b' '; (4 << 20) + 1]).await;
    s.get("ann", "/api/sync/push").await;
    s.get("ann", "/api/nope").await;
    s.get("", "/api/workspaces").await;
}

async fn identities(s: &Script) {
    let names = ["ann", "other/ann", "ANN", "ann ", "\u{ff41}nn", "\u{e4}nn", "ann"];
    for name in names {
        s.session(name).await;
    }
    let claims = json!({"provider": "test", "sub": "ann", "exp": 4_000_000_000_u64});
    let good = sign(&claims);
    let (head, signature) = good.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", signature.chars().rev().collect::<String>());
    let unsigned = "eyJhbGciOiJub25lIn0.eyJwcm92aWRlciI6InQiLCJzdWIiOiJhIiwiZXhwIjo0MDAwMDAwMDAwfQ.";
    let expired = sign(&json!({"provider": "test", "sub": "ann", "exp": 1000}));
    for token in [forged.as_str(), unsigned, expired.as_str()] {
        s.session(token).await;
    }
}

async fn workspaces(s: &Script) {
    let (_, home) = s.session("wim").await;
    let (bob, of_bob) = s.session("bob").await;
    for name in [" n ", "  ", &"x".repeat(101), "n", "a"] {
        s.call("wim", "POST /api/workspaces", json!({"name": name})).await;
    }
    s.call("wim", "POST /api/workspaces", json!({"name": "z", "description": "x".repeat(1001)})).await;
    let shared = s.create("wim", "shared").await;
    for role in ["editor", "viewer"] {
        let who = if role == "editor" { bob.clone() } else { s.session("cid").await.0 };
        s.call("wim", &format!("POST /api/workspaces/{shared}/members"), json!({"userId": who, "role": role})).await;
    }
    s.get("wim", "/api/workspaces").await;
    s.get("bob", "/api/workspaces").await;
    let path = format!("/api/workspaces/{shared}");
    for who in ["bob", "cid", "ann"] {
        s.call(who, &format!("PATCH {path}"), json!({"name": "renamed"})).await;
    }
    s.call("ann", "PATCH /api/workspaces/unknown", json!({"name": "renamed"})).await;
    for who in ["ann", "wim", "bob"] {
        s.call(who, "POST /api/workspaces/active", json!({"id": shared})).await;
        s.session(who).await;
    }
    s.call("wim", "POST /api/workspaces/active", json!({"id": "unknown"})).await;
    s.bytes("cid", &format!("DELETE {path}"), b"").await;
    s.bytes("bob", &format!("DELETE {path}"), b"").await;
    s.bytes("wim", &format!("DELETE {path}"), b"").await;
    s.bytes("wim", &format!("DELETE {path}"), b"").await;
    for who in ["wim", "bob", "cid"] {
        s.session(who).await;
        s.pull(who, &shared, json!({})).await;
        s.call(who, "POST /api/workspaces/active", json!({"id": shared})).await;
        s.get(who, "/api/workspaces").await;
    }
    let (late, last) = (s.create("bob", "late").await, s.create("bob", "last").await);
    s.call("bob", "POST /api/workspaces/active", json!({"id": of_bob})).await;
    s.bytes("bob", &format!("DELETE /api/workspaces/{late}"), b"").await;
    s.session("bob").await;
    for id in [last, of_bob, home] {
        s.bytes("bob", &format!("DELETE /api/workspaces/{id}"), b"").await;
    }
    s.session("bob").await;
}

async fn members(s: &Script) {
    let (owner, of_owner) = s.session("olga").await;
    let shared = s.create("olga", "m").await;
    let path = format!("/api/workspaces/{shared}/members");
    let (ed, _) = s.session("ed").await;
    let (vic, _) = s.session("vic").await;
    for (user, role) in [(&ed, "editor"), (&vic, "viewer"), (&vic, "viewer"), (&owner, "bogus"), (&shared, "viewer")] {
        s.call("olga", &format!("POST {path}"), json!({"userId": user, "role": role})).await;
    }
    s.call("ed", &format!("PATCH {path}/{vic}"), json!({"role": "editor"})).await;
    s.call("olga", &format!("PATCH {path}/{vic}"), json!({"role": "viewer"})).await;
    for who in ["ed", "vic", "ann"] {
        s.push(who, &shared, &[s.put("m", 1)]).await;
        s.pull(who, &shared, json!({})).await;
    }
    s.call("vic", "POST /api/workspaces/active", json!({"id": shared})).await;
    s.session("vic").await;
    s.bytes("olga", &format!("DELETE {path}/nobody"), b"").await;
    s.bytes("olga", &format!("DELETE {path}/{vic}"), b"").await;
    s.session("vic").await;
    s.pull("vic", &shared, json!({})).await;
    s.call("olga", &format!("PATCH {path}/{owner}"), json!({"role": "viewer"})).await;
    s.bytes("olga", &format!("DELETE {path}/{owner}"), b"").await;
    // Members come in the order of their random ids.
    let (_, answer) = s.raw("olga", &format!("GET {path}"), vec![]).await;
    s.note(format!("{:?}", answer["members"].as_array().map(Vec::len)));
    s.pull("ann", &of_owner, json!({})).await;
}

async fn batches(s: &Script) {
    let (_, home) = s.session("pia").await;
    s.push("pia", &home, &[]).await;
    let mut bad = vec![];
    for change in ["table", "missing", "type", "pk", "shape"] {
        let mut op = s.put("v", 1);
        match change {
            "table" => op["tableName"] = json!("bogus"),
            "missing" => drop(op["payload"].as_object_mut().unwrap().remove("name")),
            "type" => op["payload"]["clock"] = json!("1"),
            "pk" => op["pk"] = json!("w"),
            _ => op["payload"] = json!([]),
        }
        bad.push(op);
    }
    bad.insert(1, s.put("v", 2));
    s.push("pia", &home, &bad).await;
    let mut stamp = s.put("v", 3);
    stamp["stamp"]["opId"] = json!("no uuid");
    s.push("pia", &home, &[s.put("v", 3), stamp]).await;
    s.push("pia", &home, &[s.put("v", (1 << 53) + 5)]).await;
    s.push("pia", &home, &[s.op("put", "notifications", "n", 1, "h")]).await;
    for kib in [100, 300] {
        let mut op = s.put("large", 1);
        op["payload"]["value"] = json!("x".repeat(kib << 10));
        s.push("pia", &home, &[op]).await;
    }
    let many: Vec<Value> = (0..501).map(|n| s.delete("many", n)).collect();
    s.push("pia", &home, &many).await;
}

async fn payloads(s: &Script) {
    let (_, home) = s.session("paul").await;
    let (_, other) = s.session("pam").await;
    let mut op = s.put("p", 1);
    op["payload"]["value"] = json!({
        "null": null, "empty": "", "blank": " x ", "markup": "<b>", "astral": "\u{1f600}", "nfd": "e\u{301}",
        "big": 9_007_199_254_740_991_u64, "double": 0.1,
    });
    op["payload"]["unknown"] = json!(null);
    op["payload"]["__proto__"] = json!({"x": 1});
    s.push("paul", &home, &[op]).await;
    let mut op = s.put("q", 1);
    op["payload"]["workspace_id"] = json!(other);
    s.push("paul", &home, &[op]).await;
    s.pull("paul", &home, json!({})).await;
    s.pull("pam", &other, json!({})).await;
    let pks = ["a", "A", "a ", "e\u{301}", "\u{e9}", "n\0m", "n", "a%"];
    let puts: Vec<Value> = pks.iter().map(|pk| s.put(pk, 1)).collect();
    s.push("paul", &home, &puts).await;
    s.push("paul", &home, &[s.put("ab", 1), s.delete("a%", 2)]).await;
    s.snapshot("paul", &home, json!({})).await;
}

async fn idempotency(s: &Script) {
    let (_, home) = s.session("ida").await;
    let (guest, of_guest) = s.session("gus").await;
    let member = json!({"userId": guest, "role": "editor"});
    s.call("ida", &format!("POST /api/workspaces/{home}/members"), member).await;
    let (op, dup) = (s.put("i", 1), s.put("j", 1));
    s.push("ida", &home, &[op.clone(), dup.clone(), dup.clone()]).await;
    let (mut again, mut reused) = (op.clone(), op.clone());
    again["attempts"] = json!(3);
    reused["payload"]["name"] = json!("other");
    s.push("ida", &home, &[op.clone(), again]).await;
    s.push("gus", &home, std::slice::from_ref(&op)).await;
    s.push("ida", &home, &[reused]).await;
    s.push("gus", &of_guest, &[op]).await;
    let (kept, mut dropped) = (s.put("k", 1), s.put("l", 1));
    dropped["stamp"]["opId"] = kept["stamp"]["opId"].clone();
    s.push("ida", &home, &[kept, dropped]).await;
    s.pull("ida", &home, json!({})).await;
    s.pull("gus", &of_guest, json!({})).await;
    let (mut own, foreign) = (s.put("i", 1), s.put("i", 2));
    own["payload"]["name"] = json!("own");
    s.push("gus", &of_guest, &[own, foreign]).await;
    s.pull("gus", &of_guest, json!({"limit": 1})).await;
}

async fn winners(s: &Script) {
    let (_, home) = s.session("wes").await;
    let writes = [
        ("clock", "put", 2, "a"),
        ("clock", "put", 1, "b"),
        ("ten", "put", 10, "a"),
        ("ten", "put", 9, "a"),
        ("hlc-up", "put", 1, "a"),
        ("hlc-up", "put", 1, "b"),
        ("hlc-down", "put", 1, "b"),
        ("hlc-down", "put", 1, "a"),
        ("case", "put", 1, "a"),
        ("case", "put", 1, "B"),
        ("utf", "put", 1, "\u{10000}"),
        ("utf", "put", 1, "\u{ffff}"),
        ("bits", "put", 1 << 32, "a"),
        ("bits", "put", 1, "a"),
        ("id-up", "put", 1, "a"),
        ("id-up", "put", 1, "a"),
        ("late", "put", 5, "a"),
        ("late", "delete", 4, "a"),
        ("tie", "put", 5, "b"),
        ("tie", "delete", 5, "a"),
        ("buried", "delete", 5, "b"),
        ("buried", "put", 5, "a"),
        ("dead", "delete", 5, "a"),
        ("dead", "put", 4, "a"),
        ("alive", "delete", 5, "a"),
        ("alive", "put", 6, "a"),
        ("low", "delete", 5, "a"),
        ("low", "delete", 4, "a"),
        ("high", "delete", 5, "a"),
        ("high", "delete", 6, "a"),
        ("never", "delete", 1, "a"),
    ];
    let mut ops: Vec<Value> = writes.iter().map(|(pk, what, clock, hlc)| s.op(what, "kv", pk, *clock, hlc)).collect();
    let (first, second) = (s.put("id-down", 1), s.put("id-down", 1));
    ops.extend([second, first, s.op("delete", "kv", "two", 1, "h"), s.op("delete", "posts", "two", 1, "h")]);
    s.push("wes", &home, &ops).await;
    s.snapshot("wes", &home, json!({})).await;
    s.pull("wes", &home, json!({})).await;
}

async fn reads(s: &Script) {
    let (_, home) = s.session("rob").await;
    let ops = [
        s.op("put", "threads", "t", 1, "H"),
        s.put("b", 1),
        s.put("a", 1),
        s.put("a", 2),
        s.delete("b", 2),
        s.op("put", "threads", "a", 1, "H"),
    ];
    s.push("rob", &home, &ops).await;
    for more in [
        json!({}),
        json!({"limit": 2}),
        json!({"limit": 6}),
        json!({"limit": 1001}),
        json!({"cursor": 6}),
        json!({"cursor": 9}),
        json!({"cursor": 2}),
        json!({"tables": ["kv"], "limit": 1}),
        json!({"tables": ["bogus"]}),
    ] {
        s.pull("rob", &home, more).await;
    }
    for (device, version) in [("d", 5), ("d", 3), ("d", 99), (" ", 1)] {
        let body = json!({"deviceId": device, "version": version});
        s.scoped("rob", "POST /api/sync/update-cursor", &home, body, json!({})).await;
    }
    let (_, other) = s.session("sam").await;
    let two = s.snapshot("rob", &home, json!({"pageSize": 2})).await;
    s.snapshot("rob", &home, json!({"pageSize": 2, "pageToken": two["nextPageToken"]})).await;
    s.snapshot("rob", &home, json!({"tables": ["bogus"]})).await;
    s.snapshot("rob", &home, json!({"pageToken": "garbage"})).await;
    let first = s.snapshot("rob", &home, json!({"pageSize": 1, "tables": ["kv"]})).await;
    let token = first["nextPageToken"].clone();
    s.push("rob", &home, &[s.put("0", 1), s.put("c", 1)]).await;
    s.snapshot("rob", &home, json!({"pageSize": 9, "pageToken": token})).await;
    s.snapshot("sam", &other, json!({"pageSize": 9, "tables": ["kv"], "pageToken": token})).await;
    s.snapshot("rob", &home, json!({"pageSize": 9, "tables": ["kv"], "pageToken": token})).await;
}
