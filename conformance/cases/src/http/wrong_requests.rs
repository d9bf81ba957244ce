//! HTTP: what every endpoint owes to any request, however wrong it is.

use futures_util::future::try_join_all;
use serde_json::{Value, json};

use crate::support::endpoint::calls_with_body;
use syncproof_harness::cases;
use syncproof_harness::client::{Answer, Request, cacheable, internals};
use syncproof_harness::world::sync::push_body;
use syncproof_harness::world::{Context, EndpointCall, User, filled_path, members_path};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::{self, ENDPOINTS, Endpoint, Method};
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::wire::{ErrorCode, PushAnswer};

const MALFORMED: &str = "http.malformed-json";

cases! {
    /// Sends every endpoint bodies that are cut, empty, no UTF-8, or followed by garbage.
    "http/malformed-json" checks [MALFORMED, "http.json-errors"] by malformed_json;
    /// Asks for routes that do not exist, with every method.
    "http/unknown-routes" checks ["http.method-and-route", "http.json-errors"] by unknown_routes;
    /// Asks known routes with methods that they do not have.
    "http/wrong-methods" checks ["http.method-and-route", "http.json-errors"] by wrong_methods;
    /// Asks every route with HEAD, OPTIONS, TRACE and a method that nobody knows: never a 5xx.
    "http/odd-methods" checks ["http.no-5xx"] by odd_methods;
    /// Asks for workspaces by ids that are badly percent-encoded, doubled or very long: always a 4xx.
    "http/odd-paths" checks ["http.no-5xx", "workspace.unknown-id"] by odd_paths;
    /// Sends every endpoint a body of 5 MB; it is refused or taken, and the server goes on serving.
    "http/five-megabytes" checks ["http.body-limit", "http.no-5xx"] by five_megabytes;
    /// Sends every endpoint JSON that is nested 10,000 deep, as the body, in a field and in a payload.
    "http/deep-json" checks ["http.deep-json", "http.no-5xx"] by deep_json;
    /// Provokes a 400, 401, 403, 404 and 405, and looks at their bodies.
    "http/errors-are-json" checks ["http.json-errors"] by errors_are_json;
    /// Provokes errors of every kind and looks for SQL, stack traces, paths and source locations in them.
    "http/errors-show-no-internals" checks ["http.no-internals"] by errors_show_no_internals;
    /// Looks for Cache-Control: no-store on the answers of session, push, pull, cursor and snapshot.
    "http/private-answers-are-not-stored" checks ["http.no-store"] by private_answers_are_not_stored;
}

/// The server still answers a good request after bad ones.
pub(crate) async fn still_serves(user: &User, requirement: &'static str) -> Checked {
    user.session(requirement).await?;
    user.log(&user.home, requirement).await?;
    Ok(())
}

async fn malformed_json(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    // Nothing comes of them, so they need not wait for each other: one after the other these are some hundred requests.
    try_join_all(calls_with_body(&context, &anna).await?.iter().map(|call| takes_json_only(&anna, call))).await?;
    still_serves(&anna, MALFORMED).await?;
    anna.holds(&anna.home, &[], MALFORMED).await
}

async fn takes_json_only(anna: &User, call: &EndpointCall) -> Checked {
    for (what, body) in malformed(call) {
        let answer = anna.send(call.raw(body)).await;
        let message = format!("{} takes a body {what}", call.endpoint.name);
        answer.ensure(MALFORMED, answer.is(&[400]), message, "status 400", answer.outcome())?;
    }
    Ok(())
}

