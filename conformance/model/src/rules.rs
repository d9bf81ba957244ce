//! The decisions of the protocol, one method each, with what the protocol requires as the default.
//!
//! Each is a decision that real servers get wrong, so each has its own method: a mutant overrides exactly one, everything else
//! uses [`Protocol`].

use std::sync::Arc;

use super::change::Change;
use super::check::check_op;
use super::flaw::Flaw;
use super::identity::Identity;
use super::key::Key;
use super::op::Op;
use super::record::Record;
use super::role::Role;
use super::workspace::Workspace;
use serde_json::Value;

/// What a change log decides.
pub trait LogRules {
    /// Whether an op is valid by itself (`push.payload-schema`, `push.unknown-table`, `push.large-payload`).
    ///
    /// # Errors
    /// The reason why it is not.
    fn check(&self, op: &Op) -> Result<(), Flaw> {
        check_op(op)
    }

    /// The only user who may see this op and its record (`notification.owner-only`). None, unless the rules know the author,
    /// as [`super::Author`] does.
    fn owner(&self, _op: &Op) -> Option<String> {
        None
    }

    /// The version of the next new op (`push.contiguous-versions`, `isolation.versions`).
    fn next_version(&self, head: u64) -> u64 {
        head + 1
    }

    /// How many versions an op that fails uses up (`push.contiguous-versions`).
    fn versions_lost_by_failure(&self) -> u64 {
        0
    }

    /// Whether an op whose id is known counts as known (`op.replay-same-version`, `op.duplicate-in-batch`).
    /// `in_this_batch` says that the first one was in the same batch.
    fn recalls(&self, _op: &Op, _in_this_batch: bool) -> bool {
        true
    }

    /// Whether an op with a known id is that op sent again (`op.reuse-conflicting`).
    fn is_replay(&self, op: &Op, known: &Op) -> bool {
        op.same_content(known)
    }

    /// The payload as the log stores it (`push.payload-round-trips`).
    fn keeps(&self, payload: &Arc<Value>) -> Arc<Value> {
        Arc::clone(payload)
    }

    /// The record that a change writes (`push.text-exact`, `tombstone.per-table`).
    fn record_key(&self, change: &Change) -> Key {
        change.key()
    }

    /// Whether a change replaces the current record (`lww.higher-clock`, `lww.hlc-breaks-tie`, `lww.op-id-breaks-tie`,
    /// `lww.delete-competes`, `lww.no-resurrection`, `tombstone.keeps-highest`): by revision only.
    fn replaces(&self, change: &Change, held: &Record) -> bool {
        change.revision() > held.revision
    }

    /// Whether an op that lost is added to the log (`lww.loser-is-logged`).
    fn logs_losers(&self) -> bool {
        true
    }
}

/// What the directory decides.
pub trait TenancyRules {
    /// The key under which an identity is looked up (`session.identity-is-a-pair`, `session.case-and-width`).
    fn identity(&self, given: &Identity) -> Identity {
        given.clone()
    }

    /// Whether a member's list shows the workspace (`workspace.list-order`).
    fn lists(&self, workspace: &Workspace) -> bool {
        workspace.is_live()
    }

    /// Whether a member can reach the workspace (`workspace.delete-closes-sync`, `workspace.unknown-id`).
    fn opens(&self, workspace: &Workspace) -> bool {
        workspace.is_live()
    }

    /// Whether a member with this role may activate the workspace (`workspace.activate-deleted`).
    fn admits_session(&self, workspace: &Workspace, _role: Role) -> bool {
        workspace.is_live()
    }

    /// Whether a member is re-homed when a workspace is deleted (`workspace.delete-rehomes-all`,
    /// `workspace.delete-leaves-others`): every member who has it active, and no other.
    fn rehomes(&self, is_active: bool, _is_actor: bool) -> bool {
        is_active
    }

    /// Whether a member who is re-homed can get this workspace (`workspace.delete-rehomes-actor`).
    fn is_home(&self, workspace: &Workspace) -> bool {
        workspace.is_live()
    }

    /// Whether a removed member is re-homed (`member.removed-at-once`).
    fn rehomes_removed(&self) -> bool {
        true
    }

    /// Who writes (`member.roles`).
    fn may_push(&self, role: Role) -> bool {
        role >= Role::Editor
    }

    /// Who collects garbage (`gc.roles`).
    fn may_collect(&self, role: Role) -> bool {
        role >= Role::Editor
    }

    /// Who renames (`workspace.rename`).
    fn may_rename(&self, role: Role) -> bool {
        role >= Role::Editor
    }

    /// Who deletes the workspace (`workspace.delete-owner-only`).
    fn may_delete(&self, role: Role) -> bool {
        role == Role::Owner
    }

    /// Who adds, changes and removes members (`member.owner-manages`).
    fn may_manage(&self, role: Role) -> bool {
        role == Role::Owner
    }

    /// Whether members may remove themselves (`member.leave`).
    fn may_leave(&self) -> bool {
        true
    }

    /// Whether the last owner must stay (`member.last-owner`); `demotion` is false for a removal.
    fn keeps_last_owner(&self, _demotion: bool) -> bool {
        true
    }
}

/// The protocol as the requirements state it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Protocol;

impl LogRules for Protocol {}
impl TenancyRules for Protocol {}
