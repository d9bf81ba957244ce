//! Members: every endpoint, called by an owner, an editor, a viewer, a removed member, a stranger, and without a credential.

use crate::member::management::members_are;
use crate::prelude::*;
use syncproof_protocol::endpoint::Permission::{self, No, Open};
use syncproof_protocol::endpoint::{Access, Endpoint};

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
    "member/every-endpoint-as-owner" checks REQUIREMENTS needs [Invite] by everything(Caller::Owner);
    /// An editor may read, write and rename; managing members and deleting is refused and changes nothing.
    "member/every-endpoint-as-editor" checks REQUIREMENTS needs [Invite] by everything(Caller::Editor);
    /// A viewer may read and move a cursor; everything else is refused and changes nothing.
    "member/every-endpoint-as-viewer" checks REQUIREMENTS needs [Invite] by everything(Caller::Viewer);
    /// Somebody who was an owner until just now may do nothing.
    "member/every-endpoint-after-removal"
        checks ["member.removed-at-once", "isolation.scope-checked", "member.owner-manages", "workspace.rename", "workspace.delete-owner-only", "workspace.activate-stranger"] needs [Manage]
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

/// A call, and whether owner, editor and viewer may make it.
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

    /// The same call with other permissions.
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

    /// The requirement that is broken when the call of somebody who may not make it succeeds.
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

/// A workspace of anna's with its users: ben makes the calls, cleo is a viewer, dora is no member.
struct MatrixFixture {
    anna: User,
    ben: User,
    cleo: Option<User>,
    dora: User,
    journal: Journal,
}

async fn fixture(context: &Context, who: Caller) -> Checked<MatrixFixture> {
    let [anna, ben, dora] = users(context, ["anna", "ben", "dora"]).await?;
    let (can_invite, has_members) = (context.has(Capability::Invite), context.has(Capability::Members));
    // A server without members may give each identity only one workspace.
    let mut journal = match can_invite {
        true => Journal::beside(&anna, "shared", "member.roles").await?,
        false => Journal::of(anna.clone(), "member.roles"),
    };
    journal.push_ok(&[anna.put("threads", "pk").clock(5), anna.delete("posts", "pk").clock(5)]).await.in_setup()?;
    let cleo = match has_members {
        true => Some(journal.member("cleo", Role::Viewer).await?),
        false => None,
    };
    let role = match who {
        Caller::Owner | Caller::Removed => Some(Role::Owner),
        Caller::Editor => Some(Role::Editor),
        Caller::Viewer => Some(Role::Viewer),
        Caller::Stranger | Caller::Nobody => None,
    };
    if let Some(role) = role {
        anna.invite(&journal.workspace, &ben, role).await?;
        ben.activate_ok(&journal.workspace).await?;
    }
    if who == Caller::Removed {
        anna.remove_member_ok(&journal.workspace, &ben.id, "member.owner-manages").await.in_setup()?;
    }
    Ok(MatrixFixture { anna, ben, cleo, dora, journal })
}

