//! Which answers a push may get (`push.*`, `op.*`, `member.roles`, `isolation.scope-checked`).

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use serde_json::Value;

use super::batch::{Batch, conflicts};
use super::coverage::CoverageEvent;
use super::push_rule::InBatch;
use super::reply::Reply;
use super::rule_id::ID_SCOPED;
use super::sent_op::{OpExpectation, SentOp};
use super::state::{Access, Ambiguity, CLOSED, Oracle, SYNCS_IN_DELETED};
use super::user::User;
use super::violation::{Judged, ensure};
use syncproof_model as model;
use syncproof_protocol::json::same_json;
use syncproof_protocol::wire::{ErrorCode, Id, OpResult, PushAnswer, Role};

/// So many new ops in one batch are many.
const LARGE_BATCH: u64 = 500;
/// A log with more entries is long.
const LONG_LOG: u64 = 1000;

impl Oracle {
    /// Judges the answer to a push.
    pub fn push(&mut self, user: User, workspace: &Id, offers: &[SentOp], reply: &Reply<PushAnswer>) -> Judged {
        let batch = self.batch(user, workspace, offers);
        let place = match self.access(user, workspace) {
            Access::Member(place, Role::Owner | Role::Editor) => place,
            Access::Member(place, _) if offers.is_empty() => place,
            Access::Member(..) => {
                self.coverage.record(CoverageEvent::ViewerWrites);
                return refused(
                    reply,
                    "member.roles",
                    "a viewer's push gets an answer that is not allowed",
                    &[403],
                    &batch,
                );
            }
            Access::Gone(_) => {
                self.coverage.record(CoverageEvent::DeletedWorkspace);
                return refused(reply, CLOSED, SYNCS_IN_DELETED, &[403, 404, 410], &batch);
            }
            Access::Hidden => {
                self.coverage.record(CoverageEvent::Stranger);
                let message = "a push of a user who is not a member gets an answer that is not allowed";
                let rule = match offers.is_empty() && reply.is(&[400]) {
                    // Refused before anybody asked who pushes.
                    true => "push.empty-batch",
                    false => self.stranger_rule(user, workspace, reply.status, "isolation.scope-checked"),
                };
                return refused(reply, rule, message, &[403, 404], &batch);
            }
        };
        if let Some((requirement, why)) = &batch.spoilt_by {
            self.coverage.record(CoverageEvent::RefusedBatch);
            reply.expect(requirement, &format!("a batch with {why} gets an answer that is not allowed"), &[400])?;
            self.note_refused_batch(place, offers);
            return Ok(());
        }
        if (batch.may_be_refused && reply.is(&[400, 413])) || (batch.reuses && reply.is(&[400, 409])) {
            self.coverage.record(CoverageEvent::RefusedBatch);
            self.note_refused_batch(place, offers);
            return Ok(());
        }
        // The protocol does not say what a viewer gets for an empty push.
        if offers.is_empty() && reply.is(&[403]) && self.access(user, workspace) == Access::Member(place, Role::Viewer)
        {
            return Ok(());
        }
        let requirement = self.refusal_rule(user, place, reply.status, self.requirement_of(place, &batch));
        let answer = reply.success(requirement, "a valid push gets an answer that is not allowed")?;
        self.take(user, workspace, place, offers, batch.grades, answer)
    }

    /// Keeps the ids of a batch that was refused as a whole.
    fn note_refused_batch(&mut self, place: usize, offers: &[SentOp]) {
        let ids = offers.iter().filter_map(SentOp::op_id).map(str::to_owned);
        self.workspaces[place].past.refused_batches.extend(ids);
    }

    fn take(
        &mut self,
        user: User,
        workspace: &Id,
        place: usize,
        offers: &[SentOp],
        grades: Vec<OpExpectation>,
        answer: &PushAnswer,
    ) -> Judged {
        const MIRROR: &str = "push.results-mirror-ops";
        let head_before = self.workspaces[place].log.head();
        let sent: Vec<Option<&str>> = offers.iter().map(SentOp::op_id).collect();
        let actual: Vec<Option<&str>> = answer.results.iter().map(|result| Some(result.op_id.as_str())).collect();
        let message = "the results are not one for each op, in the order of the ops";
        ensure(MIRROR, sent == actual, message, format_args!("{sent:?}"), format_args!("{actual:?}"))?;
        for (index, (grade, result)) in grades.iter().zip(&answer.results).enumerate() {
            let batch = InBatch { grades: &grades, index, head: head_before };
            self.take_one((user, place), workspace, batch, grade, result)?;
            if !result.success {
                self.workspaces[place].past.refused_ops.insert(result.op_id.to_string());
            }
        }
        let versions = answer.results.iter().filter(|result| result.success).filter_map(|result| result.server_version);
        let head = self.workspaces[place].log.head();
        if head - head_before >= LARGE_BATCH {
            self.coverage.record(CoverageEvent::LargeBatch);
        }
        if head_before <= LONG_LOG && head > LONG_LOG {
            self.coverage.record(CoverageEvent::LongLog);
        }
        let Some(highest) = versions.max() else { return Ok(()) };
        let message = "serverVersion is below the results or above the head";
        let holds = (highest..=head).contains(&answer.server_version);
        let has_failed = answer.results.iter().any(|result| !result.success);
        let takes_version = answer.server_version > head && has_failed;
        let requirement = match answer.server_version < highest && self.shares_op_ids(place) {
            true => ID_SCOPED,
            false if takes_version => "push.contiguous-versions",
            false => "push.reports-head",
        };
        ensure(requirement, holds, message, format_args!("{highest} to {head}"), answer.server_version)
    }

