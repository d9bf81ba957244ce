//! HTTP: every field of every endpoint, optional ones as well, with values of every wrong type.

use serde_json::{Value, json};

use super::http::still_serves;
use crate::capability::Capability;
use crate::case::{Case, Stage};
use crate::client::Request;
use crate::failure::Checked;
use crate::wire::{Id, Role};
use crate::world::{Context, User, member_path, members_path, workspace_path};

const SHAPE: &str = "http.wrong-shape";

/// Cases of this file.
pub(super) const CASES: &[Case] = &[Case {
    id: "http/wrong-types-of-every-field",
    requirements: &[SHAPE],
    needs: &[],
    stage: Stage::Main,
    summary: "Required and optional fields of every endpoint with values of every type that they do not have.",
    run: |context| Box::pin(wrong_types(context)),
}];

/// What a field takes.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    TextOrNull,
    /// An id, which some servers write as a number.
    Id,
    Count,
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
            Kind::Count => vec![null, text, json!(""), json!(0.5), json!(-1), json!(-0.5), json!([5])],
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
            &[("/cursor", Kind::Count), ("/limit", Kind::Count), ("/tables", Kind::Tables)],
        ),
        sync(
            "update-cursor",
            json!({"deviceId": "d", "version": 0}),
            &[("/deviceId", Kind::Text), ("/version", Kind::Count)],
        ),
    ];
    if context.has(Capability::Snapshot) {
        let fields = [("/pageSize", Kind::Count), ("/pageToken", Kind::Token), ("/tables", Kind::Tables)];
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
    for form in forms(&context, &anna, member.as_ref().map(|member| &member.id)) {
        for (pointer, kind) in &form.fields {
            for value in kind.wrong() {
                let body = with(&form.body, pointer, value.clone());
                let answer = anna
                    .send(Request::raw(form.method.clone(), form.path.as_str(), Some(body.to_string().into_bytes())))
                    .await;
                let message = format!("{} takes {value} for {pointer}", form.name);
                let fine = answer.is(kind.statuses());
                answer.ensure(SHAPE, fine, message, format!("status {:?}", kind.statuses()), answer.outcome())?;
            }
        }
    }
    still_serves(&anna, SHAPE).await?;
    anna.holds(&anna.home, &[], SHAPE).await
}
