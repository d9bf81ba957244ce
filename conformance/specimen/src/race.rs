//! Races: what mutants do between a look and a write that belong together.

use super::app::App;
use super::credential::Credential;
use super::failure::Failure;
use super::switch::Switch;
use std::time::Duration;
use syncproof_model::FreshIds;

/// How long a mutant dawdles between looking and writing.
const GAP: Duration = Duration::from_millis(20);

/// Dawdles, if the specimen is wrong in this way.
pub(super) async fn gap(app: &App, switch: Switch) {
    if app.is(switch) {
        tokio::time::sleep(GAP).await;
    }
}

/// Whether a mutant races at the first login.
pub(super) fn is_login(switch: Switch) -> bool {
    matches!(switch, Switch::LoginReadsThenInserts | Switch::LoginMakesTwoUsers | Switch::LoginMakesTwoWorkspaces)
}

/// A first login that reads, dawdles, and then inserts.
pub(super) async fn login(
    app: &App,
    switch: Switch,
    credential: &Credential,
    fresh: FreshIds,
) -> Result<String, Failure> {
    let identity = &credential.identity;
    if let Some(user) = app.world().directory.known(identity) {
        return Ok(user.id.clone());
    }
    tokio::time::sleep(GAP).await;
    let mut world = app.world();
    let other = world.directory.known(identity).map(|user| user.id.clone());
    match (switch, other) {
        (Switch::LoginReadsThenInserts, Some(_)) => Err(Failure::broken("unique constraint failed")),
        (Switch::LoginMakesTwoWorkspaces, Some(user)) => {
            let id = fresh.workspace;
            world.directory.create(&user, id.clone(), "My Workspace".to_owned(), None, app.now_s());
            world.directory.stand(&user, &id);
            Ok(user)
        }
        _ => Ok(world.directory.enrol(identity, &credential.profile, fresh, app.now_s())),
    }
}