    fn take_one(
        &mut self,
        (user, place): (User, usize),
        workspace: &Id,
        batch: InBatch<'_>,
        grade: &OpExpectation,
        result: &OpResult,
    ) -> Judged {
        let InBatch { grades, index, head: head_before } = batch;
        let (op, is_open) = match grade {
            OpExpectation::Right(op) => (op, false),
            OpExpectation::Open(op) => (op, true),
            OpExpectation::Wrong { requirement, why } | OpExpectation::Spoils { requirement, why } => {
                self.coverage.record(CoverageEvent::RefusedOp);
                // An op that was refused before and succeeds now is one whose id the target has kept.
                let past = &self.workspaces[place].past;
                let is_kept = result.success && past.refused_ops.contains(result.op_id.as_str());
                let requirement = if is_kept { "pull.reads-own-writes" } else { requirement };
                return is_refused(result, requirement, why);
            }
        };
        let known = self.workspaces[place].log.version_of(&op.stamp.op_id);
        let Some(version) = known else {
            let may_fail = is_open
                || conflicts(grades, index)
                || self.is_known_elsewhere(workspace, op)
                || grades.iter().any(|grade| !matches!(grade, OpExpectation::Right(_)));
            return self.take_new((user, place), op, batch, result, may_fail);
        };
        let entry = self.workspaces[place].log.entry(version);
        if version <= self.workspaces[place].log.open {
            self.take_collected(user, place, op, version, result);
            return Ok(());
        }
        let is_same = entry.is_some_and(|entry| entry.candidates.iter().any(|known| known.same_content(op)));
        let in_batch = version > head_before;
        match (is_same, in_batch) {
            (true, false) => self.coverage.record(CoverageEvent::Replay),
            (true, true) => self.coverage.record(CoverageEvent::DuplicateInBatch),
            (false, false) => self.coverage.record(CoverageEvent::ConflictingReuse),
            (false, true) => {}
        }
        if is_same {
            let requirement = self.replay_rule((user, place), op, version, batch, result);
            let message = "a known op does not get its first version";
            let actual = (result.success, result.server_version);
            // While it is open which of several ops was kept, the others may get a conflict; so may all that contest an id
            // in one batch (`op.duplicate-conflicting`).
            let is_doubtful =
                entry.is_some_and(|entry| entry.candidates.len() > 1) || (!in_batch && conflicts(grades, index));
            let holds = actual == (true, Some(version)) || (is_doubtful && !result.success);
            return ensure(
                requirement,
                holds,
                message,
                format_args!("success with version {version}"),
                ResultText(result),
            );
        }
        if !result.success {
            return Ok(());
        }
        let past = &self.workspaces[place].past;
        let requirement = match in_batch {
            true => "op.duplicate-conflicting",
            false if past.refused_ops.contains(&op.stamp.op_id) => "pull.reads-own-writes",
            false if entry.is_some_and(|entry| entry.author != user) => "op.replay-across-devices",
            // The id of an op whose entry is kept is known, whatever was collected.
            false if !past.collections.is_empty() => "op.replay-same-version",
            false => "op.reuse-conflicting",
        };
        let message = "an op under a known id, with other content, claims a version of its own";
        let expected = format!("no success, or version {version}");
        ensure(requirement, result.server_version == Some(version), message, expected, ResultText(result))?;
        if in_batch {
            self.workspaces[place].log.or_else(version, op.clone());
            self.ambiguity = Some((Ambiguity::Entry { workspace: workspace.clone(), version }, user));
        }
        Ok(())
    }

