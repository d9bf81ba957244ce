//! Members: every endpoint, asked by everybody: owner, editor, viewer, who was removed, a stranger, nobody.

use serde_json::{Value, json};

use crate::member::management::members_are;
use syncproof_harness::cases;
use syncproof_harness::client::Client;
use syncproof_harness::world::{Context, EndpointCall, User};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::Permission::{self, No, Open};
use syncproof_protocol::endpoint::{self, Access, Endpoint, Filling};
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

/// One call, and who may make it: owner, editor, viewer.
struct Call {
    requirement: &'static str,
    call: EndpointCall,
    may: [Permission; 3],
    ops: Vec<Op>,
}

impl Call {
    /// What the table of endpoints says about it.
    fn new(endpoint: &'static Endpoint, filling: &Filling) -> Self {
        let (may, requirement) = match endpoint.access {
            Access::Members { may, requirement } => (may, requirement),
            Access::Anybody | Access::Users => ([Permission::Open; 3], "member.roles"),
        };
        let call = EndpointCall::new(endpoint, filling);
        Call { requirement, call, may, ops: filling.ops.to_vec() }
    }

    /// The same call, of which the protocol says something else.
    fn allowed(self, may: [Permission; 3]) -> Self {
        Call { may, ..self }
    }

    /// The same call with other fields.
    fn with(mut self, fields: &Value) -> Self {
        for (name, value) in fields.as_object().into_iter().flatten() {
            self.call.body[name] = value.clone();
        }
        self
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

/// Every call that names the workspace; the one that ends it comes last.
fn calls(context: &Context, scene: &MatrixFixture) -> Vec<Call> {
    let (anna, ben, shared) = (&scene.anna, &scene.ben, &scene.shared);
    let cleo = scene.cleo.as_ref().unwrap_or(anna);
    let puts = [ben.put("threads", "bens").clock(1), ben.put("threads", "pk").clock(9).mark("ben")];
    let filling = Filling { newcomer: &scene.dora.id, role: Role::Editor, ops: &puts, ..Filling::of(shared, &cleo.id) };
    let in_workspace = context.endpoints().filter(|endpoint| endpoint.names_workspace());
    let mut calls: Vec<Call> = in_workspace.map(|endpoint| Call::new(endpoint, &filling)).collect();
    let last = calls.pop();
    // More of some: of one table, what loses, and on oneself.
    let losing = [ben.delete("threads", "pk").clock(0)];
    calls.push(Call::new(&endpoint::PUSH, &Filling { ops: &losing, ..filling }).allowed([Open, Open, No]));
    calls.push(Call::new(&endpoint::PULL, &filling).with(&json!({"cursor": 1, "limit": 1, "tables": ["posts"]})));
    calls.push(Call::new(&endpoint::RENAME_WORKSPACE, &filling).with(&json!({"description": "by ben"})));
    if context.has(Capability::Snapshot) {
        calls.push(Call::new(&endpoint::SNAPSHOT, &filling).with(&json!({"pageSize": 1, "tables": ["threads"]})));
    }
    if scene.cleo.is_some() {
        let owner = Filling { newcomer: &ben.id, role: Role::Owner, ..Filling::of(shared, &ben.id) };
        calls.push(Call::new(&endpoint::CHANGE_MEMBER, &owner));
        calls.push(Call::new(&endpoint::ADD_MEMBER, &owner).allowed([Open, No, No]));
        calls.push(Call::new(&endpoint::REMOVE_MEMBER, &Filling::of(shared, &anna.id)).allowed([Open, No, No]));
    }
    calls.extend(last);
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
        let answer = client.send(call.call.request()).await;
        let (method, path) = (answer.exchange().method.clone(), answer.exchange().path.clone());
        let is_push = path == endpoint::PUSH.path;
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