/// The right body of a call, made wrong in every way that is no JSON.
fn malformed(call: &EndpointCall) -> Vec<(&'static str, Vec<u8>)> {
    let good = call.body.to_string().into_bytes();
    let mut bodies: Vec<(&'static str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("an open brace", b"{bad".to_vec()),
        ("cut in half", good[..good.len() / 2].to_vec()),
        ("without its last brace", good[..good.len() - 1].to_vec()),
        ("followed by a word", [&good[..], b" garbage"].concat()),
        ("followed by another body", [&good[..], &good[..]].concat()),
        ("followed by a brace", [&good[..], b"}"].concat()),
        ("followed by a comma", [&good[..], b","].concat()),
        ("followed by a semicolon", [&good[..], b";"].concat()),
        ("followed by NUL", [&good[..], b"\0"].concat()),
        // Blanks elsewhere, and none in JSON (RFC 8259, section 2).
        ("followed by a form feed", [&good[..], b"\x0c"].concat()),
        ("followed by a no-break space", [&good[..], "\u{a0}".as_bytes()].concat()),
        ("after a vertical tab", [b"\x0b", &good[..]].concat()),
        ("with single quotes", String::from_utf8_lossy(&good).replace('"', "'").into_bytes()),
        ("with a comment", [b"/* a comment */", &good[..]].concat()),
        ("with a comma too many", [&good[..good.len() - 1], b",}"].concat()),
    ];
    for (what, bytes) in [
        ("with bytes that are no UTF-8", &b"\xff\xfe"[..]),
        ("with an overlong byte sequence", b"\xc0\xaf"),
        ("with an encoded surrogate", b"\xed\xa0\x80"),
        ("with a raw control character", b"\x01"),
        ("with a raw tab", b"\t"),
        ("with a raw line end", b"\n"),
        ("with a bad escape", b"\\q"),
    ] {
        let extra = [b",\"extra\":\"", bytes, b"\"}"].concat();
        bodies.push((what, [&good[..good.len() - 1], &extra].concat()));
    }
    for number in ["NaN", "Infinity", "01", "+1", "0x10", "1.", ".5"] {
        let extra = format!(",\"extra\":{number}}}");
        bodies.push(("with a number that is none", [&good[..good.len() - 1], extra.as_bytes()].concat()));
    }
    for word in ["True", "TRUE", "NULL", "None", "undefined", "word"] {
        let extra = format!(",\"extra\":{word}}}");
        bodies.push(("with a word that is none", [&good[..good.len() - 1], extra.as_bytes()].concat()));
    }
    bodies
}

async fn unknown_routes(context: Context) -> Checked {
    const REQUIREMENT: &str = "http.method-and-route";
    let anna = context.user("anna").await?;
    for path in ["/api/nope", "/api/sync/nope", "/api/sync/push/more", "/api/auth/nope", "/api/sync", "/nope"] {
        let requests = [Request::get(path), Request::post(path, &json!({})), Request::delete(path)];
        for request in requests {
            anna.send(request).await.expect_status(REQUIREMENT, &[404])?;
        }
    }
    Ok(())
}

/// Each of their paths, once.
fn paths(endpoints: impl Iterator<Item = &'static Endpoint>) -> Vec<&'static str> {
    let mut paths = Vec::new();
    for path in endpoints.map(|endpoint| endpoint.path) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

async fn wrong_methods(context: Context) -> Checked {
    const REQUIREMENT: &str = "http.method-and-route";
    let anna = context.user("anna").await?;
    for path in paths(context.endpoints()) {
        let own: Vec<&str> = endpoint::methods_of(path).into_iter().map(Method::name).collect();
        let is_one_thing = path.ends_with('}');
        let path = filled_path(path, &anna.home, &anna.id);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|method| !own.contains(method)) {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap_or_default();
            let is_get = method == reqwest::Method::GET;
            let body = (!is_get && method != reqwest::Method::DELETE).then(|| b"{}".to_vec());
            // The protocol does not read workspaces and members one by one; a server that does so all the same has found
            // what is there.
            let statuses: &[u16] = if is_get && is_one_thing { &[405, 200] } else { &[405] };
            anna.send(Request::raw(method, path.as_str(), body)).await.expect_status(REQUIREMENT, statuses)?;
        }
    }
    still_serves(&anna, REQUIREMENT).await
}

async fn odd_methods(context: Context) -> Checked {
    const REQUIREMENT: &str = "http.no-5xx";
    let anna = context.user("anna").await?;
    // Those of capabilities that the target has not, too: an unknown path is no reason to break.
    let routes = paths(ENDPOINTS.iter().copied()).into_iter().chain(["/api/nope"]);
    for route in routes.map(|path| filled_path(path, &anna.home, &anna.id)) {
        for method in ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "INVENTED"] {
            let Ok(known) = reqwest::Method::from_bytes(method.as_bytes()) else { continue };
            let answer = anna.send(Request::raw(known, route.as_str(), None)).await;
            // 501 is how RFC 9110 (section 15.6.2) has a server say that it does not know a method at all.
            let fine = answer.status().is_some_and(|status| status < 500 || status == 501);
            let message = format!("{method} {route} breaks the server");
            answer.ensure(REQUIREMENT, fine, message, "a status under 500", answer.outcome())?;
        }
    }
    still_serves(&anna, REQUIREMENT).await
}

