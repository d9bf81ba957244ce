//! Order: what was told before an op was sent has a lower version.
//!
//! Sound: a version that was told is taken, and a log only grows at its end, so an op that was sent later cannot come before
//! it. Of all entries above an op, the one that was told first decides, hence one sweep from the highest version down.
//! Source: the register of strict serializability for a totally ordered log (Kingsbury and Alvaro, Elle, VLDB 2020: where
//! versions are observed, their order need not be searched). The history has to hold the first call that sent each op: one
//! that begins later takes the retry of an older op for its first.

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::workspace::{Entry, Sighting, Workspace};

pub(super) const CHECKER: Checker = Checker { name: "order", requirements: &[ACKNOWLEDGED, SHOWN], check };

const ACKNOWLEDGED: &str = "concurrent.versions-in-order";
const SHOWN: &str = "pull.no-skip-under-writes";

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    for workspace in &subject.workspaces {
        sweep(workspace, ACKNOWLEDGED, |entry| entry.acknowledged, anomalies);
        // Who was shown a change and goes on from its version never sees what is put before it.
        sweep(
            workspace,
            SHOWN,
            |entry| Some(entry.shown).filter(|shown| Some(*shown) != entry.acknowledged),
            anomalies,
        );
    }
}

fn sweep(
    workspace: &Workspace,
    requirement: &'static str,
    told: impl Fn(&Entry) -> Option<Sighting>,
    anomalies: &mut Anomalies,
) {
    let history = workspace.history;
    let mut earliest: Option<(Sighting, &Entry)> = None;
    for entry in workspace.log.iter().rev() {
        let op = history.op(entry.op);
        if let Some((sighting, above)) = earliest
            && op.is_sent
            && sighting.at < op.began
        {
            anomalies.add(requirement, || {
                let message = format!(
                    "version {} was told before op {} was sent, which then got the lower version {}",
                    above.version,
                    history.op_id(entry.op),
                    entry.version
                );
                let calls = vec![
                    (sighting.call, format!("tells of version {}", above.version)),
                    (entry.shown.call, format!("tells of version {} of an op that was sent later", entry.version)),
                ];
                (message, calls)
            });
        }
        let own = told(entry).map(|sighting| (sighting, entry));
        earliest = match (earliest, own) {
            (Some(known), Some(own)) if own.0.at < known.0.at => Some(own),
            (None, own) => own,
            (known, _) => known,
        };
    }
}
