//! The fold: turns changes into records, with the same result in any order.

use super::change::Change;
use super::item::Item;
use super::key::Key;
use super::record::Record;
use super::rules::{LogRules, Protocol};
use std::collections::BTreeMap;

/// All records of a workspace, in the order of a snapshot (`snapshot.order`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    records: BTreeMap<Key, Record>,
}

impl State {
    /// Applies one write and returns whether it won.
    pub fn apply(&mut self, change: &Change) -> bool {
        self.apply_by(&Protocol, change)
    }

    /// As [`State::apply`], with these rules.
    pub(super) fn apply_by(&mut self, rules: &impl LogRules, change: &Change) -> bool {
        let key = rules.record_key(change);
        let wins = self.records.get(&key).is_none_or(|held| rules.replaces(change, held));
        if wins {
            self.records.insert(key, Record::of(change));
        }
        wins
    }

    /// The record under this key.
    pub fn get(&self, key: &Key) -> Option<&Record> {
        self.records.get(key)
    }

    /// All records, by key.
    pub fn records(&self) -> impl Iterator<Item = (&Key, &Record)> {
        self.records.iter()
    }

    /// Removes the records for which `stays` is false.
    pub fn retain(&mut self, stays: impl Fn(&Key, &Record) -> bool) {
        self.records.retain(|key, record| stays(key, record));
    }

    /// The items of a snapshot of this state (`snapshot.complete`): those of the named tables, or all.
    pub fn items(&self, tables: Option<&[String]>) -> Vec<Item> {
        self.records
            .iter()
            .filter(|(key, _)| tables.is_none_or(|names| names.contains(&key.table)))
            .map(|(key, record)| Item::of(key, record))
            .collect()
    }
}

/// The state after these changes (`lww.order-free`, `concurrent.replicas-converge`).
pub fn fold<'a>(changes: impl IntoIterator<Item = &'a Change>) -> State {
    let mut state = State::default();
    for change in changes {
        state.apply(change);
    }
    state
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{Change, Key, Kind, Operation, Stamp};
    use super::fold;
    use serde_json::json;

    fn change(operation: Operation, clock: u64, op_id: &str) -> Change {
        Change {
            version: clock,
            table: "threads".into(),
            pk: "t".into(),
            operation,
            payload: (operation == Operation::Put).then(|| Arc::new(json!({"id": "t", "clock": clock}))),
            stamp: Stamp { device_id: "d".into(), op_id: op_id.into(), hlc: "h".into(), clock },
            owner: None,
        }
    }

    #[test]
    fn every_order_of_the_same_writes_ends_in_the_same_state() {
        let put = change(Operation::Put, 1, "a");
        let delete = change(Operation::Delete, 2, "b");
        let revival = change(Operation::Put, 3, "c");
        let expected = fold([&put, &delete, &revival]);
        for order in [[&revival, &delete, &put], [&delete, &put, &revival], [&put, &revival, &delete]] {
            assert_eq!(fold(order), expected);
        }
        assert_eq!(expected.items(None)[0].kind, Kind::Row);
    }

    #[test]
    fn an_older_put_does_not_resurrect() {
        let state = fold([&change(Operation::Delete, 2, "b"), &change(Operation::Put, 1, "a")]);
        assert!(state.get(&Key::new("threads", "t")).is_some_and(super::Record::is_tombstone));
    }

    #[test]
    fn a_tombstone_keeps_the_highest_of_its_deletes() {
        let state = fold([&change(Operation::Delete, 5, "b"), &change(Operation::Delete, 4, "a")]);
        let items = state.items(None);
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].revision.clock, 5);
    }

    #[test]
    fn an_equal_clock_is_decided_by_the_op_id() {
        let low = change(Operation::Put, 1, "a");
        let high = change(Operation::Delete, 1, "b");
        assert_eq!(fold([&low, &high]), fold([&high, &low]));
        assert_eq!(fold([&low, &high]).items(None)[0].kind, Kind::Tombstone);
    }
}
