//! Catalogues: every text and every value of a family, in every place that takes one, in few requests. A sequence that draws
//! from a family shows what a server does with some of its values in many situations; this one shows all of them in the
//! plainest.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::users::LOOKALIKES;
use super::{op, text};
use crate::sequence::{Draft, IdForm, PLAIN_USERS, Step, VersionRef, WorkspaceRef};
use syncproof_protocol::family::{Family, may_be_refused};
use syncproof_protocol::table::{TABLES, likenesses};
use syncproof_protocol::wire::Operation;

/// Where it happens.
const AT: WorkspaceRef = WorkspaceRef::Home(0);
/// The most ops of a batch.
const BATCH: usize = 20;
/// The most workspaces and devices that get names of the family.
const MAX_NAMED: usize = 12;
/// The labels of these workspaces.
const FIRST_LABEL: u32 = 20;
/// The op ids of what is written first, and of what has texts in its stamp.
const FIRST_IDS: [u32; 2] = [1, 1001];
/// How often one record is written.
const MANY_WRITES: u64 = 25;
/// Lengths of keys, in characters.
const LONG_KEYS: [usize; 2] = [1700, 6200];
/// The longest name of a device, in characters: the id has some more.
const LONGEST_DEVICE: usize = 236;

/// Ops of a catalogue, numbered in their order.
struct Ops {
    table: &'static str,
    next_id: u32,
    all: Vec<Draft>,
}

