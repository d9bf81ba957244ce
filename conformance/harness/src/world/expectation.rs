//! What a workspace must contain after known ops: the whole log, and the whole state where the target has snapshots.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::pages::{entries, versions};
use super::sign::rule_of_difference;
use super::sync::{PULL_LIMIT, SNAPSHOT_PAGE_SIZE};
use super::user::User;
use crate::client::Answer;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::difference::first_difference;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::op::{Op, change_json};
use syncproof_protocol::wire::{Change, Id, Item, Operation};

impl User {
    /// Checks that the log of the workspace is exactly these ops, numbered 1, 2, 3 … in this order, and, where the target
    /// has snapshots, that its rows and tombstones are their fold.
    ///
    /// # Errors
    /// Fails that requirement when log or state differ.
    pub async fn holds(&self, workspace: &Id, ops: &[Op], requirement: &'static str) -> Checked {
        self.holds_in_pages(workspace, ops, (PULL_LIMIT, SNAPSHOT_PAGE_SIZE), requirement).await
    }

    /// As [`User::holds`], with pages of these sizes: of a pull, and of a snapshot.
    ///
    /// # Errors
    /// Fails that requirement when log or state differ.
    pub async fn holds_in_pages(
        &self,
        workspace: &Id,
        ops: &[Op],
        (limit, page_size): (u64, u64),
        requirement: &'static str,
    ) -> Checked {
        let begin = self.context().collected_through(workspace);
        let (changes, answer) = self.log_after(workspace, begin, limit, requirement).await?;
        is_log(&changes, &answer, ops, begin, requirement)?;
        self.shows_in_pages(workspace, ops, page_size, requirement).await
    }

    /// Checks that the rows and tombstones of the workspace are the fold of these ops, where the target has snapshots.
    ///
    /// # Errors
    /// Fails that requirement when they differ.
    pub async fn shows(&self, workspace: &Id, ops: &[Op], requirement: &'static str) -> Checked {
        self.shows_in_pages(workspace, ops, SNAPSHOT_PAGE_SIZE, requirement).await
    }

    async fn shows_in_pages(&self, workspace: &Id, ops: &[Op], size: u64, requirement: &'static str) -> Checked {
        if !self.context().has(Capability::Snapshot) {
            return Ok(());
        }
        let (items, _, answer) = self.snapshot_in_pages(workspace, size, requirement).await?;
        let mut actual: Vec<Value> = items.iter().map(item_json).collect();
        // The order of a snapshot is a separate requirement.
        actual.sort_by_cached_key(place);
        let mut expected = fold(ops);
        expected.sort_by_cached_key(place);
        if expected == actual {
            return Ok(());
        }
        // What no chapter about writes asks for is the rule of the snapshot itself.
        let special =
            ["push", "op", "lww", "tombstone", "isolation", "pull", "gc", "notification", "concurrent", "snapshot"];
        // What belongs to another workspace or user, or was lost with a process, may look like anything.
        let of_others = ["isolation", "notification", "durable", "startup"];
        let is_own = !of_others.iter().any(|chapter| requirement.starts_with(chapter));
        let sign = rule_of_difference(&expected, &actual, ops);
        let sign = sign.filter(|sign| is_own || *sign == "push.text-exact");
        let rule = match requirement {
            _ if sign.is_some() => sign.unwrap_or(requirement),
            // The stamps that it asks for are those of a pull.
            "pull.echoes-stamp" => "snapshot.complete",
            "tombstone.one-per-record" | "tombstone.bounded" if only_tombstones_differ(&expected, &actual) => {
                "tombstone.keeps-highest"
            }
            _ if asks_who_wins(requirement) && first_difference(&json!(expected), &json!(actual)).is_some() => {
                self.keeps_payloads(workspace, ops, requirement).await?;
                rule_of_winner(&expected, &actual, ops).unwrap_or(requirement)
            }
            _ => unless_about(&special, "snapshot.complete", requirement),
        };
        let message = "the snapshot does not show the state that follows from the ops that were pushed";
        answer.equal(rule, message, expected, actual)
    }

    /// Checks that the log shows each of these ops with the payload with which it was pushed: where it does not, the state
    /// that follows from it is no question of who wins.
    async fn keeps_payloads(&self, workspace: &Id, ops: &[Op], requirement: &'static str) -> Checked {
        let (changes, answer) = self.log(workspace, requirement).await?;
        for change in &changes {
            if let Some(op) = ops.iter().find(|op| op.id() == change.stamp.op_id) {
                let pushed = &op.as_change(change.server_version)["payload"];
                let message =
                    format!("the log has the op of '{}' with another payload than it was pushed with", op.pk());
                answer.equal("push.payload-round-trips", message, pushed, &change_json(change)["payload"])?;
            }
        }
        Ok(())
    }
}

/// Whether the requirement is about which write wins, so that one that wins wrongly may break a neighbour of it.
fn asks_who_wins(requirement: &str) -> bool {
    const OTHERS: [&str; 2] = ["lww.code-point-order", "tombstone.per-table"];
    (requirement.starts_with("lww.") || requirement.starts_with("tombstone.")) && !OTHERS.contains(&requirement)
}