async fn odd_paths(context: Context) -> Checked {
    const REQUIREMENT: &str = "http.no-5xx";
    let anna = context.user("anna").await?;
    let long = "a".repeat(4000);
    let ids = ["%zz", "%", "%E0%A4%A", "%ff", "%00", "%C0%AF", "..%2f..%2fetc", "a%2Fb", "%0d%0a", "+", "*", &long];
    for id in ids {
        let path = format!("/api/workspaces/{id}");
        let mut requests = vec![
            Request::patch(path.as_str(), &json!({"name": "odd"})),
            Request::delete(path.as_str()),
            Request::post(endpoint::ACTIVATE.path, &json!({"id": id})),
        ];
        if context.has(Capability::Members) {
            requests.push(Request::get(format!("{path}/members")));
        }
        // Removing who is no member may succeed; breaking over it may not.
        let member = anna.send(Request::delete(format!("{}/{id}", members_path(&anna.home)))).await;
        let fine = member.status().is_some_and(|status| status < 500);
        let message = format!("a member's id of {id:.40} breaks the server");
        member.ensure(REQUIREMENT, fine, message, "a status under 500", member.outcome())?;
        for request in requests {
            let answer = anna.send(request).await;
            let refused = answer.status().is_some_and(|status| (400..500).contains(&status));
            let message = format!("an id of {id:.40} is not refused");
            answer.ensure(REQUIREMENT, refused, message, "a 4xx", answer.outcome())?;
        }
    }
    still_serves(&anna, REQUIREMENT).await
}

async fn five_megabytes(context: Context) -> Checked {
    const REQUIREMENT: &str = "http.body-limit";
    const SIZE: usize = 5_000_000;
    let anna = context.user("anna").await?;
    let filler = "x".repeat(SIZE);
    for call in calls_with_body(&context, &anna).await? {
        let mut body = call.body.clone();
        body["filler"] = json!(filler);
        // Too large, or taken, since an unknown field is nobody's business; the ids in the body may be unknown.
        let answer = large(&anna, call.with(&body), REQUIREMENT).await?;
        answer.expect_status(REQUIREMENT, &[200, 201, 204, 400, 403, 404, 409, 413])?;
        let answer = large(&anna, call.raw(filler.clone().into_bytes()), REQUIREMENT).await?;
        answer.expect_status(REQUIREMENT, &[400, 413])?;
        still_serves(&anna, REQUIREMENT).await?;
    }
    let op = anna.put("posts", "large").field("content", json!(filler));
    let answer = large(&anna, Request::post(endpoint::PUSH.path, &push_body(&anna.home, &[op])), REQUIREMENT).await?;
    if !answer.is(&[400, 413]) {
        let results = answer.read::<PushAnswer>(REQUIREMENT)?.results;
        let fits = results.iter().all(|result| {
            result.success || matches!(result.error_code, Some(ErrorCode::Oversized | ErrorCode::ValidationError))
        });
        let expected = "413, OVERSIZED, VALIDATION_ERROR, or success";
        answer.ensure(REQUIREMENT, fits, "a payload of 5 MB is answered oddly", expected, answer.outcome())?;
    }
    still_serves(&anna, REQUIREMENT).await
}

/// A server may answer and close while the body is still under way, and the answer may be lost in that: so a large
/// request without an answer is tried again before it counts. The answer may have been a 429, which a small request in
/// between waits out.
async fn large(user: &User, request: Request, requirement: &'static str) -> Checked<Answer> {
    let mut answer = user.send(request.clone()).await;
    for _ in 0..4 {
        if answer.status().is_some() {
            return Ok(answer);
        }
        user.send(Request::get(endpoint::SESSION.path)).await;
        answer = user.send(request.clone()).await;
    }
    let expected = "an answer, at least once in five tries";
    answer.ensure(
        requirement,
        answer.status().is_some(),
        "a large body is never answered",
        expected,
        answer.outcome(),
    )?;
    Ok(answer)
}

async fn deep_json(context: Context) -> Checked {
    const REQUIREMENT: &str = "http.deep-json";
    const DEPTH: usize = 10_000;
    let anna = context.user("anna").await?;
    let arrays = [vec![b'['; DEPTH], vec![b']'; DEPTH]].concat();
    let objects = ["{\"a\":".repeat(DEPTH), "1".to_owned(), "}".repeat(DEPTH)].concat().into_bytes();
    for call in calls_with_body(&context, &anna).await? {
        anna.send(call.raw(arrays.clone())).await.expect_status(REQUIREMENT, &[400, 413])?;
        let good = call.body.to_string().into_bytes();
        for deep in [&arrays, &objects] {
            let body = [&good[..good.len() - 1], b",\"extra\":", deep, b"}"].concat();
            let answer = anna.send(call.raw(body)).await;
            answer.expect_status(REQUIREMENT, &[200, 201, 204, 400, 403, 404, 409, 413])?;
        }
    }
    for deep in [&arrays, &objects] {
        let marked = push_body(&anna.home, &[anna.put("kv", "deep").field("value", json!("DEEP"))]).to_string();
        let body = marked.replace("\"DEEP\"", &String::from_utf8_lossy(deep)).into_bytes();
        let request = Request::raw(reqwest::Method::POST, endpoint::PUSH.path, Some(body));
        anna.send(request).await.expect_status(REQUIREMENT, &[200, 400, 413])?;
    }
    anna.session(REQUIREMENT).await?;
    // Stored or refused, the log can still be read: as text, since a reader may have a depth limit of its own.
    let answer = anna.pull(&anna.home, 0, 10).await?;
    answer.expect_status(REQUIREMENT, &[200])
}

