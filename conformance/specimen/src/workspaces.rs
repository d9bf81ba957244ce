//! `/api/workspaces`: list, create, rename, delete and activate.

use super::app::{App, Shared};
use super::caller::Caller;
use super::failure::{Failure, Reason};
use super::shape::{self, Object};
use super::state::ServerState;
use super::switch::{Switch, deviation, deviations};
use super::variant::{self, Freedom};
use super::wire::done;
use super::{changed_text, race};
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use syncproof_model as model;

/// A path parameter, which is an error if it is not UTF-8.
pub(super) type Id = Result<Path<String>, PathRejection>;

pub(super) fn id(id: Id) -> Result<String, Failure> {
    id.map(|Path(id)| id).map_err(|_| Failure::bad_request("the path is not valid"))
}

pub(super) async fn list(State(app): Shared, headers: HeaderMap) -> Result<Response, Failure> {
    let caller = match app.optional_caller(&headers).await? {
        None if app.is(Switch::AnonymousLists) => return Ok(Json(json!({"workspaces": []})).into_response()),
        caller => caller.ok_or_else(Failure::unauthorized)?,
    };
    let state = app.state();
    let mut entries = state.directory.list(&caller.user);
    deviations!(match app.switches() {
        Switch::ListOldestFirst => entries.reverse(),
        Switch::ListByName => entries.sort_by(|a, b| a.workspace.name.cmp(&b.workspace.name)),
        Switch::ListRepeats if entries.len() > 1 => entries.extend_from_within(..1),
        Switch::ListCutAt100 => entries.truncate(100),
        Switch::ListOwnedOnly => entries.retain(|entry| entry.role == model::Role::Owner),
        Switch::ListFirstIsActive => {
            entries.iter_mut().enumerate().for_each(|(place, entry)| entry.is_active = place == 0);
        }
        _ => {}
    });
    let entries = entries.into_iter().map(|entry| {
        json!({
            "id": entry.workspace.id,
            "name": entry.workspace.name,
            "description": entry.workspace.description,
            "role": entry.role.word(),
            "createdAt": created_at(&app, &state, entry.workspace, &caller.user),
            "isActive": entry.is_active,
        })
    });
    let entries: Vec<Value> = entries.collect();
    if app.is(Switch::EtagMissesRenames) {
        return Ok(conditional(&headers, entries));
    }
    Ok(Json(json!({"workspaces": entries})).into_response())
}

/// The list with an ETag that is made from how many there are and which is the newest, or 304 to a client that has it.
fn conditional(headers: &HeaderMap, entries: Vec<Value>) -> Response {
    let newest = entries.first().and_then(|entry| entry["id"].as_str()).unwrap_or_default();
    let tag = format!("\"{}-{newest}\"", entries.len());
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    match is_known {
        true => (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response(),
        false => ([(header::ETAG, tag)], Json(json!({"workspaces": entries}))).into_response(),
    }
}

/// When a workspace was created, in seconds.
fn created_at(app: &App, state: &ServerState, workspace: &model::Workspace, reader: &str) -> Value {
    let created = workspace.created_at_s;
    let seconds = deviation!(match app.switches() {
        Switch::CreatedAtIsOne => 1,
        Switch::CreatedAtInLocalTime => created + 2 * 60 * 60,
        Switch::CreatedAtRenewed => state.mutant_state.renamed_at.get(&workspace.id).copied().unwrap_or(created),
        Switch::CreatedAtIsJoining => workspace.members.get(reader).map_or(created, |member| member.since_s),
        _ => created,
    });
    if !app.takes(Freedom::TimesWithFraction) {
        return json!(seconds);
    }
    // The model counts whole seconds; the sequence number serves as the fraction, and keeps the order.
    let seconds = std::time::Duration::from_secs(seconds);
    json!((seconds + std::time::Duration::from_micros(workspace.sequence.min(999_999))).as_secs_f64())
}

pub(super) async fn create(State(app): Shared, request: Request) -> Result<(StatusCode, Json<Value>), Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let name = name(&app, &body)?;
    let description = description(&app, &body)?.flatten();
    let id = match body.get("id").and_then(Value::as_str) {
        Some(id) if app.is(Switch::CreationTakesId) => id.to_owned(),
        _ => app.fresh_workspace_id(),
    };
    one_at_a_time(&app, &caller).await?;
    let mut state = app.state();
    let is_homeless = state.directory.user(&caller.user).is_some_and(|user| user.active.is_none());
    if is_homeless && app.is(Switch::CreationAfterLastDeletionBreaks) {
        return Err(Failure::internal_error("duplicate key value violates unique constraint"));
    }
    let gone = (caller.user.clone(), name.clone());
    if app.is(Switch::DeletedNamesStayTaken) && state.mutant_state.deleted_names.contains(&gone) {
        return Err(Failure::new(StatusCode::CONFLICT, "the name is taken"));
    }
    if app.is(Switch::NamesUnique) && state.directory.list(&caller.user).iter().any(|e| e.workspace.name == name) {
        return Err(Failure::new(StatusCode::CONFLICT, "the name is taken"));
    }
    state.directory.create(&caller.user, id.clone(), name, description, app.now_s());
    if app.is(Switch::CreatorIsEditor) {
        state.directory.change_role(&caller.user, &id, &caller.user, model::Role::Editor)?;
    }
    if app.takes(Freedom::CreationActivates) {
        state.directory.stand(&caller.user, &id);
    }
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}

