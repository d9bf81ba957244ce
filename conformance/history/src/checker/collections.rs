//! Collections: nothing is taken that a registered device has not taken in yet.
//!
//! Sound: a device is registered from the first update of its cursor on that was acknowledged, and has taken in no more than the
//! highest version that anybody sent for it. An op that was sent after that registration can only have been taken by a
//! collection that came later still, so whoever tells that it is not kept any more tells of a collection that took what the
//! device had not seen. Where somebody was removed nothing is judged, since a server may forget their devices; pulls of some
//! tables or of one project only and private records are passed over, too.
//!
//! It cannot see what was taken before anybody asked, entries that are too young, and what collections leave over.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, CallIndex, Membership, Outcome};
use crate::texts::Text;
use crate::workspace::{Entry, Workspace};

pub(super) const CHECKER: Checker = Checker { name: "collections", requirements: &[UNSEEN], check };

const UNSEEN: &str = "gc.keeps-unseen";

/// A device, as far as calls told of it.
struct Device {
    /// When it was registered for sure, and by which call.
    registered: (u64, CallIndex),
    /// Every version that was sent for it, and when.
    sent: Vec<(u64, u64)>,
}

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    for workspace in subject.workspaces.iter().filter(|workspace| workspace.collected != u64::MAX) {
        let calls = || workspace.calls.iter().map(|index| (*index, workspace.history.call(*index)));
        let ends = |action: &Action| matches!(action, Action::Member { change: Membership::Ended, .. });
        if calls().any(|(_, call)| ends(&call.action)) {
            continue;
        }
        let devices = devices(workspace);
        for (index, call) in calls() {
            let Action::Pull { pull, .. } = &call.action else { continue };
            let whole = pull.tables.is_empty() && !pull.is_of_project;
            let Some(oldest) = pull.page.as_ref().filter(|_| whole).and_then(|page| page.oldest) else { continue };
            for device in &devices {
                let seen = device.sent.iter().filter(|(began, _)| *began < call.ended);
                let seen = seen.map(|(_, version)| *version).max().unwrap_or(0);
                let from = workspace.rank_after(seen);
                let taken = &workspace.log[from..workspace.rank_after(oldest.saturating_sub(1)).max(from)];
                let is_later = |entry: &&Entry| workspace.history.op(entry.op).began > device.registered.0;
                if let Some(entry) = taken.iter().find(|entry| is_later(entry) && !workspace.is_private(entry)) {
                    tell(workspace, (index, oldest), device, entry, anomalies);
                    break;
                }
            }
        }
    }
}

/// The devices that are registered for sure.
fn devices(workspace: &Workspace) -> Vec<Device> {
    let mut sent: HashMap<Text, Vec<(u64, u64)>, FixedState> = HashMap::default();
    let mut registered: HashMap<Text, (u64, CallIndex), FixedState> = HashMap::default();
    for index in &workspace.calls {
        let call = workspace.history.call(*index);
        let Action::UpdateCursor { device: Some(device), version, .. } = &call.action else { continue };
        sent.entry(*device).or_default().push((call.began, *version));
        if call.outcome == Outcome::Ok {
            let first = registered.entry(*device).or_insert((call.ended, *index));
            *first = (*first).min((call.ended, *index));
        }
    }
    let device = |(device, sent)| Some(Device { registered: *registered.get(&device)?, sent });
    sent.into_iter().filter_map(device).collect()
}

fn tell(
    workspace: &Workspace,
    (reader, oldest): (CallIndex, u64),
    device: &Device,
    entry: &Entry,
    anomalies: &mut Anomalies,
) {
    anomalies.add(UNSEEN, || {
        let version = entry.version;
        let message = format!("version {version} is not kept any more, and a registered device has not taken it in");
        let told = format!("tells of op {} with version {version}", workspace.history.op_id(entry.op));
        let calls = vec![
            (device.registered.1, "registers the device".to_owned()),
            (entry.shown.call, told),
            (reader, format!("says that the oldest version that is kept is {oldest}")),
        ];
        (message, calls)
    });
}
