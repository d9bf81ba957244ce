//! Batches: the ops of one push become entries together, in their order, with nothing between them; and nobody reads a
//! log that ends within them.
//!
//! Two ops belong together if the same calls may have applied them: whichever call did then applied both. Sound, since that
//! call gives them adjacent versions (`concurrent.batches-atomic`) in one step. Ops that the server knew already are sent by
//! more calls than their neighbours, and so belong to others. A log whose last entries nobody was shown is not looked at,
//! nor are pages of a part of the tables.

use std::collections::HashSet;

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, CallIndex, Outcome};
use crate::digest::Digest;
use crate::op::OpIndex;
use crate::workspace::{Entry, Workspace};

pub(super) const CHECKER: Checker =
    Checker { name: "batches", requirements: &[ATOMIC, CONTIGUOUS, ALL_OR_NOTHING], check };

const ATOMIC: &str = "concurrent.batches-atomic";
const CONTIGUOUS: &str = "push.contiguous-versions";
const ALL_OR_NOTHING: &str = "durable.batch-all-or-nothing";

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    for workspace in &subject.workspaces {
        for call in &workspace.calls {
            match &workspace.history.call(*call).action {
                Action::Push { .. } => check_push(workspace, *call, anomalies),
                Action::Pull { pull, .. } if pull.tables.is_empty() && !pull.is_of_project => {
                    if let Some(page) = pull.page.as_ref().filter(|page| !page.has_more && page.next >= pull.cursor) {
                        check_end(workspace, *call, page.next, anomalies);
                    }
                }
                Action::Snapshot { snapshot, .. } if snapshot.token.is_none() => {
                    if let Some(page) = &snapshot.page {
                        check_end(workspace, *call, page.watermark, anomalies);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Neighbours in a batch are neighbours in the log.
fn check_push(workspace: &Workspace, call: CallIndex, anomalies: &mut Anomalies) {
    let history = workspace.history;
    let Action::Push { ops, .. } = &history.call(call).action else { return };
    if history.call(call).outcome == Outcome::Failed {
        return;
    }
    let sent = history.sent(ops);
    let known = sent.iter().filter_map(|sent| Some((sent.op, workspace.history.version(sent.op)?)));
    let mut before: Option<(OpIndex, u64)> = None;
    let mut of_batch: Option<HashSet<OpIndex>> = None;
    for (op, version) in known {
        let neighbour = before.replace((op, version)).filter(|(other, _)| together(workspace, *other, op));
        let Some((other, lower)) = neighbour else { continue };
        if version == lower.saturating_add(1) {
            continue;
        }
        let tells = |op, version| (call, format!("sends op {}, which has version {version}", history.op_id(op)));
        if version <= lower {
            anomalies.add(CONTIGUOUS, || {
                let message =
                    format!("two ops of a batch have versions {lower} and {version}, against their order in it");
                (message, vec![tells(other, lower), tells(op, version)])
            });
            continue;
        }
        let of_batch = of_batch.get_or_insert_with(|| sent.iter().map(|sent| sent.op).collect());
        let between = &workspace.log[workspace.rank_after(lower)..workspace.rank_after(version - 1)];
        if let Some(stranger) = between.iter().find(|entry| !of_batch.contains(&entry.op)) {
            anomalies.add(ATOMIC, || {
                let message = "a write of another push stands between two ops of a batch".to_owned();
                let told = format!("tells of op {} with version {}", history.op_id(stranger.op), stranger.version);
                (message, vec![tells(other, lower), (stranger.shown.call, told), tells(op, version)])
            });
        } else if (between.len() as u64) < version - lower - 1 {
            anomalies.add(CONTIGUOUS, || {
                let message =
                    format!("two neighbours in a batch have versions {lower} and {version}, which leaves a gap");
                (message, vec![tells(other, lower), tells(op, version)])
            });
        }
    }
}

/// A reader to whom the log ends at this version does not stand within a batch.
fn check_end(workspace: &Workspace, reader: CallIndex, end: u64, anomalies: &mut Anomalies) {
    let history = workspace.history;
    let next = workspace.rank_after(end);
    let (Some(last), Some(first)) =
        (next.checked_sub(1).and_then(|last| workspace.log.get(last)), workspace.log.get(next))
    else {
        return;
    };
    let adjacent = last.version == end && first.version == end.saturating_add(1);
    let hidden = |entry: &Entry| workspace.is_private(entry);
    // Whoever sees less than was acknowledged before is told by `freshness`.
    let is_behind = first.acknowledged.is_some_and(|sighting| sighting.at < history.call(reader).began);
    if !adjacent || is_behind || hidden(last) || hidden(first) || !together(workspace, last.op, first.op) {
        return;
    }
    let fault = history.fault_between(history.op(last.op).began, first.shown.at);
    anomalies.add(if fault.is_some() { ALL_OR_NOTHING } else { ATOMIC }, || {
        let message = format!("a reader was told that nothing follows version {end}, in the middle of a batch");
        let tells = |entry: &Entry| {
            (entry.shown.call, format!("tells of op {} with version {}", history.op_id(entry.op), entry.version))
        };
        (message, vec![(reader, format!("sees a log that ends with version {end}")), tells(last), tells(first)])
    });
}

/// Whether the two ops are applied by one call, whichever it is.
fn together(workspace: &Workspace, left: OpIndex, right: OpIndex) -> bool {
    let (one, other) = (workspace.history.op(left), workspace.history.op(right));
    let is_plain = |op: &crate::op::Op| op.is_sent && !op.is_ambiguous && op.senders != Digest::default();
    left != right && is_plain(one) && is_plain(other) && one.senders == other.senders
}