/// The rule that decides between the write that should have won a record and the one that has: about the first record
/// where they differ, if both were pushed to it.
fn rule_of_winner(expected: &[Value], actual: &[Value], ops: &[Op]) -> Option<&'static str> {
    let is_of = |item: &Value, other: &Value| item["tableName"] == other["tableName"] && item["pk"] == other["pk"];
    let differs = |item: &Value, other: &Value| item["kind"] != other["kind"] || item["revision"] != other["revision"];
    let arrival = |item: &Value| {
        let wrote = |op: &Op| {
            op.table() == item["tableName"] && op.pk() == item["pk"] && json!(op.revision()) == item["revision"]
        };
        ops.iter().position(wrote)
    };
    for should in expected {
        let mut of_record = actual.iter().filter(|item| is_of(item, should));
        let (Some(has), None) = (of_record.next(), of_record.next()) else { return None };
        if !differs(should, has) {
            continue;
        }
        if should["kind"] == "tombstone" && has["kind"] == "tombstone" && arrival(has).is_none() {
            return Some("tombstone.keeps-highest");
        }
        let (winner, other) = (arrival(should)?, arrival(has)?);
        let same = |field: &str| should["revision"][field] == has["revision"][field];
        return match (should["kind"].as_str()?, has["kind"].as_str()?) {
            ("row", "tombstone") if winner > other => Some("lww.newer-put-revives"),
            ("row", "tombstone") => Some("lww.delete-competes"),
            ("tombstone", "row") if other > winner => Some("lww.no-resurrection"),
            ("row", "row") if !same("clock") => Some("lww.higher-clock"),
            ("row", "row") if !same("hlc") => Some("lww.hlc-breaks-tie"),
            ("row", "row") => Some("lww.op-id-breaks-tie"),
            _ => None,
        };
    }
    None
}

/// Checks that these changes are the log after that version, where these ops were pushed. Versions with gaps and changed
/// stamps have requirements of their own; what is missing or too much, or has other content, breaks the caller's.
pub(super) fn is_log(
    changes: &[Change],
    answer: &Answer,
    ops: &[Op],
    after: u64,
    requirement: &'static str,
) -> Checked {
    let ids: Vec<&str> = ops.iter().map(Op::id).collect();
    let shown: Vec<&str> = changes.iter().map(|change| change.stamp.op_id.as_str()).collect();
    if ids == shown {
        let rule = unless_about(OF_VERSIONS, CONTIGUOUS, requirement);
        let expected: Vec<u64> = (after + 1..).take(ids.len()).collect();
        let message = "the log has the ops that were pushed, but not with the next versions";
        answer.equal(rule, message, expected, versions(changes))?;
        let rule = unless_about(OF_STAMPS, "pull.echoes-stamp", requirement);
        let stamps: Vec<_> = ops.iter().map(Op::stamp).collect();
        let given: Vec<_> = changes.iter().map(|change| &change.stamp).collect();
        answer.equal(rule, "the log has an op with another stamp than the one pushed", stamps, given)?;
    }
    let is_of_letters =
        ids.len() == shown.len() && ids.iter().zip(&shown).all(|(id, other)| id.eq_ignore_ascii_case(other));
    if ids != shown && is_of_letters {
        let rule = unless_about(OF_STAMPS, "pull.echoes-stamp", requirement);
        return answer.equal(rule, "the log has op ids in other letters than they were pushed with", ids, shown);
    }
    let missing = if ids == shown { None } else { ops.iter().find(|op| !shown.contains(&op.id())) };
    if let Some(missing) = missing.filter(|_| shown.len() < ids.len() && shown.iter().all(|id| ids.contains(id))) {
        let (rule, count) = (unless_about(OF_MISSING, "pull.complete", requirement), ids.len());
        let message =
            format!("a pull gives {} of {count} acknowledged ops, and not the one of '{}'", shown.len(), missing.pk());
        return Err(answer.fails(
            rule,
            message,
            format!("{count} entries, among them {}", missing.as_change(0)["stamp"]),
            answer.outcome(),
        ));
    }
    let rule = if ids == shown {
        unless_about(OF_CONTENT, "push.payload-round-trips", requirement)
    } else if requirement == "http.no-5xx" {
        "pull.complete"
    } else {
        requirement
    };
    let expected: Vec<Value> = (after + 1..).zip(ops).map(|(version, op)| op.as_change(version)).collect();
    let message = match ids.len().cmp(&shown.len()) {
        _ if ids == shown => "the log has an op with other content than was pushed".to_owned(),
        Ordering::Equal => "the log has other ops than were pushed".to_owned(),
        _ => format!("the log has {} entries, and {} ops were pushed", shown.len(), ids.len()),
    };
    answer.equal(rule, message, expected, entries(changes))
}

/// The rule of a new op's version.
pub(super) const CONTIGUOUS: &str = "push.contiguous-versions";

/// The special cases of that rule.
pub(super) const OF_VERSIONS: &[&str] = &[
    "op.duplicate-in-batch",
    "op.replay-mixed-batch",
    "lww.loser-is-logged",
    "isolation.versions",
    "cursor.forward-only",
    "gc.versions-go-on",
    "concurrent",
];

