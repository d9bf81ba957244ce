//! Versions: each belongs to one op, and each op has one.
//!
//! Sound, since two answers that give one version to two ops, or two versions to one op, cannot both be right. A version
//! that nobody was told of is not missed here, but by `batches` and `pages`.

use super::{Checker, Subject};
use crate::anomaly::Anomalies;

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
}
