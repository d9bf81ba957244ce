//! A plan: steps whose ops are still to be drawn from the pool.

use super::op::PoolOp;
use crate::sequence::{Draft, Member, Step, User, WorkspaceRef};
use syncproof_model::MAX_CLOCK;
use syncproof_protocol::wire::Operation;

/// A step whose ops are still to be drawn from the pool.
#[derive(Debug, Clone)]
pub(super) enum StepPlan {
    Steps(Vec<Step>),
    Push {
        by: User,
        at: WorkspaceRef,
        picks: Vec<PoolOp>,
    },
    Snapshot {
        by: User,
        at: WorkspaceRef,
        page_size: u64,
        tables: Option<Vec<String>>,
        picks: Vec<PoolOp>,
    },
    /// A member is away while another writes, and comes back.
    Absence {
        member: User,
        at: WorkspaceRef,
        picks: Vec<PoolOp>,
    },
    /// Something that grows old and is collected, with what is written before it and after it.
    Collection {
        at: WorkspaceRef,
        old: Vec<PoolOp>,
        ageing: Vec<Step>,
        /// What grows old in another workspace, and a device that reads there.
        elsewhere: Option<(Vec<PoolOp>, Step)>,
        young: LateWrites,
        collecting: Vec<Step>,
        late: Vec<PoolOp>,
    },
}

/// What is written when the rest has grown old.
#[derive(Debug, Clone)]
pub(super) enum LateWrites {
    Nothing,
    Picks(Vec<PoolOp>),
    /// Everything that was put before is deleted.
    Deletes,
}

/// The workspace beside the one in which something is collected.
pub(super) const ELSEWHERE: WorkspaceRef = WorkspaceRef::Made(ELSEWHERE_LABEL);
/// Its label.
const ELSEWHERE_LABEL: u32 = 7;

impl StepPlan {
    /// The steps, with ops of the pool in the place of picks.
    pub(super) fn into_steps(self, pool: &[Draft]) -> Vec<Step> {
        let draw = |picks: &[PoolOp]| -> Vec<Draft> { picks.iter().map(|pick| pick.draft(pool)).collect() };
        match self {
            StepPlan::Steps(steps) => steps,
            StepPlan::Push { by, at, picks } => vec![Step::Push { by, at, ops: draw(&picks) }],
            StepPlan::Snapshot { by, at, page_size, tables, picks } => {
                vec![Step::Snapshot { by, at, page_size, tables, between: draw(&picks) }]
            }
            StepPlan::Absence { member, at, picks } => {
                let (by, role) = (0, "editor".to_owned());
                vec![
                    Step::RemoveMember { by, at, member },
                    Step::Push { by, at, ops: draw(&picks) },
                    Step::AddMember { by, at, member: Member::User(member), role },
                ]
            }
            StepPlan::Collection { at, old, ageing, elsewhere, young, collecting, late } => {
                let push =
                    |at: WorkspaceRef, ops: Vec<Draft>| (!ops.is_empty()).then_some(Step::Push { by: 0, at, ops });
                let old = draw(&old);
                let young = match young {
                    LateWrites::Nothing => Vec::new(),
                    LateWrites::Picks(picks) => draw(&picks),
                    LateWrites::Deletes => deletes(&old),
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

/// A retention, in seconds, so that what was written before that wait is certainly old, and what is written after it
/// certainly young, as far as the wait is long enough for both: a server may count whole seconds.
pub(super) fn retention_after(seconds: u8) -> i64 {
    if seconds < 5 { 1 } else { 3 }
}

/// Deletes of what these ops put.
pub(super) fn deletes(ops: &[Draft]) -> Vec<Draft> {
    /// Above the ids of the pool.
    const FIRST_ID: u32 = 100;
    let puts = ops.iter().filter(|draft| draft.op == Operation::Put);
    let delete = |(id, put): (u32, &Draft)| {
        let clock = put.clock.saturating_add(1).min(MAX_CLOCK);
        Draft { named: put.named, ..Draft::new(id, Operation::Delete, &put.table, &put.pk, clock) }
    };
    (FIRST_ID..).zip(puts).map(delete).collect()
}
