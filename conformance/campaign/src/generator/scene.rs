//! Scenes: steps that lead to one situation for certain, in a workspace of their own, whatever happened before.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::json;

use super::plan::retention_after;
use super::text::{self, Set};
use super::volume::{LARGE_BATCH, REPEATED, long_pages, many};
use crate::oracle::CoverageEvent;
use crate::sequence::{
    Draft, EXTRA_USER_COUNT, EXTRA_USERS, Member, Step, TokenMisuse, User, VersionRef, WorkspaceRef,
};
use syncproof_protocol::family::{Family, may_be_refused};
use syncproof_protocol::wire::{Operation, Role};

/// Where it happens: in a workspace that no other plan makes.
const AT: WorkspaceRef = WorkspaceRef::Made(LABEL);
const LABEL: u32 = 5;
/// A second one beside it.
const BESIDE: WorkspaceRef = WorkspaceRef::Made(LABEL + 1);
/// The labels of further ones.
const MORE_LABELS: u32 = 1000;
/// The first op id: above those of the pool and of other plans, and below those of copies.
const FIRST_ID: u32 = 300;
/// The op ids of many ops.
const MANY_IDS: [u32; 2] = [320, 321];
/// Batches at and around the sizes at which stores and servers divide them.
const BATCHES: [u16; 7] = [500, 501, 512, 513, 600, 999, 1000];
/// Devices, members and workspaces: over a hundred, and over the number that a byte counts.
const DEVICES: [usize; 3] = [101, 257, 257];
const MEMBERS: [User; 2] = [101, EXTRA_USER_COUNT];
const WORKSPACES: [u32; 2] = [101, 129];
/// Bodies of two and of three and a half megabytes, and one that is too large: copies of an op, and the length of a text in
/// each.
const BODIES: [u16; 3] = [60, 90, 110];
const LENGTH: usize = 40_000;

/// What differs from one scene of a kind to the next.
#[derive(Debug, Clone)]
struct Props {
    tables: [&'static str; 2],
    /// Two keys.
    keys: [String; 2],
    devices: Vec<&'static str>,
    seconds: u8,
    which: Index,
    /// Choices with two sides.
    flips: [bool; 8],
}

/// The steps that lead to that situation. Keys and devices are of that family, the keys of that set.
pub(super) fn scene(event: CoverageEvent, family: Family, set: Set) -> BoxedStrategy<Vec<Step>> {
    let tables = select(vec![["threads", "kv"], ["kv", "threads"], ["messages", "threads"]]);
    // What a server may refuse leads nowhere for certain.
    let key =
        || text::pk(set).prop_map(|key| if key.is_empty() || may_be_refused(&key) { "a".to_owned() } else { key });
    let keys = (key(), key()).prop_map(|(first, second)| {
        let second = if first == second { format!("{second}-2") } else { second };
        [first, second]
    });
    let parts = (tables, keys, text::devices(family), select(vec![2, 6, 6]), any::<Index>(), any::<[bool; 8]>());
    parts
        .prop_map(move |(tables, keys, devices, seconds, which, flips)| {
            let props = Props { tables, keys, devices, seconds, which, flips };
            [vec![create(LABEL)], props.steps(event)].concat()
        })
        .boxed()
}

fn create(label: u32) -> Step {
    Step::Create { by: 0, label, name: format!("scene {label}"), description: None, id: None }
}

fn push(ops: Vec<Draft>) -> Step {
    Step::Push { by: 0, at: AT, ops }
}

fn pull(by: User, cursor: VersionRef, limit: u64, table: Option<&str>) -> Step {
    Step::Pull { by, at: AT, cursor, limit, tables: table.map(|name| vec![name.to_owned()]) }
}

fn follow(limit: u64, table: Option<&str>) -> Step {
    let tables = table.map(|name| vec![name.to_owned()]);
    Step::Follow { by: 0, at: AT, cursor: VersionRef::At(0), limit, tables }
}

fn snapshot(page_size: u64) -> Step {
    Step::Snapshot { by: 0, at: AT, page_size, tables: None, between: Vec::new() }
}

fn cursor(device: &str, version: VersionRef) -> Step {
    Step::Cursor { by: 0, at: AT, device: device.to_owned(), version }
}

fn add(member: User, role: &str) -> Step {
    Step::AddMember { by: 0, at: AT, member: Member::User(member), role: role.to_owned() }
}

fn collect(retention: i64) -> Step {
    Step::Collect { by: 0, at: AT, retention, only: None }
}

impl Props {
    /// The op of that number on the first or the second key.
    fn op(&self, number: u32, operation: Operation, key: usize, clock: u64) -> Draft {
        Draft::new(FIRST_ID + number, operation, self.tables[0], &self.keys[key], clock)
    }

