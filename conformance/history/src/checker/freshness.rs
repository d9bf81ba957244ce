//! Freshness: a read that begins after something was told sees it.
//!
//! Sound: what was told is in the log, which only grows, so a read that begins later and is told that nothing follows must
//! reach it. That holds for every reader, hence also for the sessions of one client: read your writes, monotonic reads,
//! monotonic writes and writes follow reads (Terry et al., Session Guarantees, PDIS 1994) follow from this and from `order`.
//! Private records are passed over. A page that has more after it says nothing about the
//! end of the log, nor does one that sends the reader to a snapshot.

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;
use crate::call::{Action, CallIndex};
use crate::texts::Text;
use crate::workspace::{Entry, Sighting, Workspace, grouped};

pub(super) const CHECKER: Checker =
    Checker { name: "freshness", requirements: &[OWN_WRITES, MONOTONIC, SURVIVES], check };

const OWN_WRITES: &str = "pull.reads-own-writes";
const MONOTONIC: &str = "pull.never-goes-back";
const SURVIVES: &str = "durable.acknowledged-survives-kill";

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    for workspace in &subject.workspaces {
        let acknowledged = Tracks::of(workspace, |entry| entry.acknowledged);
        let shown = Tracks::of(workspace, |entry| Some(entry.shown));
        for call in &workspace.calls {
            let Some((end, tables)) = end_of_log(workspace, *call) else { continue };
            let began = workspace.history.call(*call).began;
            let stale = |tracks: &Tracks| tracks.highest(tables, began).filter(|(version, _)| *version > end);
            if let Some((_, place)) = stale(&acknowledged) {
                let entry = workspace.log[place as usize];
                if let Some(sighting) = entry.acknowledged {
                    let fault = workspace.history.fault_between(sighting.at, began);
                    let requirement = if fault.is_some() { SURVIVES } else { OWN_WRITES };
                    tell(workspace, requirement, (*call, end), (&entry, sighting), anomalies);
                }
            } else if let Some((_, place)) = stale(&shown) {
                let entry = workspace.log[place as usize];
                tell(workspace, MONOTONIC, (*call, end), (&entry, entry.shown), anomalies);
            }
        }
    }
}

/// The version at which a read was told that the log ends, and the tables that it asked for (none means all).
fn end_of_log<'h>(workspace: &Workspace<'h>, call: CallIndex) -> Option<(u64, &'h [Text])> {
    match &workspace.history.call(call).action {
        Action::Pull { pull, .. } if !pull.is_of_project => {
            let page = pull.page.as_ref().filter(|page| !page.has_more && !page.requires_snapshot)?;
            Some((page.next.max(pull.cursor), &pull.tables))
        }
        Action::Snapshot { snapshot, .. } if snapshot.token.is_none() && !snapshot.is_of_project => {
            Some((snapshot.page.as_ref()?.watermark, &[]))
        }
        _ => None,
    }
}

fn tell(
    workspace: &Workspace,
    requirement: &'static str,
    (reader, end): (CallIndex, u64),
    (entry, sighting): (&Entry, Sighting),
    anomalies: &mut Anomalies,
) {
    anomalies.add(requirement, || {
        let op = workspace.history.op_id(entry.op);
        let message = format!("a read that began after version {} was told ends with version {end}", entry.version);
        let told = format!("tells of op {op} with version {}", entry.version);
        (
            message,
            vec![(sighting.call, told), (reader, format!("began later, and sees a log that ends with version {end}"))],
        )
    });
}

/// For each table: how high the log had grown, as far as it was told, at each moment.
struct Tracks(Vec<(Text, Track)>);

/// When something was told, the highest version that was told until then, and its place in the log.
type Track = Vec<(u64, u64, u32)>;

impl Tracks {
    fn of(workspace: &Workspace, told: impl Fn(&Entry) -> Option<Sighting>) -> Self {
        let seen = (0_u32..).zip(&workspace.log).filter(|(_, entry)| !workspace.is_private(entry));
        let told = seen.filter_map(|(place, entry)| {
            let at = told(entry)?.at;
            (at != u64::MAX).then_some((workspace.table(entry), (at, entry.version, place)))
        });
        let tracks = grouped(told).into_iter().map(|(table, mut track)| {
            track.sort_unstable();
            for index in 1..track.len() {
                let (before, (at, version, place)) = (track[index - 1], track[index]);
                track[index] = if before.1 > version { (at, before.1, before.2) } else { (at, version, place) };
            }
            (table, track)
        });
        Tracks(tracks.collect())
    }

    /// The highest version of these tables that was told before that moment, and its place in the log.
    fn highest(&self, tables: &[Text], before: u64) -> Option<(u64, u32)> {
        let asked = self.0.iter().filter(|(table, _)| tables.is_empty() || tables.contains(table));
        asked
            .filter_map(|(_, track)| track.get(track.partition_point(|told| told.0 < before).checked_sub(1)?))
            .map(|(_, version, place)| (*version, *place))
            .max()
    }
}
