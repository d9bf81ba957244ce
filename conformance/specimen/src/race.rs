//! Race conditions: mutants that wait between a read and a write that should be one step.

use super::app::App;
use super::credential::Credential;
use super::failure::Failure;
use super::switch::Switch;
use std::time::Duration;
use syncproof_model::FreshIds;

/// How long a mutant waits between a read and a write.
const GAP: Duration = Duration::from_millis(20);

/// Waits, if this is the switch of one of the specimen's mutants.
pub(super) async fn gap(app: &App, switch: Switch) {
    if app.is(switch) {
        tokio::time::sleep(GAP).await;
    }
}

/// Lets a push wait between its write and its answer, if others are to see what it wrote only sometimes.
pub(super) async fn slow_answer(app: &App, scope: &str, head_before: u64) {
    if !app.is(Switch::UnansweredShownToSome) {
        return;
    }
    let written: Vec<u64> = {
        let mut state = app.state();
        let written = (head_before + 1..=state.workspace(scope).log.head()).collect::<Vec<_>>();
        state.mutant_state.unanswered.entry(scope.to_owned()).or_default().extend(&written);
        written
    };
    tokio::time::sleep(GAP).await;
    if let Some(unanswered) = app.state().mutant_state.unanswered.get_mut(scope) {
        unanswered.retain(|version| !written.contains(version));
    }
}

/// The switches of mutants with a race condition at the first login.
pub(super) const LOGINS: &[Switch] =
    &[Switch::ReadThenInsertLogin, Switch::ReadThenInsertTwoUsers, Switch::ReadThenInsertTwoWorkspaces];

/// A first login that reads, waits, and then inserts.
pub(super) async fn login(
    app: &App,
    switch: Switch,
    credential: &Credential,
    fresh: FreshIds,
) -> Result<String, Failure> {
    let identity = &credential.identity;
    if let Some(user) = app.state().directory.known(identity) {
        return Ok(user.id.clone());
    }
    tokio::time::sleep(GAP).await;
    let mut state = app.state();
    let other = state.directory.known(identity).map(|user| user.id.clone());
    match (switch, other) {
        (Switch::ReadThenInsertLogin, Some(_)) => Err(Failure::internal_error("unique constraint failed")),
        (Switch::ReadThenInsertTwoWorkspaces, Some(user)) => {
            let id = fresh.workspace;
            state.directory.create(&user, id.clone(), "My Workspace".to_owned(), None, app.now_s());
            state.directory.stand(&user, &id);
            Ok(user)
        }
        _ => Ok(state.directory.enrol(identity, &credential.profile, fresh, app.now_s())),
    }
}
