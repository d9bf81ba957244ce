//! The HTTP side: routes, JSON, credentials, and the one form of errors.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::shape::has_shape;
use crate::store::{Attempt, Call, Refused, Store};
use crate::workspaces::{WRITE, WRITERS};

const LARGEST_BODY: usize = 2 * 1024 * 1024;
/// Method, path, endpoint, and the shape of the body, or "" for none.
const ROUTES: [(&str, &str, &str, &str); 16] = [
    ("GET", "/api/auth/session", "session", ""),
    ("GET", "/api/workspaces", "workspaces", ""),
    ("POST", "/api/workspaces", "create", "name:name description?:prose|null"),
    ("POST", "/api/workspaces/active", "activate", "id:plain"),
    ("PATCH", "/api/workspaces/*", "rename", "name:name description?:prose|null"),
    ("DELETE", "/api/workspaces/*", "delete", ""),
    ("GET", "/api/workspaces/*/members", "members", ""),
    ("POST", "/api/workspaces/*/members", "add member", "userId:plain role:owner|editor|viewer"),
    ("PATCH", "/api/workspaces/*/members/*", "change member", "role:owner|editor|viewer"),
    ("DELETE", "/api/workspaces/*/members/*", "remove member", ""),
    ("POST", "/api/sync/push", "push", "scope:scope ops:ops"),
    ("POST", "/api/sync/pull", "pull", "scope:scope cursor:count limit:limit tables?:texts"),
    ("POST", "/api/sync/update-cursor", "update cursor", "scope:scope deviceId:id version:count"),
    ("POST", "/api/sync/gc-change-log", "collect_log", "scope:scope retentionSeconds:positive"),
    ("POST", "/api/sync/gc-tombstones", "collect_tombstones", "scope:scope retentionSeconds:positive"),
    ("POST", "/api/sync/snapshot", "snapshot", "scope:scope pageSize:limit pageToken?:plain|null tables?:texts"),
];

impl Attempt<'_> {
    pub(crate) async fn answer(&self, results: &mut Vec<Value>) -> Result<Value, Refused> {
        match self.call.endpoint {
            "session" => {
                let until = self.call.claims["exp"].as_f64();
                let shown = self.work.objects("SELECT session($1, $2)", &[&self.user, &until]).await?;
                Ok(json!({ "session": shown.first() }))
            }
            "workspaces" => Ok(json!({ "workspaces": self.work.objects("SELECT places($1)", &[&self.user]).await? })),
            "create" => self.create_workspace().await,
            "activate" => self.activate().await,
            "rename" => self.rename_workspace().await,
            "delete" => self.delete_workspace().await,
            "members" => {
                self.enter(self.id(0), "", &[]).await?;
                Ok(json!({ "members": self.work.objects("SELECT people($1)", &[&self.id(0)]).await? }))
            }
            "add member" => self.add_member().await,
            "change member" => self.change_member(Some(self.text("/role"))).await,
            "remove member" => self.change_member(None).await,
            "push" => self.push(results).await,
            "pull" => self.pull().await,
            "update cursor" => self.update_cursor().await,
            "snapshot" => self.snapshot().await,
            function => {
                let workspace = self.text("/scope/workspaceId");
                self.enter(workspace, WRITE, WRITERS).await?;
                let sql = format!("SELECT {function}($1, $2)::text");
                self.work.run(&sql, &[&workspace, &self.count("/retentionSeconds")]).await
            }
        }
    }
}

type Key = Hmac<Sha256>;
type Shared = Arc<(Store, Key)>;

pub(crate) fn router(store: Store, secret: &[u8]) -> Router {
    let key = Key::new_from_slice(secret).unwrap_or_else(|_| unreachable!("HMAC takes a key of any length"));
    Router::new().fallback(respond).with_state(Arc::new((store, key)))
}

async fn respond(State(shared): State<Shared>, request: Request) -> Response {
    let mut allowed = Vec::new();
    let refused = |status, message| (status, json!({ "statusCode": status, "statusMessage": message }));
    let (status, answer) = match answer(&shared, request, &mut allowed).await {
        Ok(answer) => (200, answer),
        Err(Refused::Status(status, message)) => refused(status, message),
        Err(Refused::Sql(Some(_))) => refused(500, "the request failed"),
        // The connection is gone, and the outcome may be unknown.
        Err(Refused::Sql(None)) => refused(503, "the database is not there"),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let allowed = allowed.join(", ");
    let headers = [("content-type", "application/json"), ("cache-control", "no-store"), ("allow", &allowed)];
    (status, headers, answer.to_string()).into_response()
}

async fn answer(shared: &Shared, request: Request, allowed: &mut Vec<&str>) -> Result<Value, Refused> {
    let (parts, body) = request.into_parts();
    let mut path: Vec<&str> = parts.uri.path().split('/').collect();
    let mut ids = Vec::new();
    let is_inside = path.starts_with(&["", "api", "workspaces"]);
    for place in path.iter_mut().skip(3).step_by(2).filter(|part| is_inside && !matches!(**part, "" | "active")) {
        ids.push((*place).to_owned());
        *place = "*";
    }
    let path = path.join("/");
    let routes: Vec<_> = ROUTES.iter().filter(|(_, route, ..)| *route == path).collect();
    allowed.extend(routes.iter().map(|(method, ..)| *method));
    let route = routes.iter().find(|(method, ..)| *method == parts.method.as_str());
    let unknown = if routes.is_empty() { (404, "no such route") } else { (405, "the route has other methods") };
    let (.., endpoint, shape) = route.ok_or(Refused::Status(unknown.0, unknown.1))?;

    // A body that is too large is read, too, up to a limit: many clients send all of it before they read an answer.
    let raw = to_bytes(body, 16 * LARGEST_BODY).await.ok().filter(|raw| raw.len() <= LARGEST_BODY);
    let header = parts.headers.get("authorization").and_then(|header| header.to_str().ok());
    let Some(claims) = header.and_then(|header| claims(header, &shared.1)) else {
        let session = (*endpoint == "session").then(|| json!({ "session": null }));
        return session.ok_or(Refused::Status(401, "no valid credential"));
    };
    let raw = raw.ok_or(Refused::Status(413, "the body is too large, or not whole"))?;
    let body = if shape.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&raw) };
    let body = body.map_err(|_| Refused::Status(400, "the body is not JSON, or nested too deep"))?;
    if !shape.is_empty() && !has_shape(&body, shape) {
        return Err(Refused::Status(400, "the body misses a field, or has one of a wrong type"));
    }
    shared.0.perform(&Call { endpoint, claims, body, ids }).await
}

/// The claims of a valid JWT (HS256).
fn claims(header: &str, key: &Key) -> Option<Value> {
    let (scheme, token) = header.split_once(' ')?;
    let (signed, signature) = token.trim().rsplit_once('.')?;
    let (head, claims) = signed.split_once('.')?;
    let decoded = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let part = |text: &str| serde_json::from_str::<Value>(&String::from_utf8(decoded(text)?).ok()?).ok();
    let (head, claims) = (part(head)?, part(claims)?);
    // Compares the whole signature, in constant time.
    key.clone().chain_update(signed).verify_slice(&decoded(signature)?).ok()?;
    let shape = "provider:id sub:plain exp:number nbf?:number email?:plain name?:plain";
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
    let is_signed = scheme.eq_ignore_ascii_case("bearer") && head["alg"] == "HS256" && head.get("crit").is_none();
    let is_current = claims["exp"].as_f64()? > now && claims["nbf"].as_f64().unwrap_or(0.0) <= now;
    (is_signed && is_current && has_shape(&claims, shape)).then_some(claims)
}