/// Every call that names the workspace; the one that deletes it comes last.
fn calls(context: &Context, fixture: &MatrixFixture) -> Vec<Call> {
    let (anna, ben, shared) = (&fixture.anna, &fixture.ben, &fixture.journal.workspace);
    let cleo = fixture.cleo.as_ref().unwrap_or(anna);
    let puts = [ben.put("threads", "bens").clock(1), ben.put("threads", "pk").clock(9).mark("ben")];
    let filling =
        Filling { newcomer: &fixture.dora.id, role: Role::Editor, ops: &puts, ..Filling::of(shared, &cleo.id) };
    let in_workspace = context.endpoints().filter(|endpoint| endpoint.names_workspace());
    let mut calls: Vec<Call> = in_workspace.map(|endpoint| Call::new(endpoint, &filling)).collect();
    let last = calls.pop();
    // Further calls: of one table, with an op that loses, and by ben about himself.
    let losing = [ben.delete("threads", "pk").clock(0)];
    calls.push(Call::new(&endpoint::PUSH, &Filling { ops: &losing, ..filling }).allowed([Open, Open, No]));
    calls.push(Call::new(&endpoint::PULL, &filling).with(&json!({"cursor": 1, "limit": 1, "tables": ["posts"]})));
    calls.push(Call::new(&endpoint::RENAME_WORKSPACE, &filling).with(&json!({"description": "by ben"})));
    if context.has(Capability::Snapshot) {
        calls.push(Call::new(&endpoint::SNAPSHOT, &filling).with(&json!({"pageSize": 1, "tables": ["threads"]})));
    }
    if fixture.cleo.is_some() {
        let owner = Filling { newcomer: &ben.id, role: Role::Owner, ..Filling::of(shared, &ben.id) };
        calls.push(Call::new(&endpoint::CHANGE_MEMBER, &owner));
        calls.push(Call::new(&endpoint::ADD_MEMBER, &owner).allowed([Open, No, No]));
        calls.push(Call::new(&endpoint::REMOVE_MEMBER, &Filling::of(shared, &anna.id)).allowed([Open, No, No]));
    }
    calls.extend(last);
    calls
}

async fn everything(context: Context, who: Caller) -> Checked {
    let fixture = fixture(&context, who).await?;
    let (anna, ben, mut journal) = (&fixture.anna, &fixture.ben, fixture.journal.clone());
    let shared = &fixture.journal.workspace;
    let before = anna.place("workspace.rename").await.in_setup()?;
    let mut renamed = false;
    let mut calls = calls(&context, &fixture);
    // Without calls that may remove or demote a user whom later calls need.
    if who == Caller::Owner {
        calls.retain(|call| call.may[0] != Permission::Open);
    }
    for call in calls {
        let client = if who == Caller::Nobody { context.anonymous() } else { ben.client() };
        let answer = client.send(call.call.request()).await;
        let (method, path) = (answer.exchange().method.clone(), answer.exchange().path.clone());
        let is_push = path == endpoint::PUSH.path;
        let what = format!("{method} {path} by {who:?}");
        match call.may(who) {
            Permission::Yes => {
                answer.expect_one_of(call.requirement, &[200, 201, 204], format!("{what} is refused"))?;
                if is_push {
                    let body: PushAnswer = answer.read(call.requirement)?;
                    let all = body.results.iter().all(|result| result.success);
                    answer.check(
                        call.requirement,
                        all,
                        format!("{what} should succeed for every op, and does not"),
                        "success for every op",
                    )?;
                    journal.ops.extend(call.ops.iter().cloned());
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
                // The log shows whether it was applied.
                let (changes, _) = anna.log(shared, "member.roles").await?;
                if changes.len() > journal.ops.len() {
                    journal.ops.extend(call.ops);
                }
            }
            Permission::Open => {}
        }
    }
    if who == Caller::Owner {
        // The last call has deleted the workspace.
        return anna.has_left(&[shared], "workspace.delete-rehomes-all").await.map(drop);
    }
    let violation = |requirement| if who == Caller::Nobody { "session.anonymous" } else { requirement };
    if !renamed {
        list_is_unchanged(anna, &before, violation("workspace.rename"), "refused calls changed a workspace").await?;
    }
    if let Some(cleo) = &fixture.cleo {
        let mut members = vec![(anna, Role::Owner), (cleo, Role::Viewer)];
        match who {
            Caller::Editor => members.push((ben, Role::Editor)),
            Caller::Viewer => members.push((ben, Role::Viewer)),
            _ => {}
        }
        members_are(anna, shared, &members, violation("member.owner-manages")).await?;
    }
    let scope = if who == Caller::Stranger { "isolation.scope-checked" } else { "member.roles" };
    journal.checks(violation(scope)).holds().await
}