impl Ops {
    fn add(&mut self, operation: Operation, pk: &str, clock: u64) -> &mut Draft {
        self.all.push(Draft::new(self.next_id, operation, self.table, pk, clock));
        self.next_id += 1;
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// In batches; an op that a server may refuse for its texts is alone in one, since the batch may be refused for it.
    fn pushes(self) -> Vec<Step> {
        let push = |ops: &[Draft]| Step::Push { by: 0, at: AT, ops: ops.to_vec() };
        let (alone, together): (Vec<Draft>, Vec<Draft>) = self.all.into_iter().partition(is_hostile);
        together.chunks(BATCH).chain(alone.chunks(1)).map(push).collect()
    }
}

fn is_hostile(draft: &Draft) -> bool {
    // Other forms than that in small letters may be refused, too, and long keys.
    if draft.id_form.is_some() || LONG_KEYS.contains(&draft.pk.len()) {
        return true;
    }
    [Some(&draft.pk), draft.hlc.as_ref(), draft.device.as_ref()].into_iter().flatten().any(|text| may_be_refused(text))
}

/// The catalogue of that family.
pub(super) fn catalogue(family: Family) -> BoxedStrategy<Vec<Step>> {
    (select(vec!["threads", "messages", "posts", "file_meta", "kv"]), 1..8_u64, any::<u64>())
        .prop_map(move |(table, size, order)| steps(family, table, size, order))
        .boxed()
}

fn steps(family: Family, table: &'static str, size: u64, order: u64) -> Vec<Step> {
    let mut steps = records(family, table).pushes();
    // What is no text of a client, but of the protocol: users who look alike, and tables.
    if family == Family::Plain {
        let sessions = std::iter::once(0).chain(PLAIN_USERS..PLAIN_USERS + LOOKALIKES);
        steps.extend(sessions.map(|by| Step::Session { by }));
        let filtered = likenesses(table).into_iter().map(|name| Some(vec![name]));
        steps.extend(filtered.map(|tables| Step::Pull { by: 0, at: AT, cursor: VersionRef::At(0), limit: 10, tables }));
    }
    let stamped = stamped(family, table).pushes();
    steps.extend(stamped.iter().cloned());
    steps.extend(named(family));
    let follow = |limit, tables| Step::Follow { by: 0, at: AT, cursor: VersionRef::At(0), limit, tables };
    steps.extend([follow(1000, None), follow(size, None), follow(1000, Some(vec![table.to_owned()]))]);
    steps.push(Step::Snapshot { by: 0, at: AT, page_size: size, tables: None, between: Vec::new() });
    // All of it again, and in another order.
    steps.extend(stamped);
    steps.push(Step::Rewrite { by: 0, at: AT, order, batch: BATCH });
    steps
}

/// Every text as a key, where every second one is deleted again, and as a text in a record; and all texts and values
/// in one payload, as values and as names.
fn records(family: Family, table: &'static str) -> Ops {
    let mut ops = Ops { table, next_id: FIRST_IDS[0], all: Vec::new() };
    for set in text::sets(family) {
        for pk in set {
            ops.add(Operation::Put, pk, 1).set_field("mark", json!(pk));
        }
        for pk in set.iter().step_by(2) {
            ops.add(Operation::Delete, pk, 2);
        }
        // As names, of values that a library may look at, beside each other and in an object of their own.
        for (place, value) in [json!(true), json!(1), json!("x"), json!([])].iter().enumerate() {
            for is_nested in [false, true] {
                let draft = ops.add(Operation::Put, &format!("named {place}"), 1 + u64::from(is_nested));
                set.iter().for_each(|name| op::put_key(draft, name, value, is_nested));
            }
        }
    }
    if family == Family::Plain {
        for clock in 1..=MANY_WRITES {
            ops.add(Operation::Put, "often", clock);
        }
        ops.add(Operation::Delete, "often", MANY_WRITES + 1);
        // A page token may hold the key that a page ends with.
        for length in LONG_KEYS {
            ops.add(Operation::Put, &"k".repeat(length), 1);
        }
        for clock in [op::YEAR_2100 + 1, op::YEAR_2100] {
            ops.add(Operation::Put, "in future", clock);
        }
    }
    let texts: Vec<&str> = text::sets(family).iter().flatten().copied().collect();
    // What a table does with its texts is its own affair.
    for table in &TABLES {
        ops.table = table.name;
        for (number, text) in texts.iter().enumerate() {
            let draft = ops.add(Operation::Put, &format!("text {number}"), 1);
            let of_texts = table.free_fields().filter(|(_, kind)| kind.admits(&json!(text)));
            of_texts.for_each(|(name, _)| draft.set_field(name, json!(text)));
        }
    }
    ops.table = table;
    let values = family.values();
    let mut fields = Map::from_iter(texts.iter().map(|text| ((*text).to_owned(), json!(text))));
    fields.extend(values.iter().enumerate().map(|(number, value)| (format!("value {number}"), value.clone())));
    let all = json!({"values": values, "texts": texts, "fields": Value::Object(fields)});
    ops.add(Operation::Put, "all", 1).set_field(if table == "kv" { "value" } else { "extra" }, all);
    ops
}

/// Ops whose stamps have the texts: hlcs on one record for each set that all servers order alike, and devices.
fn stamped(family: Family, table: &'static str) -> Ops {
    let mut ops = Ops { table, next_id: FIRST_IDS[1], all: Vec::new() };
    for (number, set) in text::sets(family).iter().enumerate() {
        if text::is_ordered_alike(set) {
            // In either order, so that the op ids decide for one of them.
            for hlc in set {
                ops.add(Operation::Put, &format!("stamped {number}"), 1).hlc = Some((*hlc).to_owned());
            }
            for hlc in set.iter().rev() {
                ops.add(Operation::Put, &format!("stamped back {number}"), 1).hlc = Some((*hlc).to_owned());
            }
        }
        for device in text::device_ids(set) {
            ops.add(Operation::Put, &format!("device {number}"), 1).device = Some(device.to_owned());
        }
    }
    // As long as a device id may be, with what makes it one of this sequence.
    for tail in ["1", "2"] {
        ops.add(Operation::Put, "long device", 1).device = Some(format!("{}{tail}", "d".repeat(LONGEST_DEVICE)));
    }
    // In every form a winner, which the result of an op that loses shows.
    for form in IdForm::ALL.into_iter().filter(|_| family == Family::Uuids) {
        let pk = format!("{form:?}");
        ops.add(Operation::Put, &pk, 5).id_form = Some(form);
        ops.add(Operation::Put, &pk, 1);
    }
    ops
}

/// Workspaces with names and descriptions of the family, and devices that read.
fn named(family: Family) -> Vec<Step> {
    let create = |(label, name): (u32, &str)| Step::Create {
        by: 0,
        label,
        name: name.to_owned(),
        description: Some(name.to_owned()),
        id: None,
    };
    let names = text::names(family).into_iter().take(MAX_NAMED);
    let mut steps: Vec<Step> = (FIRST_LABEL..).zip(names).map(create).collect();
    // As long as they may be, in characters of two bytes.
    if let Some(Step::Create { name, description, .. }) = steps.last_mut().filter(|_| family == Family::Plain) {
        (*name, *description) = ("é".repeat(text::LONGEST_NAME), Some("é".repeat(text::LONGEST_DESCRIPTION)));
    }
    // The name of a deleted workspace is free.
    if let Some(Step::Create { label, name, .. }) = steps.first().cloned() {
        steps.extend([Step::Delete { by: 0, at: WorkspaceRef::Made(label) }, create((label, &name))]);
    }
    let devices = text::sets(family).iter().flat_map(|set| text::device_ids(set)).take(MAX_NAMED);
    let cursor = |device: &str| Step::Cursor { by: 0, at: AT, device: device.to_owned(), version: VersionRef::Head(0) };
    steps.extend(devices.map(cursor));
    steps.push(Step::List { by: 0 });
    steps
}
