//! The scope of ops: two people, two workspaces, one record, two op ids and two clocks.

use serde_json::json;

use super::script::{Script, delete, put};
use super::world::{Look, World};
use crate::sequence::{Draft, Member, Step, User, VersionRef, WorkspaceRef};

/// The two who write. They are interchangeable.
const PEOPLE: [User; 2] = [0, 1];
/// The workspace whose state counts.
const HERE: WorkspaceRef = WorkspaceRef::Made(0);
/// Another, which must not matter.
const ELSEWHERE: WorkspaceRef = WorkspaceRef::Made(1);
const PK: &str = "a";

/// Which op stands in the log under each of the two ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ops {
    known: [Option<Content>; 2],
}

/// What an op says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Content {
    clock: u8,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Put,
    /// A put of another payload.
    OtherPut,
    Delete,
}

/// An op under one of the two ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Op {
    id: u8,
    content: Content,
}

/// What someone pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Action {
    One { by: User, is_elsewhere: bool, op: Op },
    Two { by: User, ops: [Op; 2] },
}

/// Every op.
fn all() -> impl Iterator<Item = Op> {
    let contents = (1..=2).flat_map(|clock| {
        [Kind::Put, Kind::OtherPut, Kind::Delete].into_iter().map(move |kind| Content { clock, kind })
    });
    contents.flat_map(|content| (1..=2).map(move |id| Op { id, content }))
}

impl Op {
    fn draft(self) -> Draft {
        let Content { clock, kind } = self.content;
        let (id, clock) = (self.id.into(), clock.into());
        match kind {
            Kind::Put => put(id, PK, clock),
            Kind::OtherPut => {
                let mut draft = put(id, PK, clock);
                draft.set_field("filling", json!("another filling"));
                draft
            }
            Kind::Delete => delete(id, PK, clock),
        }
    }
}

impl Ops {
    /// An op under an id that is known changes nothing, whatever it says.
    fn with(mut self, op: Op) -> Self {
        self.known.iter_mut().skip(usize::from(op.id) - 1).take(1).for_each(|known| {
            known.get_or_insert(op.content);
        });
        self
    }
}

impl World for Ops {
    type Action = Action;

    fn start() -> Self {
        Ops { known: [None, None] }
    }

    fn actions(&self) -> Vec<Action> {
        let here = all().map(|op| (false, op));
        // The two workspaces are interchangeable: the first op is here.
        let is_first = self.known == [None, None];
        let is_plain = |op: &Op| op.content.clock == 1 && op.content.kind != Kind::OtherPut;
        let elsewhere = all().filter(|op| !is_first && is_plain(op)).map(|op| (true, op));
        let ops: Vec<(bool, Op)> = here.chain(elsewhere).collect();
        PEOPLE
            .into_iter()
            .flat_map(|by| ops.iter().map(move |&(is_elsewhere, op)| Action::One { by, is_elsewhere, op }))
            .collect()
    }

    fn rare_actions(&self) -> Vec<Action> {
        let pairs = || all().flat_map(|first| all().map(move |second| [first, second]));
        PEOPLE.into_iter().flat_map(|by| pairs().map(move |ops| Action::Two { by, ops })).collect()
    }

    fn after(&self, action: Action) -> Self {
        match action {
            Action::One { is_elsewhere: true, .. } => *self,
            Action::One { op, .. } => self.with(op),
            Action::Two { ops: [first, second], .. } => self.with(first).with(second),
        }
    }

    /// What is known already is what this scope is about: it takes no more than what is new.
    fn cost(&self, action: Action) -> usize {
        match action {
            Action::One { .. } => 1,
            Action::Two { .. } => 2,
        }
    }

    fn mirror(action: Action) -> Action {
        match action {
            Action::One { by, is_elsewhere, op } => Action::One { by: 1 - by, is_elsewhere, op },
            Action::Two { by, ops } => Action::Two { by: 1 - by, ops },
        }
    }

    fn begin(script: &mut Script) {
        for label in [0, 1] {
            let name = format!("workspace {label}");
            script.add(Step::Create { by: 0, label, name, description: None, id: None });
            let (at, member) = (WorkspaceRef::Made(label), Member::User(1));
            script.add(Step::AddMember { by: 0, at, member, role: "owner".to_owned() });
        }
    }

    fn act(&self, action: Action, script: &mut Script) {
        match action {
            Action::One { by, is_elsewhere, op } => {
                script.push(by, if is_elsewhere { ELSEWHERE } else { HERE }, vec![op.draft()]);
            }
            Action::Two { by, ops } => script.push(by, HERE, ops.map(Op::draft).to_vec()),
        }
    }

    fn look(&self, look: Look, script: &mut Script) {
        script.add(Step::Follow { by: 0, at: HERE, cursor: VersionRef::At(0), limit: 2, tables: None });
        script.add(Step::Pull { by: 1, at: HERE, cursor: VersionRef::Head(-1), limit: 2, tables: None });
        script.snapshot(1, HERE, 1);
        if look == Look::Last {
            script.read(1, ELSEWHERE);
        }
    }
}
