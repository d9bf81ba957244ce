//! `/api/workspaces/{id}/members`.

use super::app::{App, Shared};
use super::failure::{Failure, Reason};
use super::shape::{self, Object};
use super::switch::{Switch, deviation};
use super::time::iso;
use super::variant::{self, Freedom};
use super::wire::done;
use super::workspaces::{Id, id};
use super::{changed_text, gc, race};
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use syncproof_model::{Refusal, Role};

type TwoIds = Result<Path<(String, String)>, PathRejection>;

fn two_ids(ids: TwoIds) -> Result<(String, String), Failure> {
    ids.map(|Path(ids)| ids).map_err(|_| Failure::bad_request("the path is not valid"))
}

/// The role that a body names (`member.unknown-user`: an unknown one gets 400).
fn role(body: &Object) -> Result<Role, Failure> {
    let role = Role::from_word(shape::text(body, "role")?);
    role.ok_or_else(|| Failure::bad_request("role has to be owner, editor or viewer"))
}

pub(super) async fn list(State(app): Shared, path: Id, headers: HeaderMap) -> Result<Json<Value>, Failure> {
    let caller = app.caller(&headers).await?;
    let id = id(path)?;
    let state = app.state();
    let devices = |user: &str| {
        let cursors = state.workspaces.get(&id).into_iter().flat_map(|workspace| workspace.cursors.iter());
        cursors.filter(|(other, ..)| *other == user).count()
    };
    let asked = state.directory.workspace(&id).filter(|_| app.is(Switch::MembersOpenToAll));
    let asker = asked.and_then(|workspace| workspace.members.keys().next()).unwrap_or(&caller.user);
    let max = deviation!(match app.switches() {
        Switch::MembersCutOff => 25,
        Switch::MembersCutAt100 => 100,
        _ => usize::MAX,
    });
    let members = state.directory.members(asker, &id)?.into_iter().take(max).flat_map(|entry| {
        let identity = state.directory.user(entry.user_id).map(|user| &user.identity.provider_user_id);
        let last = identity.and_then(|id| state.mutant_state.profiles.get(id));
        let profile = last.or(entry.profile);
        let times = if app.is(Switch::MembersPerDevice) { devices(entry.user_id).max(1) } else { 1 };
        let mut object = Map::new();
        object.insert("userId".into(), json!(entry.user_id));
        object.insert("role".into(), json!(entry.member.role.word()));
        object.insert("createdAt".into(), json!(entry.member.since_s));
        if app.takes(Freedom::TimesInOtherForms) {
            object.insert("createdAt".into(), json!(iso(entry.member.since_s)));
        }
        let [email, name] = profile.map_or([None, None], |profile| changed_text::profile(app.switches(), profile));
        object.extend(
            [("email", email), ("displayName", name)]
                .into_iter()
                .filter_map(|(field, text)| Some((field.to_owned(), json!(text?)))),
        );
        std::iter::repeat_n(Value::Object(object), times)
    });
    Ok(Json(json!({"members": members.collect::<Vec<Value>>()})))
}

pub(super) async fn add(State(app): Shared, path: Id, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let id = id(path)?;
    let user = shape::text(&body, "userId")?;
    let role = match role(&body) {
        Err(_) if app.is(Switch::UnknownRoleIsViewer) && body.get("role").is_some_and(Value::is_string) => Role::Viewer,
        role => role?,
    };
    let mut state = app.state();
    let manages = state.directory.role(&caller.user, &id)? == Role::Owner;
    let is_member = state.directory.workspace(&id).is_some_and(|workspace| workspace.role_of(user).is_some());
    if manages && is_member && app.is(Switch::AddingTwiceBreaks) {
        return Err(Failure::internal_error("unique constraint failed"));
    }
    if manages && app.is(Switch::UnknownUserAdded) && state.directory.user(user).is_none() {
        return Ok(done());
    }
    if manages && state.directory.user(user).is_none() {
        return Err(Failure::new(StatusCode::NOT_FOUND, "no such user").because(Reason::UnknownUser));
    }
    if manages && is_member && app.takes(Freedom::AddingAgainConflicts) {
        return Err(Refusal::AlreadyMember.into());
    }
    if manages && is_member && app.takes(Freedom::AddingAgainSucceeds) {
        return Ok(done());
    }
    let key = (user.to_owned(), id.clone());
    let first = state.mutant_state.first_roles.get(&key).copied();
    let role = first.filter(|_| !is_member && app.is(Switch::FirstRoleReturns)).unwrap_or(role);
    let before = state.mutant_state.old_roles.get(&(user.to_owned(), id.clone())).copied();
    let role = before.filter(|_| app.is(Switch::ReaddedKeepsOldRole)).unwrap_or(role);
    state.directory.add_member(&caller.user, &id, user, role, app.now_s())?;
    state.mutant_state.first_roles.entry(key).or_insert(role);
    state.workspace(&id).gone.remove(user);
    let head = state.workspace(&id).log.head();
    if let Some(left_at) = state.mutant_state.left_at.remove(&(user.to_owned(), id.clone())) {
        state.mutant_state.absences.entry((user.to_owned(), id.clone())).or_default().push((left_at, head));
    }
    if !is_member && app.takes(Freedom::JoiningActivates) {
        state.directory.stand(user, &id);
    }
    Ok(done())
}

