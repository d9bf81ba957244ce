//! Workspaces: unknown and foreign ones, activation, and who may delete.

use crate::prelude::*;
use crate::support::endpoint::calls_on;
use syncproof_harness::world::workspace_path;
use syncproof_protocol::hostile_text::{Group, hostile_texts};
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
    "workspace/delete-by-members" checks [DELETE] needs [Members] by delete_by_members;
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
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
    let other = anna.new_workspace("other").await?;
    anna.activate_ok(&other).await?;
    let before = anna.place(UNKNOWN).await.in_setup()?;
    for id in [other.unknown_alike(), other.unknown_alike(), anna.home.unknown_alike()] {
        anna.rename(&id, &json!({"name": "seized"})).await.expect_forbidden(UNKNOWN)?;
        anna.delete_workspace(&id).await.expect_forbidden(UNKNOWN)?;
        anna.activate(&id).await.expect_forbidden(UNKNOWN)?;
        let after = anna.place(UNKNOWN).await?;
        after.answer.equal(UNKNOWN, "an unknown id moved the session", Some(&other), after.workspace())?;
    }
    let garbage = hostile_texts(&Group::ANYWHERE).chain(hostile_texts(&[Group::Ids])).map(str::to_owned);
    for id in garbage.chain([anna.id.to_string(), "x".repeat(2000)]).map(Id::text) {
        // A user's id may happen to be a workspace's where both are counted up.
        if id.to_string() == anna.home.to_string() || id.to_string() == other.to_string() {
            continue;
        }
        for answer in [
            anna.rename(&id, &json!({"name": "seized"})).await,
            anna.delete_workspace(&id).await,
            anna.activate(&id).await,
        ] {
            let refused = answer.status().is_some_and(|status| (400..500).contains(&status));
            let message = format!("{} takes an id that nobody has", answer.exchange().method);
            answer.ensure(UNKNOWN, refused, message, "a 4xx", answer.outcome())?;
        }
    }
    let after = anna.is_active_in(&other, Role::Owner, UNKNOWN).await?;
    after.answer.equal(UNKNOWN, "unknown ids changed the list", before.entries(), after.entries())?;
    ben.is_active_in(&ben.home, Role::Owner, UNKNOWN).await?;
    Ok(())
}

/// An answer's body without what has to differ: the address, and the id that was asked for.
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

/// Whether `left` is `right`, but for what differs between `right` and `again` too: an answer may bear a time or a
/// number of its own.
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
    let anna = context.user("anna").await?;
    let stranger = context.user("stranger").await?;
    let other = anna.new_workspace("other").await?;
    anna.activate_ok(&other).await?;
    let before = anna.place(STRANGER).await.in_setup()?;
    let unknown = [other.unknown_alike(), other.unknown_alike()];
    for existing in [&other, &anna.home] {
        // Syncing is looked at in the chapter of isolation.
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
            let message = format!("{} tells an existing workspace from an unknown one", left.exchange().method);
            left.equal(STRANGER, format!("{message} by its status"), right.status(), left.status())?;
            let (shown, hidden) = (comparable(&left, existing), comparable(&right, &unknown[0]));
            let same = same_but_for_noise(&shown, &hidden, &comparable(&again, &unknown[1]));
            left.ensure(STRANGER, same, format!("{message} by its body"), hidden.to_string(), shown.to_string())?;
        }
    }
    let after = anna.is_active_in(&other, Role::Owner, STRANGER).await?;
    after.answer.equal(STRANGER, "a stranger changed something", before.entries(), after.entries())?;
    let place = stranger.is_active_in(&stranger.home, Role::Owner, STRANGER).await?;
    place.answer.equal(STRANGER, "a stranger got into a workspace", [&stranger.home], place.ids())
}

/// Checks that a workspace lives on untouched, with these ops, after somebody tried to delete it.
async fn lives_on(owner: &User, workspace: &Id, ops: &[Op]) -> Checked {
    let place = owner.is_active_in(workspace, Role::Owner, DELETE).await?;
    let listed = place.entry(workspace).map(|entry| entry.name.as_str());
    place.answer.equal(DELETE, "a refused deletion changed the list", Some("coveted"), listed)?;
    owner.holds(workspace, ops, DELETE).await
}