    fn put(&self, number: u32, key: usize, clock: u64) -> Draft {
        self.op(number, Operation::Put, key, clock)
    }

    fn delete(&self, number: u32, key: usize, clock: u64) -> Draft {
        self.op(number, Operation::Delete, key, clock)
    }

    fn three(&self) -> Step {
        let mut third = Draft::new(FIRST_ID + 2, Operation::Put, self.tables[1], "third", 1);
        // Deleted for its users, and a record all the same.
        if third.table != "kv" {
            third.set_field("deleted", json!(true));
        }
        push(vec![self.put(0, 0, 1), self.put(1, 1, 1), third])
    }

    fn steps(&self, event: CoverageEvent) -> Vec<Step> {
        use CoverageEvent as E;
        let (first, other) = (self.put(0, 0, 2), self.put(0, 0, 3));
        let with_hlc = |draft: Draft, hlc: &str| Draft { hlc: Some(hlc.to_owned()), ..draft };
        let batches = |batches: Vec<Vec<Draft>>| batches.into_iter().map(push).collect::<Vec<_>>();
        match event {
            E::NewOp => batches(vec![vec![first]]),
            E::LateOp => batches(vec![vec![first], vec![self.put(1, 0, 1)]]),
            E::HlcTie => batches(vec![vec![with_hlc(first, "1")], vec![with_hlc(self.put(1, 0, 2), "2")]]),
            E::OpIdTie => batches(vec![vec![with_hlc(first, "1")], vec![with_hlc(self.put(1, 0, 2), "1")]]),
            E::Revival => batches(vec![vec![self.delete(1, 0, 1)], vec![first]]),
            E::NoResurrection => batches(vec![vec![self.delete(1, 0, 3)], vec![first]]),
            E::DeleteOfUnknown => batches(vec![vec![self.delete(1, 0, 1)]]),
            E::Replay => batches(vec![vec![first.clone()], vec![first]]),
            E::ConflictingReuse => batches(vec![vec![first], vec![other]]),
            E::DuplicateInBatch => batches(vec![vec![first.clone(), first]]),
            E::ConflictInBatch => batches(vec![vec![first, other]]),
            E::RefusedOp => batches(vec![vec![Draft { table: "bogus".to_owned(), ..self.put(1, 0, 1) }, first]]),
            E::RefusedBatch => {
                let mut wrong = self.put(1, 0, 1);
                wrong.wire.insert("stamp.opId".to_owned(), json!("no uuid"));
                batches(vec![vec![wrong, first]])
            }
            E::IdOfAnotherWorkspace | E::KeyOfAnotherWorkspace => {
                let there = Step::Push { by: 0, at: BESIDE, ops: vec![first.clone()] };
                vec![create(LABEL + 1), there, push(vec![first])]
            }
            E::PageCrossed => vec![self.three(), follow(1, None)],
            E::FilteredPull => vec![self.three(), pull(0, VersionRef::At(0), 10, Some(self.tables[0]))],
            E::PullBeyondHead => vec![self.three(), pull(0, VersionRef::Head(5), 10, None)],
            E::PagedSnapshot => {
                // Records of which the writes compete with one clock are overwritten between the pages.
                let ids = if self.flips[0] { [5, 6] } else { [6, 5] };
                let [second, third] = ids.map(|number| self.put(number, 1, 5));
                let tied = vec![with_hlc(self.put(3, 0, 5), "2"), with_hlc(self.put(4, 0, 5), "1"), second, third];
                let between = vec![self.put(7, 0, 9), self.put(8, 1, 9)];
                let paged = Step::Snapshot { by: 0, at: AT, page_size: 1, tables: None, between };
                vec![self.three(), snapshot(1), push(tied), paged]
            }
            E::CursorBack => {
                let device = self.devices[0];
                vec![self.three(), cursor(device, VersionRef::Head(0)), cursor(device, VersionRef::At(1))]
            }
            E::CursorBeyondHead => vec![self.three(), cursor(self.devices[0], VersionRef::Head(5))],
            E::Rehomed => {
                let loses = match self.flips[0] {
                    true => Step::Delete { by: 0, at: AT },
                    false => Step::RemoveMember { by: 0, at: AT, member: 1 },
                };
                let enter = |at| Step::Activate { by: 1, at };
                let mut steps = vec![add(1, "editor"), enter(AT)];
                // Before that they lose the one in which they stood before.
                if self.flips[1] {
                    let add = Step::AddMember { by: 0, at: BESIDE, member: Member::User(1), role: "editor".to_owned() };
                    let lost = match self.flips[2] {
                        true => Step::Delete { by: 0, at: BESIDE },
                        false => Step::RemoveMember { by: 0, at: BESIDE, member: 1 },
                    };
                    steps.extend([create(LABEL + 1), add, enter(BESIDE), enter(AT), lost]);
                }
                steps.extend([loses, Step::Session { by: 1 }, Step::List { by: 1 }]);
                steps
            }
            E::DeletedWorkspace => {
                vec![self.three(), Step::Delete { by: 0, at: AT }, pull(0, VersionRef::At(0), 10, None)]
            }
            E::Stranger => vec![self.three(), pull(2, VersionRef::At(0), 10, None)],
            E::ViewerWrites => {
                let write = Step::Push { by: 1, at: AT, ops: vec![first] };
                vec![add(1, "viewer"), write, follow(10, None)]
            }
            E::Collection | E::Gap | E::ReplayAfterCollection | E::WriteAfterCollection => self.collection(event),
            E::AtOnce => self.at_once(),
            E::Restart => self.restart(),
            E::LargeBatch => self.large_batch(),
            E::LongLog => self.long_log(),
            E::ManyDevices => self.many_devices(),
            E::ManyMembers => {
                let last = EXTRA_USERS + *self.which.get(&MEMBERS);
                let members = (EXTRA_USERS..last).map(|member| add(member, "editor"));
                members.chain([Step::Members { by: 0, at: AT }]).collect()
            }
            E::ManyWorkspaces => {
                let labels = MORE_LABELS..MORE_LABELS + *self.which.get(&WORKSPACES);
                labels.map(create).chain([Step::List { by: 0 }, Step::Session { by: 0 }]).collect()
            }
        }
    }

