//! The outcome of a push in which ops may be refused: what the answer says, checked against the log.

use serde_json::Value;

use super::expectation::{CONTIGUOUS, OF_CONTENT, OF_STAMPS, OF_VERSIONS, unless_about};
use super::journal::Journal;
use crate::client::Answer;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::json::same_json;
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::wire::{ErrorCode, OpResult, PushAnswer};

/// The outcome of a batch in which ops may be refused, after it was checked against the log.
#[derive(Debug, Clone)]
pub struct PushOutcome {
    /// The answer to the push.
    pub answer: Answer,
    /// One result for each op; None when the whole batch was refused.
    pub results: Option<Vec<OpResult>>,
    /// The head of the log before the push.
    pub before: u64,
}

/// The chapters whose requirements are special cases of what a push does to the log.
const SPECIAL: &[&str] = &["push", "op", "isolation", "notification", "gc", "concurrent"];

impl Journal {
    /// Pushes ops of which some may be refused, and finds out which were accepted.
    ///
    /// # Errors
    /// As [`Journal::reconcile`].
    pub async fn attempt(&mut self, batch: &(impl AsRef<[Op]> + ?Sized)) -> Checked<PushOutcome> {
        let batch = batch.as_ref();
        let answer = self.user.push(&self.workspace, batch).await?;
        self.reconcile(batch, answer).await
    }

    /// Reads the log after a push in which ops may be refused, checks that the answer agrees with it, and adds the
    /// accepted ops to the journal. After a 4xx the log must be unchanged. Otherwise the new entries must be ops of the
    /// batch, each id once and no known id, numbered without a gap and, where no two ops share an id, in the order of the
    /// batch. A success must have the version of the entry with its id, and every new entry must be reported as a
    /// success.
    ///
    /// # Errors
    /// Fails the requirement when the answer is neither a success nor a 4xx, or when it disagrees with the log.
    pub async fn reconcile(&mut self, batch: &[Op], answer: Answer) -> Checked<PushOutcome> {
        let (requirement, before) = (self.requirement, self.head());
        let (changes, pull) = self.user.log_after(&self.workspace, before, 1000, requirement).await?;
        let entries: Vec<Value> = changes.iter().map(change_json).collect();
        if answer.status().is_some_and(|status| (400..500).contains(&status)) {
            let rule = unless_about(SPECIAL, "push.bad-batch-changes-nothing", requirement);
            let message =
                format!("a push that was refused with {} has changed the log", answer.status().unwrap_or(400));
            pull.equal(rule, message, Vec::<Value>::new(), entries)?;
            return Ok(PushOutcome { answer, results: None, before });
        }
        let body = results(&answer, batch, requirement)?;
        let asked: Vec<&str> = batch.iter().map(Op::id).collect();
        let answered: Vec<&str> = body.results.iter().map(|result| result.op_id.as_str()).collect();
        let message = "the results of a push do not name its ops in order";
        answer.equal("push.results-mirror-ops", message, asked, answered)?;
        let versions: Vec<u64> = changes.iter().map(|change| change.server_version).collect();
        let expected: Vec<u64> = (before + 1..).take(changes.len()).collect();
        let message = format!("the log does not go on after version {before} with the next ones");
        pull.equal(unless_about(OF_VERSIONS, CONTIGUOUS, requirement), message, expected, versions)?;

        let mut places = Vec::new();
        for ((version, change), entry) in (before + 1..).zip(&changes).zip(&entries) {
            let id = change.stamp.op_id.as_str();
            let is_it = |op: &Op| op.id() == id && same_json(&op.as_change(version), entry);
            let Some(place) = batch.iter().position(is_it) else {
                if let Some(op) = batch.iter().find(|op| *op.stamp() == change.stamp) {
                    let rule = unless_about(OF_CONTENT, "push.payload-round-trips", requirement);
                    let message = format!("the log has at version {version} an op with other content than was pushed");
                    pull.equal(rule, message, op.as_change(version), entry)?;
                }
                let is_of_key = |op: &&Op| !op.is_spoilt() && op.table() == change.table_name && op.pk() == change.pk;
                if let Some(op) = batch.iter().find(is_of_key) {
                    let rule = unless_about(OF_STAMPS, "pull.echoes-stamp", requirement);
                    let message = format!("the log has at version {version} an op with another stamp than was pushed");
                    pull.equal(rule, message, op.stamp(), &change.stamp)?;
                }
                let message = format!("the log has at version {version} an op that is none of the push");
                return Err(pull.fails(requirement, message, "an op of the push", entry.to_string()));
            };
            let message = format!("the log has op id {id} at version {version}, and had it already before");
            pull.ensure(requirement, self.version(id).is_none(), message, "one entry for each id", entry.to_string())?;
            self.ops.push(batch[place].clone());
            places.push(place);
        }
        let uncontested: Vec<usize> = places.iter().copied().filter(|place| !contested(batch, *place)).collect();
        pull.ensure(
            requirement,
            uncontested.is_sorted(),
            "the log has the ops of a push in another order",
            "the order of the push",
            format!("the ops at these places of the push: {uncontested:?}"),
        )?;
        for (op, result) in batch.iter().zip(&body.results) {
            let kept = self.version(op.id());
            if result.success && (kept.is_none() || result.server_version != kept) {
                let expected = kept.map_or("no success".to_owned(), |kept| format!("version {kept}, or no success"));
                let message = "the result of an op says success, and the log does not have the op at that version";
                let shown = serde_json::to_string(result).unwrap_or_default();
                return Err(answer.fails(requirement, message, expected, shown));
            }
        }
        for place in places {
            let reported = batch.iter().zip(&body.results).any(|(op, result)| {
                result.success && op.id() == batch[place].id() && op.as_change(0) == batch[place].as_change(0)
            });
            if !reported {
                let message = "the results say that an op failed, and the log has it";
                let shown = serde_json::to_string(&body.results).unwrap_or_default();
                return Err(answer.fails(requirement, message, "success: true for every op in the log", shown));
            }
        }
        Ok(PushOutcome { answer, results: Some(body.results), before })
    }
}

