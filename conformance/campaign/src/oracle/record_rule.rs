//! Which rule a snapshot breaks that shows a record otherwise than the log calls for: it follows from the writes to that
//! record and from what has happened to its workspace.

use serde_json::json;

use super::item::{item_json, record_json};
use super::rule_id::{COMPLETE, ID_SCOPED};
use super::state::Oracle;
use super::violation::Violation;
use syncproof_model as model;
use syncproof_model::{Key, Operation, Record};
use syncproof_protocol::difference;
use syncproof_protocol::json::same_json;
use syncproof_protocol::wire::{Collected, Item};

/// A rule, and why it applies.
type Rule = (&'static str, &'static str);

impl Oracle {
    /// The violation when a snapshot shows another state of these records than the log calls for. `expected` are the
    /// records that it has to show, `items` what it shows.
    pub(super) fn wrong_records(
        &self,
        place: usize,
        expected: &[(&Key, &Record)],
        items: &[&Item],
        message: &str,
    ) -> Option<Violation> {
        let of = |table: &str, pk: &str| -> Vec<&Item> {
            let is_of = |item: &&&Item| matches!(item.position(), (at, key, _) if at == table && key == pk);
            items.iter().filter(is_of).copied().collect()
        };
        let wrong = expected.iter().find_map(|(key, record)| {
            let shown = of(&key.table, &key.pk);
            let is_right = matches!(&shown[..], [item] if same_json(&item_json(item), &record_json(key, record)));
            (!is_right).then(|| (self.rule_of(place, key, record, &shown), Some((*key, *record)), shown))
        });
        let is_expected = |table: &str, pk: &str| expected.iter().any(|(key, _)| key.table == table && key.pk == pk);
        let extra = || {
            let item = items.iter().find(|item| !is_expected(item.position().0, item.position().1))?;
            Some((self.rule_of_extra(place, item), None, vec![*item]))
        };
        // A record that is shown in the place of another tells more than the one that is missing.
        let is_vague = |((rule, _), ..): &(Rule, Option<(&Key, &Record)>, Vec<&Item>)| *rule == COMPLETE;
        let wrong = match wrong {
            Some(wrong) if is_vague(&wrong) => extra().filter(|extra| !is_vague(extra)).or(Some(wrong)),
            wrong => wrong.or_else(extra),
        };
        let ((requirement, why), wanted, shown) = wrong?;
        let (table, pk, _) = shown.first().map_or(("", "", ""), |item| item.position());
        let name = wanted.map_or((table, pk), |(key, _)| (key.table.as_str(), key.pk.as_str()));
        let wanted = wanted
            .map_or_else(|| "no record".to_owned(), |(key, record)| difference::shown(Some(&record_json(key, record))));
        let shown = shown.iter().map(|item| difference::shown(Some(&json!(item)))).collect::<Vec<_>>();
        let shown = if shown.is_empty() { "nothing".to_owned() } else { shown.join(" and ") };
        let (table, pk) = name;
        Some(Violation::new(
            requirement,
            message,
            format_args!("{table}/{pk}: {wanted}, because {why}"),
            format_args!("{table}/{pk}: {shown}"),
        ))
    }

    /// The rule that is broken where a record is shown otherwise than it is.
    fn rule_of(&self, place: usize, key: &Key, record: &Record, shown: &[&Item]) -> Rule {
        let tracked = &self.workspaces[place];
        let log = &tracked.log;
        let version = |op_id: &str| log.version_of(op_id).unwrap_or_default();
        let winner = version(&record.revision.op_id);
        match shown {
            [] if record.is_tombstone() => self.rule_of_lost_tombstone(place, key, winner),
            [] => self.rule_of_lost_row(place, key),
            [item] if is_in_other_letters(&item.revision().op_id, &record.revision.op_id) => {
                (COMPLETE, "a revision names its op id in the letters in which it was pushed")
            }
            [item] if item.revision().op_id == record.revision.op_id && *item.revision() != revision(record) => {
                (COMPLETE, "a revision is shown as it was pushed")
            }
            [item] => match self.rule_of_another_op(place, key, item) {
                Some((COMPLETE, _)) if record.is_tombstone() && item.is_tombstone() => {
                    ("tombstone.one-per-record", "it is of the highest delete")
                }
                Some(rule) => rule,
                None if tracked.past.has_collected(Collected::Log) && *item.revision() != revision(record) => {
                    ("op.replay-after-gc", "a collection of the log does not change who wins")
                }
                // An older put comes back where the tombstone is gone.
                None if record.is_tombstone()
                    && !item.is_tombstone()
                    && tracked.past.has_collected(Collected::Tombstones) =>
                {
                    (self.loss_rule(place, winner), "the tombstone is to be kept")
                }
                None => rule_of_winner(record, winner, item, version(&item.revision().op_id)),
            },
            several if record.is_tombstone() => match several.iter().all(|item| item.is_tombstone()) {
                true => ("tombstone.one-per-record", "a record has one tombstone, however often it was deleted"),
                false => ("lww.delete-competes", "the delete is the highest write to the record"),
            },
            several => {
                let tombstone = several.iter().find(|item| item.is_tombstone());
                match tombstone.map(|item| version(&item.revision().op_id)) {
                    Some(deleted) if deleted < winner => {
                        ("lww.newer-put-revives", "a put that is newer than the tombstone removes it")
                    }
                    Some(_) => ("tombstone.losing-delete-leaves-none", "a delete that loses leaves no tombstone"),
                    None => ("snapshot.order", "each record comes once"),
                }
            }
        }
    }

