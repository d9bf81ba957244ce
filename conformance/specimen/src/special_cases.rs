//! Mutants that are wrong in a special case only: for one text, at one endpoint, for one kind of caller.

use super::app::App;
use super::caller::Caller;
use super::failure::Failure;
use super::switch::{Switch, deviation, deviations};
use super::wire::done;
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use syncproof_model::Role;
use syncproof_protocol::table::Table;

/// The largest body that these mutants read.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// How long a mutant waits between reading the head of a log and its records.
const GAP: Duration = Duration::from_millis(5);

/// The switches of these mutants, but for the one of numbers that are no doubles.
const SPECIAL_CASES: &[Switch] = &[
    Switch::NulInHlcBreaks,
    Switch::LongDeviceBreaks,
    Switch::HostileNameBreaks,
    Switch::HostileFilterBreaks,
    Switch::HostileRoleIsViewer,
    Switch::HalfPairBreaks,
    Switch::StrangerMovesCursor,
    Switch::StrangerSnapshots,
    Switch::StrangerListsMembers,
    Switch::EditorGetsNoSnapshot,
    Switch::ViewerMovesNoCursor,
    Switch::AnonymousNotFound,
    Switch::RemovedActivates,
    Switch::MemberExistenceLeaks,
    Switch::CursorExistenceLeaks,
    Switch::ExistenceInWords,
    Switch::DeletedIsGone,
    Switch::IdsByPrefix,
    Switch::NumberTextTaken,
    Switch::OptionalFieldsUnchecked,
    Switch::FilterOfOneTaken,
    Switch::WatermarkReadEarly,
    Switch::CoOwnersCannotAdd,
    Switch::SelfKeyBreaks,
    Switch::NestingBreaks,
    Switch::BracketsInTextNest,
];

/// Handles a request as the specimen's mutants do.
pub(super) async fn handle(app: Arc<App>, request: Request, next: Next) -> Response {
    match app.is(Switch::OverflowIsInfinity) {
        true => beyond_doubles(app, request, next).await,
        false => within_doubles(app, request, next).await,
    }
}

/// Handles a request as all of them but one do.
async fn within_doubles(app: Arc<App>, request: Request, next: Next) -> Response {
    if !app.switches().has_any(SPECIAL_CASES) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BYTES).await else {
        return Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "too large").into_response();
    };
    let path = parts.uri.path().to_owned();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if app.is(Switch::HalfPairBreaks) && is_half_pair(&bytes) {
        return Failure::internal_error("invalid surrogate").into_response();
    }
    if app.is(Switch::NestingBreaks) && (200..1000).contains(&nesting(&bytes)) {
        return Failure::internal_error("maximum recursion depth exceeded").into_response();
    }
    if app.is(Switch::BracketsInTextNest) && nesting(&bytes) > 100 {
        return Failure::bad_request("nested too deeply").into_response();
    }
    if app.switches().iter().any(|switch| breaks(switch, &path, &body)) {
        return Failure::internal_error("syntax error").into_response();
    }
    if app.is(Switch::AnonymousNotFound)
        && path.ends_with("/update-cursor")
        && !parts.headers.contains_key("authorization")
    {
        return Failure::not_found().into_response();
    }
    let mut changed = body.clone();
    let caller = app.optional_caller(&parts.headers).await.ok().flatten();
    mutate_request(&app, &path, caller.as_ref(), &mut changed);
    let bytes = if changed == body { bytes } else { Bytes::from(changed.to_string()) };
    let scope = scope_of(&path, &body);
    let method = parts.method.clone();
    let head_before = app.state().workspaces.get(&scope).map(|workspace| workspace.log.head());
    if app.is(Switch::WatermarkReadEarly) && path.ends_with("/snapshot") {
        tokio::time::sleep(GAP).await;
    }
    if app.is(Switch::CoOwnersCannotAdd)
        && method == Method::POST
        && path.ends_with("/members")
        && co_owned(&app, &scope)
    {
        return Failure::forbidden().into_response();
    }
    let response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    match mutate_answer(&app, &method, &path, &scope, caller.as_ref(), &body, response.status()) {
        Some(other) => other,
        None if app.is(Switch::WatermarkReadEarly) && path.ends_with("/snapshot") && body["pageToken"].is_null() => {
            with_watermark(response, head_before.unwrap_or(0)).await
        }
        None => response,
    }
}

