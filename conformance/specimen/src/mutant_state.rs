//! State that only mutants need.

use serde_json::Value;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;
use syncproof_model::{Operation, Profile, Role};
use tokio::time::Instant;

/// State that only mutants need.
#[derive(Debug, Default)]
pub(super) struct MutantState {
    /// The session that was last shown, by identity.
    pub(super) sessions: HashMap<(String, String), (Instant, Value)>,
    /// The role that was last looked up, by user and workspace.
    pub(super) roles: HashMap<(String, String), (Instant, Role)>,
    /// The profile that came last, by the id that a provider gives.
    pub(super) profiles: HashMap<String, Profile>,
    /// Users who were ever removed, with the workspace.
    pub(super) removed: HashSet<(String, String)>,
    /// The role that a user was first added with, by user and workspace.
    pub(super) first_roles: HashMap<(String, String), Role>,
    /// Users whose role was ever changed, with the workspace.
    pub(super) role_changed: HashSet<(String, String)>,
    /// The ids of the ops that lost on a record since a write to it won, by workspace, table and pk.
    pub(super) losers: HashMap<(String, String, String), Vec<String>>,
    /// The user who sent an op first, by workspace and op id.
    pub(super) senders: HashMap<(String, String), String>,
    /// When a change arrived, by workspace and version.
    pub(super) arrivals: HashMap<(String, u64), Instant>,
    /// The last version that is reserved, by workspace.
    pub(super) reserved: HashMap<String, u64>,
    /// The list that was packed first, by the credential of whoever asked.
    pub(super) coded_lists: HashMap<String, Vec<u8>>,
    /// Users who are creating a workspace now.
    pub(super) creating: HashSet<String>,
    /// Tokens that were valid once.
    pub(super) tokens: HashSet<String>,
    /// The op ids of pushes in progress.
    pub(super) under_way: HashSet<String>,
    /// The head at the time when an op was refused, by workspace and op id.
    pub(super) refused: HashMap<(String, String), u64>,
    /// Op ids that were forgotten: of pushes whose client disconnected, of collected tombstones, or of ops that lost.
    pub(super) forgotten: HashSet<String>,
    /// The description of a workspace before it was cleared.
    pub(super) cleared: HashMap<String, String>,
    /// The name that a workspace had when a user first asked for a session in it, by user and workspace.
    pub(super) first_names: HashMap<(String, String), String>,
    /// The op ids that were pushed with a `projectId`, with the workspace.
    pub(super) in_project: HashSet<(String, String)>,
    /// How many sessions were shown, by user.
    pub(super) seen: HashMap<String, u64>,
    /// The user who was most recently shown a first session.
    pub(super) latest: String,
    /// Users whose last workspace another user deleted.
    pub(super) stranded: HashSet<String>,
    /// The cursor of a device and its user, regardless of the workspace.
    pub(super) devices: HashMap<String, (u64, String)>,
    /// The cursor up to which a user has pulled, by user and workspace.
    pub(super) pulled: HashMap<(String, String), u64>,
    /// The users who have pushed to a workspace, in the order of their first push.
    pub(super) writers: HashMap<String, Vec<String>>,
    /// How many pushes are in progress, by workspace.
    pub(super) pushing: HashMap<String, usize>,
    /// The offset of the next page of a snapshot, by its id.
    pub(super) positions: HashMap<String, usize>,
    /// The size of the first page of a snapshot, by its id.
    pub(super) sizes: HashMap<String, usize>,
    /// When a device last moved its cursor, by workspace, user and device.
    pub(super) last_moved: HashMap<(String, String, String), Duration>,
    /// When a user last activated a workspace.
    pub(super) activated: HashMap<String, Duration>,
    /// The version and the time in milliseconds of a record's first write, by workspace, table, pk and operation.
    pub(super) first_writes: HashMap<(String, String, String, Operation), (u64, u64)>,
    /// Workspaces whose log is being collected.
    pub(super) collecting: HashSet<String>,
    /// The versions of deletes that were collected, by workspace.
    pub(super) collected_deletes: HashMap<String, BTreeSet<u64>>,
    /// The head before and after a user's last push, by user and workspace.
    pub(super) last_push: HashMap<(String, String), (u64, u64)>,
    /// The head when a member was removed who was not added again, by user and workspace.
    pub(super) left_at: HashMap<(String, String), u64>,
    /// The heads between which a member was none, by user and workspace.
    pub(super) absences: HashMap<(String, String), Vec<(u64, u64)>>,
    /// The role that a member had when they were removed, by user and workspace.
    pub(super) old_roles: HashMap<(String, String), Role>,
    /// What ops say about when they were made, by op id.
    pub(super) created_at: HashMap<String, u64>,
    /// The e-mail addresses of users.
    pub(super) emails: HashSet<String>,
    /// The cursor and the time of an empty pull, by user and workspace.
    pub(super) empty_polls: HashMap<(String, String), (u64, Duration)>,
    /// When the last credential of a user ends, in seconds since 1970.
    pub(super) credential_ends: HashMap<String, u64>,
    /// When a workspace was last renamed, in seconds since 1970.
    pub(super) renamed_at: HashMap<String, u64>,
    /// The names of workspaces that a user deleted, with the user.
    pub(super) deleted_names: HashSet<(String, String)>,
    /// How many sequential ids were made.
    pub(super) ids: u64,
    /// For each workspace: the versions of the pushes that are not answered yet.
    pub(super) unanswered: HashMap<String, BTreeSet<u64>>,
    /// How many pulls there were.
    pub(super) pulls: u64,
}

impl MutantState {
    /// Whether the op was pushed to that workspace with a `projectId`.
    pub(super) fn is_in_project(&self, workspace: &str, op_id: &str) -> bool {
        self.in_project.contains(&(workspace.to_owned(), op_id.to_owned()))
    }
}
