//! A batch of ops before its answer is known: what may become of each op, and of the batch as a whole.

use super::coverage::CoverageEvent;
use super::hostile::is_much;
use super::sent_op::{OpExpectation, SentOp};
use super::state::Oracle;
use super::tracked_workspace::TrackedWorkspace;
use super::user::User;
use syncproof_model as model;
use syncproof_model::{NOTIFICATIONS, Operation};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::wire::Id;

/// What may become of the ops of a batch, and of the batch.
pub(super) struct Batch {
    pub(super) grades: Vec<OpExpectation>,
    /// Whether 400 is allowed: something in the batch is wrong, or the protocol leaves it open.
    pub(super) may_be_refused: bool,
    /// Whether an op has the id of another known op. It must change nothing; how the server says so is open
    /// (`op.reuse-conflicting`).
    pub(super) reuses: bool,
    /// The requirement that demands 400 for the batch, and why.
    pub(super) spoilt_by: Option<(&'static str, String)>,
}

impl Oracle {
    /// Whether the protocol says what becomes of this op. With private notifications it does not for the delete of a
    /// notification that its writer never had, because it is unknown whose it would be.
    #[must_use]
    pub fn mentions(&self, user: User, workspace: &Id, offer: &SentOp) -> bool {
        if !self.has(Capability::PrivateNotifications) || !offer.is_of_table(NOTIFICATIONS) {
            return true;
        }
        let grade = offer.expectation(workspace, self.writer(user).as_deref());
        let Some(op) = op_of(&grade) else { return true };
        if op.operation == Operation::Put {
            return true;
        }
        let Some(place) = self.place_of(workspace) else { return true };
        self.workspaces[place].log.state().get(&self.key(user, op)).is_some()
    }

    /// What may become of an op in that workspace. A write to the key of another user's notification may be refused, or
    /// create a separate record (`notification.no-hijack`).
    fn expectation(&self, user: User, workspace: &Id, offer: &SentOp) -> OpExpectation {
        let grade = offer.expectation(workspace, self.writer(user).as_deref());
        let (OpExpectation::Right(op), Some(place)) = (&grade, self.place_of(workspace)) else { return grade };
        let own = self.key(user, op);
        let of_another = |(key, _): (&model::Key, _)| key.table == own.table && key.pk == own.pk && *key != own;
        if own.owner.is_some() && self.workspaces[place].log.state().records().any(of_another) {
            return OpExpectation::Open(op.clone());
        }
        grade
    }

    /// The only user whom a notification may name, where that is checked.
    fn writer(&self, user: User) -> Option<String> {
        self.has(Capability::PrivateNotifications).then(|| self.id_of(user).map(Id::to_string)).flatten()
    }

    /// The only user who sees what this op writes.
    pub(super) fn owner(&self, user: User, op: &model::Op) -> Option<String> {
        self.writer(user).filter(|_| op.table == NOTIFICATIONS)
    }

    pub(super) fn key(&self, user: User, op: &model::Op) -> model::Key {
        model::Key { owner: self.owner(user, op), ..model::Key::new(op.table.as_str(), op.pk.as_str()) }
    }

    pub(super) fn batch(&mut self, user: User, workspace: &Id, offers: &[SentOp]) -> Batch {
        let grades: Vec<OpExpectation> = offers.iter().map(|offer| self.expectation(user, workspace, offer)).collect();
        let spoilt_by = grades.iter().find_map(|grade| match grade {
            OpExpectation::Spoils { requirement, why } => Some((*requirement, why.clone())),
            _ => None,
        });
        let in_order = |grade: &OpExpectation| matches!(grade, OpExpectation::Right(_));
        let conflicts = (0..grades.len()).any(|place| conflicts(&grades, place));
        if conflicts {
            self.coverage.record(CoverageEvent::ConflictInBatch);
        }
        // Accepting an op id that another workspace knows is a SHOULD (`op.id-reusable-across-workspaces`).
        let elsewhere = grades.iter().filter_map(op_of).any(|op| self.is_known_elsewhere(workspace, op));
        let may_be_refused =
            conflicts || elsewhere || is_much(offers.iter().map(|offer| &offer.wire)) || !grades.iter().all(in_order);
        let reuses = grades.iter().filter_map(op_of).any(|op| self.is_another_here(workspace, op));
        Batch { may_be_refused, reuses, spoilt_by, grades }
    }

    /// Whether the workspace knows the op's id as that of another op.
    fn is_another_here(&self, workspace: &Id, op: &model::Op) -> bool {
        let Some(place) = self.place_of(workspace) else { return false };
        let log = &self.workspaces[place].log;
        let entry = log.version_of(&op.stamp.op_id).and_then(|version| log.entry(version));
        entry.is_some_and(|entry| !entry.candidates.iter().all(|known| known.same_content(op)))
    }

    /// Whether another workspace knows the op's id, and this one does not.
    pub(super) fn is_known_elsewhere(&self, workspace: &Id, op: &model::Op) -> bool {
        let knows = |tracked: &&TrackedWorkspace| tracked.log.version_of(&op.stamp.op_id).is_some();
        let mut workspaces = self.workspaces.iter().filter(knows).map(|tracked| &tracked.id).peekable();
        workspaces.peek().is_some() && workspaces.all(|id| id != workspace)
    }

    /// Which requirement is broken when a valid push is refused.
    pub(super) fn requirement_of(&self, place: usize, batch: &Batch) -> &'static str {
        let log = &self.workspaces[place].log;
        let ops: Vec<&model::Op> = batch.grades.iter().filter_map(op_of).collect();
        let ids: Vec<&str> = ops.iter().map(|op| op.stamp.op_id.as_str()).collect();
        let twice = |place: usize| ids[..place].contains(&ids[place]);
        if ids.is_empty() {
            return if batch.grades.is_empty() { "push.empty-batch" } else { "push.unknown-table" };
        }
        if (0..ids.len()).any(twice) {
            return "op.duplicate-in-batch";
        }
        if batch.reuses {
            return "op.reuse-conflicting";
        }
        if ids.iter().any(|id| log.version_of(id).is_some()) {
            return "op.replay-same-version";
        }
        "push.all-tables"
    }
}

/// The op, if the expectation has one.
pub(super) fn op_of(grade: &OpExpectation) -> Option<&model::Op> {
    match grade {
        OpExpectation::Right(op) | OpExpectation::Open(op) => Some(op),
        OpExpectation::Wrong { .. } | OpExpectation::Spoils { .. } => None,
    }
}

/// Whether another op of the batch has the same id and other content.
pub(super) fn conflicts(grades: &[OpExpectation], place: usize) -> bool {
    let Some(op) = grades.get(place).and_then(op_of) else { return false };
    let others = grades.iter().filter_map(op_of);
    others.into_iter().any(|other| other.stamp.op_id == op.stamp.op_id && !other.same_content(op))
}
