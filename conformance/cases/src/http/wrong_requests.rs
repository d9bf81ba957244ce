//! HTTP: how every endpoint answers wrong requests.

use futures_util::future::try_join_all;

use crate::prelude::*;
use crate::support::endpoint::calls_with_body;
use syncproof_harness::client::{cacheable, internals};
use syncproof_harness::world::filled_path;
use syncproof_protocol::endpoint::{ENDPOINTS, Endpoint, Method};

const MALFORMED: &str = "http.malformed-json";
const NO_5XX: &str = "http.no-5xx";
const UNKNOWN: &str = "workspace.unknown-id";
const ROUTES: &str = "http.method-and-route";
const JSON_ERRORS: &str = "http.json-errors";
const SHAPE: &str = "http.wrong-shape";
const LIMIT: &str = "http.body-limit";
const DEEP: &str = "http.deep-json";
const NO_STORE: &str = "http.no-store";

cases! {
    /// Sends every endpoint bodies that are cut, empty, no UTF-8, or followed by garbage.
    "http/malformed-json" checks [MALFORMED, JSON_ERRORS] by malformed_json;
    /// Asks for routes that do not exist, with every method.
    "http/unknown-routes" checks [ROUTES, JSON_ERRORS] by unknown_routes;
    /// Asks known routes with methods that they do not have.
    "http/wrong-methods" checks [ROUTES, JSON_ERRORS] by wrong_methods;
    /// Asks every route with HEAD, OPTIONS, TRACE and a method that nobody knows: never a 5xx.
    "http/odd-methods" checks [NO_5XX] by odd_methods;
    /// Asks for workspaces by ids that are badly percent-encoded, doubled or very long: always a 4xx.
    "http/odd-paths" checks [NO_5XX, UNKNOWN] by odd_paths;
    /// Sends every endpoint a body of 5 MB; it is refused or taken, and the server goes on serving.
    "http/five-megabytes" checks [LIMIT, NO_5XX] by five_megabytes;
    /// Sends every endpoint JSON that is nested 10,000 deep, as the body, in a field and in a payload.
    "http/deep-json" checks [DEEP, NO_5XX] by deep_json;
    /// Provokes a 400, 401, 403, 404 and 405, and looks at their bodies.
    "http/errors-are-json" checks [JSON_ERRORS] by errors_are_json;
    /// Provokes errors of every kind and looks for SQL, stack traces, paths and source locations in them.
    "http/errors-show-no-internals" checks ["http.no-internals"] by errors_show_no_internals;
    /// Looks for Cache-Control: no-store on the answers of session, push, pull, cursor and snapshot.
    "http/private-answers-are-not-stored" checks [NO_STORE] by private_answers_are_not_stored;
}

async fn malformed_json(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    // None of them changes anything, so the endpoints are asked concurrently: these are several hundred requests.
    try_join_all(calls_with_body(&context, &anna).await?.iter().map(|call| refuses_malformed(&anna, call))).await?;
    still_serves(&anna, MALFORMED).await?;
    anna.holds(&anna.home, &[], MALFORMED).await
}

async fn refuses_malformed(anna: &User, call: &EndpointCall) -> Checked {
    for (what, body) in malformed(call) {
        let message = format!("{} accepts a body that is not JSON ({what})", call.endpoint.name);
        anna.send(call.raw(body)).await.expect_one_of(MALFORMED, &[400], message)?;
    }
    Ok(())
}

/// The correct body of a call, changed in many ways to something that is not JSON.
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
        // White space in other formats, but not in JSON (RFC 8259, section 2).
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
        bodies.push((what, with_extra(&good, &[b"\"", bytes, b"\""].concat())));
    }
    for number in ["NaN", "Infinity", "01", "+1", "0x10", "1.", ".5"] {
        bodies.push(("with an invalid number", with_extra(&good, number.as_bytes())));
    }
    for word in ["True", "TRUE", "NULL", "None", "undefined", "word"] {
        bodies.push(("with an invalid word", with_extra(&good, word.as_bytes())));
    }
    bodies
}

