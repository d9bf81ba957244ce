//! What one user sees of a workspace: the log as far back as it is kept, without other users' notifications, and what
//! mutants show instead.

use super::state::WorkspaceState;
use super::switch::Switch;
use syncproof_model::{Change, Item, Kind, Operation, Page};

/// What a pull asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct PullQuery<'a> {
    pub(super) reader: &'a str,
    pub(super) cursor: u64,
    pub(super) limit: usize,
    pub(super) tables: Option<&'a [String]>,
}

impl PullQuery<'_> {
    fn names(&self, change: &Change) -> bool {
        self.tables.is_none_or(|names| names.contains(&change.table))
    }
}

/// A page of the log, as this server shows it.
pub(super) fn page(switch: Option<Switch>, workspace: &WorkspaceState, query: PullQuery<'_>) -> Page {
    let oldest = workspace.log.oldest_kept();
    let before = query.cursor + 1 < oldest;
    let untold = match switch {
        Some(Switch::GapUntold) => true,
        Some(Switch::GapUntoldWithFilter) => query.tables.is_some(),
        Some(Switch::GapUntoldWhenEmpty) => workspace.log.changes().is_empty(),
        Some(Switch::GapUntoldWithoutDevices) => workspace.cursors.lowest().is_none(),
        Some(Switch::GapToldOneTooLate) => query.cursor + 2 == oldest,
        _ => false,
    };
    let cursor = if before && untold { oldest - 1 } else { query.cursor };
    let mut page = shown(switch, workspace, PullQuery { cursor, ..query });
    match switch {
        Some(Switch::GapToldAlways) => page.gap = Some(oldest),
        Some(Switch::GapToldOneTooEarly) if oldest > 1 && cursor + 1 == oldest => page.gap = Some(oldest),
        Some(Switch::GapNamesTheFirst) => page.gap = page.gap.map(|_| 1),
        _ => {}
    }
    page
}

/// A page of the changes that the reader may see.
fn shown(switch: Option<Switch>, workspace: &WorkspaceState, query: PullQuery<'_>) -> Page {
    let (log, reader) = (&workspace.log, query.reader);
    let sees = |change: &Change| {
        let own = change.key().is_for(reader);
        let deletes = change.operation == Operation::Delete;
        match switch {
            Some(Switch::NotificationsPulled) => true,
            Some(Switch::NotificationsPulledWithFilter) if query.tables.is_some() => true,
            Some(Switch::NotificationDeletesPulled) => own || deletes,
            Some(Switch::GoneNotificationsPulled) => {
                own || change.owner.as_ref().is_some_and(|owner| workspace.gone.contains(owner))
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
        ) => log.pull_where(query.cursor, query.limit, |change| query.names(change) && sees(change)),
        Some(Switch::HiddenCountsAsMore) => {
            let mut page = log.pull_where(query.cursor, query.limit, |change| query.names(change) && sees(change));
            page.has_more = page.gap.is_none() && log.after(page.next_cursor).iter().any(|change| query.names(change));
            page
        }
        Some(Switch::HiddenFillsPages | Switch::HiddenEndsThePull) => {
            let mut page = log.pull_where(query.cursor, query.limit, |change| query.names(change));
            page.changes.retain(sees);
            if switch == Some(Switch::HiddenFillsPages) {
                page.next_cursor = page.changes.last().map_or(query.cursor, |change| change.version);
            } else {
                page.has_more &= page.changes.len() == query.limit;
            }
            page
        }
        _ => log.pull_as(reader, query.cursor, query.limit, query.tables),
    }
}

/// Whether a snapshot shows this item to this user.
pub(super) fn is_snapshotted(switch: Option<Switch>, item: &Item, reader: &str, has_filter: bool) -> bool {
    let own = item.key.is_for(reader);
    let buried = item.kind == Kind::Tombstone;
    match switch {
        // These mutants leave it out later, when a page is sent.
        Some(Switch::NotificationsSnapshotted | Switch::HiddenEndsTheSnapshot) => true,
        Some(Switch::NotificationsSnapshottedWithFilter) if has_filter => true,
        Some(Switch::NotificationTombstonesSnapshotted) => own || buried,
        Some(Switch::OwnTombstonesHidden) => own && !(buried && item.key.owner.is_some()),
        _ => own,
    }
}
