//! What came of a push of which ops may have been refused: what the answer says, and that the log bears it out.

use serde_json::Value;

use super::journal::Journal;
use crate::client::Answer;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::json::same_json;
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::wire::{ErrorCode, OpResult, PushAnswer};

/// What came of a batch of which ops may have been refused, after the log bore it out.
#[derive(Debug, Clone)]
pub struct PushOutcome {
    /// The push's answer.
    pub answer: Answer,
    /// The refusal of the whole batch, or one result an op.
    pub results: Option<Vec<OpResult>>,
    /// The version before the first that the batch could take.
    pub before: u64,
}

impl Journal {
    /// Pushes ops of which some may be refused, and settles what came of them.
    ///
    /// # Errors
    /// As [`Journal::reconcile`].
    pub async fn attempt(&mut self, batch: &(impl AsRef<[Op]> + ?Sized)) -> Checked<PushOutcome> {
        let batch = batch.as_ref();
        let answer = self.user.push(&self.workspace, batch).await?;
        self.reconcile(batch, answer).await
    }

    /// Reads the log after a push of which ops may have been refused, checks that the answer tells the truth about
    /// it, and takes what was accepted into the journal. A 4xx changed nothing. Otherwise new entries are ops of the
    /// batch, each id once, known ids never, numbered on without a gap and, where no id is contested, in the order of
    /// the batch; a success bears the version of its id's entry; and every new entry was told as a success.
    ///
    /// # Errors
    /// Fails the requirement when the answer is neither a success nor a 4xx, or when it does not tell the truth.
    pub async fn reconcile(&mut self, batch: &[Op], answer: Answer) -> Checked<PushOutcome> {
        let (requirement, before) = (self.requirement, self.head());
        let (changes, pull) = self.user.log_after(&self.workspace, before, 1000, requirement).await?;
        let entries: Vec<Value> = changes.iter().map(change_json).collect();
        if answer.status().is_some_and(|status| (400..500).contains(&status)) {
            pull.equal(requirement, "a batch that was refused has changed the log", Vec::<Value>::new(), entries)?;
            return Ok(PushOutcome { answer, results: None, before });
        }
        let body = results(&answer, batch, requirement)?;
        let asked: Vec<&str> = batch.iter().map(Op::id).collect();
        let answered: Vec<&str> = body.results.iter().map(|result| result.op_id.as_str()).collect();
        answer.equal(requirement, "the results do not mirror the ops", asked, answered)?;
        let versions: Vec<u64> = changes.iter().map(|change| change.server_version).collect();
        let foreseen: Vec<u64> = (before + 1..).take(changes.len()).collect();
        pull.equal(requirement, "the versions of a batch do not go on from the head", foreseen, versions)?;

        let mut places = Vec::new();
        for ((version, change), entry) in (before + 1..).zip(&changes).zip(&entries) {
            let id = change.stamp.op_id.as_str();
            let Some(place) = batch.iter().position(|op| same_json(&op.as_change(version), entry)) else {
                let expected = "an op of the batch that was just pushed";
                return Err(pull.fails(requirement, "the log holds what nobody pushed", expected, entry.to_string()));
            };
            let message = "an op id that the log knew has got another entry";
            pull.ensure(requirement, self.version(id).is_none(), message, "one entry an id", entry.to_string())?;
            self.ops.push(batch[place].clone());
            places.push(place);
        }
        let uncontested: Vec<usize> = places.iter().copied().filter(|place| !contested(batch, *place)).collect();
        pull.ensure(
            requirement,
            uncontested.is_sorted(),
            "the log does not keep the order of the batch",
            "ascending places in the batch",
            format!("places {uncontested:?}"),
        )?;
        for (op, result) in batch.iter().zip(&body.results) {
            let kept = self.version(op.id());
            let shown = serde_json::to_string(result).unwrap_or_default();
            if result.success && (kept.is_none() || result.server_version != kept) {
                let expected = kept.map_or("no success".to_owned(), |kept| format!("version {kept}, or no success"));
                let message = "a result claims success for what the log does not hold under that version";
                return Err(answer.fails(requirement, message, expected, shown));
            }
        }
        for place in places {
            let told = batch.iter().zip(&body.results).any(|(op, result)| {
                result.success && op.id() == batch[place].id() && op.as_change(0) == batch[place].as_change(0)
            });
            let shown = serde_json::to_string(&body.results).unwrap_or_default();
            answer.ensure(requirement, told, "an op was told as failed and stands in the log", "its success", shown)?;
        }
        Ok(PushOutcome { answer, results: Some(body.results), before })
    }
}

/// The results of a push. An op that was sent without a readable op id cannot be mirrored in its failure: whatever
/// stands there counts as that op's.
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

/// Whether the batch has the id of that op with other content, too.
fn contested(batch: &[Op], place: usize) -> bool {
    let op = &batch[place];
    batch.iter().any(|other| other.id() == op.id() && other.as_change(0) != op.as_change(0))
}

impl PushOutcome {
    /// Whether that op was refused, with the batch or by itself, as one that is not valid: 400 or VALIDATION_ERROR.
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
                format!("op {} of the batch fails because of another", place + 1),
                "success for every op that has no fault of its own",
                serde_json::to_string(result).unwrap_or_default(),
            )?;
        }
        Ok(())
    }

    /// As [`PushOutcome::spared`], of every op but that one.
    ///
    /// # Errors
    /// Fails that requirement when one was not.
    pub fn spared_beside(&self, place: usize, requirement: &'static str) -> Checked {
        let count = self.results.as_ref().map_or(0, Vec::len);
        self.spared(&(0..count).filter(|other| *other != place).collect::<Vec<_>>(), requirement)
    }

    /// What became of the batch, without what differs from one run to the next: status, and for each op its success,
    /// its error code and how far its version is from the head before.
    #[must_use]
    pub fn shape(&self) -> Value {
        let results = self.results.iter().flatten().map(|result| {
            let step = result.server_version.filter(|_| result.success).map(|version| {
                // A replay's version lies before the head.
                i128::from(version) - i128::from(self.before)
            });
            serde_json::json!([result.success, result.error_code, step.map(|step| step.to_string())])
        });
        serde_json::json!({"status": self.answer.status(), "results": results.collect::<Vec<_>>()})
    }
}
