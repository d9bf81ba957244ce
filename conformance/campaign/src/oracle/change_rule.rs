//! Which rule a pull breaks that shows other changes than it should.

use serde_json::{Value, json};

use super::log::Entry;
use super::read::PullQuery;
use super::rule_id::ID_SCOPED;
use super::state::Oracle;
use super::user::User;
use super::violation::Violation;
use syncproof_model as model;
use syncproof_model::Operation;
use syncproof_protocol::difference;
use syncproof_protocol::json::same_json;
use syncproof_protocol::wire::{Change, PullAnswer};

/// The next change that a pull has to show, with its version.
pub(super) type Next<'a> = Option<(u64, &'a Entry)>;

impl Oracle {
    /// The violation when a pull shows another change than the next one.
    pub(super) fn wrong_change(
        &self,
        (user, place): (User, usize),
        query: PullQuery<'_>,
        (page, next): (&PullAnswer, Next<'_>),
        change: &Change,
    ) -> Violation {
        let (requirement, why) = self.change_rule((user, place), query, (page, next), change);
        let (mut expected, mut actual) = ("no further change".to_owned(), difference::shown(Some(&json!(change))));
        let mut message = "a pull shows a change that it should not";
        if let Some((version, op)) = next.and_then(|(version, entry)| Some((version, entry.candidates.first()?))) {
            message = "a pull shows another change than the one that was pushed";
            (expected, actual) = both_sides(version, op, change);
        }
        Violation::new(requirement, message, format_args!("{expected} ({why})"), actual)
    }

    fn change_rule(
        &self,
        (user, place): (User, usize),
        query: PullQuery<'_>,
        (page, next): (&PullAnswer, Next<'_>),
        change: &Change,
    ) -> (&'static str, &'static str) {
        let (tracked, reader) = (&self.workspaces[place], self.reader(user));
        let log = &tracked.log;
        // A page that shows what is another workspace's may be wrong before that, too.
        let stray = page.changes.iter().find(|change| self.is_stray(place, page, change));
        let change = stray.unwrap_or(change);
        let op_id = change.stamp.op_id.as_str();
        let is_foreign = |entry: &Entry| entry.owner.as_ref().is_some_and(|owner| *owner != reader);
        let shown =
            log.entry(change.server_version).filter(|entry| entry.candidates.iter().any(|op| op.stamp.op_id == op_id));
        let is_asked = query.tables.is_none_or(|tables| tables.is_empty() || tables.contains(&change.table_name));
        let is_known = log.version_of(op_id).is_some();
        let elsewhere = self.others(place).find_map(|other| other.log.op(op_id));
        if let Some(foreign) = shown.filter(|entry| is_foreign(entry)) {
            let own = |op: &model::Op| model::Key { owner: Some(reader.clone()), ..self.key(user, op) };
            return match foreign.candidates.iter().any(|op| log.state().get(&own(op)).is_some()) {
                true => ("notification.no-hijack", "the user has a notification of their own under that key"),
                false => ("notification.owner-only", "the change is a notification of another user"),
            };
        }
        if !is_known && tracked.past.refused_batches.contains(op_id) {
            return ("push.bad-batch-changes-nothing", "the op is of a batch that was refused");
        }
        if stray.is_some()
            && let Some(op) = elsewhere
        {
            return match op.payload.as_ref().is_some_and(|payload| super::sent_op::names(payload, &tracked.id)) {
                true => {
                    ("push.payload-stays-in-workspace", "the op was pushed in another workspace and names this one")
                }
                false => ("isolation.pull", "the op was pushed in another workspace"),
            };
        }
        if query.cursor > log.head() {
            return ("pull.beyond-head", "the cursor is beyond the head");
        }
        if !is_asked {
            return ("pull.tables-filter", "the pull does not ask for that table");
        }
        let versions = page.changes.iter().map(|change| change.server_version);
        if !versions.clone().is_sorted() {
            return ("pull.after-cursor", "changes come in the order of their versions");
        }
        if change.server_version <= query.cursor {
            return ("pull.after-cursor", "the change is not after the cursor");
        }
        let Some((version, entry)) = next else { return ("pull.complete", "all changes were shown before it") };
        if change.server_version != version {
            return match change.server_version > version {
                true => self.missing_change((user, place), version, entry),
                false => ("pull.complete", "each change comes once"),
            };
        }
        let Some(op) = entry.candidates.first() else { return ("pull.complete", "it was not pushed") };
        let same =
            |left: &model::Op| left.payload.as_ref().zip(change.payload.as_ref()).is_none_or(|(l, r)| same_json(l, r));
        match (op.stamp.op_id == op_id, same(op)) {
            (false, _) if op.stamp.op_id.eq_ignore_ascii_case(op_id) => {
                ("pull.echoes-stamp", "an op id comes back in the letters in which it was pushed")
            }
            (false, _) => ("push.contiguous-versions", "another op was told that version"),
            (true, _) if op.pk != change.pk => ("push.text-exact", "a key comes back as it was pushed"),
            (true, false) => ("push.payload-round-trips", "a payload comes back as it was pushed"),
            (true, true) => ("pull.echoes-stamp", "a stamp comes back as it was pushed"),
        }
    }

    /// Whether a pull shows a change of another workspace there. Where an op was pushed in both, the version tells, or that
    /// the page shows it twice.
    fn is_stray(&self, place: usize, page: &PullAnswer, change: &Change) -> bool {
        let (id, version) = (change.stamp.op_id.as_str(), change.server_version);
        let is_same = |other: &&Change| other.stamp.op_id == id && other.server_version == version;
        let mut others = self.others(place).filter_map(|other| other.log.version_of(id));
        match self.workspaces[place].log.version_of(id) {
            None => others.next().is_some(),
            Some(own) => {
                others.any(|other| other == version)
                    && (own != version || page.changes.iter().filter(is_same).count() > 1)
            }
        }
    }

    /// The rule that is broken when a pull does not show that change, and why it has to show it.
    pub(super) fn missing_change(
        &self,
        (user, place): (User, usize),
        version: u64,
        entry: &Entry,
    ) -> (&'static str, &'static str) {
        let Some(op) = entry.candidates.first() else { return ("pull.complete", "it was accepted") };
        if version <= self.workspaces[place].log.open {
            return (self.gap_rule(place), "if the change was collected, the pull has to require a snapshot");
        }
        if self.has_rival(place, &self.key(user, op)) {
            return ("notification.no-hijack", "another user has a notification under the same key");
        }
        match (&entry.owner, op.operation) {
            (Some(_), Operation::Delete) => ("notification.delete-reaches-owner", "it is the user's own notification"),
            _ if self.knows_elsewhere(place, &op.stamp.op_id) => {
                (ID_SCOPED, "its op id is known in another workspace, too")
            }
            _ => ("pull.complete", "it was accepted, and is after the cursor"),
        }
    }
}

/// The op as a change, and the change that came instead, or only where they differ.
fn both_sides(version: u64, op: &model::Op, change: &Change) -> (String, String) {
    let mut wanted = json!({
        "serverVersion": version, "tableName": op.table, "pk": op.pk, "op": op.operation.word(),
        "stamp": {"deviceId": op.stamp.device_id, "opId": op.stamp.op_id, "hlc": op.stamp.hlc, "clock": op.stamp.clock},
    });
    if let Some(payload) = op.payload.as_ref().filter(|_| op.operation == Operation::Put) {
        wanted["payload"] = Value::clone(payload);
    }
    let actual = json!(change);
    let shown = |value: &Value| difference::shown(Some(value));
    match difference::first_difference(&wanted, &actual) {
        Some(place) if !place.pointer.is_empty() => (
            format!("{} at {}", difference::shown(place.left), place.pointer),
            format!("{} in {}", difference::shown(place.right), shown(&actual)),
        ),
        _ => (shown(&wanted), shown(&actual)),
    }
}