/// The chapters with special cases of the rule that a stamp comes back as it was.
pub(super) const OF_STAMPS: &[&str] = &["pull", "op", "isolation"];

/// The special cases of the rule that pulls give every op that was acknowledged.
const OF_MISSING: &[&str] = &[
    "pull",
    "op.id-scoped-to-workspace",
    "lww.loser-is-logged",
    "tombstone.delete-of-unknown",
    "isolation",
    "gc",
    "notification",
    "concurrent",
];

/// The rule, or the requirement that the caller asks for where that is one of these special cases of the rule, by its id or
/// by its chapter. That all of it outlives a restart is asked in two chapters, for every rule.
pub(super) fn unless_about(special: &[&str], rule: &'static str, asked: &'static str) -> &'static str {
    let chapter = asked.split('.').next().unwrap_or(asked);
    let of_restart = matches!(chapter, "durable" | "startup");
    if of_restart || special.contains(&chapter) || special.contains(&asked) { asked } else { rule }
}

/// What may put other content under an op that is in the log: ops that share its id, and what only some users may write.
pub(super) const OF_CONTENT: &[&str] = &[
    "push",
    "op.duplicate-conflicting",
    "op.reuse-conflicting",
    "op.id-scoped-to-workspace",
    "op.concurrent-replays",
    "isolation",
    "notification",
];

/// The rows and tombstones that result from these ops in any order (`lww.order-free`): for each record the write with
/// the highest revision, in the form of a snapshot item without the time of deletion.
#[must_use]
pub fn fold(ops: &[Op]) -> Vec<Value> {
    let mut winners: BTreeMap<(&str, &str), &Op> = BTreeMap::new();
    for op in ops {
        let winner = winners.entry((op.table(), op.pk())).or_insert(op);
        if op.revision() > winner.revision() {
            *winner = op;
        }
    }
    winners
        .into_iter()
        .map(|((table, pk), op)| match op.operation() {
            Operation::Put => json!({
                "kind": "row", "tableName": table, "pk": pk, "revision": op.revision(), "payload": op.content(),
            }),
            Operation::Delete => json!({
                "kind": "tombstone", "tableName": table, "pk": pk, "revision": op.revision(),
            }),
        })
        .collect()
}

/// The sort key of an item. It does not depend on how numbers are written.
fn place(item: &Value) -> [String; 3] {
    ["tableName", "pk", "kind"].map(|field| item[field].to_string())
}

/// Whether there are the items that there should be, and other revisions in nothing but tombstones.
fn only_tombstones_differ(expected: &[Value], actual: &[Value]) -> bool {
    let is_alike = |(one, other): (&Value, &Value)| {
        place(one) == place(other) && (one["kind"] == "tombstone" || one["revision"] == other["revision"])
    };
    expected.len() == actual.len() && expected.iter().zip(actual).all(is_alike)
}

/// An item to compare with a fold, so without the time of deletion, which only the server knows.
#[must_use]
pub fn item_json(item: &Item) -> Value {
    let mut item = json!(item);
    if let Value::Object(fields) = &mut item {
        fields.remove("serverDeletedAt");
    }
    item
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_winner_breaks_the_rule_that_decides_between_both_writes() {
        let item = |kind: &str, clock: u64, hlc: &str, id: &str| json!({"kind": kind, "tableName": "kv", "pk": "pk", "revision": {"clock": clock, "hlc": hlc, "opId": id}});
        let put = |clock: u64, hlc: &str| Op::put("kv", "pk", &json!("user")).clock(clock).hlc(hlc);
        let delete = |clock: u64| Op::delete("kv", "pk").clock(clock).hlc("h");
        let shown = |op: &Op, kind: &str| {
            let revision = json!(op.revision());
            item(
                kind,
                revision["clock"].as_u64().unwrap_or_default(),
                revision["hlc"].as_str().unwrap_or_default(),
                op.id(),
            )
        };
        let rule = |ops: &[Op], should: (usize, &str), has: (usize, &str)| {
            rule_of_winner(&[shown(&ops[should.0], should.1)], &[shown(&ops[has.0], has.1)], ops)
        };
        assert_eq!(rule(&[put(2, "h"), put(1, "h")], (0, "row"), (1, "row")), Some("lww.higher-clock"));
        assert_eq!(rule(&[put(1, "b"), put(1, "a")], (0, "row"), (1, "row")), Some("lww.hlc-breaks-tie"));
        assert_eq!(rule(&[put(2, "h"), delete(1)], (0, "row"), (1, "tombstone")), Some("lww.delete-competes"));
        assert_eq!(rule(&[delete(1), put(2, "h")], (1, "row"), (0, "tombstone")), Some("lww.newer-put-revives"));
        assert_eq!(rule(&[delete(2), put(1, "h")], (0, "tombstone"), (1, "row")), Some("lww.no-resurrection"));
        assert_eq!(rule(&[put(1, "h"), delete(2)], (1, "tombstone"), (0, "row")), None);
    }
}
