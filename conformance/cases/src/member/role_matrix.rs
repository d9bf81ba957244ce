//! Members: every endpoint, asked by everybody: owner, editor, viewer, who was removed, a stranger, nobody.

use serde_json::json;

use crate::member::management::members_are;
use syncproof_harness::cases;
use syncproof_harness::client::{Client, Request};
use syncproof_harness::world::sync::push_body;
use syncproof_harness::world::{Context, User, member_path, members_path, workspace_path};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::failure::{Checked, Setup as _};
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::{Id, OkAnswer, PushAnswer, Role};

const REQUIREMENTS: &[&str] = &[
    "member.roles",
    "member.owner-manages",
    "workspace.rename",
    "workspace.delete-owner-only",
    "workspace.activate-switches-session",
];
const OUTSIDERS: &[&str] = &[
    "isolation.scope-checked",
    "workspace.stranger",
    "member.owner-manages",
    "workspace.rename",
    "workspace.delete-owner-only",
    "workspace.activate-stranger",
];

cases! {
    /// A second owner may do everything.
    "member/every-endpoint-as-owner" checks REQUIREMENTS needs [Members] by everything(Caller::Owner);
    /// An editor may read, write and rename; managing members and deleting is refused and changes nothing.
    "member/every-endpoint-as-editor" checks REQUIREMENTS needs [Members] by everything(Caller::Editor);
    /// A viewer may read and move a cursor; everything else is refused and changes nothing.
    "member/every-endpoint-as-viewer" checks REQUIREMENTS needs [Members] by everything(Caller::Viewer);
    /// Somebody who was an owner until just now may do nothing.
    "member/every-endpoint-after-removal"
        checks ["member.removed-at-once", "isolation.scope-checked", "member.owner-manages", "workspace.rename", "workspace.delete-owner-only", "workspace.activate-stranger"] needs [Members]
        by everything(Caller::Removed);
    /// A stranger may do nothing on any endpoint, and nothing changes.
    "isolation/every-endpoint-as-stranger" checks OUTSIDERS by everything(Caller::Stranger);
    /// Without a credential every endpoint answers 401, and nothing changes.
    "session/every-endpoint-as-nobody" checks ["session.anonymous"] by everything(Caller::Nobody);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Owner,
    Editor,
    Viewer,
    Removed,
    Stranger,
    Nobody,
}

/// What the protocol says about one call by one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Permission {
    Yes,
    No,
    /// It says nothing.
    Open,
}

/// One call, and who may make it: owner, editor, viewer.
struct Call {
    requirement: &'static str,
    request: Request,
    may: [Permission; 3],
    ops: Vec<Op>,
}

impl Call {
    fn new(requirement: &'static str, request: Request, may: [Permission; 3]) -> Self {
        Call { requirement, request, may, ops: Vec::new() }
    }

    fn may(&self, who: Caller) -> Permission {
        match who {
            Caller::Owner => self.may[0],
            Caller::Editor => self.may[1],
            Caller::Viewer => self.may[2],
            Caller::Removed | Caller::Stranger | Caller::Nobody => Permission::No,
        }
    }

    /// What is broken when somebody may who must not.
    fn violation(&self, who: Caller) -> &'static str {
        match who {
            Caller::Nobody => "session.anonymous",
            Caller::Removed if self.requirement == "member.roles" => "member.removed-at-once",
            Caller::Stranger if self.requirement == "member.roles" => "isolation.scope-checked",
            Caller::Removed | Caller::Stranger if self.requirement == "workspace.activate-switches-session" => {
                "workspace.activate-stranger"
            }
            _ => self.requirement,
        }
    }
}

/// The people of one workspace of anna's.
struct MatrixFixture {
    anna: User,
    ben: User,
    cleo: Option<User>,
    dora: User,
    shared: Id,
    ops: Vec<Op>,
}

