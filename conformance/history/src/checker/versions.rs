//! Versions: each belongs to one op, and each op has one, however often it is sent.
//!
//! Sound, since two answers that give one version to two ops, or two versions to one op, cannot both be right; and an op that
//! was acknowledged before it was sent again, unchanged, is known. A version that nobody was told of is not missed here, but
//! by `batches` and `pages`. Where a collection may have taken the entry, a replay may be refused.

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, Told};
use crate::workspace::Workspace;

pub(super) const CHECKER: Checker = Checker { name: "versions", requirements: &[UNIQUE, REPLAY], check };

const UNIQUE: &str = "concurrent.versions-unique";
const REPLAY: &str = "op.replay-same-version";

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    let history = subject.history;
    for conflict in subject.workspaces.iter().flat_map(|workspace| &workspace.conflicts) {
        let (first, then) = (conflict.first, conflict.then);
        let says = |(version, op, call): (u64, _, _)| (call, format!("op {} has version {version}", history.op_id(op)));
        let calls = vec![says(first), says(then)];
        if first.1 == then.1 {
            anomalies.add(REPLAY, || (format!("one op has two versions, {} and {}", first.0, then.0), calls));
        } else {
            anomalies.add(UNIQUE, || (format!("two ops have version {}", first.0), calls));
        }
    }
    subject.workspaces.iter().for_each(|workspace| check_replays(workspace, anomalies));
}

/// An op that is known is not refused.
fn check_replays(workspace: &Workspace, anomalies: &mut Anomalies) {
    let history = workspace.history;
    for index in &workspace.calls {
        let call = history.call(*index);
        let Action::Push { ops, .. } = &call.action else { continue };
        for sent in history.sent(ops).iter().filter(|sent| sent.told == Told::Failed) {
            let entry = workspace.history.version(sent.op).and_then(|version| workspace.entry(version));
            let before = entry.and_then(|entry| entry.acknowledged).filter(|sighting| sighting.at < call.began);
            let Some(sighting) = before.filter(|_| workspace.collected > call.ended) else { continue };
            if history.op(sent.op).is_ambiguous {
                continue;
            }
            anomalies.add(REPLAY, || {
                let op = history.op_id(sent.op);
                let calls =
                    vec![(sighting.call, format!("acknowledges op {op}")), (*index, format!("refuses op {op}"))];
                ("an op that was acknowledged is refused when it is sent again".to_owned(), calls)
            });
        }
    }
}
