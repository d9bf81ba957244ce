//! HTTP: every field of every endpoint, optional ones as well, with values of every wrong type.

use serde_json::{Value, json};

use crate::http::wrong_requests::still_serves;
use syncproof_harness::cases;
use syncproof_harness::client::{Answer, Request};
use syncproof_harness::world::sync::push_body;
use syncproof_harness::world::{Context, Journal, User, member_path, members_path, workspace_path};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::wire::{Id, Role};

const SHAPE: &str = "http.wrong-shape";
const NO_5XX: &str = "http.no-5xx";
/// More wrong answers than a reader wants to see at once.
const MAX_FAULTS: usize = 20;

cases! {
    /// Required and optional fields of every endpoint with values of every type that they do not have.
    "http/wrong-types-of-every-field" checks [SHAPE] by wrong_types;
    /// Cursors, versions and page sizes from 1e11 to beyond 1e300 are refused or taken, and never break the server.
    "http/very-large-numbers" checks [NO_5XX] by very_large;
    /// Ops whose attempts and times are far beyond what counters and calendars hold are taken or refused.
    "http/very-large-numbers-on-envelopes" checks [NO_5XX] by very_large_envelopes;
}

/// Numbers beyond what is a year, a double's exact range, a signed and an unsigned integer.
const LARGE: &[&str] = &[
    "100000000000",
    "316224000000",
    "10000000000000",
    "1000000000000000",
    "9007199254740991",
    "9007199254740993.5",
    "9223372036854775",
    "9223372036854776",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "100000000000000000000",
    "1e20",
    "1e300",
    "1e400",
];

/// These numbers as they are written, with one of more digits than a double has room for.
pub(crate) fn large_numbers() -> Vec<String> {
    LARGE.iter().map(|number| (*number).to_owned()).chain([format!("1{}", "0".repeat(400))]).collect()
}

/// What a field takes.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    TextOrNull,
    /// An id, which some servers write as a number.
    Id,
    Count,
    /// A count from 1 to 1000.
    Size,
    List,
    Object,
    Tables,
    Token,
    /// A server may have no use for it, and not look.
    Unused,
}

impl Kind {
    fn wrong(self) -> Vec<Value> {
        let (null, number, text) = (json!(null), json!(5), json!("5"));
        let containers = [json!(true), json!([]), json!({}), json!([["5"]]), json!({"a": "5"})];
        let more: Vec<Value> = match self {
            Kind::Text => vec![null, number, json!(0.5), json!(["5"])],
            Kind::TextOrNull => vec![number, json!(0), json!(["5"])],
            Kind::Id => vec![null, json!(["5"])],
            // Whole numbers beyond the head are no wrong type, and 9007199254740993.5 is one to whoever reads doubles.
            Kind::Count | Kind::Size => vec![null, text, json!(""), json!(0.5), json!(-1), json!(-0.5), json!([5])],
            Kind::List => {
                return vec![null, number, text, json!(true), json!({}), json!({"0": {}}), json!({"length": 0})];
            }
            Kind::Object => return vec![null, number, text, json!(true), json!([]), json!([{"workspaceId": "x"}])],
            Kind::Tables => {
                return vec![
                    text,
                    json!("threads"),
                    number,
                    json!(true),
                    json!({}),
                    json!({"0": "threads"}),
                    json!([5]),
                    json!([null]),
                    json!([["threads"]]),
                    json!([{}]),
                ];
            }
            Kind::Token => return vec![number, json!(0.5), json!(true), json!([]), json!({}), json!(["x"])],
            Kind::Unused => return vec![number, json!(true), json!([]), json!({})],
        };
        containers.into_iter().chain(more).collect()
    }

    fn statuses(self) -> &'static [u16] {
        match self {
            Kind::Token => &[400, 410],
            Kind::Unused => &[200, 400, 403, 404],
            _ => &[400],
        }
    }
}

/// A call with a right body, and its fields.
struct Form {
    name: &'static str,
    method: reqwest::Method,
    path: String,
    body: Value,
    fields: Vec<(&'static str, Kind)>,
}

fn forms(context: &Context, user: &User, member: Option<&Id>) -> Vec<Form> {
    let post = |name, path: String, body, fields: &[(&'static str, Kind)]| Form {
        name,
        method: reqwest::Method::POST,
        path,
        body,
        fields: fields.to_vec(),
    };
    let patch = |form: Form| Form { method: reqwest::Method::PATCH, ..form };
    let sync = |name: &'static str, mut body: Value, fields: &[(&'static str, Kind)]| {
        body["scope"] = json!({"workspaceId": user.home});
        let scope = [("/scope", Kind::Object), ("/scope/workspaceId", Kind::Id), ("/scope/projectId", Kind::Unused)];
        post(name, format!("/api/sync/{name}"), body, &[&scope[..], fields].concat())
    };
    let naming = [("/name", Kind::Text), ("/description", Kind::TextOrNull)];
    let mut forms = vec![
        post("create", "/api/workspaces".to_owned(), json!({"name": "made"}), &naming),
        patch(post("rename", workspace_path(&user.home), json!({"name": "renamed"}), &naming)),
        post("activate", "/api/workspaces/active".to_owned(), json!({"id": user.home}), &[("/id", Kind::Id)]),
        sync("push", json!({"ops": []}), &[("/ops", Kind::List)]),
        sync(
            "pull",
            json!({"cursor": 0, "limit": 10}),
            &[("/cursor", Kind::Count), ("/limit", Kind::Size), ("/tables", Kind::Tables)],
        ),
        sync(
            "update-cursor",
            json!({"deviceId": "d", "version": 0}),
            &[("/deviceId", Kind::Text), ("/version", Kind::Count)],
        ),
    ];
    if context.has(Capability::Snapshot) {
        let fields = [("/pageSize", Kind::Size), ("/pageToken", Kind::Token), ("/tables", Kind::Tables)];
        forms.push(sync("snapshot", json!({"pageSize": 10}), &fields));
    }
    if context.has(Capability::Gc) {
        for name in ["gc-change-log", "gc-tombstones"] {
            forms.push(sync(name, json!({"retentionSeconds": 86_400}), &[("/retentionSeconds", Kind::Count)]));
        }
    }
    if let Some(member) = member {
        let body = json!({"userId": member, "role": "viewer"});
        forms.push(post("add member", members_path(&user.home), body, &[("/userId", Kind::Id), ("/role", Kind::Text)]));
        let path = member_path(&user.home, member);
        forms.push(patch(post("change member", path, json!({"role": "viewer"}), &[("/role", Kind::Text)])));
    }
    forms
}

