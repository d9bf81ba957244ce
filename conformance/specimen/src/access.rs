//! Access control: who may read, write and collect garbage in a workspace.

use super::app::App;
use super::failure::{Failure, Reason};
use super::rules::TenancyMutation;
use super::state::ServerState;
use super::switch::{Switch, deviation, deviations};
use super::variant::Freedom;
use axum::http::StatusCode;
use std::time::Duration;
use syncproof_model::{Refusal, Role, TenancyRules, Workspace};
use tokio::time::Instant;

/// How long a mutant caches a role.
const ROLE_AGE: Duration = Duration::from_secs(1);

impl ServerState {
    /// The caller's role in a workspace that they want to sync (`isolation.scope-checked`).
    pub(super) fn sync_role(&mut self, app: &App, user: &str, scope: &str) -> Result<Role, Failure> {
        let role = self.directory.role(user, scope);
        let key = (user.to_owned(), scope.to_owned());
        deviations!(match app.switches() {
            Switch::RoleCached | Switch::RemovalKeepsCachedRole => {
                let held = self.mutant_state.roles.get(&key).filter(|(since, _)| since.elapsed() < ROLE_AGE);
                if let Some((_, role)) = held {
                    return Ok(*role);
                }
                if let Ok(role) = role {
                    self.mutant_state.roles.insert(key.clone(), (Instant::now(), role));
                }
            }
            Switch::RemovedStillReads if self.mutant_state.removed.contains(&key) => {
                return Ok(role.unwrap_or(Role::Viewer));
            }
            Switch::ChangedRoleOutlivesRemoval
                if self.mutant_state.role_changed.contains(&key)
                    && self.mutant_state.removed.contains(&key)
                    && self.directory.workspace(scope).is_some_and(Workspace::is_live) =>
            {
                if let (Err(_), Some(first)) = (role, self.mutant_state.first_roles.get(&key)) {
                    return Ok(*first);
                }
            }
            Switch::ViewerCannotRead if role == Ok(Role::Viewer) => return Err(Refusal::Forbidden.into()),
            Switch::SyncExistenceLeaks if role.is_err() && self.directory.workspace(scope).is_some() => {
                return Err(Refusal::Forbidden.into());
            }
            _ => {}
        });
        let role = role.map_err(|refusal| self.out_of_reach(user, scope, refusal))?;
        let active = self.directory.user(user).and_then(|user| user.active.as_deref());
        if app.takes(Freedom::SyncInActiveOnly) && active != Some(scope) {
            return Err(Failure::new(StatusCode::FORBIDDEN, "not the active workspace"));
        }
        Ok(role)
    }

    /// The failure for a caller who has no access to a workspace.
    pub(super) fn out_of_reach(&self, user: &str, workspace: &str, refusal: Refusal) -> Failure {
        let is_own = |workspace: &Workspace| workspace.deleted && workspace.role_of(user).is_some();
        let failure = Failure::from(refusal);
        match self.directory.workspace(workspace).is_some_and(is_own) {
            true => failure.because(Reason::Deleted),
            false => failure,
        }
    }

    /// As [`ServerState::sync_role`], and asks for a role that may push (`member.roles`).
    pub(super) fn writer(&mut self, app: &App, user: &str, scope: &str) -> Result<(), Failure> {
        let role = self.sync_role(app, user, scope)?;
        let may = TenancyMutation(app.switches()).may_push(role);
        may.then_some(()).ok_or_else(|| Refusal::Forbidden.into())
    }

    /// As [`ServerState::sync_role`], and asks for a role that may collect garbage (`gc.roles`).
    pub(super) fn collector(&mut self, app: &App, user: &str, scope: &str) -> Result<(), Failure> {
        let opens = deviation!(match app.switches() {
            Switch::StrangerCollects => self.directory.workspace(scope).is_some_and(Workspace::is_live),
            Switch::DeletedIsCollected => self
                .directory
                .workspace(scope)
                .is_some_and(|workspace| workspace.deleted && workspace.role_of(user).is_some()),
            _ => false,
        });
        if opens {
            return Ok(());
        }
        let role = self.sync_role(app, user, scope)?;
        let may = TenancyMutation(app.switches()).may_collect(role);
        may.then_some(()).ok_or_else(|| Refusal::Forbidden.into())
    }
}