/// How deeply the brackets are nested. Brackets within strings are counted, too.
fn nesting(bytes: &[u8]) -> usize {
    let (mut level, mut deepest) = (0_usize, 0);
    for byte in bytes {
        match byte {
            b'[' | b'{' => level += 1,
            b']' | b'}' => level = level.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(level);
    }
    deepest
}

/// Accepts 1e999, and sends it back as `Infinity`, which is no JSON.
async fn beyond_doubles(app: Arc<App>, request: Request, next: Next) -> Response {
    const STAND_IN: &str = "\"\u{f8ff}infinity\"";
    // Only as the value of a field: a UUID may contain the same characters.
    const VALUE: &str = ":1e999";
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, MAX_BYTES).await.unwrap_or_default();
    let taken = match std::str::from_utf8(&bytes) {
        Ok(text) if text.contains(VALUE) => Bytes::from(text.replace(VALUE, &format!(":{STAND_IN}"))),
        _ => bytes,
    };
    let (mut parts, body) = within_doubles(app, Request::from_parts(parts, Body::from(taken)), next).await.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let bytes = to_bytes(body, MAX_BYTES).await.unwrap_or_default();
    let shown = String::from_utf8_lossy(&bytes).replace(STAND_IN, "Infinity");
    Response::from_parts(parts, Body::from(shown))
}

/// The id of the workspace that a request is about.
fn scope_of(path: &str, body: &Value) -> String {
    let in_path = path.strip_prefix("/api/workspaces/").and_then(|rest| rest.split('/').next());
    let named = body["scope"]["workspaceId"].as_str().or_else(|| body["id"].as_str());
    in_path.filter(|id| *id != "active").or(named).unwrap_or_default().to_owned()
}

fn co_owned(app: &App, scope: &str) -> bool {
    let state = app.state();
    let members = state.directory.workspace(scope).map(|workspace| &workspace.members);
    members.is_some_and(|members| members.values().filter(|member| member.role == Role::Owner).count() > 1)
}

fn is_half_pair(bytes: &Bytes) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    ["\\ud8", "\\udc", "\\udf"].iter().any(|half| text.contains(half)) && serde_json::from_str::<Value>(&text).is_err()
}

fn breaks(switch: Switch, path: &str, body: &Value) -> bool {
    let texts = |value: &Value| value.as_array().cloned().unwrap_or_default();
    match switch {
        Switch::NulInHlcBreaks => {
            texts(&body["ops"]).iter().any(|op| op["stamp"]["hlc"].as_str().is_some_and(|hlc| hlc.contains('\0')))
        }
        Switch::LongDeviceBreaks => {
            texts(&body["ops"]).iter().any(|op| op["stamp"]["deviceId"].as_str().is_some_and(|id| id.len() > 64))
        }
        Switch::SelfKeyBreaks => texts(&body["ops"]).iter().any(|op| op["payload"].get("self").is_some()),
        Switch::HostileNameBreaks => {
            path.starts_with("/api/workspaces") && body["description"].as_str().is_some_and(|text| text.contains('\''))
        }
        Switch::HostileFilterBreaks => {
            texts(&body["tables"]).iter().any(|name| name.as_str().is_some_and(|name| name.contains('"')))
        }
        _ => false,
    }
}