/// Fails while the same user's other creation is in progress: for a mutant only.
async fn one_at_a_time(app: &App, caller: &Caller) -> Result<(), Failure> {
    if !app.is(Switch::CreationsCollide) {
        return Ok(());
    }
    if !app.state().mutant_state.creating.insert(caller.user.clone()) {
        return Err(Failure::internal_error("database is locked"));
    }
    race::gap(app, Switch::CreationsCollide).await;
    app.state().mutant_state.creating.remove(&caller.user);
    Ok(())
}

pub(super) async fn rename(State(app): Shared, path: Id, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let id = id(path)?;
    let name = name(&app, &body)?;
    let mut description = description(&app, &body)?;
    if description.is_none() && app.is(Switch::RenamesRace) {
        let shown = app.state().directory.workspace(&id).and_then(|workspace| workspace.description.clone());
        race::gap(&app, Switch::RenamesRace).await;
        description = Some(shown);
    }
    if description.is_none() && app.is(Switch::RenameDropsDescription) {
        description = Some(None);
    }
    if description == Some(None) && app.is(Switch::EmptyDescriptionKept) {
        description = None;
    }
    let mut state = app.state();
    if app.is(Switch::ClearedDescriptionReturns) {
        let shown = state.directory.workspace(&id).and_then(|workspace| workspace.description.clone());
        match (&description, shown) {
            (Some(None), Some(shown)) => drop(state.mutant_state.cleared.insert(id.clone(), shown)),
            (None, None) => description = state.mutant_state.cleared.get(&id).cloned().map(Some),
            _ => {}
        }
    }
    let is_default = |workspace: &model::Workspace| workspace.name == "My Workspace";
    if app.is(Switch::DefaultNameFixed) && state.directory.workspace(&id).is_some_and(is_default) {
        return Err(model::Refusal::Forbidden.into());
    }
    let before = state.directory.workspace(&id).map(|workspace| workspace.name.clone());
    if let Some(before) = before.filter(|_| app.is(Switch::RenamesByName)) {
        let namesakes = state.directory.list(&caller.user).into_iter().filter(|entry| entry.workspace.name == before);
        let ids: Vec<String> = namesakes.map(|entry| entry.workspace.id.clone()).collect();
        for id in ids {
            // Workspaces that the caller may not rename are skipped.
            let _ = state.directory.rename(&caller.user, &id, name.clone(), description.clone());
        }
    }
    let renamed = state.directory.rename(&caller.user, &id, name, description);
    if renamed == Err(model::Refusal::NotFound) {
        return Err(out_of_reach(&app, state.directory.workspace(&id).is_some()));
    }
    renamed?;
    if app.is(Switch::CreatedAtRenewed) {
        state.mutant_state.renamed_at.insert(id, app.now_s());
    }
    Ok(done())
}

pub(super) async fn delete(State(app): Shared, path: Id, headers: HeaderMap) -> Result<Json<Value>, Failure> {
    let mut caller = app.caller(&headers).await?;
    let id = id(path)?;
    if app.is(Switch::RehomingRaces) {
        return delete_after_a_look(&app, &caller, &id).await;
    }
    let mut state = app.state();
    if app.is(Switch::StrangerDeletes)
        && let Some(workspace) = state.directory.workspace(&id).filter(|found| found.role_of(&caller.user).is_none())
    {
        caller.user = workspace.members.keys().find(|user| workspace.is_last_owner(user)).cloned().unwrap_or_default();
    }
    let was_deleted = state.directory.workspace(&id).is_some_and(|workspace| workspace.deleted);
    if was_deleted && app.is(Switch::SecondDeletionBreaks) {
        return Err(Failure::internal_error("no rows in result"));
    }
    if was_deleted
        && state.directory.workspace(&id).and_then(|gone| gone.role_of(&caller.user)) == Some(model::Role::Owner)
    {
        if app.takes(Freedom::SecondDeletionSucceeds) {
            return Ok(done());
        }
        return Err(Failure::not_found().because(Reason::DeletedAgain));
    }
    let was_collected = state.workspaces.get(&id).is_some_and(|workspace| workspace.log.oldest_kept() > 1);
    if was_collected && app.is(Switch::CollectedWorkspacesStay) {
        return Err(Failure::internal_error("foreign key constraint failed"));
    }
    let displaced = variant::active_in(&state.directory, &id);
    let name = state.directory.workspace(&id).map(|workspace| workspace.name.clone());
    state.directory.delete(&caller.user, &id)?;
    state.mutant_state.deleted_names.extend(name.map(|name| (caller.user.clone(), name)));
    if app.is(Switch::RemovalKeepsCachedRole) {
        state.mutant_state.roles.retain(|(_, workspace), _| *workspace != id);
    }
    variant::rehome(app.freedoms(), &mut state.directory, app.now_s(), &displaced);
    for user in displaced.into_iter().filter(|user| *user != caller.user) {
        if state.directory.list(&user).is_empty() {
            state.mutant_state.stranded.insert(user);
        }
    }
    let is_homeless = state.directory.user(&caller.user).is_some_and(|user| user.active.is_none());
    if is_homeless && app.is(Switch::LastWorkspaceStaysActive) {
        state.directory.stand(&caller.user, &id);
    }
    Ok(done())
}