/// The results of a push. The failure of an op that was sent without a readable op id cannot name it, so any op id is
/// accepted there.
fn results(answer: &Answer, batch: &[Op], requirement: &'static str) -> Checked<PushAnswer> {
    let unreadable: Vec<usize> = (0..batch.len()).filter(|place| !batch[*place].bears_its_id()).collect();
    let patched = answer.json().filter(|_| answer.is(&[200]) && !unreadable.is_empty()).and_then(|mut body| {
        for place in unreadable {
            let result = body.get_mut("results")?.get_mut(place)?.as_object_mut()?;
            if result.get("success") == Some(&Value::Bool(false)) {
                result.insert("opId".to_owned(), Value::from(batch[place].id()));
            }
        }
        serde_json::from_value(body).ok()
    });
    patched.map_or_else(|| answer.read(requirement), Ok)
}

/// Whether the batch has another op with the same id and other content.
fn contested(batch: &[Op], place: usize) -> bool {
    let op = &batch[place];
    batch.iter().any(|other| other.id() == op.id() && other.as_change(0) != op.as_change(0))
}

impl PushOutcome {
    /// Whether that op was refused as invalid, alone or with the whole batch: VALIDATION_ERROR or 400.
    #[must_use]
    pub fn invalid(&self, place: usize) -> bool {
        match self.result(place) {
            None => self.answer.is(&[400]),
            Some(result) => !result.success && result.error_code == Some(ErrorCode::ValidationError),
        }
    }

    /// Whether that op was refused in any way.
    #[must_use]
    pub fn refused(&self, place: usize) -> bool {
        self.result(place).is_none_or(|result| !result.success)
    }

    /// The result of that op, unless the whole batch was refused.
    #[must_use]
    pub fn result(&self, place: usize) -> Option<&OpResult> {
        self.results.as_ref()?.get(place)
    }

    /// Checks that each of these ops was accepted, unless the whole batch was refused.
    ///
    /// # Errors
    /// Fails that requirement when one was not.
    pub fn spared(&self, places: &[usize], requirement: &'static str) -> Checked {
        for place in places {
            let Some(result) = self.result(*place) else { continue };
            self.answer.ensure(
                requirement,
                result.success,
                format!("op {} of a push is valid, and fails because another op of the push does", place + 1),
                "success: true for every valid op",
                serde_json::to_string(result).unwrap_or_default(),
            )?;
        }
        Ok(())
    }

    /// As [`PushOutcome::spared`], for every op but that one.
    ///
    /// # Errors
    /// Fails that requirement when one was not.
    pub fn spared_beside(&self, place: usize, requirement: &'static str) -> Checked {
        let count = self.results.as_ref().map_or(0, Vec::len);
        self.spared(&(0..count).filter(|other| *other != place).collect::<Vec<_>>(), requirement)
    }

    /// The outcome without what differs from one run to the next: the status, and for each op its success, its error code
    /// and the distance of its version from the head before the push.
    #[must_use]
    pub fn shape(&self) -> Value {
        let results = self.results.iter().flatten().map(|result| {
            let step = result.server_version.filter(|_| result.success).map(|version| {
                // The version of a replay is below the head.
                i128::from(version) - i128::from(self.before)
            });
            let step = step.map(|step| step.to_string());
            serde_json::json!({"success": result.success, "errorCode": result.error_code, "versionAfterHead": step})
        });
        serde_json::json!({"status": self.answer.status(), "results": results.collect::<Vec<_>>()})
    }
}
