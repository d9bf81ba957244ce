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
