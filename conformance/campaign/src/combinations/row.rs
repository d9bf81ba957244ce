//! A row: one level of everything that varies, and the sequence that it stands for.

use serde_json::json;

use super::array::pairwise;
use super::level::{Arrival, Filter, Key, Page, Past, Place, Reader, Replay, Restart, Writer, Writes};
use crate::sequence::{Draft, Member, Step, User, VersionRef, WorkspaceRef};
use syncproof_protocol::capability::{Capabilities, Capability};
use syncproof_protocol::wire::{Collected, Operation, Role};

const OWNER: User = 0;
const VIEWER: User = 2;
/// What is older than this is collected, in seconds.
const RETENTION: i64 = 1;
/// This makes everything older than that, also where times are whole seconds.
const AGE_SECONDS: u8 = 3;
/// The clock of the first op on the record; what was written before is below it.
const CLOCK: u64 = 100;

/// One level of everything that varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) writes: Writes,
    /// The table of the record, and another.
    tables: [&'static str; 2],
    arrival: Arrival,
    replay: Replay,
    writer: Writer,
    reader: Reader,
    filter: Filter,
    page: Page,
    past: Past,
    place: Place,
    key: Key,
    pub(super) restart: Restart,
}

/// How many things vary in an array; restarts have rows of their own.
const FACTORS: usize = 11;