    /// Two records are deleted, and all devices read that; when it is old, it is collected. Then all of it comes again.
    fn collection(&self, event: CoverageEvent) -> Vec<Step> {
        let [is_slow, is_again, is_first, is_read, is_late, is_long, is_of_member, is_paged] = self.flips;
        // What a device has not read must stay, so then there is no gap.
        let is_slow = is_slow && event == CoverageEvent::Collection;
        let read = || self.devices.iter().map(|device| cursor(device, VersionRef::Head(0)));
        let slow = is_slow.then(|| self.which.index(self.devices.len()));
        let others = self.devices.iter().enumerate().filter(|(place, _)| Some(*place) != slow);
        let others = others.map(|(_, device)| cursor(device, VersionRef::Head(0)));
        let (second, late) = (self.delete(4, 1, 2), self.put(6, 0, if self.which.index(2) == 0 { 1 } else { 3 }));
        // From versions of one digit to versions of two.
        let longer = push(vec![many(MANY_IDS[0], self.tables[0], 8, 0)]);
        let mut steps = vec![self.three()];
        steps.extend(read());
        // The device of a member whose role changes still counts.
        if is_of_member && event == CoverageEvent::Collection {
            let (device, version) = ("of a member".to_owned(), VersionRef::At(1));
            steps.extend([add(1, "editor"), Step::Cursor { by: 1, at: AT, device, version }]);
            steps.push(Step::ChangeRole { by: 0, at: AT, member: 1, role: Role::Viewer });
        }
        steps.extend(is_long.then_some(longer));
        steps.push(push(vec![self.delete(3, 0, 2)]));
        steps.extend((!is_late).then(|| push(vec![second.clone()])));
        steps.extend(others.clone());
        steps.push(Step::Wait { seconds: self.seconds });
        // The tombstone of the second record is young, or young again; devices have read it, or have not.
        steps.extend(is_late.then(|| push(vec![second])));
        steps.extend(is_again.then(|| push(vec![self.delete(5, 1, 3)])));
        steps.extend(is_read.then_some(others).into_iter().flatten());
        // Tombstones go while a snapshot is paged, before the log does.
        let misuse = TokenMisuse::Collected;
        steps.extend((is_paged && is_read).then_some(Step::Token { by: 0, at: AT, misuse }));
        steps.push(collect(retention_after(self.seconds)));
        let look = [pull(0, VersionRef::At(0), 10, None), pull(0, VersionRef::Head(-1), 10, None)];
        let again = [push(vec![self.put(0, 0, 1), self.delete(4, 1, 2)]), push(vec![self.put(1, 1, 1)])];
        steps.push(snapshot(1));
        match is_first || event == CoverageEvent::Gap {
            true => steps.extend(look.into_iter().chain(again)),
            false => steps.extend(again.into_iter().chain(look)),
        }
        steps.extend([snapshot(1000), push(vec![late]), snapshot(1000)]);
        // What collected entries wrote is overwritten between the pages of a snapshot.
        let third = Draft::new(FIRST_ID + 9, Operation::Put, self.tables[1], "third", 9);
        let between = vec![self.put(7, 0, 9), self.put(8, 1, 9), third];
        steps.push(Step::Snapshot { by: 0, at: AT, page_size: 1, tables: None, between });
        steps
    }

