//! What one user sees of a workspace: the log from where it is whole, without what is another's, and what wrong
//! servers show instead.

use super::switch::Switch;
use super::world::Shelf;
use syncproof_model::{Change, Item, Kind, Operation, Page};

/// What a pull asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) reader: &'a str,
    pub(super) cursor: u64,
    pub(super) limit: usize,
    pub(super) tables: Option<&'a [String]>,
}

impl Asked<'_> {
    fn names(&self, change: &Change) -> bool {
        self.tables.is_none_or(|names| names.contains(&change.table))
    }
}

/// A page of the log.
pub(super) fn page(switch: Option<Switch>, shelf: &Shelf, asked: Asked<'_>) -> Page {
    let oldest = shelf.log.oldest_kept();
    let before = asked.cursor + 1 < oldest;
    let untold = match switch {
        Some(Switch::GapUntold) => true,
        Some(Switch::GapUntoldWithFilter) => asked.tables.is_some(),
        Some(Switch::GapUntoldWhenEmpty) => shelf.log.changes().is_empty(),
        Some(Switch::GapUntoldWithoutDevices) => shelf.cursors.lowest().is_none(),
        Some(Switch::GapToldOneTooLate) => asked.cursor + 2 == oldest,
        _ => false,
    };
    let cursor = if before && untold { oldest - 1 } else { asked.cursor };
    let mut page = shown(switch, shelf, Asked { cursor, ..asked });
    match switch {
        Some(Switch::GapToldAlways) => page.gap = Some(oldest),
        Some(Switch::GapToldOneTooEarly) if oldest > 1 && cursor + 1 == oldest => page.gap = Some(oldest),
        Some(Switch::GapNamesTheFirst) => page.gap = page.gap.map(|_| 1),
        _ => {}
    }
    page
}

/// A page of what the reader may see.
fn shown(switch: Option<Switch>, shelf: &Shelf, asked: Asked<'_>) -> Page {
    let (log, reader) = (&shelf.log, asked.reader);
    let sees = |change: &Change| {
        let own = change.key().is_for(reader);
        let deletes = change.operation == Operation::Delete;
        match switch {
            Some(Switch::NotificationsPulled) => true,
            Some(Switch::NotificationsPulledWithFilter) if asked.tables.is_some() => true,
            Some(Switch::NotificationDeletesPulled) => own || deletes,
            Some(Switch::GoneNotificationsPulled) => {
                own || change.owner.as_ref().is_some_and(|owner| shelf.gone.contains(owner))
            }
            Some(Switch::NotificationDeletesHidden) => own && !(deletes && change.owner.is_some()),
            _ => own,
        }
    };
    match switch {
        Some(
            Switch::NotificationsPulled
            | Switch::NotificationsPulledWithFilter
            | Switch::NotificationDeletesPulled
            | Switch::NotificationDeletesHidden
            | Switch::GoneNotificationsPulled,
        ) => log.pull_where(asked.cursor, asked.limit, |change| asked.names(change) && sees(change)),
        Some(Switch::HiddenCountsAsMore) => {
            let mut page = log.pull_where(asked.cursor, asked.limit, |change| asked.names(change) && sees(change));
            page.has_more = page.gap.is_none() && log.after(page.next_cursor).iter().any(|change| asked.names(change));
            page
        }
        Some(Switch::HiddenFillsPages | Switch::HiddenEndsThePull) => {
            let mut page = log.pull_where(asked.cursor, asked.limit, |change| asked.names(change));
            page.changes.retain(sees);
            if switch == Some(Switch::HiddenFillsPages) {
                page.next_cursor = page.changes.last().map_or(asked.cursor, |change| change.version);
            } else {
                page.has_more &= page.changes.len() == asked.limit;
            }
            page
        }
        _ => log.pull_as(reader, asked.cursor, asked.limit, asked.tables),
    }
}

/// Whether a snapshot shows this item to this user.
pub(super) fn is_snapshotted(switch: Option<Switch>, item: &Item, reader: &str, has_filter: bool) -> bool {
    let own = item.key.is_for(reader);
    let buried = item.kind == Kind::Tombstone;
    match switch {
        // These pages leave it out only when they are given.
        Some(Switch::NotificationsSnapshotted | Switch::HiddenEndsTheSnapshot) => true,
        Some(Switch::NotificationsSnapshottedWithFilter) if has_filter => true,
        Some(Switch::NotificationTombstonesSnapshotted) => own || buried,
        Some(Switch::OwnTombstonesHidden) => own && !(buried && item.key.owner.is_some()),
        _ => own,
    }
}