/// A JSON object with a further field, of which the value is these bytes.
fn with_extra(object: &[u8], value: &[u8]) -> Vec<u8> {
    [&object[..object.len() - 1], b",\"extra\":", value, b"}"].concat()
}

async fn unknown_routes(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for path in ["/api/nope", "/api/sync/nope", "/api/sync/push/more", "/api/auth/nope", "/api/sync", "/nope"] {
        for request in [Request::get(path), Request::post(path, &json!({})), Request::delete(path)] {
            anna.send(request).await.expect_status(ROUTES, &[404])?;
        }
    }
    Ok(())
}

/// The paths of these endpoints, each once.
pub(crate) fn paths(endpoints: impl Iterator<Item = &'static Endpoint>) -> Vec<&'static str> {
    let mut paths = Vec::new();
    for path in endpoints.map(|endpoint| endpoint.path) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

async fn wrong_methods(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    for path in paths(context.endpoints()) {
        let own: Vec<&str> = endpoint::methods_of(path).into_iter().map(Method::name).collect();
        let is_of_one = path.ends_with('}');
        let path = filled_path(path, &anna.home, &anna.id);
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|method| !own.contains(method)) {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap_or_default();
            let is_get = method == reqwest::Method::GET;
            let body = (!is_get && method != reqwest::Method::DELETE).then(|| b"{}".to_vec());
            // The protocol has no GET of one workspace or member, but a server may have one.
            let statuses: &[u16] = if is_get && is_of_one { &[405, 200] } else { &[405] };
            anna.send(Request::raw(method, path.as_str(), body)).await.expect_status(ROUTES, statuses)?;
        }
    }
    still_serves(&anna, ROUTES).await
}

async fn odd_methods(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    // Also the endpoints of capabilities that the target does not have: an unknown path must not break it.
    let routes = paths(ENDPOINTS.iter().copied()).into_iter().chain(["/api/nope"]);
    for route in routes.map(|path| filled_path(path, &anna.home, &anna.id)) {
        for method in ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "INVENTED"] {
            let Ok(known) = reqwest::Method::from_bytes(method.as_bytes()) else { continue };
            // A body after the answer to HEAD would be taken for the answer to the next request on the connection.
            let asking = if method == "HEAD" { anna.on_new_connections()? } else { anna.clone() };
            let answer = asking.send(Request::raw(known, route.as_str(), None)).await;
            // 501 is the answer to an unknown method by RFC 9110 (section 15.6.2).
            let fine = answer.status().is_some_and(|status| status < 500 || status == 501);
            answer.check(
                NO_5XX,
                fine,
                format!("{method} {route} should get a status under 500, or 501, and does not"),
                "a status under 500, or 501",
            )?;
        }
    }
    still_serves(&anna, NO_5XX).await
}

async fn odd_paths(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let long = "a".repeat(4000);
    for id in ["%zz", "%", "%E0%A4%A", "%ff", "%00", "%C0%AF", "..%2f..%2fetc", "a%2Fb", "%0d%0a", "+", "*", &long] {
        let path = format!("/api/workspaces/{id}");
        let mut requests = vec![
            Request::patch(path.as_str(), &json!({"name": "odd"})),
            Request::delete(path.as_str()),
            Request::post(endpoint::ACTIVATE.path, &json!({"id": id})),
        ];
        if context.has(Capability::Members) {
            requests.push(Request::get(format!("{path}/members")));
        }
        // A server may answer success when there is nobody to remove.
        let removal = Request::delete(format!("{}/{id}", members_path(&anna.home)));
        anna.send(removal).await.expect_no_5xx(NO_5XX, format!("removing the member {id:.40} breaks the server"))?;
        for request in requests {
            anna.send(request).await.expect_4xx(
                UNKNOWN,
                format!("a call with the workspace id '{id:.40}', which nobody has, is not refused"),
            )?;
        }
    }
    still_serves(&anna, NO_5XX).await
}