async fn fixture(context: &Context, who: Caller) -> Checked<MatrixFixture> {
    let (anna, ben) = (context.user("anna").await?, context.user("ben").await?);
    let dora = context.user("dora").await?;
    let has_members = context.has(Capability::Members);
    // A server may give each identity one workspace; then that one is it.
    let shared = if has_members { anna.new_workspace("shared").await? } else { anna.home.clone() };
    let ops = vec![anna.put("threads", "pk").clock(5), anna.delete("posts", "pk").clock(5)];
    anna.push_ok(&shared, &ops, "member.roles").await.in_setup()?;
    let cleo = if has_members { Some(context.user("cleo").await?) } else { None };
    if let Some(cleo) = &cleo {
        anna.invite(&shared, cleo, Role::Viewer).await?;
    }
    let role = match who {
        Caller::Owner | Caller::Removed => Some(Role::Owner),
        Caller::Editor => Some(Role::Editor),
        Caller::Viewer => Some(Role::Viewer),
        Caller::Stranger | Caller::Nobody => None,
    };
    if let Some(role) = role {
        anna.invite(&shared, &ben, role).await?;
        ben.activate_ok(&shared).await?;
    }
    if who == Caller::Removed {
        anna.remove_member(&shared, &ben.id).await.read::<OkAnswer>("member.owner-manages").in_setup()?;
    }
    Ok(MatrixFixture { anna, ben, cleo, dora, shared, ops })
}

/// Every call that names the workspace; those that end things come last.
fn calls(context: &Context, scene: &MatrixFixture) -> Vec<Call> {
    use Permission::{No, Open, Yes};
    let (ben, shared) = (&scene.ben, &scene.shared);
    let scope = json!({"workspaceId": shared});
    let post = |path: &str, mut body: serde_json::Value| {
        body["scope"] = scope.clone();
        Request::post(path, &body)
    };
    let read = [Yes, Yes, Yes];
    let push = |ops: &[Op]| Request::post("/api/sync/push", &push_body(shared, ops));
    let puts = [ben.put("threads", "bens").clock(1), ben.put("threads", "pk").clock(9).mark("ben")];
    let mut calls = vec![
        Call::new(
            "workspace.activate-switches-session",
            Request::post("/api/workspaces/active", &json!({"id": shared})),
            read,
        ),
        Call::new("member.roles", post("/api/sync/pull", json!({"cursor": 0, "limit": 10})), read),
        Call::new("member.roles", post("/api/sync/pull", json!({"cursor": 1, "limit": 1, "tables": ["posts"]})), read),
        Call::new("member.roles", post("/api/sync/update-cursor", json!({"deviceId": "bens", "version": 1})), read),
        Call { ops: puts.to_vec(), ..Call::new("member.roles", push(&puts), [Yes, Yes, No]) },
        Call::new("member.roles", push(&[ben.delete("threads", "pk").clock(0)]), [Open, Open, No]),
    ];
    if context.has(Capability::Snapshot) {
        calls.push(Call::new("member.roles", post("/api/sync/snapshot", json!({"pageSize": 10})), read));
        calls.push(Call::new(
            "member.roles",
            post("/api/sync/snapshot", json!({"pageSize": 1, "tables": ["threads"]})),
            read,
        ));
    }
    if context.has(Capability::Gc) {
        for path in ["/api/sync/gc-change-log", "/api/sync/gc-tombstones"] {
            calls.push(Call::new("member.roles", post(path, json!({"retentionSeconds": 86_400})), [Yes, Open, No]));
        }
    }
    let name = json!({"name": "renamed", "description": "by ben"});
    calls.push(Call::new("workspace.rename", Request::patch(workspace_path(shared), &name), [Yes, Yes, No]));
    if let Some(cleo) = &scene.cleo {
        let manage = [Yes, No, No];
        let calls = &mut calls;
        let mut add = |request, may| calls.push(Call::new("member.owner-manages", request, may));
        add(Request::get(members_path(shared)), [Yes, Open, Open]);
        add(Request::post(members_path(shared), &json!({"userId": scene.dora.id, "role": "viewer"})), manage);
        add(Request::patch(member_path(shared, &cleo.id), &json!({"role": "editor"})), manage);
        add(Request::patch(member_path(shared, &ben.id), &json!({"role": "owner"})), manage);
        add(Request::post(members_path(shared), &json!({"userId": ben.id, "role": "owner"})), [Open, No, No]);
        add(Request::delete(member_path(shared, &cleo.id)), manage);
        add(Request::delete(member_path(shared, &scene.anna.id)), [Open, No, No]);
    }
    calls.push(Call::new("workspace.delete-owner-only", Request::delete(workspace_path(shared)), [Yes, No, No]));
    calls
}

