//! `GET /api/auth/session`.

use super::app::{App, Shared};
use super::caller::Caller;
use super::failure::Failure;
use super::state::ServerState;
use super::switch::{Switch, deviation};
use super::variant::Freedom;
use super::{changed_text, race, time};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// The end of the last year that has four digits.
const LAST_SECOND_OF_9999: u64 = 253_402_300_799;

/// Shows the caller's session; without a valid credential it is null (`session.anonymous`).
pub(super) async fn show(State(app): Shared, headers: HeaderMap) -> Result<Json<Value>, Failure> {
    let Some(caller) = app.optional_caller(&headers).await? else {
        return Ok(Json(json!({"session": null})));
    };
    if app.is(Switch::YearsBeyondCalendarsBreak) && caller.credential.expires_at_s > LAST_SECOND_OF_9999 {
        return Err(Failure::internal_error("year is out of range"));
    }
    if app.is(Switch::SessionsWriteUsersBack) {
        let stood = app.state().directory.user(&caller.user).and_then(|user| user.active.clone());
        race::gap(&app, Switch::SessionsWriteUsersBack).await;
        stood.iter().for_each(|stood| app.state().directory.stand(&caller.user, stood));
    }
    let mut state = app.state();
    if app.is(Switch::HomelessMemberBreaks) && state.mutant_state.stranded.contains(&caller.user) {
        return Err(Failure::internal_error("cannot read properties of null"));
    }
    let seen = state.mutant_state.seen.entry(caller.user.clone()).or_insert(0_u64);
    *seen += 1;
    let seen = *seen;
    if app.is(Switch::DefaultMadeAgain) && seen.is_multiple_of(8) {
        let id = app.fresh_ids().workspace;
        state.directory.create(&caller.user, id.clone(), "My Workspace".to_owned(), None, app.now_s());
        state.directory.stand(&caller.user, &id);
    }
    let since = state.mutant_state.activated.get(&caller.user).map(|at| app.now().saturating_sub(*at));
    let faded = since.is_some_and(|since| since > Duration::from_secs(3));
    let oldest = state.directory.list(&caller.user).last().map(|entry| entry.workspace.id.clone());
    if let Some(oldest) = oldest.filter(|_| faded) {
        state.mutant_state.activated.remove(&caller.user);
        state.directory.stand(&caller.user, &oldest);
    }
    if seen == 1 {
        state.mutant_state.latest.clone_from(&caller.user);
    }
    let session = deviation!(match app.switches() {
        Switch::FirstSessionHomeless if seen == 1 => {
            let mut session = session(&app, &state, &caller);
            (session["workspace"], session["role"]) = (Value::Null, Value::Null);
            session
        }
        Switch::SessionOfTheLatestUser => {
            let mut session = session(&app, &state, &caller);
            session["user"]["id"] = json!(state.mutant_state.latest);
            session
        }
        Switch::SessionCached => cached(&app, &mut state, &caller),
        Switch::SessionNameStale => {
            let mut session = session(&app, &state, &caller);
            if let (Some(id), Some(name)) = (session["workspace"]["id"].as_str(), session["workspace"]["name"].as_str())
            {
                let key = (caller.user.clone(), id.to_owned());
                let first = state.mutant_state.first_names.entry(key).or_insert_with(|| name.to_owned()).clone();
                session["workspace"]["name"] = json!(first);
            }
            session
        }
        _ => session(&app, &state, &caller),
    });
    Ok(Json(json!({"session": session, "server": "specimen"})))
}

/// The caller's session: `workspace` and `role` are null for users who have no workspace left (`workspace.delete-last`).
fn session(app: &App, state: &ServerState, caller: &Caller) -> Value {
    let credential = &caller.credential;
    let user = state.directory.user(&caller.user);
    let active = user.and_then(|user| state.directory.workspace(user.active.as_deref()?));
    let role = active.and_then(|workspace| workspace.role_of(&caller.user));
    let profile = user.map(|user| user.profile.clone()).unwrap_or_default();
    let mut shown = Map::new();
    shown.insert("id".into(), json!(caller.user));
    let [email, name] = changed_text::profile(app.switches(), &profile);
    shown.extend(
        [("email", email), ("displayName", name)]
            .into_iter()
            .filter_map(|(field, text)| Some((field.to_owned(), json!(text?)))),
    );
    let role = if app.is(Switch::SessionAlwaysOwner) { Some("owner") } else { role.map(|role| role.word()) };
    let expires_at = deviation!(match app.switches() {
        Switch::ExpiresAtANumber => json!(credential.expires_at_s),
        Switch::ExpiresAtTheLogin => json!(time::iso(app.now_s().saturating_sub(3600))),
        Switch::ExpiryIn32Bits => json!(time::iso(credential.expires_at_s & 0x7fff_ffff)),
        Switch::ExpiresInADay => json!(time::iso(app.now_s() + 86_400)),
        _ => json!(match app.takes(Freedom::TimesInOtherForms) {
            // The same moment by the clocks of another time zone.
            true => time::iso(credential.expires_at_s.saturating_add(3600)).replace(".000Z", "+01:00"),
            false => time::iso(credential.expires_at_s),
        }),
    });
    json!({
        "authenticated": true,
        "provider": credential.identity.provider,
        "providerUserId": credential.identity.provider_user_id,
        "user": shown,
        "workspace": active.map(|workspace| json!({"id": workspace.id, "name": workspace.name})),
        "role": role,
        "expiresAt": expires_at,
    })
}

/// A session that is up to a second old: for a mutant only.
fn cached(app: &App, state: &mut ServerState, caller: &Caller) -> Value {
    let identity = &caller.credential.identity;
    let key = (identity.provider.clone(), identity.provider_user_id.clone());
    if let Some((since, session)) = state.mutant_state.sessions.get(&key)
        && since.elapsed() < Duration::from_secs(1)
    {
        return session.clone();
    }
    let session = session(app, state, caller);
    state.mutant_state.sessions.insert(key, (Instant::now(), session.clone()));
    session
}
