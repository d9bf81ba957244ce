//! A plan: steps whose ops are still to be drawn from the pool.

use super::op::Pick;
use crate::sequence::{Draft, Member, Person, Place, Step};
use syncproof_model::MAX_CLOCK;
use syncproof_protocol::wire::Operation;

/// A step whose ops are still to be drawn from the pool.
#[derive(Debug, Clone)]
pub(super) enum Plan {
    Steps(Vec<Step>),
    Push {
        by: Person,
        at: Place,
        picks: Vec<Pick>,
    },
    Snapshot {
        by: Person,
        at: Place,
        page_size: u64,
        tables: Option<Vec<String>>,
        picks: Vec<Pick>,
    },
    /// A member is away while another writes, and comes back.
    Absence {
        member: Person,
        at: Place,
        picks: Vec<Pick>,
    },
    /// Something that grows old and is collected, with what is written before it and after it.
    Collection {
        at: Place,
        old: Vec<Pick>,
        ageing: Vec<Step>,
        /// What grows old in another workspace, and a device that reads there.
        elsewhere: Option<(Vec<Pick>, Step)>,
        young: Young,
        collecting: Vec<Step>,
        late: Vec<Pick>,
    },
}

/// What is written when the rest has grown old.
#[derive(Debug, Clone)]
pub(super) enum Young {
    Nothing,
    Picks(Vec<Pick>),
    /// Everything that was put before is deleted.
    Deletes,
}

/// The workspace beside the one in which something is collected.
pub(super) const ELSEWHERE: Place = Place::Made(ELSEWHERE_LABEL);
/// Its label.
const ELSEWHERE_LABEL: u32 = 7;

impl Plan {
    /// The steps, with ops of the pool in the place of picks.
    pub(super) fn spell_out(self, pool: &[Draft]) -> Vec<Step> {
        let draw = |picks: &[Pick]| -> Vec<Draft> { picks.iter().map(|pick| pick.draft(pool)).collect() };
        match self {
            Plan::Steps(steps) => steps,
            Plan::Push { by, at, picks } => vec![Step::Push { by, at, ops: draw(&picks) }],
            Plan::Snapshot { by, at, page_size, tables, picks } => {
                vec![Step::Snapshot { by, at, page_size, tables, between: draw(&picks) }]
            }
            Plan::Absence { member, at, picks } => {
                let (by, role) = (0, "editor".to_owned());
                vec![
                    Step::RemoveMember { by, at, member },
                    Step::Push { by, at, ops: draw(&picks) },
                    Step::AddMember { by, at, member: Member::Person(member), role },
                ]
            }
            Plan::Collection { at, old, ageing, elsewhere, young, collecting, late } => {
                let push = |at: Place, ops: Vec<Draft>| (!ops.is_empty()).then_some(Step::Push { by: 0, at, ops });
                let old = draw(&old);
                let young = match young {
                    Young::Nothing => Vec::new(),
                    Young::Picks(picks) => draw(&picks),
                    Young::Deletes => deletes(&old),
                };
                let (there, reads) = elsewhere.unzip();
                let there = there.map(|picks| {
                    let name = "elsewhere".to_owned();
                    let create = Step::Create { by: 0, label: ELSEWHERE_LABEL, name, description: None, id: None };
                    [Some(create), push(ELSEWHERE, draw(&picks))]
                });
                let look = reads.as_ref().map(|_| {
                    let (by, at, page_size) = (0, ELSEWHERE, 1000);
                    Step::Snapshot { by, at, page_size, tables: None, between: Vec::new() }
                });
                let written = push(at, old).into_iter().chain(there.into_iter().flatten().flatten());
                let read = written.chain(ageing).chain(reads).chain(push(at, young));
                read.chain(collecting).chain(look).chain(push(at, draw(&late))).collect()
            }
        }
    }
}

/// Deletes of what these ops put.
fn deletes(ops: &[Draft]) -> Vec<Draft> {
    /// Above the ids of the pool.
    const FIRST_ID: u32 = 100;
    let puts = ops.iter().filter(|draft| draft.op == Operation::Put);
    let delete = |(id, put): (u32, &Draft)| {
        let clock = put.clock.saturating_add(1).min(MAX_CLOCK);
        Draft { named: put.named, ..Draft::new(id, Operation::Delete, &put.table, &put.pk, clock) }
    };
    (FIRST_ID..).zip(puts).map(delete).collect()
}
