//! Workspaces: unknown and foreign ones, activation, and who may delete.

use crate::prelude::*;
use crate::support::endpoint::calls_on;
use syncproof_protocol::family::{Family, hostile_texts};
use syncproof_protocol::json::same_json;

const UNKNOWN: &str = "workspace.unknown-id";
const STRANGER: &str = "workspace.stranger";
const DELETE: &str = "workspace.delete-owner-only";
const TWICE: &str = "workspace.delete-twice";
const SWITCH: &str = "workspace.activate-switches-session";
const ACTIVATE_STRANGER: &str = "workspace.activate-stranger";

cases! {
    /// PATCH, DELETE and activate of ids that nobody has get 403 or 404; garbage gets a 4xx; nothing changes.
    "workspace/unknown-ids" checks [UNKNOWN] by unknown_ids;
    /// A stranger gets the same answer, status and body, for an existing workspace and for an unknown one.
    "workspace/stranger-learns-nothing" checks [STRANGER, UNKNOWN] by stranger;
    /// A stranger cannot delete a workspace, and nothing in it changes.
    "workspace/delete-by-strangers" checks [DELETE] by delete_by_stranger;
    /// Editors, viewers and removed members cannot delete a workspace, and nothing in it changes.
    "workspace/delete-by-members" checks [DELETE] needs [Manage] by delete_by_members;
    /// Deleting a deleted workspace again, later and at one instant, changes nothing and is no 5xx.
    "workspace/delete-twice" checks [TWICE] by delete_twice;
    /// The very next session after an activation stands there, on every connection.
    "workspace/activate-switches-session" checks [SWITCH] by switches;
    /// Activating workspaces of others shows the role that one has in each.
    "workspace/activate-shows-the-role-there" checks [SWITCH] needs [Invite] by role_there;
    /// One member's activation moves no other member.
    "workspace/activate-is-ones-own" checks [SWITCH] needs [Invite] by own_activation;
    /// Activating another's workspace gets 403 or 404, and the session stays where it was.
    "workspace/activate-by-strangers" checks [ACTIVATE_STRANGER] by activate_by_stranger;
}

async fn unknown_ids(context: Context) -> Checked {
    let (anna, other) = owner_of(&context, "other").await?;
    let ben = context.user("ben").await?;
    anna.activate_ok(&other).await?;
    let before = anna.place(UNKNOWN).await.in_setup()?;
    for id in [other.unknown_alike(), other.unknown_alike(), anna.home.unknown_alike()] {
        anna.rename(&id, &json!({"name": "seized"})).await.expect_forbidden(UNKNOWN)?;
        anna.delete_workspace(&id).await.expect_forbidden(UNKNOWN)?;
        anna.activate(&id).await.expect_forbidden(UNKNOWN)?;
        let after = anna.place(UNKNOWN).await?;
        after.answer.equal(UNKNOWN, "an unknown id changed the active workspace", Some(&other), after.workspace())?;
    }
    let garbage = hostile_texts().chain(Family::Ids.texts()).map(str::to_owned);
    for id in garbage.chain([anna.id.to_string(), "x".repeat(2000)]).map(Id::text) {
        // Where ids are counters, a user's id may also be a workspace's.
        if [&anna.home, &other].iter().any(|own| own.to_string() == id.to_string()) {
            continue;
        }
        for answer in [
            anna.rename(&id, &json!({"name": "seized"})).await,
            anna.delete_workspace(&id).await,
            anna.activate(&id).await,
        ] {
            answer.expect_4xx(UNKNOWN, format!("{} accepts an id that nobody has", answer.exchange().method))?;
        }
    }
    anna.is_active_in(&other, Role::Owner, UNKNOWN).await?;
    list_is_unchanged(&anna, &before, UNKNOWN, "requests with unknown ids changed the list").await?;
    ben.is_active_in(&ben.home, Role::Owner, UNKNOWN).await.map(drop)
}