async fn five_megabytes(context: Context) -> Checked {
    const SIZE: usize = 5_000_000;
    let anna = context.user("anna").await?;
    let filler = "x".repeat(SIZE);
    for call in calls_with_body(&context, &anna).await? {
        let mut body = call.body.clone();
        body["filler"] = json!(filler);
        // Refused as too large, or accepted, since unknown fields are ignored; the ids in the body may be unknown.
        large(&anna, call.with(&body)).await?.expect_status(LIMIT, ANY_ANSWER)?;
        large(&anna, call.raw(filler.clone().into_bytes())).await?.expect_status(LIMIT, &[400, 413])?;
        still_serves(&anna, LIMIT).await?;
    }
    let op = anna.put("posts", "large").field("content", json!(filler));
    let answer = large(&anna, Request::post(endpoint::PUSH.path, &push_body(&anna.home, &[op]))).await?;
    if !answer.is(&[400, 413]) {
        let fits = answer.read::<PushAnswer>(LIMIT)?.results.iter().all(|result| {
            result.success || matches!(result.error_code, Some(ErrorCode::Oversized | ErrorCode::ValidationError))
        });
        let expected = "413, OVERSIZED, VALIDATION_ERROR, or success";
        answer.check(
            LIMIT,
            fits,
            "an op with a payload of 5 MB fails, and not with OVERSIZED or VALIDATION_ERROR",
            expected,
        )?;
    }
    still_serves(&anna, LIMIT).await
}

/// What any endpoint may answer to a body with a field too many.
const ANY_ANSWER: &[u16] = &[200, 201, 204, 400, 403, 404, 409, 413];

/// Sends a large request. A server may answer and close while it is still being sent, and then the answer may get lost: so
/// a request without an answer is repeated. If the lost answer was a 429, the small request in between waits it out.
async fn large(user: &User, request: Request) -> Checked<Answer> {
    let mut answer = user.send(request.clone()).await;
    for _ in 0..4 {
        if answer.status().is_some() {
            return Ok(answer);
        }
        user.send(Request::get(endpoint::SESSION.path)).await;
        answer = user.send(request.clone()).await;
    }
    let expected = "an answer, at least once in five tries";
    answer.check(LIMIT, answer.status().is_some(), "a large body got no answer in five tries", expected)?;
    Ok(answer)
}

async fn deep_json(context: Context) -> Checked {
    const DEPTH: usize = 10_000;
    let anna = context.user("anna").await?;
    let arrays = [vec![b'['; DEPTH], vec![b']'; DEPTH]].concat();
    let objects = ["{\"a\":".repeat(DEPTH), "1".to_owned(), "}".repeat(DEPTH)].concat().into_bytes();
    for call in calls_with_body(&context, &anna).await? {
        anna.send(call.raw(arrays.clone())).await.expect_status(DEEP, &[400, 413])?;
        let good = call.body.to_string().into_bytes();
        for deep in [&arrays, &objects] {
            anna.send(call.raw(with_extra(&good, deep))).await.expect_status(DEEP, ANY_ANSWER)?;
        }
    }
    for deep in [&arrays, &objects] {
        let marked = push_body(&anna.home, &[anna.put("kv", "deep").field("value", json!("DEEP"))]).to_string();
        let body = marked.replace("\"DEEP\"", &String::from_utf8_lossy(deep)).into_bytes();
        let request = Request::raw(reqwest::Method::POST, endpoint::PUSH.path, Some(body));
        anna.send(request).await.expect_status(DEEP, &[200, 400, 413])?;
    }
    anna.session(DEEP).await?;
    // Stored or refused, the log can still be read. Its body is not parsed, since parsers have depth limits.
    anna.pull(&anna.home, 0, 10).await?.expect_status(DEEP, &[200])
}