    /// The rule, if what is shown does not come from a write to that record.
    fn rule_of_another_op(&self, place: usize, key: &Key, item: &Item) -> Option<Rule> {
        let tracked = &self.workspaces[place];
        let op_id = item.revision().op_id.as_str();
        if tracked.log.writes_to(key).any(|(_, op)| op.stamp.op_id == op_id) {
            return None;
        }
        Some(match tracked.log.op(op_id) {
            _ if self.has_rival(place, key) => {
                ("notification.no-hijack", "each user has a record of their own under that key")
            }
            Some(op) if op.table != key.table => {
                ("tombstone.per-table", "the write is to the same key of another table")
            }
            Some(op) if op.operation == Operation::Delete && op.payload.is_some() => {
                ("tombstone.delete-of-unknown", "a delete goes by its key, not by its payload")
            }
            Some(_) => ("push.text-exact", "the write is to another key of the table"),
            None => self.rule_of_extra(place, item),
        })
    }

    /// The rule that is broken where a record is shown that is none.
    fn rule_of_extra(&self, place: usize, item: &Item) -> Rule {
        let tracked = &self.workspaces[place];
        let (table, pk, _) = item.position();
        let op_id = item.revision().op_id.as_str();
        let is_theirs = |key: &Key| key.owner.is_some() && key.table == table && key.pk == pk;
        let elsewhere = self.others(place).find_map(|other| other.log.op(op_id));
        match (tracked.log.op(op_id), elsewhere) {
            (Some(op), _) if tracked.log.state().records().any(|(key, _)| is_theirs(key)) && op.table == table => {
                ("notification.owner-only", "the record is a notification of another user")
            }
            (Some(_), _) if tracked.past.has_collected(Collected::Tombstones) => {
                ("op.replay-after-gc", "an op that is pushed again after a collection changes no record")
            }
            (Some(op), _) if op.table != table => ("tombstone.per-table", "the write is to another table"),
            (Some(op), _) if op.payload.is_some() && op.operation == Operation::Delete => {
                ("tombstone.delete-of-unknown", "a delete goes by its key, not by its payload")
            }
            (Some(op), _) if op.pk != pk => ("push.text-exact", "the key comes back as it was pushed"),
            (None, _) if tracked.past.refused_batches.contains(op_id) => {
                ("push.bad-batch-changes-nothing", "the write is of a batch that was refused")
            }
            (None, Some(op)) if op.payload.as_ref().is_some_and(|it| super::sent_op::names(it, &tracked.id)) => {
                ("push.payload-stays-in-workspace", "the write was pushed in another workspace and names this one")
            }
            (None, Some(_)) => ("isolation.same-pk", "the write was pushed in another workspace"),
            _ => (COMPLETE, "no write calls for it"),
        }
    }

    fn rule_of_lost_tombstone(&self, place: usize, key: &Key, version: u64) -> Rule {
        let tracked = &self.workspaces[place];
        let collected_elsewhere = self.others(place).any(|other| other.past.has_collected(Collected::Tombstones));
        let mut twins = tracked.log.ops().filter(|op| op.pk == key.pk && op.table != key.table);
        match &key.owner {
            _ if tracked.past.has_collected(Collected::Tombstones) || collected_elsewhere => {
                (self.loss_rule(place, version), "the tombstone is to be kept")
            }
            _ if tracked.past.has_collected(Collected::Log) => {
                ("gc.keeps-records", "a collection of the log leaves the records as they are")
            }
            Some(_) => ("notification.delete-reaches-owner", "the user has deleted their own notification"),
            None if twins.next().is_some() => {
                ("tombstone.per-table", "the same key of another table is another record")
            }
            None if self.is_confused(place, key) => ("push.text-exact", "keys that look alike are different"),
            None => self.rule_of_lost_write(place, key, "the record was deleted"),
        }
    }