    /// Batches of several sizes at the same instant, for the same records and for others, and newcomers who ask at once.
    fn at_once(&self) -> Vec<Step> {
        const SIZES: [u16; 6] = [1, 3, 60, 2, 110, 1];
        const SAME: usize = 4;
        const CROWD: u32 = 40;
        let batch = |(number, size): (u32, u16), table: &str, clock: u64| {
            let mut draft =
                Draft::new(FIRST_ID + number, Operation::Put, table, &self.keys[number as usize % 2], clock);
            draft.copies = (size > 1).then_some(size);
            draft
        };
        let sizes = || (10..).zip(SIZES.into_iter().skip(self.which.index(3)));
        let first: Vec<Draft> = sizes().map(|of| batch(of, self.tables[of.0 as usize % 2], 1)).collect();
        let again: Vec<Draft> = (20..24).map(|number| batch((number, 2), self.tables[0], u64::from(number))).collect();
        // More than a server writes at once.
        let crowd: Vec<Draft> = (40..40 + CROWD).map(|number| batch((number, 1), self.tables[0], 1)).collect();
        // One op from several clients: it is new to one of them.
        let same = |number: u32| vec![batch((number, 1), self.tables[0], u64::from(number)); SAME];
        let newcomer = EXTRA_USERS + 1;
        let mut steps = vec![
            Step::SessionAtOnce { by: newcomer },
            Step::PushAtOnce { by: 0, at: AT, ops: first },
            follow(7, None),
            Step::PushAtOnce { by: 0, at: AT, ops: again },
            Step::PushAtOnce { by: 0, at: AT, ops: crowd },
            Step::PushAtOnce { by: 0, at: AT, ops: same(30) },
            Step::PushAtOnce { by: 0, at: AT, ops: [same(31), same(32)].concat() },
            Step::SessionAtOnce { by: newcomer + 1 },
            follow(1000, Some(self.tables[0])),
            snapshot(10),
        ];
        for at in [AT, WorkspaceRef::Home(0)].into_iter().cycle().take(6) {
            steps.push(Step::ActivateAtOnce { by: 0, at });
        }
        for (label, crosswise) in (MORE_LABELS..).zip([false, true, false, true]) {
            let at = WorkspaceRef::Made(label);
            steps.extend([
                Step::Create { by: 0, label, name: format!("shared {label}"), description: None, id: None },
                Step::AddMember { by: 0, at, member: Member::User(1), role: "owner".to_owned() },
                Step::DemoteAtOnce { by: 0, at, other: 1, crosswise },
                Step::Members { by: 0, at },
                Step::List { by: 1 },
            ]);
            let (name, description) = (format!("named {label}"), format!("described {label}"));
            steps.extend([
                Step::RenameAtOnce { by: 1, at: WorkspaceRef::Home(1), name, description },
                Step::List { by: 1 },
            ]);
        }
        steps
    }

