//! The scope of collections: one record, two devices that read, time, and the two calls that collect.

use super::script::{Script, delete, put};
use super::world::{Look, World};
use crate::sequence::{Member, Step, User, VersionRef, WorkspaceRef};
use syncproof_protocol::wire::{Collected, Role};

const AT: WorkspaceRef = WorkspaceRef::Home(0);
const PK: &str = "a";
/// The most ops.
const MAX_OPS: u8 = 3;
/// What is older than this is collected, in seconds.
const RETENTION: i64 = 1;
/// This makes everything older than that, also where times are whole seconds.
const AGE_SECONDS: u8 = 3;
/// The owner has the first device, an editor the second.
const DEVICES: [User; 2] = [0, 1];

/// How far a device has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Reader {
    Unknown,
    Behind,
    AtHead,
}

/// What the log holds, and who has read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Log {
    head: u8,
    is_deleted: bool,
    is_old: bool,
    readers: [Reader; 2],
    is_log_collected: bool,
    are_tombstones_collected: bool,
}

/// What someone does, or that time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Action {
    /// A put that is newer than everything.
    Put,
    /// A delete that is newer than everything.
    Delete,
    /// A put that is older than everything.
    LatePut,
    /// Every op again, in one batch.
    Replay,
    Report {
        device: User,
    },
    /// A device says that it has read nothing yet.
    ReportBack {
        device: User,
    },
    Age,
    Collect(Collected),
}

impl Log {
    fn written(self, is_deleted: bool) -> Self {
        let readers = self.readers.map(|reader| if reader == Reader::AtHead { Reader::Behind } else { reader });
        Log { head: self.head + 1, is_deleted, is_old: false, readers, ..self }
    }

    fn reported(mut self, device: User, reader: Reader) -> Self {
        self.readers.iter_mut().skip(device.into()).take(1).for_each(|place| *place = reader);
        self
    }

    fn reader(&self, device: User) -> Reader {
        self.readers.get(usize::from(device)).copied().unwrap_or(Reader::Unknown)
    }

    /// Whether every device that counts has read everything, and everything is old.
    fn is_due(&self) -> bool {
        self.is_old && self.readers.contains(&Reader::AtHead) && !self.readers.contains(&Reader::Behind)
    }
}

impl World for Log {
    type Action = Action;

    fn start() -> Self {
        Log {
            head: 0,
            is_deleted: false,
            is_old: false,
            readers: [Reader::Unknown; 2],
            is_log_collected: false,
            are_tombstones_collected: false,
        }
    }

    fn actions(&self) -> Vec<Action> {
        let mut actions = vec![Action::Collect(Collected::Log), Action::Collect(Collected::Tombstones)];
        if self.head < MAX_OPS {
            actions.extend([Action::Put, Action::Delete]);
        }
        if self.head > 0 {
            actions.push(Action::Replay);
            actions.extend(DEVICES.map(|device| Action::Report { device }));
            actions.extend((self.head < MAX_OPS).then_some(Action::LatePut));
            actions.extend((!self.is_old).then_some(Action::Age));
        }
        let known = DEVICES.into_iter().filter(|device| self.reader(*device) == Reader::AtHead);
        actions.extend(known.map(|device| Action::ReportBack { device }));
        actions
    }

    fn after(&self, action: Action) -> Self {
        match action {
            Action::Put => self.written(false),
            Action::Delete => self.written(true),
            // Whether it loses against a tombstone that was collected is the target's choice.
            Action::LatePut => self.written(self.is_deleted),
            Action::Replay | Action::ReportBack { .. } => *self,
            Action::Report { device } => self.reported(device, Reader::AtHead),
            Action::Age => Log { is_old: true, ..*self },
            Action::Collect(Collected::Log) => {
                Log { is_log_collected: self.is_log_collected || self.is_due(), ..*self }
            }
            Action::Collect(Collected::Tombstones) => {
                let are_due = self.is_deleted && self.is_due();
                Log { are_tombstones_collected: self.are_tombstones_collected || are_due, ..*self }
            }
        }
    }

    fn begin(script: &mut Script) {
        script.add(Step::AddMember { by: 0, at: AT, member: Member::User(1), role: Role::Editor.name().to_owned() });
    }

    fn act(&self, action: Action, script: &mut Script) {
        let (id, late) = (u32::from(self.head) + 1, 2);
        let clock = u64::from(id) * 10;
        match action {
            Action::Put => script.push(0, AT, vec![put(id, PK, clock)]),
            Action::Delete => script.push(1, AT, vec![delete(id, PK, clock)]),
            Action::LatePut => script.push(1, AT, vec![put(id, PK, late)]),
            Action::Replay => {
                let known = script.pushed();
                script.push(0, AT, known);
            }
            Action::Report { device } => script.add(cursor(device, VersionRef::Head(0))),
            Action::ReportBack { device } => script.add(cursor(device, VersionRef::At(0))),
            Action::Age => script.add(Step::Wait { seconds: AGE_SECONDS }),
            Action::Collect(what) => {
                script.add(Step::Collect { by: 0, at: AT, retention: RETENTION, only: Some(what) });
            }
        }
    }

    fn look(&self, _: Look, script: &mut Script) {
        for (by, cursor) in [(0, VersionRef::At(0)), (1, VersionRef::Head(-2)), (0, VersionRef::Head(-1))] {
            script.add(Step::Pull { by, at: AT, cursor, limit: 100, tables: None });
        }
        script.snapshot(1, AT, 1);
        script.snapshot(0, AT, 100);
    }
}

fn cursor(device: User, version: VersionRef) -> Step {
    Step::Cursor { by: device, at: AT, device: format!("device-{device}"), version }
}