    fn take_new(
        &mut self,
        (user, place): (User, usize),
        op: &model::Op,
        batch: InBatch<'_>,
        result: &OpResult,
        may_fail: bool,
    ) -> Judged {
        let version = self.workspaces[place].log.head() + 1;
        if !result.success {
            let message = "a valid op is refused";
            return ensure(
                self.op_refusal_rule((user, place), op),
                may_fail,
                message,
                format_args!("success with version {version}"),
                ResultText(result),
            );
        }
        let message = "a new op does not get the next version";
        let holds = result.server_version == Some(version);
        if !holds {
            let (requirement, why) = self.version_rule((user, place), op, batch, result);
            let expected = format_args!("version {version}, because {why}");
            return ensure(requirement, false, message, expected, ResultText(result));
        }
        let others = self.workspaces.iter().enumerate().filter(|(other, _)| *other != place);
        let (mut id_elsewhere, mut key_elsewhere) = (false, false);
        let key = self.key(user, op);
        for (_, tracked) in others {
            id_elsewhere |= tracked.log.version_of(&op.stamp.op_id).is_some();
            key_elsewhere |= tracked.log.state().get(&key).is_some();
        }
        for (came_up, event) in
            [(id_elsewhere, CoverageEvent::IdOfAnotherWorkspace), (key_elsewhere, CoverageEvent::KeyOfAnotherWorkspace)]
        {
            if came_up {
                self.coverage.record(event);
            }
        }
        let message = "the answer to a push shows another's notification";
        let rival = result.payload.as_ref().and_then(|shown| self.shown_rival(place, &key, op, shown));
        // A write that loses to it has competed with it.
        let has_lost = rival.is_some_and(|rival| rival.revision > op.stamp.revision());
        let requirement = if has_lost { "notification.no-hijack" } else { "notification.owner-only" };
        ensure(requirement, rival.is_none(), message, "nothing of another's", ResultText(result))?;
        let owner = self.owner(user, op);
        self.is_written(place, &key, op);
        self.workspaces[place].log.append(op.clone(), (user, owner), self.when, &mut self.coverage);
        Ok(())
    }

    /// An op with an id whose entry may be collected, so that the server may or may not know it: a replay does not change its
    /// record (`op.replay-after-gc`), another op may be new.
    fn take_collected(&mut self, user: User, place: usize, op: &model::Op, version: u64, result: &OpResult) {
        let log = &self.workspaces[place].log;
        let is_logged = result.success && result.server_version == Some(log.head() + 1);
        let is_same =
            log.entry(version).is_some_and(|entry| entry.candidates.iter().any(|known| known.same_content(op)));
        if is_same {
            self.coverage.record(CoverageEvent::ReplayAfterCollection);
        }
        if !is_logged {
            return;
        }
        let (owner, key) = (self.owner(user, op), self.key(user, op));
        if is_same {
            let tracked = &mut self.workspaces[place];
            // A tombstone that is written again may count as old or as new.
            if tracked.log.state().get(&key).is_some_and(model::Record::is_tombstone) {
                tracked.tombstones_due.remove(&key);
                tracked.tombstones_open.insert(key);
            }
            tracked.log.append_again(op.clone(), (user, owner), self.when);
            return;
        }
        self.is_written(place, &key, op);
        self.workspaces[place].log.append(op.clone(), (user, owner), self.when, &mut self.coverage);
    }

    fn is_written(&mut self, place: usize, key: &model::Key, op: &model::Op) {
        let tracked = &mut self.workspaces[place];
        if tracked.tombstones_open.contains(key) {
            self.coverage.record(CoverageEvent::WriteAfterCollection);
        }
        let is_newer = tracked.log.state().get(key).is_none_or(|held| op.stamp.revision() > held.revision);
        tracked.is_written(key, is_newer);
    }

    /// Another user's notification under the op's key whose content that is, unless it is what the op itself writes.
    fn shown_rival(&self, place: usize, own: &model::Key, op: &model::Op, shown: &Value) -> Option<&model::Record> {
        let is_shown = |content: &Option<Arc<Value>>| content.as_ref().is_some_and(|content| same_json(content, shown));
        let is_rival = |key: &model::Key| key.table == own.table && key.pk == own.pk && key != own;
        if own.owner.is_none() || is_shown(&op.payload) {
            return None;
        }
        let mut records = self.workspaces[place].log.state().records();
        records.find(|(key, record)| is_rival(key) && is_shown(&record.row)).map(|(_, record)| record)
    }
}

/// Judges a refusal because of who sends it; a batch that is wrong as well may be refused for that instead.
fn refused(
    reply: &Reply<PushAnswer>,
    requirement: &'static str,
    message: &str,
    statuses: &[u16],
    batch: &Batch,
) -> Judged {
    if batch.may_be_refused && reply.is(&[400, 413]) {
        return Ok(());
    }
    reply.expect(requirement, message, statuses)
}

fn is_refused(result: &OpResult, requirement: &'static str, why: &str) -> Judged {
    let message = format!("an invalid op is accepted: {why}");
    ensure(requirement, !result.success, message, "VALIDATION_ERROR for the op, or 400", ResultText(result))?;
    let allowed = [ErrorCode::ValidationError, ErrorCode::Conflict, ErrorCode::Oversized, ErrorCode::Unauthorized];
    let holds = result.error_code.is_none_or(|code| allowed.contains(&code));
    ensure(
        requirement,
        holds,
        format_args!("an invalid op fails with the wrong code: {why}"),
        "VALIDATION_ERROR",
        ResultText(result),
    )
}

/// A result as reports show it.
struct ResultText<'a>(&'a OpResult);

impl Display for ResultText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self.0).unwrap_or_else(|error| error.to_string()))
    }
}
