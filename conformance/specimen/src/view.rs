//! What one user sees of a workspace: the log as far back as it is kept, without other users' notifications, and what
//! mutants show instead.

use super::state::WorkspaceState;
use super::switch::{Switch, Switches, deviation, deviations};
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
pub(super) fn page(switches: Switches, workspace: &WorkspaceState, query: PullQuery<'_>) -> Page {
    let oldest = workspace.log.oldest_kept();
    let before = query.cursor + 1 < oldest;
    let untold = deviation!(match switches {
        Switch::GapUntold => true,
        Switch::GapUntoldWithFilter => query.tables.is_some(),
        Switch::GapUntoldWhenEmpty => workspace.log.changes().is_empty(),
        Switch::GapUntoldWithoutDevices => workspace.cursors.lowest().is_none(),
        Switch::GapToldOneTooLate => query.cursor + 2 == oldest,
        _ => false,
    });
    let cursor = if before && untold { oldest - 1 } else { query.cursor };
    let mut page = shown(switches, workspace, PullQuery { cursor, ..query });
    deviations!(match switches {
        Switch::GapToldAlways => page.gap = Some(oldest),
        Switch::GapToldOneTooEarly if oldest > 1 && cursor + 1 == oldest => page.gap = Some(oldest),
        Switch::GapNamesTheFirst => page.gap = page.gap.map(|_| 1),
        _ => {}
    });
    page
}

/// A page of the changes that the reader may see.
fn shown(switches: Switches, workspace: &WorkspaceState, query: PullQuery<'_>) -> Page {
    let (log, reader) = (&workspace.log, query.reader);
    let sees = |change: &Change| {
        let own = change.key().is_for(reader);
        let deletes = change.operation == Operation::Delete;
        deviation!(match switches {
            Switch::NotificationsPulled => true,
            Switch::NotificationsPulledWithFilter if query.tables.is_some() => true,
            Switch::NotificationDeletesPulled => own || deletes,
            Switch::GoneNotificationsPulled => {
                own || change.owner.as_ref().is_some_and(|owner| workspace.gone.contains(owner))
            }
            Switch::NotificationDeletesHidden => own && !(deletes && change.owner.is_some()),
            _ => own,
        })
    };
    deviation!(match switches {
        Switch::NotificationsPulled
        | Switch::NotificationsPulledWithFilter
        | Switch::NotificationDeletesPulled
        | Switch::NotificationDeletesHidden
        | Switch::GoneNotificationsPulled =>
            log.pull_where(query.cursor, query.limit, |change| query.names(change) && sees(change)),
        Switch::HiddenCountsAsMore => {
            let mut page = log.pull_where(query.cursor, query.limit, |change| query.names(change) && sees(change));
            page.has_more = page.gap.is_none() && log.after(page.next_cursor).iter().any(|change| query.names(change));
            page
        }
        Switch::HiddenFillsPages | Switch::HiddenEndsThePull => {
            let mut page = log.pull_where(query.cursor, query.limit, |change| query.names(change));
            page.changes.retain(sees);
            if switches.has(Switch::HiddenFillsPages) {
                page.next_cursor = page.changes.last().map_or(query.cursor, |change| change.version);
            } else {
                page.has_more &= page.changes.len() == query.limit;
            }
            page
        }
        _ => log.pull_as(reader, query.cursor, query.limit, query.tables),
    })
}

/// Whether a snapshot shows this item to this user.
pub(super) fn is_snapshotted(switches: Switches, item: &Item, reader: &str, has_filter: bool) -> bool {
    let own = item.key.is_for(reader);
    let buried = item.kind == Kind::Tombstone;
    deviation!(match switches {
        // These mutants leave it out later, when a page is sent.
        Switch::NotificationsSnapshotted | Switch::HiddenEndsTheSnapshot => true,
        Switch::NotificationsSnapshottedWithFilter if has_filter => true,
        Switch::NotificationTombstonesSnapshotted => own || buried,
        Switch::OwnTombstonesHidden => own && !(buried && item.key.owner.is_some()),
        _ => own,
    })
}