    fn rule_of_lost_row(&self, place: usize, key: &Key) -> Rule {
        let tracked = &self.workspaces[place];
        let deletes = || {
            tracked
                .log
                .ops()
                .filter(|op| op.operation == Operation::Delete && (&op.table, &op.pk) != (&key.table, &key.pk))
        };
        let own = tracked.log.writes_to(key).last().map(|(_, op)| op);
        let names_another = own.is_some_and(|op| {
            op.payload.as_ref().is_some_and(|it| {
                it.get(super::sent_op::WORKSPACE).is_some() && !super::sent_op::names(it, &tracked.id)
            })
        });
        match () {
            () if self.has_rival(place, key) => {
                ("notification.no-hijack", "each user has a record of their own under that key")
            }
            () if names_another => ("push.payload-stays-in-workspace", "an op belongs to the workspace of its push"),
            () if deletes().any(|op| op.table == key.table && op.payload.is_some()) => {
                ("tombstone.delete-of-unknown", "a delete goes by its key, not by its payload")
            }
            () if !tracked.past.collections.is_empty() => {
                ("gc.keeps-records", "a collection leaves the rows as they are")
            }
            () if self.is_confused(place, key) => ("push.text-exact", "keys that look alike are different"),
            () if deletes().any(|op| op.pk == key.pk) => {
                ("tombstone.per-table", "the delete is of the same key of another table")
            }
            () => self.rule_of_lost_write(place, key, "the record was put"),
        }
    }

    /// The rule that is broken where nothing shows that a record was written.
    fn rule_of_lost_write(&self, place: usize, key: &Key, why: &'static str) -> Rule {
        let mut writes = self.workspaces[place].log.writes_to(key);
        match writes.any(|(_, op)| self.knows_elsewhere(place, &op.stamp.op_id)) {
            true => (ID_SCOPED, "the op id of a write is known in another workspace, too"),
            false => (COMPLETE, why),
        }
    }

    /// Whether a careless server may take the key for another key of the table that was written to.
    fn is_confused(&self, place: usize, key: &Key) -> bool {
        let others = self.workspaces[place].log.ops().filter(|op| op.table == key.table && op.pk != key.pk);
        let others: Vec<&str> = others.map(|op| op.pk.as_str()).collect();
        let all = others.iter().copied().chain([key.pk.as_str()]);
        !others.is_empty()
            && all.into_iter().any(|pk| !pk.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
    }
}

/// Whether two op ids differ in nothing but letter case.
fn is_in_other_letters(one: &str, other: &str) -> bool {
    one != other && one.eq_ignore_ascii_case(other)
}

/// The rule that is broken where another write than the highest has won.
fn rule_of_winner(record: &Record, winner: u64, item: &Item, shown: u64) -> Rule {
    let (highest, other) = (&record.revision, item.revision());
    match (record.is_tombstone(), item.is_tombstone()) {
        (true, false) if shown > winner => ("lww.no-resurrection", "the put is older than the tombstone"),
        (true, false) => ("lww.delete-competes", "the delete is the highest write to the record"),
        (false, true) if shown < winner => ("lww.newer-put-revives", "the put is newer than the tombstone"),
        (false, true) => ("lww.delete-competes", "the delete is lower than the put"),
        (true, true) => ("tombstone.keeps-highest", "it is the highest of the deletes"),
        (false, false) if *other == revision(record) => {
            ("push.payload-round-trips", "a payload comes back as it was pushed")
        }
        (false, false) if other.clock != highest.clock => ("lww.higher-clock", "its clock is the highest"),
        (false, false) if other.hlc != highest.hlc => {
            ("lww.hlc-breaks-tie", "of the highest clocks, its hlc is the greatest")
        }
        (false, false) => ("lww.op-id-breaks-tie", "of equal clocks and hlcs, its opId is the greatest"),
    }
}

/// The revision of a record in the form of the wire.
fn revision(record: &Record) -> syncproof_protocol::wire::Revision {
    let model::Revision { clock, hlc, op_id } = record.revision.clone();
    syncproof_protocol::wire::Revision { clock, hlc, op_id }
}