/// Answers that have to be errors, of every kind that one user can provoke.
async fn errors(context: &Context, anna: &User) -> Checked<Vec<Answer>> {
    let unknown = anna.home.unknown_alike();
    let mut answers = vec![
        anna.create(&json!({})).await,
        context.anonymous().send(Request::get(endpoint::LIST_WORKSPACES.path)).await,
        anna.delete_workspace(&unknown).await,
        anna.pull_unactivated(&unknown, 0, 1).await,
        anna.send(Request::get("/api/nope")).await,
        anna.post(endpoint::SESSION.path, &json!({})).await,
    ];
    for call in calls_with_body(context, anna).await? {
        answers.push(anna.send(call.raw(b"{bad".to_vec())).await);
        answers.push(anna.send(call.with(&json!([]))).await);
        for field in call.endpoint.fields().filter(|field| field.is_required) {
            answers.push(anna.send(call.with(&call.replaced(field.pointer, json!({"a": "'; --"})))).await);
        }
    }
    Ok(answers)
}

/// Pushes that succeed, of which every op fails: as not valid, and where the target has seen its id with other content.
async fn failed_ops(anna: &User) -> Checked<Vec<Answer>> {
    let known = anna.put("threads", "known");
    anna.push_ok(&anna.home, std::slice::from_ref(&known), "push.all-tables").await.in_setup()?;
    let wrong = [
        anna.put("threads", "pk").without_field("status"),
        anna.put("threads", "pk").field("deleted", json!("no")),
        anna.put("threads", "pk").field("id", json!("another")),
        anna.put("no_such_table", "pk"),
        known.clone().mark("other"),
        known.clock(7),
    ];
    let mut answers = Vec::new();
    for op in wrong {
        answers.push(anna.push(&anna.home, &[op]).await?);
    }
    Ok(answers)
}

async fn errors_are_json(context: Context) -> Checked {
    const REQUIREMENT: &str = "http.json-errors";
    let anna = context.user("anna").await?;
    for answer in errors(&context, &anna).await? {
        let status = answer.status().unwrap_or_default();
        let is_error = (400..500).contains(&status);
        answer.ensure(REQUIREMENT, is_error, "a wrong request is no error", "4xx", answer.outcome())?;
        let body = answer.json();
        let is_object = body.as_ref().is_some_and(Value::is_object);
        answer.ensure(REQUIREMENT, is_object, "an error is no JSON object", "a JSON object", answer.outcome())?;
        if let Some(code) = body.as_ref().and_then(|body| body.get("statusCode")) {
            answer.equal(REQUIREMENT, "statusCode is not the status", status, code)?;
        }
    }
    Ok(())
}

async fn errors_show_no_internals(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut answers = errors(&context, &anna).await?;
    answers.extend(failed_ops(&anna).await?);
    for answer in answers {
        let leak = internals(answer.exchange());
        let actual = leak.clone().unwrap_or_default();
        let message = "an error shows the server's inside";
        answer.ensure("http.no-internals", leak.is_none(), message, "no trace of it", actual)?;
    }
    Ok(())
}

async fn private_answers_are_not_stored(context: Context) -> Checked {
    const REQUIREMENT: &str = "http.no-store";
    let anna = context.user("anna").await?;
    let (_, session) = anna.session(REQUIREMENT).await.in_setup()?;
    let anonymous = context.anonymous().send(Request::get(endpoint::SESSION.path)).await;
    let mut answers = vec![session, anonymous, anna.push(&anna.home, &[anna.put("threads", "pk")]).await?];
    answers.push(anna.pull_unactivated(&anna.home, 0, 10).await);
    answers.push(anna.update_cursor_unactivated(&anna.home, "device", 1).await);
    if context.has(Capability::Snapshot) {
        answers.push(anna.snapshot_unactivated(&anna.home, 10).await);
    }
    for answer in answers {
        let broken = cacheable(answer.exchange());
        let (what, actual) = (answer.exchange().path.clone(), broken.clone().unwrap_or_default());
        let message = format!("a cache may keep the answer of {what}");
        context.check_should(answer.ensure(REQUIREMENT, broken.is_none(), message, "Cache-Control: no-store", actual));
    }
    Ok(())
}