/// A deletion that looks up the actor's next workspace before it deletes: for a mutant only.
async fn delete_after_a_look(app: &App, caller: &Caller, id: &str) -> Result<Json<Value>, Failure> {
    let home = {
        let state = app.state();
        let stands = state.directory.user(&caller.user).is_some_and(|user| user.active.as_deref() == Some(id));
        let mut others = state.directory.list(&caller.user).into_iter().map(|entry| entry.workspace.id.clone());
        others.find(|other| stands && other != id)
    };
    race::gap(app, Switch::RehomingRaces).await;
    let mut state = app.state();
    state.directory.delete(&caller.user, id)?;
    if let Some(home) = home {
        state.directory.stand(&caller.user, &home);
    }
    Ok(done())
}

pub(super) async fn activate(State(app): Shared, request: Request) -> Result<Json<Value>, Failure> {
    let (caller, body) = app.caller_and_body(request).await?;
    let id = shape::text(&body, "id")?;
    if app.is(Switch::ActivationRacesDeletion) {
        app.state().directory.may_activate(&caller.user, id)?;
        race::gap(&app, Switch::ActivationRacesDeletion).await;
        app.state().directory.stand(&caller.user, id);
        return Ok(done());
    }
    let mut state = app.state();
    if app.is(Switch::StrangerActivates) && state.directory.workspace(id).is_some_and(model::Workspace::is_live) {
        state.directory.stand(&caller.user, id);
        return Ok(done());
    }
    if app.is(Switch::UnknownActivates) && state.directory.workspace(id).is_none() {
        return Ok(done());
    }
    let activated = state.directory.activate(&caller.user, id);
    activated.map_err(|refusal| state.out_of_reach(&caller.user, id, refusal))?;
    if app.is(Switch::ActivationFades) {
        state.mutant_state.activated.insert(caller.user.clone(), app.now());
    }
    Ok(done())
}

/// The name in a body (`workspace.name-rules`).
fn name(app: &App, body: &Object) -> Result<String, Failure> {
    let given = shape::text(body, "name")?;
    deviation!(match app.switches() {
        Switch::NameUntrimmed if model::name(given).is_some() => Ok(given.to_owned()),
        Switch::NameEscaped if model::name(given).is_some() => {
            Ok(given.trim().replace('&', "&amp;").replace('<', "&lt;"))
        }
        Switch::NameLengthInBytes if given.trim().len() > model::MAX_NAME_CHARS => {
            Err(Failure::bad_request("name is too long"))
        }
        Switch::NameMayBeBlank if given.trim().is_empty() => Ok(given.to_owned()),
        Switch::NameMayBeLong if !given.trim().is_empty() => Ok(given.trim().to_owned()),
        _ => model::name(given)
            .ok_or_else(|| Failure::bad_request(format!("name has to have 1 to {} characters", model::MAX_NAME_CHARS))),
    })
    .map(|mut name| {
        changed_text::label(app.switches(), &mut name);
        name
    })
}

/// The description in a body: missing, empty, or given (`workspace.name-rules`).
fn description(app: &App, body: &Object) -> Result<Option<Option<String>>, Failure> {
    if !body.contains_key("description") {
        return Ok(None);
    }
    let given = shape::optional_text(body, "description")?.unwrap_or_default();
    match model::description(given) {
        Ok(Some(_)) if app.takes(Freedom::DescriptionsUntrimmed) => Ok(Some(Some(given.to_owned()))),
        Ok(mut description) => {
            if let Some(text) = &mut description {
                changed_text::label(app.switches(), text);
                changed_text::description(app.switches(), text);
            }
            Ok(Some(description))
        }
        Err(_) if app.is(Switch::DescriptionMayBeLong) => Ok(Some(Some(given.to_owned()))),
        Err(error) => Err(Failure::bad_request(format!("description: {error}"))),
    }
}

/// The failure for a workspace that the caller cannot see (`workspace.stranger`).
pub(super) fn out_of_reach(app: &App, exists: bool) -> Failure {
    if exists && app.is(Switch::ExistenceLeaks) {
        return Failure::forbidden();
    }
    Failure::not_found()
}