async fn delete_by_stranger(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let stranger = context.user("stranger").await?;
    let coveted = anna.new_workspace("coveted").await?;
    let ops = [anna.put("threads", "pk")];
    anna.push_ok(&coveted, &ops, DELETE).await.in_setup()?;
    for workspace in [&coveted, &anna.home] {
        for _ in 0..2 {
            stranger.delete_workspace(workspace).await.expect_forbidden(DELETE)?;
        }
    }
    stranger.on_new_connections()?.delete_workspace(&coveted).await.expect_forbidden(DELETE)?;
    lives_on(&anna, &coveted, &ops).await?;
    anna.activate_ok(&anna.home).await?;
    anna.is_active_in(&anna.home, Role::Owner, DELETE).await?;
    stranger.is_active_in(&stranger.home, Role::Owner, DELETE).await?;
    Ok(())
}

async fn delete_by_members(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let coveted = anna.new_workspace("coveted").await?;
    let ops = [anna.put("threads", "pk")];
    anna.push_ok(&coveted, &ops, DELETE).await.in_setup()?;
    for (role, inside) in [(Role::Editor, true), (Role::Editor, false), (Role::Viewer, true), (Role::Viewer, false)] {
        let member = anna.new_member(&coveted, role.name(), role).await?;
        // Being added may have moved them.
        member.activate_ok(if inside { &coveted } else { &member.home }).await?;
        member.delete_workspace(&coveted).await.expect_forbidden(DELETE)?;
        let stands = if inside { (&coveted, role) } else { (&member.home, Role::Owner) };
        let place = member.is_active_in(stands.0, stands.1, DELETE).await?;
        let entry = place.entry(&coveted).map(|entry| entry.role);
        place.answer.equal(DELETE, "a refused deletion changed a membership", Some(role), entry)?;
        lives_on(&anna, &coveted, &ops).await?;
        anna.remove_member_ok(&coveted, &member.id, "member.owner-manages").await.in_setup()?;
        member.delete_workspace(&coveted).await.expect_forbidden(DELETE)?;
        lives_on(&anna, &coveted, &ops).await?;
    }
    // Once the owner, then no more: the role counts, not who created it.
    let heir = anna.new_member(&coveted, "heir", Role::Owner).await?;
    heir.activate_ok(&coveted).await?;
    heir.set_role_ok(&coveted, &anna.id, "editor", "member.owner-manages").await.in_setup()?;
    anna.delete_workspace(&coveted).await.expect_forbidden(DELETE)?;
    lives_on(&heir, &coveted, &ops).await?;
    heir.delete_workspace_ok(&coveted, DELETE).await?;
    heir.has_left(&[&coveted], DELETE).await?;
    Ok(())
}

/// 403 too: a server may treat what is deleted as unknown (`workspace.unknown-id`).
const AGAIN: &[u16] = &[200, 202, 204, 403, 404, 410];

