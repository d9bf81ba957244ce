//! The baseline and the shard of `syncproof run`.

use std::sync::Arc;

use crate::cases;
use syncproof_harness::baseline::Update;
use syncproof_harness::case::Case;
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::gate::Gate;
use syncproof_harness::selection::Shard;
use syncproof_report::{Finished, Selection};

/// The baseline, how to write it after the run, and which cases it is compared with.
pub(super) struct Ratchet {
    pub(super) gate: Gate,
    pub(super) selection: Selection,
    pub(super) update: Option<Update>,
    /// What happened to the file, for the terminal.
    pub(super) note: Option<String>,
}

impl Ratchet {
    /// Writes the baseline, if that was requested, and then judges the run by the new one. A run without a verdict
    /// writes nothing: a case that did not run may still fail, and the failures of a dying target are not known
    /// failures.
    pub(super) fn turn(&mut self, finished: &mut Finished) -> Result<(), CliError> {
        let (Some(update), Some(old)) = (&self.update, self.gate.baseline.clone()) else { return Ok(()) };
        if !matches!(finished.exit(), Exit::Conformant | Exit::NotConformant) {
            self.note = Some(format!("the baseline {} was not written: the run has no verdict", old.path.display()));
            return Ok(());
        }
        let (new, note) = update.apply(&old, &finished.reports, |report| self.gate.is_failure(report))?;
        self.gate.baseline = Some(Arc::new(new));
        self.note = Some(note);
        finished.gate = self.gate.clone();
        Ok(())
    }
}

/// The selected cases that belong to the shard, if there is one.
pub(super) fn sharded(selected: Vec<&'static Case>, shard: Option<Shard>) -> Result<Vec<&'static Case>, CliError> {
    let Some(shard) = shard else { return Ok(selected) };
    let part = shard.part_of(cases::all(), selected);
    if part.is_empty() {
        let message = format!("shard {shard} is empty: none of the selected cases belongs to it");
        return Err(CliError { exit: Exit::NothingSelected, message });
    }
    Ok(part)
}