/// Rows with every pair of levels that a target with these capabilities has, for records of these tables.
pub(super) fn rows(tables: &[&'static str], capabilities: &Capabilities) -> Vec<Row> {
    pairwise(levels(tables, capabilities)).into_iter().filter_map(|levels| row(tables, levels)).collect()
}

/// Rows with a restart, in which every level of everything else stands with every moment of the restart.
pub(super) fn restarted_rows(tables: &[&'static str], capabilities: &Capabilities) -> Vec<Row> {
    let levels = levels(tables, capabilities);
    let most = levels.into_iter().max().unwrap_or_default();
    let mut rows = Vec::new();
    for (place, restart) in Restart::ALL.into_iter().enumerate().filter(|(_, restart)| *restart != Restart::Never) {
        for number in 0..most {
            // Each begins elsewhere, so that levels of one number do not always meet.
            let mut chosen = [0; FACTORS];
            for (factor, (chosen, count)) in chosen.iter_mut().zip(levels).enumerate() {
                *chosen = (number + factor * place) % count.max(1);
            }
            rows.extend(row(tables, chosen).map(|row| Row { restart, ..row }));
        }
    }
    rows
}

/// How many levels there are of each.
fn levels(tables: &[&'static str], capabilities: &Capabilities) -> [usize; FACTORS] {
    let some = |capability, all: usize, without: usize| if capabilities.contains(&capability) { all } else { without };
    [
        Writes::ALL.len(),
        tables.len(),
        Arrival::ALL.len(),
        Replay::ALL.len(),
        some(Capability::Members, Writer::ALL.len(), 1),
        some(Capability::Members, Reader::ALL.len(), 1),
        Filter::ALL.len(),
        Page::ALL.len(),
        some(Capability::Gc, Past::ALL.len(), 2),
        Place::ALL.len(),
        Key::ALL.len(),
    ]
}

/// The row of these levels, without a restart.
fn row(tables: &[&'static str], levels: [usize; FACTORS]) -> Option<Row> {
    let [writes, table, arrival, replay, writer, reader, filter, page, past, place, key] = levels;
    Some(Row {
        writes: *Writes::ALL.get(writes)?,
        tables: [*tables.get(table)?, *tables.get((table + 1) % tables.len())?],
        arrival: *Arrival::ALL.get(arrival)?,
        replay: *Replay::ALL.get(replay)?,
        writer: *Writer::ALL.get(writer)?,
        reader: *Reader::ALL.get(reader)?,
        filter: *Filter::ALL.get(filter)?,
        page: *Page::ALL.get(page)?,
        past: *Past::ALL.get(past)?,
        place: *Place::ALL.get(place)?,
        key: *Key::ALL.get(key)?,
        restart: Restart::Never,
    })
}

impl Row {
    /// The sequence.
    pub(super) fn steps(self) -> Vec<Step> {
        let mut steps = self.people();
        steps.extend(self.earlier());
        steps.extend(self.restart_at(Restart::BeforeWrites));
        let pushes = self.pushes();
        steps.extend(pushes.iter().cloned());
        steps.extend(self.restart_at(Restart::AfterWrites));
        steps.extend(self.replayed(&pushes));
        steps.extend(self.reads());
        steps.push(self.push(self.writer.user(), vec![self.op(90, Operation::Put, CLOCK + 50)]));
        steps.extend(self.reads());
        // The owner sees everything, whatever was asked for before.
        steps.push(Step::Follow { by: OWNER, at: self.at(), cursor: VersionRef::At(0), limit: 100, tables: None });
        steps.push(self.snapshot(OWNER, 100, None));
        steps
    }

    /// Ways to make a row simpler, each by one level.
    pub(super) const SIMPLER: [fn(Row) -> Row; 10] = [
        |row| Row { restart: Restart::Never, ..row },
        |row| Row { past: Past::None, ..row },
        |row| Row { key: Key::Plain, ..row },
        |row| Row { place: Place::Home, ..row },
        |row| Row { replay: Replay::None, ..row },
        |row| Row { writer: Writer::Owner, ..row },
        |row| Row { reader: Reader::Writer, ..row },
        |row| Row { filter: Filter::None, ..row },
        |row| Row { page: Page::Whole, ..row },
        |row| Row { arrival: Arrival::InOrder, ..row },
    ];

    /// The restart, if this is when it happens.
    fn restart_at(self, moment: Restart) -> Option<Step> {
        (self.restart == moment).then_some(Step::Restart { kill: true })
    }

    /// Whether it waits until something is old enough to be collected.
    pub(super) fn waits(self) -> bool {
        !matches!(self.past, Past::None | Past::Written)
    }

    fn at(self) -> WorkspaceRef {
        match self.place {
            Place::Home => WorkspaceRef::Home(OWNER),
            Place::Second => WorkspaceRef::Made(1),
        }
    }

    /// The workspace and its members.
    fn people(self) -> Vec<Step> {
        let at = self.at();
        let mut steps = Vec::new();
        if self.place == Place::Second {
            steps.push(Step::Create { by: OWNER, label: 1, name: "second".to_owned(), description: None, id: None });
            steps.push(Step::Activate { by: OWNER, at: WorkspaceRef::Home(OWNER) });
        }
        let mut add = |user: User, role: Role| {
            let (member, role) = (Member::User(user), role.name().to_owned());
            steps.push(Step::AddMember { by: OWNER, at, member, role });
        };
        match self.writer {
            Writer::Owner => {}
            Writer::SecondOwner => add(self.writer.user(), Role::Owner),
            Writer::Editor => add(self.writer.user(), Role::Editor),
            Writer::FormerViewer => add(self.writer.user(), Role::Viewer),
        }
        if self.reader == Reader::Viewer {
            add(VIEWER, Role::Viewer);
        }
        if self.writer == Writer::FormerViewer {
            let (member, role) = (self.writer.user(), Role::Editor);
            steps.push(Step::ChangeRole { by: OWNER, at, member, role });
        }
        steps
    }

    /// What was written before, and taken by a collection.
    fn earlier(self) -> Vec<Step> {
        let collected: &[Collected] = match self.past {
            Past::None => return Vec::new(),
            Past::Written => &[],
            Past::LogCollected => &[Collected::Log],
            Past::TombstonesCollected => &[Collected::Tombstones],
            Past::BothCollected => &[Collected::Log, Collected::Tombstones],
        };
        let [own, other] = self.tables;
        let op = |id, operation, table, pk: &str, clock| Draft { id, ..Draft::new(id, operation, table, pk, clock) };
        let gone = vec![op(1, Operation::Put, own, self.key.text(), 1), op(2, Operation::Put, other, "kept", 2)];
        let mut steps = vec![self.push(OWNER, gone)];
        steps.push(self.push(OWNER, vec![op(3, Operation::Delete, own, self.key.text(), 3)]));
        steps.push(self.push(OWNER, vec![op(4, Operation::Put, own, "newest of the past", 4)]));
        if !collected.is_empty() {
            let (device, version) = ("device-0".to_owned(), VersionRef::Head(0));
            steps.push(Step::Cursor { by: OWNER, at: self.at(), device, version });
            steps.push(Step::Wait { seconds: AGE_SECONDS });
        }
        let collect = |what: &Collected| {
            let (at, only) = (self.at(), Some(*what));
            Step::Collect { by: OWNER, at, retention: RETENTION, only }
        };
        steps.extend(collected.iter().map(collect));
        steps
    }

    /// An op on the record.
    fn op(self, id: u32, operation: Operation, clock: u64) -> Draft {
        let mut draft = Draft::new(id, operation, self.tables[0], self.key.text(), clock);
        draft.id_form = self.replay.id_form();
        if operation == Operation::Put {
            draft.set_field("filling", json!(format!("filling {id}")));
        }
        draft
    }

    /// The ops on the record, the winner last.
    fn ops(self) -> Vec<Draft> {
        use Operation::{Delete, Put};
        let first = |operation| self.op(11, operation, CLOCK);
        let second = |operation| self.op(12, operation, CLOCK + 10);
        let tied = |operation| {
            let mut ops = [self.op(11, Put, CLOCK), self.op(12, operation, CLOCK)];
            // The winner by its hlc has the smaller op id.
            for (draft, (hlc, id)) in ops.iter_mut().zip([("1", 12), ("2", 11)]) {
                (draft.hlc, draft.id) = (Some(format!("{CLOCK:013}:{hlc}")), id);
            }
            ops.to_vec()
        };
        match self.writes {
            Writes::Put => vec![first(Put)],
            Writes::Overwrite => vec![first(Put), second(Put)],
            Writes::Delete => vec![first(Put), second(Delete)],
            Writes::DeleteOfNothing => vec![first(Delete)],
            Writes::SecondDelete => vec![first(Delete), second(Delete)],
            Writes::Revival => vec![first(Delete), second(Put)],
            Writes::SoftDelete => {
                let mut marked = second(Put);
                marked.set_field("deleted", json!(true));
                vec![first(Put), marked]
            }
            Writes::TiedPuts => tied(Put),
            Writes::TiedDelete => tied(Delete),
        }
    }

    fn push(self, by: User, ops: Vec<Draft>) -> Step {
        Step::Push { by, at: self.at(), ops }
    }

    /// The pushes of these ops: of two, the first is the owner's.
    fn pushes(self) -> Vec<Step> {
        let mut ops = self.ops();
        if matches!(self.arrival, Arrival::Reversed | Arrival::OneBatchReversed) {
            ops.reverse();
        }
        let writer = self.writer.user();
        match (self.arrival, &ops[..]) {
            (Arrival::InOrder | Arrival::Reversed, [first, second]) => {
                vec![self.push(OWNER, vec![first.clone()]), self.push(writer, vec![second.clone()])]
            }
            _ => vec![self.push(writer, ops)],
        }
    }

    fn replayed(self, pushes: &[Step]) -> Option<Step> {
        let all: Vec<Draft> = pushes.iter().flat_map(Step::ops).cloned().collect();
        let last = all.last()?.clone();
        let new = |id, pk: &str| Draft::new(id, Operation::Put, self.tables[1], pk, CLOCK);
        let ops = match self.replay {
            Replay::None => return None,
            Replay::Last | Replay::InCapitals => vec![last],
            Replay::Everything => all,
            Replay::AmongNew => vec![new(21, "before"), last, new(22, "after")],
            Replay::Twice => vec![last.clone(), last],
        };
        Some(self.push(self.writer.user(), ops))
    }

    fn snapshot(self, by: User, page_size: u64, tables: Option<Vec<String>>) -> Step {
        Step::Snapshot { by, at: self.at(), page_size, tables, between: Vec::new() }
    }

    /// The log from its beginning and from its end, and the state.
    fn reads(self) -> Vec<Step> {
        let by = match self.reader {
            Reader::Writer => self.writer.user(),
            Reader::Owner => OWNER,
            Reader::Viewer => VIEWER,
        };
        let [own, other] = self.tables.map(str::to_owned);
        let tables = match self.filter {
            Filter::None => None,
            Filter::Own => Some(vec![own]),
            Filter::Other => Some(vec![other]),
            Filter::OwnAndOther => Some(vec![own, other]),
        };
        let (at, limit) = (self.at(), self.page.size());
        vec![
            Step::Follow { by, at, cursor: VersionRef::At(0), limit, tables: tables.clone() },
            Step::Pull { by, at, cursor: VersionRef::Head(-1), limit, tables: tables.clone() },
            self.snapshot(by, limit, tables),
        ]
    }
}