/// The body with that value in that place, which may be new.
fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    if let Some((parent, field)) = pointer.rsplit_once('/')
        && let Some(Value::Object(fields)) = body.pointer_mut(parent)
    {
        fields.insert(field.to_owned(), value);
    }
    body
}

async fn wrong_types(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let member = if context.has(Capability::Members) { Some(context.user("member").await?) } else { None };
    if let Some(member) = &member {
        anna.invite(&anna.home, member, Role::Viewer).await?;
    }
    let mut faults: Vec<(Answer, String)> = Vec::new();
    for form in forms(&context, &anna, member.as_ref().map(|member| &member.id)) {
        for (pointer, kind) in &form.fields {
            for value in kind.wrong() {
                if faults.len() == MAX_FAULTS {
                    break;
                }
                let body = with(&form.body, pointer, value.clone());
                let answer = anna
                    .send(Request::raw(form.method.clone(), form.path.as_str(), Some(body.to_string().into_bytes())))
                    .await;
                if !answer.is(kind.statuses()) {
                    let what = format!("{} with {value} for {pointer}: {}", form.name, answer.outcome());
                    faults.push((answer, what));
                }
            }
        }
    }
    // Every wrong answer is told, with the first one's exchange.
    if let Some((answer, _)) = faults.first() {
        let what: Vec<&str> = faults.iter().map(|(_, what)| what.as_str()).collect();
        let message = "values of a wrong type are not refused as such";
        return Err(answer.fails(SHAPE, message, "status 400 (410 for a token, too)", what.join("; ")));
    }
    still_serves(&anna, SHAPE).await?;
    anna.holds(&anna.home, &[], SHAPE).await
}

/// The body with a number in that place, written just so: some are too large for a [`Value`].
pub(crate) fn with_number(body: &Value, pointer: &str, number: &str) -> Vec<u8> {
    const PLACE: &str = "the number's place";
    with(body, pointer, json!(PLACE)).to_string().replace(&json!(PLACE).to_string(), number).into_bytes()
}

async fn very_large(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ops = [anna.put("threads", "one"), anna.put("threads", "two")];
    anna.push_ok(&anna.home, &ops, "push.all-tables").await.in_setup()?;
    // What retentions do is told by a case of their own.
    let forms = forms(&context, &anna, None).into_iter().filter(|form| !form.name.starts_with("gc-"));
    for form in forms {
        for (pointer, kind) in &form.fields {
            let statuses: &[u16] = match kind {
                Kind::Count => &[200, 400],
                Kind::Size => &[400],
                _ => continue,
            };
            for number in large_numbers() {
                let body = with_number(&form.body, pointer, &number);
                let answer = anna.send(Request::raw(form.method.clone(), form.path.as_str(), Some(body))).await;
                answer.expect_status(NO_5XX, statuses)?;
            }
        }
    }
    still_serves(&anna, NO_5XX).await?;
    anna.holds(&anna.home, &ops, NO_5XX).await
}

async fn very_large_envelopes(context: Context) -> Checked {
    let mut journal = Journal::open(&context, NO_5XX).await?;
    for (field, negatives) in [("attempts", false), ("createdAt", true), ("nextAttemptAt", true)] {
        for number in large_numbers() {
            for sign in if negatives { &["", "-"][..] } else { &[""] } {
                let (user, home) = (&journal.user, &journal.workspace);
                let op = user.put("threads", &format!("{field} {sign}{number:.30}"));
                let body = push_body(home, std::slice::from_ref(&op));
                let body = with_number(&body, &format!("/ops/0/{field}"), &format!("{sign}{number}"));
                let answer = user.send(Request::raw(reqwest::Method::POST, "/api/sync/push", Some(body))).await;
                journal.reconcile(&[op], answer).await?;
            }
        }
    }
    let last = journal.user.put("threads", "last");
    journal.push(&[last]).await?;
    journal.holds().await
}
