//! The world: all state of a specimen, behind one lock.

use super::app::App;
use super::failure::Failure;
use super::rules::TenancyMutation;
use super::snapshot::Snapshot;
use super::switch::Switch;
use crate::model::{ChangeLog, Cursors, Directory, Refusal, Role, TenancyRules};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

/// What one workspace syncs.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) log: ChangeLog,
    pub(super) cursors: Cursors,
    /// The oldest first.
    pub(super) snapshots: VecDeque<Snapshot>,
}

/// Everything.
#[derive(Debug)]
pub(super) struct World {
    pub(super) directory: Directory<TenancyMutation>,
    /// By workspace id.
    pub(super) shelves: BTreeMap<String, Shelf>,
    pub(super) mischief: Mischief,
}

impl World {
    pub(super) fn new(switch: Option<Switch>) -> Self {
        Self {
            directory: Directory::by(TenancyMutation(switch)),
            shelves: BTreeMap::new(),
            mischief: Mischief::default(),
        }
    }

    /// What a workspace syncs.
    pub(super) fn shelf(&mut self, workspace: &str) -> &mut Shelf {
        self.shelves.entry(workspace.to_owned()).or_default()
    }
}

/// What only mutants remember.
#[derive(Debug, Default)]
pub(super) struct Mischief {
    /// The last session that a user was shown, by identity.
    pub(super) sessions: HashMap<(String, String), (Instant, Value)>,
    /// The last role that a user was found to have, by user and workspace.
    pub(super) roles: HashMap<(String, String), (Instant, Role)>,
    /// Who was once removed from where, by user and workspace.
    pub(super) removed: HashSet<(String, String)>,
    /// Who sent an op first, by workspace and op id.
    pub(super) senders: HashMap<(String, String), String>,
    /// When a change came in, by workspace and version.
    pub(super) arrivals: HashMap<(String, u64), Instant>,
    /// The versions that are given away already, by workspace.
    pub(super) reserved: HashMap<String, u64>,
    /// Users with a creation under way.
    pub(super) creating: HashSet<String>,
    /// Tokens that were good once.
    pub(super) tokens: HashSet<String>,
    /// How many ids were given.
    pub(super) ids: u64,
}

/// For how long a mutant believes a role that it has seen.
const ROLE_AGE: Duration = Duration::from_secs(1);

impl World {
    /// The caller's role in a workspace that they want to sync (`isolation.scope-checked`).
    pub(super) fn sync_role(&mut self, app: &App, user: &str, scope: &str) -> Result<Role, Failure> {
        let role = self.directory.role(user, scope);
        let key = (user.to_owned(), scope.to_owned());
        match app.switch() {
            Some(Switch::RoleCached) => {
                let held = self.mischief.roles.get(&key).filter(|(since, _)| since.elapsed() < ROLE_AGE);
                if let Some((_, role)) = held {
                    return Ok(*role);
                }
                if let Ok(role) = role {
                    self.mischief.roles.insert(key, (Instant::now(), role));
                }
            }
            Some(Switch::RemovedStillReads) if self.mischief.removed.contains(&key) => {
                return Ok(role.unwrap_or(Role::Viewer));
            }
            Some(Switch::ViewerCannotRead) if role == Ok(Role::Viewer) => return Err(Refusal::Forbidden.into()),
            Some(Switch::SyncExistenceLeaks) if role.is_err() && self.directory.workspace(scope).is_some() => {
                return Err(Refusal::Forbidden.into());
            }
            _ => {}
        }
        Ok(role?)
    }

    /// As [`World::sync_role`], for a push (`member.roles`).
    pub(super) fn writer(&mut self, app: &App, user: &str, scope: &str) -> Result<(), Failure> {
        let role = self.sync_role(app, user, scope)?;
        let may = TenancyMutation(app.switch()).may_push(role);
        may.then_some(()).ok_or_else(|| Refusal::Forbidden.into())
    }
}
