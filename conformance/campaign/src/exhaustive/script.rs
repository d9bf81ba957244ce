//! The steps of one sequence while they are put together.

use std::collections::BTreeMap;

use serde_json::json;

use crate::sequence::{Draft, Step, User, VersionRef, WorkspaceRef};
use syncproof_protocol::wire::Operation;

/// The table of every op.
const TABLE: &str = "threads";
/// The op ids of what is pushed to see whether that is possible: above those that a scope chooses itself.
const FIRST_SERIAL: u32 = 100;

/// The steps so far.
#[derive(Debug)]
pub(super) struct Script {
    steps: Vec<Step>,
    serial: u32,
}

impl Script {
    pub(super) fn new() -> Self {
        Script { steps: Vec::new(), serial: FIRST_SERIAL }
    }

    /// How many steps there are.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(super) fn into_steps(self) -> Vec<Step> {
        self.steps
    }

    pub(super) fn add(&mut self, step: Step) {
        self.steps.push(step);
    }

    /// A number that no other call of the sequence gets; later ones are greater.
    pub(super) fn serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    /// Every op that was pushed, once, in the order of their ids.
    pub(super) fn pushed(&self) -> Vec<Draft> {
        let ops = self.steps.iter().flat_map(Step::ops).map(|op| (op.id, op.clone()));
        ops.collect::<BTreeMap<_, _>>().into_values().collect()
    }

    /// Pushes an op.
    pub(super) fn push(&mut self, by: User, at: WorkspaceRef, ops: Vec<Draft>) {
        self.add(Step::Push { by, at, ops });
    }

    /// Pushes an op that nobody has pushed before, on a record of that user.
    pub(super) fn push_fresh(&mut self, by: User, at: WorkspaceRef) {
        let serial = self.serial();
        let op = put(serial, &format!("of-{by}"), serial.into());
        self.push(by, at, vec![op]);
    }

    /// Reads the whole log, and then the state.
    pub(super) fn read(&mut self, by: User, at: WorkspaceRef) {
        self.add(Step::Follow { by, at, cursor: VersionRef::At(0), limit: 100, tables: None });
        self.snapshot(by, at, 100);
    }

    pub(super) fn snapshot(&mut self, by: User, at: WorkspaceRef, page_size: u64) {
        self.add(Step::Snapshot { by, at, page_size, tables: None, between: Vec::new() });
    }
}

/// A put of the record with that key. The number is in the payload, so that no two are equal.
pub(super) fn put(id: u32, pk: &str, clock: u64) -> Draft {
    let mut draft = Draft::new(id, Operation::Put, TABLE, pk, clock);
    draft.set_field("filling", json!(format!("filling {id}")));
    draft
}

/// A delete of the record with that key.
pub(super) fn delete(id: u32, pk: &str, clock: u64) -> Draft {
    Draft::new(id, Operation::Delete, TABLE, pk, clock)
}