pub(super) async fn change(State(app): Shared, path: TwoIds, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let (id, user) = two_ids(path)?;
    let role = role(&body)?;
    if app.is(Switch::OwnersRace) && role != Role::Owner {
        last_owner_stays(&app, &caller.user, &id, &user).await?;
    }
    let mut state = app.state();
    state.mutant_state.roles.remove(&(user.clone(), id.clone()));
    let manages = state.directory.role(&caller.user, &id) == Ok(Role::Owner);
    if manages && app.is(Switch::RoleChangeLost) {
        return Ok(done());
    }
    let is_member = state.directory.workspace(&id).is_some_and(|workspace| workspace.role_of(&user).is_some());
    if manages && !is_member && app.is(Switch::ChangingAdds) {
        state.directory.add_member(&caller.user, &id, &user, role, app.now_s())?;
        return Ok(done());
    }
    let changed = state.directory.change_role(&caller.user, &id, &user, role);
    changed.map_err(|refusal| refusal_for(manages, refusal))?;
    if app.is(Switch::RoleChangeForgetsCursors) {
        let cursors = &mut state.workspace(&id).cursors;
        let devices = cursors.iter().filter(|(of, ..)| *of == user).map(|(_, device, _)| device.to_owned());
        for device in devices.collect::<Vec<_>>() {
            cursors.forget(&user, &device);
        }
    }
    state.mutant_state.role_changed.insert((user, id));
    Ok(done())
}

/// Refuses to touch the last owner, and lets time pass before the change is made.
async fn last_owner_stays(app: &App, actor: &str, id: &str, user: &str) -> Result<(), Failure> {
    let is_last = {
        let state = app.state();
        let workspace = state.directory.workspace(id).filter(|_| state.directory.role(actor, id) == Ok(Role::Owner));
        workspace.is_some_and(|workspace| workspace.is_last_owner(user))
    };
    if is_last {
        return Err(Refusal::LastOwner.into());
    }
    race::gap(app, Switch::OwnersRace).await;
    Ok(())
}

/// An owner may know that a user is no member, so the answer differs from the one for strangers.
fn refusal_for(manages: bool, refusal: Refusal) -> Failure {
    match refusal {
        Refusal::NotFound if manages => Failure::new(StatusCode::NOT_FOUND, "no such member"),
        refusal => refusal.into(),
    }
}

pub(super) async fn remove(State(app): Shared, path: TwoIds, headers: HeaderMap) -> Result<Json<Value>, Failure> {
    let caller = app.caller(&headers).await?;
    let (id, user) = two_ids(path)?;
    if app.is(Switch::RemovalsCollide) && app.state().directory.role(&user, &id).is_ok() {
        race::gap(&app, Switch::RemovalsCollide).await;
        if app.state().directory.role(&user, &id).is_err() {
            return Err(Failure::internal_error("expected to delete 1 row, deleted 0"));
        }
    }
    if app.is(Switch::OwnersRace) {
        last_owner_stays(&app, &caller.user, &id, &user).await?;
    }
    let mut state = app.state();
    let manages = state.directory.role(&caller.user, &id) == Ok(Role::Owner);
    let had = state.directory.workspace(&id).and_then(|workspace| workspace.role_of(&user));
    let stood_there = variant::active_in(&state.directory, &id).contains(&user);
    let removed = state.directory.remove_member(&caller.user, &id, &user);
    if removed == Err(Refusal::NotFound) && app.is(Switch::RemovingAStrangerBreaks) {
        return Err(Failure::internal_error("cannot read properties of undefined"));
    }
    removed.map_err(|refusal| refusal_for(manages, refusal))?;
    if stood_there && !app.is(Switch::RemovedStaysPut) {
        variant::rehome(app.freedoms(), &mut state.directory, app.now_s(), std::slice::from_ref(&user));
    }
    let newest = state.directory.list(&user).first().map(|entry| entry.workspace.id.clone());
    if let Some(newest) = newest.filter(|_| app.is(Switch::RemovalMovesWhoStoodElsewhere)) {
        state.directory.stand(&user, &newest);
    }
    state.mutant_state.old_roles.extend(had.map(|role| ((user.clone(), id.clone()), role)));
    let head = state.workspace(&id).log.head();
    state.mutant_state.left_at.insert((user.clone(), id.clone()), head);
    state.workspace(&id).gone.insert(user.clone());
    if app.is(Switch::RemovalTakesPrivateRecords) {
        let log = &mut state.workspace(&id).log;
        let own = gc::op_ids(log, |key, _| key.owner.as_ref() == Some(&user));
        log.collect_records(gc::EVERYTHING, |record| own.contains(&record.revision.op_id));
    }
    state.mutant_state.removed.insert((user, id));
    Ok(done())
}
