//! Which rule a push breaks whose results are not those that the protocol calls for.

use serde_json::json;

use super::batch::{conflicts, op_of};
use super::rule_id::ID_SCOPED;
use super::sent_op::{OpExpectation, WORKSPACE, names};
use super::state::Oracle;
use super::user::User;
use syncproof_model as model;
use syncproof_model::Operation;
use syncproof_protocol::op::Op;
use syncproof_protocol::wire::OpResult;

/// An op among the others of its batch.
#[derive(Clone, Copy)]
pub(super) struct InBatch<'a> {
    pub(super) grades: &'a [OpExpectation],
    pub(super) index: usize,
    /// The head before the batch.
    pub(super) head: u64,
}

impl InBatch<'_> {
    /// Whether an op of the batch may be refused.
    fn has_wrong(self) -> bool {
        self.grades.iter().any(|grade| !matches!(grade, OpExpectation::Right(_)))
    }
}

impl Oracle {
    /// The rule that is broken when a new op does not get the next version, and why.
    pub(super) fn version_rule(
        &self,
        (user, place): (User, usize),
        op: &model::Op,
        batch: InBatch<'_>,
        result: &OpResult,
    ) -> (&'static str, &'static str) {
        let tracked = &self.workspaces[place];
        let next = tracked.log.head() + 1;
        let is_above = result.server_version.is_some_and(|version| version > next);
        let is_below = result.server_version.is_some_and(|version| version < next);
        let held = tracked.log.state().get(&self.key(user, op));
        let names_here = |op: &model::Op| op.payload.as_ref().is_some_and(|payload| names(payload, &tracked.id));
        let names_another =
            op.payload.as_ref().is_some_and(|payload| payload.get(WORKSPACE).is_some()) && !names_here(op);
        let mut elsewhere = self.others(place).filter_map(|other| other.log.version_of(&op.stamp.op_id));
        let shown = result.server_version;
        let id_elsewhere = elsewhere.any(|version| shown.is_none_or(|shown| shown == version));
        match () {
            () if tracked.past.refused_ops.contains(&op.stamp.op_id) && !id_elsewhere => {
                ("pull.reads-own-writes", "the op was refused before, and is in order now")
            }
            () if conflicts(batch.grades, batch.index) => {
                ("op.duplicate-conflicting", "of two ops under one id, no more than one gets a version")
            }
            () if id_elsewhere => (ID_SCOPED, "the id is known only in another workspace"),
            () if names_another => ("push.payload-stays-in-workspace", "the op belongs to the workspace of its push"),
            () if held.is_some_and(|held| op.stamp.revision() < held.revision) && !is_above => {
                ("lww.loser-is-logged", "an op that loses gets a version, too")
            }
            () if is_below && tracked.log.has_lost(result.server_version.unwrap_or_default()) => {
                ("lww.loser-is-logged", "the version is that of an op that has lost")
            }
            () if is_below && !tracked.past.collections.is_empty() => {
                ("gc.versions-go-on", "versions are not used again after a collection")
            }
            () if is_above && !tracked.past.refused_batches.is_empty() => {
                ("push.bad-batch-changes-nothing", "a batch was refused before")
            }
            () if is_above && self.others(place).any(|other| other.log.ops().any(names_here)) => {
                ("push.payload-stays-in-workspace", "an op of another workspace names this one")
            }
            () if is_below && self.shares_op_ids(place) => {
                (ID_SCOPED, "another workspace knows the id of an op before it")
            }
            () => ("push.contiguous-versions", "it is the next"),
        }
    }

    /// The rule that is broken when a known op does not get its first version.
    pub(super) fn replay_rule(
        &self,
        (user, place): (User, usize),
        op: &model::Op,
        version: u64,
        batch: InBatch<'_>,
        result: &OpResult,
    ) -> &'static str {
        let log = &self.workspaces[place].log;
        let entry = log.entry(version);
        let differs = |known: &model::Op| known.attempts != op.attempts;
        let of_another =
            entry.is_some_and(|entry| entry.author != user || entry.candidates.first().is_some_and(differs));
        let is_new = |other: &model::Op| log.version_of(&other.stamp.op_id).is_none_or(|version| version > batch.head);
        match () {
            () if !result.success && batch.has_wrong() => "push.bad-op-spares-others",
            () if of_another => "op.replay-across-devices",
            () if version > batch.head => "op.duplicate-in-batch",
            () if batch.grades.iter().filter_map(op_of).any(is_new) => "op.replay-mixed-batch",
            () => "op.replay-same-version",
        }
    }

    /// The rule that is broken when an op in order is refused.
    pub(super) fn op_refusal_rule(&self, (user, place): (User, usize), op: &model::Op) -> &'static str {
        if op.operation == Operation::Delete {
            let is_known = self.workspaces[place].log.state().get(&self.key(user, op)).is_some();
            return if is_known { "push.all-tables" } else { "tombstone.delete-of-unknown" };
        }
        let writer = json!(self.id_of(user));
        let plain = Op::put(&op.table, &op.pk, &writer).clock(op.stamp.clock);
        let is_plain = plain.content().zip(op.payload.as_deref()).is_some_and(|(plain, payload)| plain == payload);
        if is_plain { "push.all-tables" } else { "push.payload-round-trips" }
    }
}