/// An answer's body without what may differ: the address, and the id in the request.
fn comparable(answer: &Answer, id: &Id) -> Value {
    fn masked(value: Value, id: &str) -> Value {
        match value {
            Value::String(text) => Value::String(text.replace(id, "ID")),
            Value::Number(number) if number.to_string() == id => Value::String("ID".to_owned()),
            Value::Array(items) => items.into_iter().map(|item| masked(item, id)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .filter(|(name, _)| name != "url" && name != "path")
                .map(|(name, value)| (name, masked(value, id)))
                .collect(),
            other => other,
        }
    }
    masked(answer.json().unwrap_or_default(), &id.to_string())
}

/// Whether `left` is `right`, except where `right` and `again` differ too, such as in a time or a request number.
fn same_but_for_noise(left: &Value, right: &Value, again: &Value) -> bool {
    match (left, right, again) {
        (Value::Object(left), Value::Object(right), Value::Object(again)) if right.keys().eq(again.keys()) => {
            left.keys().eq(right.keys())
                && left.iter().all(|(name, value)| same_but_for_noise(value, &right[name], &again[name]))
        }
        _ => same_json(left, right) || !same_json(right, again),
    }
}

async fn stranger(context: Context) -> Checked {
    let (anna, other) = owner_of(&context, "other").await?;
    let stranger = context.user("stranger").await?;
    anna.activate_ok(&other).await?;
    let before = anna.place(STRANGER).await.in_setup()?;
    let unknown = [other.unknown_alike(), other.unknown_alike()];
    for existing in [&other, &anna.home] {
        // The chapter isolation has cases for sync requests.
        let tries = |workspace: &Id| {
            let calls = calls_on(&context, workspace, &[&stranger.id, &anna.id]).into_iter();
            calls.filter(|call| !call.endpoint.is_sync()).map(|call| call.request())
        };
        for ((on_existing, on_unknown), again) in tries(existing).zip(tries(&unknown[0])).zip(tries(&unknown[1])) {
            let right = stranger.send(on_unknown).await;
            let again = stranger.send(again).await;
            let left = stranger.send(on_existing).await;
            for answer in [&left, &right] {
                answer.expect_forbidden(STRANGER)?;
            }
            let message =
                format!("{} answers differently for an existing and an unknown workspace", left.exchange().method);
            left.equal(STRANGER, format!("{message}, in the status"), right.status(), left.status())?;
            let (shown, hidden) = (comparable(&left, existing), comparable(&right, &unknown[0]));
            let same = same_but_for_noise(&shown, &hidden, &comparable(&again, &unknown[1]));
            left.ensure(STRANGER, same, format!("{message}, in the body"), hidden.to_string(), shown.to_string())?;
        }
    }
    anna.is_active_in(&other, Role::Owner, STRANGER).await?;
    list_is_unchanged(&anna, &before, STRANGER, "a stranger's requests changed the owner's list").await?;
    has_only_home(&stranger, STRANGER, "a stranger's list has a workspace that they only asked for").await
}

/// A workspace with one record, beside its owner's home.
async fn coveted_workspace(context: &Context) -> Checked<(User, Journal)> {
    let anna = context.user("anna").await?;
    let mut coveted = Journal::beside(&anna, "coveted", DELETE).await?;
    coveted.push_ok(&[anna.put("threads", "pk")]).await.in_setup()?;
    Ok((anna, coveted))
}

/// Checks that a workspace is still there and unchanged after somebody tried to delete it.
async fn is_untouched(coveted: &Journal, owner: &User) -> Checked {
    let place = owner.is_active_in(&coveted.workspace, Role::Owner, DELETE).await?;
    let listed = place.entry(&coveted.workspace).map(|entry| entry.name.as_str());
    place.answer.equal(DELETE, "a refused deletion changed the list", Some("coveted"), listed)?;
    coveted.holds_for(owner).await
}

async fn delete_by_stranger(context: Context) -> Checked {
    let (anna, coveted) = coveted_workspace(&context).await?;
    let stranger = context.user("stranger").await?;
    for workspace in [&coveted.workspace, &anna.home] {
        for _ in 0..2 {
            stranger.delete_workspace(workspace).await.expect_forbidden(DELETE)?;
        }
    }
    stranger.on_new_connections()?.delete_workspace(&coveted.workspace).await.expect_forbidden(DELETE)?;
    is_untouched(&coveted, &anna).await?;
    anna.activate_ok(&anna.home).await?;
    anna.is_active_in(&anna.home, Role::Owner, DELETE).await?;
    stranger.is_active_in(&stranger.home, Role::Owner, DELETE).await.map(drop)
}

async fn delete_by_members(context: Context) -> Checked {
    let (anna, coveted) = coveted_workspace(&context).await?;
    let workspace = &coveted.workspace;
    for (role, inside) in [(Role::Editor, true), (Role::Editor, false), (Role::Viewer, true), (Role::Viewer, false)] {
        let member = anna.new_member(workspace, role.name(), role).await?;
        let (active, active_role) = if inside { (workspace, role) } else { (&member.home, Role::Owner) };
        // The server may have activated the workspace when they were added.
        member.activate_ok(active).await?;
        member.delete_workspace(workspace).await.expect_forbidden(DELETE)?;
        let place = member.is_active_in(active, active_role, DELETE).await?;
        let entry = place.entry(workspace).map(|entry| entry.role);
        place.answer.equal(DELETE, "a refused deletion changed a membership", Some(role), entry)?;
        is_untouched(&coveted, &anna).await?;
        anna.remove_member_ok(workspace, &member.id, "member.owner-manages").await.in_setup()?;
        member.delete_workspace(workspace).await.expect_forbidden(DELETE)?;
        is_untouched(&coveted, &anna).await?;
    }
    // The role decides, not who created the workspace.
    let heir = active_member(&anna, workspace, "heir", Role::Owner).await?;
    heir.set_role_ok(workspace, &anna.id, "editor", "member.owner-manages").await.in_setup()?;
    anna.delete_workspace(workspace).await.expect_forbidden(DELETE)?;
    is_untouched(&coveted, &heir).await?;
    heir.delete_workspace_ok(workspace, DELETE).await?;
    heir.has_left(&[workspace], DELETE).await.map(drop)
}

/// What a second deletion may answer; 403 too, as for an unknown workspace (`workspace.unknown-id`).
pub(crate) const AGAIN: &[u16] = &[200, 202, 204, 403, 404, 410];

async fn delete_twice(context: Context) -> Checked {
    let (anna, doomed) = owner_of(&context, "doomed").await?;
    let mut journal = Journal::beside(&anna, "kept", TWICE).await?;
    let other = anna.new_workspace("other").await?;
    journal.push_ok(&[anna.put("threads", "pk")]).await.in_setup()?;
    let kept = journal.workspace.clone();
    anna.activate_ok(&doomed).await?;
    anna.delete_workspace_ok(&doomed, TWICE).await?;
    anna.activate_ok(&kept).await?;
    let before = anna.is_active_in(&kept, Role::Owner, TWICE).await?;
    for round in 0..4 {
        let anna = if round < 2 { anna.clone() } else { anna.on_new_connections()? };
        anna.delete_workspace(&doomed).await.expect_status(TWICE, AGAIN)?;
        anna.is_active_in(&kept, Role::Owner, TWICE).await?;
        list_is_unchanged(&anna, &before, TWICE, "a second deletion changed the list").await?;
    }
    // First and second deletion at one instant.
    let mut doomed = vec![doomed];
    for _ in 0..4 {
        let next = anna.new_workspace("next").await?;
        anna.activate_ok(&next).await?;
        let answers = send_together(vec![(anna.client().clone(), Request::delete(workspace_path(&next))); 6]).await?;
        answers.iter().try_for_each(|answer| answer.expect_status(TWICE, AGAIN))?;
        doomed.push(next);
        let place = anna.has_left(&doomed.iter().collect::<Vec<_>>(), TWICE).await?;
        let message = "concurrent deletions of one workspace changed the rest of the list";
        place.answer.equal(TWICE, message, before.entries(), place.entries())?;
        one_succeeds(&answers, TWICE, "deletions of one workspace")?;
    }
    journal.holds().await?;
    anna.holds(&other, &[], TWICE).await
}

async fn switches(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut places = vec![anna.home.clone()];
    for name in ["one", "two", "three"] {
        places.push(anna.new_workspace(name).await?);
    }
    let elsewhere = anna.on_new_connections()?;
    for index in [1, 2, 2, 0, 3, 1, 0] {
        let wanted = &places[index];
        anna.activate(wanted).await.read::<OkAnswer>(SWITCH)?;
        for anna in [&anna, &elsewhere] {
            let (session, answer) = anna.session(SWITCH).await?;
            let actual = json!({"workspace": session.workspace.map(|workspace| workspace.id), "role": session.role});
            let message = "the session after an activation shows another active workspace or role";
            answer.equal(SWITCH, message, json!({"workspace": wanted, "role": Role::Owner}), actual)?;
        }
        anna.is_active_in(wanted, Role::Owner, SWITCH).await?;
    }
    // Activated on one connection, then synced and seen on another, with no session request between.
    for (number, wanted) in places.iter().enumerate() {
        elsewhere.activate(wanted).await.read::<OkAnswer>(SWITCH)?;
        anna.push_ok(wanted, &[anna.put("threads", &format!("pk{number}"))], SWITCH).await?;
        anna.is_active_in(wanted, Role::Owner, SWITCH).await?;
    }
    Ok(())
}

async fn role_there(context: Context) -> Checked {
    let [anna, ben] = users(&context, ["anna", "ben"]).await?;
    let mut places = vec![(ben.home.clone(), Role::Owner)];
    for role in [Role::Viewer, Role::Editor, Role::Owner] {
        let workspace = anna.new_workspace(role.name()).await?;
        anna.invite(&workspace, &ben, role).await?;
        places.push((workspace, role));
    }
    for index in [1, 2, 3, 1, 0, 2, 1] {
        let (workspace, role) = &places[index];
        ben.activate(workspace).await.read::<OkAnswer>(SWITCH)?;
        ben.is_active_in(workspace, *role, SWITCH).await?;
        ben.on_new_connections()?.is_active_in(workspace, *role, SWITCH).await?;
    }
    Ok(())
}

async fn own_activation(context: Context) -> Checked {
    let (anna, shared) = owner_of(&context, "shared").await?;
    let ben = anna.new_member(&shared, "ben", Role::Editor).await?;
    anna.activate_ok(&anna.home).await?;
    // The server may have activated the workspace when he was added.
    ben.activate_ok(&ben.home).await?;
    ben.is_active_in(&ben.home, Role::Owner, SWITCH).await?;
    ben.activate(&shared).await.read::<OkAnswer>(SWITCH)?;
    anna.is_active_in(&anna.home, Role::Owner, SWITCH).await?;
    anna.activate(&shared).await.read::<OkAnswer>(SWITCH)?;
    ben.activate(&ben.home).await.read::<OkAnswer>(SWITCH)?;
    anna.is_active_in(&shared, Role::Owner, SWITCH).await?;
    ben.is_active_in(&ben.home, Role::Owner, SWITCH).await.map(drop)
}

async fn activate_by_stranger(context: Context) -> Checked {
    let (anna, coveted) = owner_of(&context, "coveted").await?;
    let stranger = context.user("stranger").await?;
    anna.push_ok(&coveted, &[anna.put("threads", "pk")], ACTIVATE_STRANGER).await.in_setup()?;
    let second = stranger.new_workspace("second").await?;
    for active in [&stranger.home, &second] {
        stranger.activate_ok(active).await?;
        for workspace in [&coveted, &anna.home] {
            for stranger in [&stranger, &stranger.on_new_connections()?] {
                stranger.activate(workspace).await.expect_forbidden(ACTIVATE_STRANGER)?;
                stranger.is_active_in(active, Role::Owner, ACTIVATE_STRANGER).await?;
                stranger.pull_unactivated(workspace, 0, 10).await.expect_forbidden(ACTIVATE_STRANGER)?;
            }
        }
        let place = stranger.place(ACTIVATE_STRANGER).await?;
        let message = "a refused activation changed the list";
        // In any order: both may have been created in the same second.
        let (mut expected, mut actual) = (vec![&second, &stranger.home], place.ids());
        expected.sort_by_key(ToString::to_string);
        actual.sort_by_key(ToString::to_string);
        place.answer.equal(ACTIVATE_STRANGER, message, expected, actual)?;
    }
    anna.is_active_in(&coveted, Role::Owner, ACTIVATE_STRANGER).await.map(drop)
}
