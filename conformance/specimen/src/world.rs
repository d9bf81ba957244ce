//! The world: all state of a specimen, behind one lock.

use super::app::App;
use super::failure::Failure;
use super::rules::TenancyMutation;
use super::snapshot::Snapshot;
use super::switch::Switch;
use super::variant::{Freedom, Ground};
use axum::http::StatusCode;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};
use syncproof_model::{ChangeLog, Cursors, Directory, Operation, Refusal, Role, TenancyRules, Workspace};

/// What one workspace syncs.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    pub(super) log: ChangeLog,
    pub(super) cursors: Cursors,
    /// The oldest first.
    pub(super) snapshots: VecDeque<Snapshot>,
    /// Who was removed and has not been taken back: for mutants only.
    pub(super) gone: HashSet<String>,
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
    /// The op ids of pushes under way.
    pub(super) under_way: HashSet<String>,
    /// The op ids of refused ops, by workspace, and what the head was then.
    pub(super) refused: HashMap<(String, String), u64>,
    /// The op ids that a lost client took with it.
    pub(super) forgotten: HashSet<String>,
    /// How many sessions a user was shown.
    pub(super) seen: HashMap<String, u64>,
    /// The user who was shown a first session last.
    pub(super) latest: String,
    /// Members whose last workspace somebody else deleted.
    pub(super) stranded: HashSet<String>,
    /// The cursors of devices, whatever the workspace or the user, and whose they are.
    pub(super) devices: HashMap<String, (u64, String)>,
    /// How far a user has pulled, by user and workspace.
    pub(super) pulled: HashMap<(String, String), u64>,
    /// Who writes to a workspace, in the order in which they came.
    pub(super) writers: HashMap<String, Vec<String>>,
    /// Workspaces with a push under way.
    pub(super) pushing: HashMap<String, usize>,
    /// How far the pages of a snapshot have been given, by its id.
    pub(super) positions: HashMap<String, usize>,
    /// The size of the first page of a snapshot, by its id.
    pub(super) sizes: HashMap<String, usize>,
    /// When a device was heard of last, by workspace, user and device.
    pub(super) heard: HashMap<(String, String, String), Duration>,
    /// When a user activated a workspace last.
    pub(super) activated: HashMap<String, Duration>,
    /// The version and the milliseconds of the first write of its kind of a record, by workspace, table and pk.
    pub(super) first_writes: HashMap<(String, String, String, Operation), (u64, u64)>,
    /// Workspaces with a collection under way.
    pub(super) collecting: HashSet<String>,
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
        let role = role.map_err(|refusal| self.out_of_reach(user, scope, refusal))?;
        let active = self.directory.user(user).and_then(|user| user.active.as_deref());
        if app.takes(Freedom::SyncInActiveOnly) && active != Some(scope) {
            return Err(Failure::new(StatusCode::FORBIDDEN, "not the active workspace"));
        }
        Ok(role)
    }

    /// What a caller is told about a workspace that they do not reach.
    pub(super) fn out_of_reach(&self, user: &str, workspace: &str, refusal: Refusal) -> Failure {
        let is_own = |workspace: &Workspace| workspace.deleted && workspace.role_of(user).is_some();
        let failure = Failure::from(refusal);
        match self.directory.workspace(workspace).is_some_and(is_own) {
            true => failure.on(Ground::Deleted),
            false => failure,
        }
    }

    /// As [`World::sync_role`], for a push (`member.roles`).
    pub(super) fn writer(&mut self, app: &App, user: &str, scope: &str) -> Result<(), Failure> {
        let role = self.sync_role(app, user, scope)?;
        let may = TenancyMutation(app.switch()).may_push(role);
        may.then_some(()).ok_or_else(|| Refusal::Forbidden.into())
    }

    /// As [`World::sync_role`], for garbage collection (`gc.roles`).
    pub(super) fn collector(&mut self, app: &App, user: &str, scope: &str) -> Result<(), Failure> {
        let opens = match app.switch() {
            Some(Switch::StrangerCollects) => self.directory.workspace(scope).is_some_and(Workspace::is_live),
            Some(Switch::DeletedIsCollected) => self
                .directory
                .workspace(scope)
                .is_some_and(|workspace| workspace.deleted && workspace.role_of(user).is_some()),
            _ => false,
        };
        if opens {
            return Ok(());
        }
        let role = self.sync_role(app, user, scope)?;
        let may = TenancyMutation(app.switch()).may_collect(role);
        may.then_some(()).ok_or_else(|| Refusal::Forbidden.into())
    }
}