async fn delete_twice(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let kept = anna.new_workspace("kept").await?;
    let doomed = anna.new_workspace("doomed").await?;
    let other = anna.new_workspace("other").await?;
    let ops = [anna.put("threads", "pk")];
    anna.push_ok(&kept, &ops, TWICE).await.in_setup()?;
    anna.activate_ok(&doomed).await?;
    anna.delete_workspace_ok(&doomed, TWICE).await?;
    anna.activate_ok(&kept).await?;
    let before = anna.is_active_in(&kept, Role::Owner, TWICE).await?;
    for round in 0..4 {
        let anna = if round < 2 { anna.clone() } else { anna.on_new_connections()? };
        anna.delete_workspace(&doomed).await.expect_status(TWICE, AGAIN)?;
        let after = anna.is_active_in(&kept, Role::Owner, TWICE).await?;
        after.answer.equal(TWICE, "a second deletion changed the list", before.entries(), after.entries())?;
    }
    // The first and the second deletion at one instant.
    let mut doomed = vec![doomed];
    for _ in 0..4 {
        let next = anna.new_workspace("next").await?;
        anna.activate_ok(&next).await?;
        let requests = vec![(anna.client().clone(), Request::delete(workspace_path(&next))); 6];
        let answers = send_together(requests).await?;
        for answer in &answers {
            answer.expect_status(TWICE, AGAIN)?;
        }
        doomed.push(next);
        let place = anna.has_left(&doomed.iter().collect::<Vec<_>>(), TWICE).await?;
        place.answer.equal(TWICE, "deletions at one instant changed the list", before.entries(), place.entries())?;
        if let Some(answer) = answers.iter().find(|_| !answers.iter().any(Answer::is_success)) {
            let message = "of several deletions at one instant none succeeds";
            return Err(answer.fails(TWICE, message, "one success", answer.outcome()));
        }
    }
    anna.holds(&kept, &ops, TWICE).await?;
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
            let actual = (session.workspace.map(|workspace| workspace.id), session.role);
            let message = "the session after an activation stands elsewhere";
            answer.equal(SWITCH, message, (Some(wanted), Some(Role::Owner)), actual)?;
        }
        anna.is_active_in(wanted, Role::Owner, SWITCH).await?;
    }
    // Activated here, seen and synced there, without a session in between.
    for (number, wanted) in places.iter().enumerate() {
        elsewhere.activate(wanted).await.read::<OkAnswer>(SWITCH)?;
        let op = anna.put("threads", &format!("pk{number}"));
        anna.push_ok(wanted, &[op], SWITCH).await?;
        anna.is_active_in(wanted, Role::Owner, SWITCH).await?;
    }
    Ok(())
}

async fn role_there(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
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
    let anna = context.user("anna").await?;
    let ben = context.user("ben").await?;
    let shared = anna.new_workspace("shared").await?;
    anna.invite(&shared, &ben, Role::Editor).await?;
    anna.activate_ok(&anna.home).await?;
    // Being added may have moved him.
    ben.activate_ok(&ben.home).await?;
    ben.is_active_in(&ben.home, Role::Owner, SWITCH).await?;
    ben.activate(&shared).await.read::<OkAnswer>(SWITCH)?;
    anna.is_active_in(&anna.home, Role::Owner, SWITCH).await?;
    anna.activate(&shared).await.read::<OkAnswer>(SWITCH)?;
    ben.activate(&ben.home).await.read::<OkAnswer>(SWITCH)?;
    anna.is_active_in(&shared, Role::Owner, SWITCH).await?;
    ben.is_active_in(&ben.home, Role::Owner, SWITCH).await?;
    Ok(())
}

async fn activate_by_stranger(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let stranger = context.user("stranger").await?;
    let coveted = anna.new_workspace("coveted").await?;
    anna.push_ok(&coveted, &[anna.put("threads", "pk")], ACTIVATE_STRANGER).await.in_setup()?;
    let second = stranger.new_workspace("second").await?;
    for stands in [&stranger.home, &second] {
        stranger.activate_ok(stands).await?;
        for workspace in [&coveted, &anna.home] {
            for stranger in [&stranger, &stranger.on_new_connections()?] {
                stranger.activate(workspace).await.expect_forbidden(ACTIVATE_STRANGER)?;
                stranger.is_active_in(stands, Role::Owner, ACTIVATE_STRANGER).await?;
                stranger.pull_unactivated(workspace, 0, 10).await.expect_forbidden(ACTIVATE_STRANGER)?;
            }
        }
        let place = stranger.place(ACTIVATE_STRANGER).await?;
        let message = "a refused activation put a workspace into the list";
        // In whatever order: both may be of one second.
        let (mut expected, mut actual) = (vec![&second, &stranger.home], place.ids());
        expected.sort_by_key(ToString::to_string);
        actual.sort_by_key(ToString::to_string);
        place.answer.equal(ACTIVATE_STRANGER, message, expected, actual)?;
    }
    anna.is_active_in(&coveted, Role::Owner, ACTIVATE_STRANGER).await?;
    Ok(())
}
