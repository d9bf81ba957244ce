//! Content: the log holds what was sent, as it was sent, and nothing that was refused.
//!
//! Sound: an op that clients sent with one content is compared with what pages show under its id. Ops that no client of the
//! history sent are passed over, and so are ids under which clients sent different things (cases look at those). What
//! differs in whole numbers beyond 2^53 only is not seen.

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, CallIndex};
use crate::digest::Digest;
use crate::workspace::Workspace;

pub(super) const CHECKER: Checker = Checker { name: "content", requirements: &[PAYLOAD, REFUSED], check };

const PAYLOAD: &str = "push.payload-round-trips";
const REFUSED: &str = "push.bad-batch-changes-nothing";

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    for workspace in &subject.workspaces {
        for call in &workspace.calls {
            check_page(workspace, *call, anomalies);
        }
        check_refused(workspace, anomalies);
    }
}

/// What a page shows under an op id is what was sent under it.
fn check_page(workspace: &Workspace, call: CallIndex, anomalies: &mut Anomalies) {
    let history = workspace.history;
    let Action::Pull { pull, .. } = &history.call(call).action else { return };
    let changes = pull.page.as_ref().map_or(0..0, |page| page.changes.clone());
    for shown in history.shown(&changes) {
        let op = history.op(shown.op);
        if op.is_sent && !op.is_ambiguous && shown.write != op.write.digest().half() {
            // Which part of it differs is seen in the two lines.
            anomalies.add(PAYLOAD, || {
                let message = format!("op {} comes back as another write than was sent", history.op_id(shown.op));
                let sent = (sender(workspace, shown), "was sent so".to_owned());
                (message, vec![sent, (call, format!("shows it under version {}", shown.version))])
            });
        }
    }
}

/// The first call that sent the op.
fn sender(workspace: &Workspace, shown: &crate::call::Shown) -> CallIndex {
    let history = workspace.history;
    let sends = |call: &&CallIndex| match &history.call(**call).action {
        Action::Push { ops, .. } => history.sent(ops).iter().any(|sent| sent.op == shown.op),
        _ => false,
    };
    workspace.calls.iter().find(sends).copied().unwrap_or(CallIndex(0))
}

/// Ops of which every call was refused are not in the log.
fn check_refused(workspace: &Workspace, anomalies: &mut Anomalies) {
    let history = workspace.history;
    for entry in &workspace.log {
        let op = history.op(entry.op);
        if op.is_sent && op.senders == Digest::default() {
            anomalies.add(REFUSED, || {
                let message = format!("op {} is in the log, and every push of it was refused", history.op_id(entry.op));
                (message, vec![(entry.shown.call, format!("shows it under version {}", entry.version))])
            });
        }
    }
}