async fn everything(context: Context, who: Caller) -> Checked {
    let scene = fixture(&context, who).await?;
    let (anna, ben, shared) = (&scene.anna, &scene.ben, &scene.shared);
    let before = anna.place("workspace.rename").await.in_setup()?.entries();
    let mut ops = scene.ops.clone();
    let mut renamed = false;
    let mut calls = calls(&context, &scene);
    // Who may be removed by what is left open is not there any more for what comes after.
    if who == Caller::Owner {
        calls.retain(|call| call.may[0] != Permission::Open);
    }
    for call in calls {
        let client: &Client = if who == Caller::Nobody { context.anonymous() } else { ben.client() };
        let answer = client.send(call.request.clone()).await;
        let (method, path) = (answer.exchange().method.clone(), answer.exchange().path.clone());
        let is_push = path == "/api/sync/push";
        let what = format!("{method} {path} by {who:?}");
        match call.may(who) {
            Permission::Yes => {
                let message = format!("{what} is refused");
                let fine = answer.is(&[200, 201, 204]);
                answer.ensure(call.requirement, fine, message, "status 200", answer.outcome())?;
                if is_push {
                    let body: PushAnswer = answer.read(call.requirement)?;
                    let all = body.results.iter().all(|result| result.success);
                    answer.ensure(call.requirement, all, format!("{what} fails"), "success", answer.outcome())?;
                    ops.extend(call.ops.iter().cloned());
                }
                renamed |= call.requirement == "workspace.rename";
            }
            Permission::No => {
                let statuses: &[u16] = match who {
                    Caller::Nobody => &[401],
                    Caller::Viewer if is_push => &[403],
                    _ => &[403, 404],
                };
                answer.expect_status(call.violation(who), statuses)?;
            }
            Permission::Open if is_push && answer.is_success() => {
                // The only one is a delete that loses.
                let (changes, _) = anna.log(shared, "member.roles").await?;
                if changes.len() > ops.len() {
                    ops.push(ben.delete("threads", "pk").clock(0).op_id(changes[ops.len()].stamp.op_id.as_str()));
                }
            }
            Permission::Open => {}
        }
    }
    if who == Caller::Owner {
        // The last call has ended it.
        return anna.has_left(&[shared], "workspace.delete-rehomes-all").await.map(|_| ());
    }
    let violation = |requirement| if who == Caller::Nobody { "session.anonymous" } else { requirement };
    if !renamed {
        let place = anna.place(violation("workspace.rename")).await?;
        let message = "what was refused has changed a workspace";
        place.answer.equal(violation("workspace.rename"), message, before, place.entries())?;
    }
    if let Some(cleo) = &scene.cleo {
        let mut members = vec![(anna, Role::Owner), (cleo, Role::Viewer)];
        match who {
            Caller::Editor => members.push((ben, Role::Editor)),
            Caller::Viewer => members.push((ben, Role::Viewer)),
            _ => {}
        }
        members_are(anna, shared, &members, violation("member.owner-manages")).await?;
    }
    anna.holds(
        shared,
        &ops,
        violation(if who == Caller::Stranger { "isolation.scope-checked" } else { "member.roles" }),
    )
    .await
}
