//! The rules of the change log, one test each.

use std::sync::Arc;

use super::super::{ErrorCode, Op, Operation, Outcome, Stamp, fold};
use super::ChangeLog;
use serde_json::json;

fn put(op_id: &str, pk: &str, clock: u64) -> Op {
    Op {
        table: "kv".into(),
        operation: Operation::Put,
        pk: pk.into(),
        payload: Some(Arc::new(json!({"id": pk, "name": op_id, "created_at": 1, "updated_at": 1, "clock": clock}))),
        stamp: Stamp { device_id: "d".into(), op_id: op_id.into(), hlc: "h".into(), clock },
        attempts: 0,
    }
}

fn versions(log: &mut ChangeLog, ops: &[Op]) -> Vec<Option<u64>> {
    log.push(ops, 0).iter().map(super::PushResult::version).collect()
}

#[test]
fn versions_are_contiguous_and_failed_ops_take_none() {
    let mut log = ChangeLog::default();
    let mut bad = put("b", "k", 1);
    bad.table = "bogus".into();
    let ops = [put("a", "k", 1), bad, put("c", "k", 2)];
    assert_eq!(versions(&mut log, &ops), [Some(1), None, Some(2)]);
}

#[test]
fn a_replay_gets_its_first_version_and_changes_nothing() {
    let mut log = ChangeLog::default();
    assert_eq!(versions(&mut log, &[put("a", "k", 1)]), [Some(1)]);
    let mut again = put("a", "k", 1);
    again.attempts = 7;
    assert_eq!(versions(&mut log, &[put("b", "l", 1), again]), [Some(2), Some(1)]);
    assert_eq!(log.head(), 2);
}

#[test]
fn a_duplicate_in_a_batch_is_one_op_with_equal_results() {
    let mut log = ChangeLog::default();
    let results = log.push(&[put("a", "k", 1), put("a", "k", 1)], 0);
    assert_eq!(results[0], results[1]);
    assert_eq!(log.changes().len(), 1);
}

#[test]
fn a_conflicting_duplicate_is_refused_and_the_first_is_kept() {
    let mut log = ChangeLog::default();
    let results = log.push(&[put("a", "k", 1), put("a", "l", 1), put("c", "m", 1)], 0);
    assert!(matches!(results[1].outcome, Outcome::Refused { code: ErrorCode::Conflict, .. }));
    assert_eq!(results[2].version(), Some(2));
}

#[test]
fn a_loser_is_logged_and_learns_the_winner() {
    let mut log = ChangeLog::default();
    let results = log.push(&[put("a", "k", 2), put("b", "k", 1)], 0);
    let Outcome::Accepted { version: 2, applied: false, winner: Some(winner), .. } = &results[1].outcome else {
        panic!("{results:?}");
    };
    assert_eq!(winner.revision.op_id, "a");
}

#[test]
fn pages_of_any_size_give_every_change_once() {
    let mut log = ChangeLog::default();
    let ops: Vec<Op> = (0..7).map(|n| put(&format!("o{n}"), "k", n)).collect();
    log.push(&ops, 0);
    for limit in 1..9 {
        let (mut cursor, mut seen) = (0, vec![]);
        loop {
            let page = log.pull(cursor, limit, None);
            seen.extend(page.changes.iter().map(|change| change.version));
            assert_eq!(page.has_more, page.next_cursor < log.head());
            cursor = page.next_cursor;
            if !page.has_more {
                break;
            }
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
    }
}

#[test]
fn a_filter_shows_only_its_tables_and_says_when_it_is_done() {
    let mut log = ChangeLog::default();
    log.push(&[put("a", "k", 1), put("b", "l", 1)], 0);
    let page = log.pull(0, 10, Some(&["threads".into()]));
    assert!(page.changes.is_empty() && !page.has_more);
    assert_eq!(page.next_cursor, 0);
}

#[test]
fn a_snapshot_is_the_fold_of_the_log() {
    let mut log = ChangeLog::default();
    log.push(&[put("a", "k", 2), put("b", "k", 1), put("c", "l", 1)], 0);
    assert_eq!(fold(log.changes()), *log.state());
}

fn horizon(seen: u64) -> super::Horizon {
    super::Horizon { seen, accepted_by_ms: 0 }
}

#[test]
fn a_collected_log_goes_on_and_tells_of_its_gap() {
    let mut log = ChangeLog::default();
    log.push(&[put("a", "k", 1), put("b", "k", 2), put("c", "l", 1)], 0);
    log.collect_changes(horizon(2));
    assert_eq!(log.pull(0, 10, None).gap, Some(3));
    assert_eq!(log.pull(1, 10, None).gap, Some(3));
    let page = log.pull(2, 10, None);
    assert_eq!((page.gap, page.changes.len()), (None, 1));
    log.collect_changes(horizon(3));
    assert_eq!((log.pull(2, 10, None).gap, log.pull(3, 10, None).gap), (Some(4), None));
    assert_eq!(versions(&mut log, &[put("d", "k", 3)]), [Some(4)]);
}

#[test]
fn what_is_too_young_stays_with_all_that_came_later() {
    let mut log = ChangeLog::default();
    log.push(&[put("a", "k", 1)], 0);
    log.push(&[put("b", "k", 2)], 5);
    log.collect_changes(horizon(u64::MAX));
    assert_eq!(log.changes().len(), 1);
    log.collect_changes(horizon(u64::MAX));
    assert_eq!(log.pull(1, 10, None).changes.len(), 1);
}

#[test]
fn a_replay_after_a_collection_changes_nothing() {
    let mut log = ChangeLog::default();
    let (first, mut gone) = (put("a", "k", 1), put("b", "k", 2));
    gone.operation = Operation::Delete;
    log.push(&[first.clone(), gone.clone()], 0);
    log.collect_changes(horizon(u64::MAX));
    log.collect_tombstones(horizon(u64::MAX));
    assert_eq!(log.items(None), []);
    assert_eq!(versions(&mut log, &[first, gone, put("c", "l", 1)]), [Some(1), Some(2), Some(3)]);
    assert_eq!(log.items(None).len(), 1);
}

#[test]
fn collecting_tombstones_spares_rows_the_unseen_and_the_log() {
    let mut log = ChangeLog::default();
    let mut ops = [put("a", "k", 1), put("b", "l", 1), put("c", "m", 1)];
    ops[1].operation = Operation::Delete;
    ops[2].operation = Operation::Delete;
    log.push(&ops, 0);
    log.collect_tombstones(horizon(2));
    let left: Vec<String> = log.items(None).into_iter().map(|item| item.key.pk).collect();
    assert_eq!(left, ["k", "m"]);
    assert_eq!(log.pull(0, 10, None).changes.len(), 3);
}