/// Changes the body of a request into what the mutants read in it.
fn mutate_request(app: &App, path: &str, caller: Option<&Caller>, body: &mut Value) {
    deviations!(match app.switches() {
        Switch::HostileRoleIsViewer
            if path.contains("/members")
                && body["role"].as_str().is_some_and(|role| Role::from_word(role).is_none()) =>
        {
            body["role"] = json!("viewer");
        }
        Switch::NumberTextTaken => {
            for field in ["cursor", "limit", "version", "pageSize"] {
                if let Some(number) = body[field].as_str().and_then(|text| text.parse::<u64>().ok()) {
                    body[field] = json!(number);
                }
            }
        }
        Switch::OptionalFieldsUnchecked => {
            for field in ["description", "pageToken"] {
                let is_wrong = body.get(field).is_some_and(|value| !value.is_string() && !value.is_null());
                if let (true, Some(fields)) = (is_wrong, body.as_object_mut()) {
                    fields.remove(field);
                }
            }
        }
        Switch::FilterOfOneTaken => {
            if let Some(name) = body["tables"].as_str().filter(|name| Table::named(name).is_some()).map(str::to_owned) {
                body["tables"] = json!([name]);
            }
        }
        Switch::RemovedActivates if path.ends_with("/active") => {
            let id = body["id"].as_str().unwrap_or_default().to_owned();
            let mut state = app.state();
            if let Some(caller) = caller
                && state.mutant_state.removed.contains(&(caller.user.clone(), id.clone()))
            {
                state.directory.stand(&caller.user, &id);
            }
        }
        _ => {}
    });
}

fn mutate_answer(
    app: &App,
    method: &Method,
    path: &str,
    scope: &str,
    caller: Option<&Caller>,
    body: &Value,
    status: StatusCode,
) -> Option<Response> {
    let caller = caller?;
    let refused = status == StatusCode::FORBIDDEN || status == StatusCode::NOT_FOUND;
    let mut state = app.state();
    let workspace = state.directory.workspace(scope);
    let (exists, deleted) = (workspace.is_some(), workspace.is_some_and(|workspace| workspace.deleted));
    let role = state.directory.role(&caller.user, scope).ok();
    let is = |end: &str| path.ends_with(end);
    let done = || done().into_response();
    deviation!(match app.switches() {
        Switch::StrangerMovesCursor if is("/update-cursor") && refused && exists => Some(done()),
        Switch::StrangerSnapshots if is("/snapshot") && refused && exists => {
            let head = state.workspace(scope).log.head();
            let page = json!({"workspaceId": scope, "snapshotId": "s", "highWatermark": head, "items": [], "nextPageToken": null});
            Some(Json(page).into_response())
        }
        Switch::StrangerListsMembers if is("/members") && *method == Method::GET && refused && exists => {
            Some(Json(json!({"members": []})).into_response())
        }
        Switch::EditorGetsNoSnapshot if is("/snapshot") && role == Some(Role::Editor) => {
            Some(Failure::forbidden().into_response())
        }
        Switch::ViewerMovesNoCursor if is("/update-cursor") && role == Some(Role::Viewer) => {
            Some(Failure::forbidden().into_response())
        }
        Switch::RemovedActivates if is("/active") && refused => {
            let id = body["id"].as_str().unwrap_or_default().to_owned();
            state.mutant_state.removed.contains(&(caller.user.clone(), id)).then(done)
        }
        Switch::MemberExistenceLeaks if path.contains("/members") && refused && exists && role.is_none() => {
            Some(Failure::forbidden().into_response())
        }
        Switch::CursorExistenceLeaks if is("/update-cursor") && refused && exists && role.is_none() => {
            let head = state.workspace(scope).log.head();
            let beyond = body["version"].as_u64().is_some_and(|version| version > head);
            beyond.then(|| Failure::bad_request("version is beyond the head").into_response())
        }
        Switch::ExistenceInWords if refused && exists && role.is_none() => {
            Some(Failure::new(status, "not a member").into_response())
        }
        Switch::IdsByPrefix if refused && !exists && path.starts_with("/api/workspaces/") => {
            let begins = |id: &String| scope.get(..35).is_some_and(|start| id.starts_with(start));
            state.workspaces.keys().any(begins).then(done)
        }
        Switch::DeletedIsGone if refused && deleted => {
            Some(Failure::new(StatusCode::GONE, "the workspace is deleted").into_response())
        }
        _ => None,
    })
}

async fn with_watermark(response: Response, head: u64) -> Response {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_BYTES).await.unwrap_or_default();
    let mut page: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if !page["highWatermark"].is_u64() {
        return Response::from_parts(parts, Body::from(bytes));
    }
    page["highWatermark"] = json!(head);
    Json(page).into_response()
}
