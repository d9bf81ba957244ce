//! The state of a specimen, which is behind one lock.

use super::mutant_state::MutantState;
use super::rules::TenancyMutation;
use super::stored_snapshot::Snapshot;
use super::switch::Switches;
use std::collections::{BTreeMap, HashSet, VecDeque};
use syncproof_model::{ChangeLog, Cursors, Directory};

/// The synchronised state of one workspace.
#[derive(Debug, Default)]
pub(super) struct WorkspaceState {
    pub(super) log: ChangeLog,
    pub(super) cursors: Cursors,
    /// The oldest first.
    pub(super) snapshots: VecDeque<Snapshot>,
    /// The users who were removed and not added again: for mutants only.
    pub(super) gone: HashSet<String>,
}

/// All state of a specimen.
#[derive(Debug)]
pub(super) struct ServerState {
    pub(super) directory: Directory<TenancyMutation>,
    /// By workspace id.
    pub(super) workspaces: BTreeMap<String, WorkspaceState>,
    pub(super) mutant_state: MutantState,
}

impl ServerState {
    /// Puts a user who comes with a credential of another end than before into their oldest workspace: for a mutant only.
    pub(super) fn go_home_with_another(&mut self, user: &str, expires_at_s: u64) {
        let before = self.mutant_state.credential_ends.insert(user.to_owned(), expires_at_s);
        let oldest = self.directory.list(user).last().map(|entry| entry.workspace.id.clone());
        if let Some(oldest) = oldest.filter(|_| before.is_some_and(|before| before != expires_at_s)) {
            self.directory.stand(user, &oldest);
        }
    }

    pub(super) fn new(switches: Switches) -> Self {
        Self {
            directory: Directory::by(TenancyMutation(switches)),
            workspaces: BTreeMap::new(),
            mutant_state: MutantState::default(),
        }
    }

    /// The state of a workspace, which is empty at first.
    pub(super) fn workspace(&mut self, workspace: &str) -> &mut WorkspaceState {
        self.workspaces.entry(workspace.to_owned()).or_default()
    }
}