    /// Something of everything that a server has to keep, up to the last moment before it ends; and what depends on it.
    fn restart(&self) -> Vec<Step> {
        let [kills, kills_again, is_read, is_young, is_empty, ..] = self.flips;
        let (last, again) = (self.put(5, 1, 4), self.put(5, 1, 4));
        let mut steps = vec![
            self.three(),
            push(vec![self.delete(3, 0, 3)]),
            add(1, "viewer"),
            Step::Activate { by: 1, at: AT },
            cursor(self.devices[0], VersionRef::Head(0)),
        ];
        steps.extend(is_read.then(|| snapshot(2)));
        // What was known only from the log is gone with it.
        if !is_young {
            steps.extend([Step::Wait { seconds: 2 }, collect(retention_after(2)), self.three()]);
        }
        // Where all of the log is gone, it does not tell the head.
        steps.extend((is_young || !is_empty).then(|| push(vec![last])));
        steps.extend([Step::Restart { kill: kills }, self.three()]);
        // A deleted record whose tombstone was collected does not come back with the op that once put it there.
        steps.extend((!is_young).then(|| snapshot(1000)));
        // Who is where, and what is known: a write that loses against the tombstone, and one that is not new.
        steps.extend([Step::Session { by: 0 }, Step::Session { by: 1 }, Step::List { by: 0 }]);
        steps.push(push(vec![self.put(4, 0, 2), again, self.put(6, 1, 5)]));
        steps.push(Step::Push { by: 1, at: AT, ops: vec![self.put(7, 1, 6)] });
        steps.extend([follow(1, None), snapshot(1), Step::Restart { kill: kills_again }]);
        steps.extend([follow(10, Some(self.tables[0])), snapshot(2), Step::Members { by: 0, at: AT }]);
        // What the device that was told of before has not read stays.
        if is_young {
            steps.extend([
                Step::Wait { seconds: 2 },
                collect(retention_after(2)),
                pull(0, VersionRef::At(4), 10, None),
            ]);
        }
        steps
    }

    /// Many ops at once, others after them, the first ones again, and all of them read; and a body that is too large.
    fn large_batch(&self) -> Vec<Step> {
        let first = self.which.index(BATCHES.len());
        let mut steps: Vec<Step> = (MANY_IDS[0]..)
            .zip([first, (first + 1) % BATCHES.len(), (first + 3) % BATCHES.len()])
            .map(|(id, place)| push(vec![many(id, self.tables[0], BATCHES[place], 0)]))
            .collect();
        steps.push(push(vec![many(MANY_IDS[0], self.tables[0], REPEATED, 0)]));
        if self.flips[0] {
            let copies = *self.which.get(&BODIES);
            steps.push(push(vec![many(MANY_IDS[0] + 4, self.tables[0], copies, LENGTH)]));
        }
        // Some megabytes more, which no page holds.
        if self.flips[2] {
            steps.extend(long_pages(AT, if self.flips[3] { 3 } else { 11 }));
        }
        steps.extend([follow(1000, None), snapshot(if self.flips[1] { 500 } else { 1000 })]);
        steps
    }

    /// A log of more than a thousand entries, read with and without a filter; and the first ops again.
    fn long_log(&self) -> Vec<Step> {
        vec![
            push(vec![many(MANY_IDS[0], self.tables[0], 1000, 0)]),
            push(vec![many(MANY_IDS[1], self.tables[1], LARGE_BATCH, 0)]),
            push(vec![many(MANY_IDS[0], self.tables[0], LARGE_BATCH, 0)]),
            follow(if self.flips[0] { 1000 } else { 129 }, Some(self.tables[1])),
            follow(if self.flips[1] { 1000 } else { 333 }, None),
            snapshot(if self.flips[2] { 1000 } else { 501 }),
        ]
    }

    /// Many devices, of which one has not read everything: what it lacks must stay.
    fn many_devices(&self) -> Vec<Step> {
        let count = *self.which.get(&DEVICES);
        let slow = match self.flips {
            [true, ..] => count - 1,
            [_, true, ..] => 0,
            _ => count / 2,
        };
        let reads = (0..count).map(|place| {
            let version = if place == slow { VersionRef::At(1) } else { VersionRef::Head(0) };
            cursor(&format!("device {place:03}"), version)
        });
        let end = [
            Step::Wait { seconds: 2 },
            collect(retention_after(2)),
            pull(0, VersionRef::At(1), 10, None),
            snapshot(1000),
        ];
        [self.three(), push(vec![self.delete(3, 0, 2)])].into_iter().chain(reads).chain(end).collect()
    }
}
