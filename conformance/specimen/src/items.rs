//! The items of a snapshot, and what mutants make of them.

use super::switch::{Switch, Switches, deviations};
use super::view;
use std::collections::HashSet;
use syncproof_model::{Change, ChangeLog, Item, Key, Kind, Operation, Record};

/// What a snapshot of this log shows to this user.
pub(super) fn items(switches: Switches, log: &ChangeLog, reader: &str, tables: Option<&[String]>) -> Vec<Item> {
    let mut items = all_items(switches, log, tables);
    items.retain(|item| view::is_snapshotted(switches, item, reader, tables.is_some()));
    items
}

/// What a snapshot of this log would show to a user who may see everything.
fn all_items(switches: Switches, log: &ChangeLog, tables: Option<&[String]>) -> Vec<Item> {
    let mut items = log.items(tables);
    deviations!(match switches {
        Switch::TombstoneRandomId => {
            let deletes = deletes(log, |_, record| record.is_tombstone());
            items.retain(|item| item.kind == Kind::Row);
            items.extend(deletes);
        }
        Switch::RevivalKeepsTombstone => {
            items.extend(deletes(log, |change, record| {
                !record.is_tombstone() && change.revision() < record.revision && came_before(log, change)
            }));
        }
        Switch::LosingDeleteLeavesTombstone => {
            items.extend(deletes(log, |change, record| !record.is_tombstone() && !came_before(log, change)));
        }
        Switch::TombstonePerPk => {
            let mut seen = HashSet::new();
            items.retain(|item| item.kind == Kind::Row || seen.insert(item.key.pk.clone()));
        }
        Switch::FilteredSnapshotFromLog if tables.is_some() => {
            items
                .retain(|item| log.version_of(&item.revision.op_id).is_none_or(|version| version >= log.oldest_kept()));
        }
        Switch::MarkedHiddenByFilter if tables.is_some() => {
            let is_marked = |item: &Item| item.payload.as_ref().is_some_and(|payload| payload["deleted"] == true);
            items.retain(|item| !is_marked(item));
        }
        Switch::ThreadsTakeTheirMessages => {
            let is_gone = |pk: &str| log.state().get(&Key::new("threads", pk)).is_some_and(Record::is_tombstone);
            let thread =
                |item: &Item| item.payload.as_ref().and_then(|payload| payload["thread_id"].as_str().map(is_gone));
            items.retain(|item| item.key.table != "messages" || thread(item) != Some(true));
        }
        Switch::SnapshotOmitsTombstones => items.retain(|item| item.kind == Kind::Row),
        Switch::DeleteMatchesPattern => {
            items
                .retain(|item| item.kind == Kind::Tombstone || !log.changes().iter().any(|change| swept(change, item)));
        }
        _ => {}
    });
    items.retain(|item| tables.is_none_or(|names| names.contains(&item.key.table)));
    items.sort_by(|a, b| (&a.key, a.kind).cmp(&(&b.key, b.kind)));
    deviations!(match switches {
        Switch::SnapshotInArrivalOrder => items.sort_by_key(|item| log.version_of(&item.revision.op_id)),
        Switch::SnapshotByPkOnly => items.sort_by(|a, b| a.key.pk.cmp(&b.key.pk)),
        _ => {}
    });
    items
}

/// A tombstone for every delete in the log that `counts` accepts, given the record as it is now.
fn deletes(log: &ChangeLog, counts: impl Fn(&Change, &Record) -> bool) -> Vec<Item> {
    let deletes = log.changes().iter().filter(|change| change.operation == Operation::Delete);
    let shown = deletes.filter(|change| log.state().get(&change.key()).is_some_and(|record| counts(change, record)));
    shown
        .map(|change| Item { key: change.key(), kind: Kind::Tombstone, payload: None, revision: change.revision() })
        .collect()
}

/// Whether a delete arrived before the put that its record now holds.
fn came_before(log: &ChangeLog, delete: &Change) -> bool {
    let winner = log.state().get(&delete.key()).and_then(|record| log.version_of(&record.revision.op_id));
    winner.is_some_and(|winner| delete.version < winner)
}

/// Whether a delete also removes this row, when its pk is read as a `LIKE` pattern.
fn swept(change: &Change, item: &Item) -> bool {
    change.operation == Operation::Delete
        && change.table == item.key.table
        && change.pk != item.key.pk
        && change.revision().clock >= item.revision.clock
        && is_like(&change.pk, &item.key.pk)
}

/// SQL's `LIKE`, by dynamic programming, so that no pattern takes more than length × length steps.
pub(super) fn is_like(pattern: &str, text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut reach = vec![false; text.len() + 1];
    reach[0] = true;
    for c in pattern.chars() {
        let before = reach.clone();
        for place in 0..reach.len() {
            reach[place] = match c {
                '%' => before[place] || (place > 0 && reach[place - 1]),
                '_' => place > 0 && before[place - 1],
                _ => place > 0 && before[place - 1] && text[place - 1] == c,
            };
        }
    }
    reach.last().copied().unwrap_or(false)
}

/// Whether a log has a row under that key, and not a tombstone.
pub(super) fn has_row(log: &ChangeLog, key: &Key) -> bool {
    log.state().get(key).is_some_and(|record| !record.is_tombstone())
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn patterns_match_as_in_sql() {
        assert!(is_like("a%", "abc") && is_like("_b_", "abc") && is_like("%", ""));
        assert!(!is_like("a_", "abc") && !is_like("b%", "abc"));
    }
}