/// Answers that have to be errors, of every kind that one user can cause, each with the rule that asks for it.
pub(crate) async fn errors(context: &Context, anna: &User) -> Checked<Vec<(&'static str, Answer)>> {
    const ROUTES: &str = "http.method-and-route";
    let unknown = anna.home.unknown_alike();
    let anonymous = context.anonymous();
    let mut answers = vec![
        ("workspace.name-rules", anna.create(&json!({})).await),
        ("session.anonymous", anonymous.send(Request::get(endpoint::LIST_WORKSPACES.path)).await),
        ("workspace.unknown-id", anna.delete_workspace(&unknown).await),
        ("isolation.scope-checked", anna.pull_unactivated(&unknown, 0, 1).await),
        (ROUTES, anna.send(Request::get("/api/nope")).await),
        (ROUTES, anna.post(endpoint::SESSION.path, &json!({})).await),
    ];
    for call in calls_with_body(context, anna).await? {
        answers.push(("http.malformed-json", anna.send(call.raw(b"{bad".to_vec())).await));
        answers.push((SHAPE, anna.send(call.with(&json!([]))).await));
        for field in call.endpoint.fields().filter(|field| field.is_required) {
            let body = call.replaced(field.pointer, json!({"a": "'; --"}));
            answers.push((SHAPE, anna.send(call.with(&body)).await));
        }
    }
    Ok(answers)
}

/// Pushes that succeed, of which the op fails: it is not valid, or its id is known with other content.
async fn failed_ops(anna: &User) -> Checked<Vec<Answer>> {
    let known = anna.put("threads", "known");
    anna.push_ok(&anna.home, known.as_ref(), "push.all-tables").await.in_setup()?;
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
    let anna = context.user("anna").await?;
    for (rule, answer) in errors(&context, &anna).await? {
        answer.expect_4xx(rule, "a wrong request does not get a 4xx")?;
        let body = answer.json().unwrap_or_default();
        answer.check(
            JSON_ERRORS,
            body.is_object(),
            format!("the body of an error from {} is not a JSON object", answer.exchange().path),
            "a JSON object",
        )?;
        if let Some(code) = body.get("statusCode") {
            answer.equal(JSON_ERRORS, "statusCode is not the status", answer.status(), code)?;
        }
    }
    Ok(())
}

async fn errors_show_no_internals(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut answers: Vec<Answer> = errors(&context, &anna).await?.into_iter().map(|(_, answer)| answer).collect();
    answers.extend(failed_ops(&anna).await?);
    for answer in answers {
        let leak = internals(answer.exchange());
        let message =
            format!("an error from {} shows internals of the server, and should show none", answer.exchange().path);
        answer.ensure("http.no-internals", leak.is_none(), message, "no internals", leak.unwrap_or_default())?;
    }
    Ok(())
}

async fn private_answers_are_not_stored(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let (_, session) = anna.session(NO_STORE).await.in_setup()?;
    let anonymous = context.anonymous().send(Request::get(endpoint::SESSION.path)).await;
    let mut answers = vec![session, anonymous, anna.push(&anna.home, &[anna.put("threads", "pk")]).await?];
    answers.push(anna.pull_unactivated(&anna.home, 0, 10).await);
    answers.push(anna.update_cursor_unactivated(&anna.home, "device", 1).await);
    if context.has(Capability::Snapshot) {
        answers.push(anna.snapshot_unactivated(&anna.home, 10).await);
    }
    for answer in answers {
        let broken = cacheable(answer.exchange());
        let (is_private, actual) = (broken.is_none(), broken.unwrap_or_default());
        let message = format!(
            "the answer of {} should carry Cache-Control: no-store, and a cache may store it",
            answer.exchange().path
        );
        context.check_should(answer.ensure(NO_STORE, is_private, message, "Cache-Control: no-store", actual));
    }
    Ok(())
}
