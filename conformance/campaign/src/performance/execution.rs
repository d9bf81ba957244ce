//! The execution of a whole sequence: its result, and the loop over its steps.

use std::sync::Arc;

use super::observation_log::ObservationLog;
use super::stage::{Stage, StepEnd};
use crate::observation::Observation;
use crate::oracle::{CoverageCounts, Violation};
use crate::sequence::{self, Step};
use crate::target_handle::TargetHandle;
use syncproof_harness::client::Recorder;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::symptom::Symptom;

/// The result of a sequence.
#[derive(Debug, Clone, Default)]
pub struct Execution {
    /// The finding, if there is one. No step was executed after it.
    pub finding: Option<Finding>,
    /// The situations that occurred.
    pub coverage: CoverageCounts,
    /// How many requests it took.
    pub requests: u64,
    /// Steps that were left out because the credentials of the target cannot carry the name of the user.
    pub left_out: u64,
    /// What the answers have shown; only of [`execute_observed`].
    pub observations: Vec<Observation>,
}

/// An answer that the protocol does not allow.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The step that it was an answer to, from 0 on.
    pub step: usize,
    /// What is wrong with it.
    pub violation: Violation,
    /// The request and the answer.
    pub exchange: Option<Arc<Exchange>>,
}

impl Finding {
    /// Its symptom.
    #[must_use]
    pub fn symptom(&self) -> Symptom {
        self.violation.symptom(self.exchange.as_deref())
    }
}

/// Executes these steps under names that contain the key and that nothing else uses.
///
/// # Errors
/// When the target could not be called for a reason that lies in the suite: no credential can be issued.
pub async fn execute_sequence(handle: &TargetHandle, steps: &[Step], key: u64) -> Result<Execution, String> {
    execute_recorded(handle, steps, key, handle.recorder()).await
}

/// The same; the recorder keeps the exchanges.
///
/// # Errors
/// As [`execute_sequence`].
pub async fn execute_recorded(
    handle: &TargetHandle,
    steps: &[Step],
    key: u64,
    recorder: Arc<Recorder>,
) -> Result<Execution, String> {
    Stage::new(handle, key, recorder, None).execute_sequence(steps).await
}

/// The same, with observations of the answers.
///
/// # Errors
/// As [`execute_sequence`].
pub async fn execute_observed(handle: &TargetHandle, steps: &[Step], key: u64) -> Result<Execution, String> {
    Stage::new(handle, key, handle.recorder(), Some(ObservationLog::default())).execute_sequence(steps).await
}

impl Stage<'_> {
    async fn execute_sequence(mut self, steps: &[Step]) -> Result<Execution, String> {
        let named = |step: &Step| step.by().is_some_and(sequence::is_lookalike);
        self.lookalikes = self.handle.carries_any_name() && steps.iter().any(named);
        self.start_own_server(steps).await?;
        let (mut finding, mut left_out) = (None, 0);
        for (number, step) in steps.iter().enumerate() {
            self.observations.iter_mut().for_each(|observations| observations.step = number);
            match self.act(step).await {
                Ok(()) | Err(StepEnd::Meaningless) => {}
                Err(StepEnd::Unnameable) => left_out += 1,
                Err(StepEnd::Violation(violation, exchange)) => {
                    finding = Some(Finding { step: number, violation, exchange });
                    break;
                }
                Err(StepEnd::Broken(reason)) => return Err(reason),
            }
        }
        let (coverage, requests) = (self.oracle.coverage().clone(), self.recorder.requests());
        let observations = self.observations.map(|observations| observations.observations).unwrap_or_default();
        Ok(Execution { finding, coverage, requests, left_out, observations })
    }
}
