//! Everything that is wrong, once: every defect of an op, every field of every body, and every path, method and credential.
//! Sequences that draw from these show what a server does with some of them in many situations.

use super::defect::{OpDefect, wrong_fields, wrong_routes};
use crate::sequence::{Call, Draft, MalformedBody, Step, VersionRef, WorkspaceRef};
use syncproof_harness::credential::Forgery;
use syncproof_protocol::table::TABLES;
use syncproof_protocol::wire::Operation;

/// Where it happens.
const AT: WorkspaceRef = WorkspaceRef::Home(0);
/// The most wrong steps of one sequence: a slow server takes seconds for so many.
const MOST_STEPS: usize = 60;
/// An op id that no other op of these has.
const LAST_ID: u32 = 2000;

with_all! {
    /// What is wrong.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Wrong {
        /// Ops, each in a batch of its own.
        Ops,
        /// Bodies.
        Bodies,
        /// Paths, methods and credentials.
        Requests,
    }
}

impl Wrong {
    /// The steps of the part with that number, or of one before it where there are not so many; at the end everything is as
    /// if they had not been, and the server still writes.
    pub(super) fn steps(self, part: u64) -> Vec<Step> {
        let all = self.all();
        let parts: Vec<&[Step]> = all.chunks(MOST_STEPS).collect();
        let part = usize::try_from(part % parts.len().max(1) as u64).unwrap_or(0);
        let mut steps = vec![push(Draft::new(1, Operation::Put, "threads", "first", 1))];
        steps.extend_from_slice(parts.get(part).copied().unwrap_or_default());
        steps.push(push(Draft::new(LAST_ID, Operation::Put, "threads", "last", 1)));
        steps.push(Step::Follow { by: 0, at: AT, cursor: VersionRef::At(0), limit: 1000, tables: None });
        steps.push(Step::Snapshot { by: 0, at: AT, page_size: 1000, tables: None, between: Vec::new() });
        steps
    }

    /// Everything of this kind.
    fn all(self) -> Vec<Step> {
        let mut steps = Vec::new();
        match self {
            Wrong::Ops => steps.extend((2..).zip(wrong_ops()).map(|(id, draft)| push(Draft { id, ..draft }))),
            Wrong::Bodies => {
                steps.extend(wrong_fields().into_iter().map(|spoil| Step::Spoilt { by: 0, at: AT, spoil }));
                let malformed = Call::ALL.into_iter().flat_map(|call| MalformedBody::ALL.map(|body| (call, body)));
                steps.extend(malformed.map(|(call, malformed)| Step::Malformed { by: 0, at: AT, call, malformed }));
            }
            Wrong::Requests => {
                let route = |(method, path): (&str, &str)| Step::Route {
                    by: 0,
                    method: method.to_owned(),
                    path: path.to_owned(),
                };
                steps.extend(wrong_routes().into_iter().map(route));
                steps.extend(Forgery::ALL.into_iter().map(|forgery| Step::Forged { by: 0, forgery }));
                steps.push(Step::Anonymous { at: AT });
            }
        }
        steps
    }
}

fn push(draft: Draft) -> Step {
    Step::Push { by: 0, at: AT, ops: vec![draft] }
}

/// An op with each defect: those of any table in puts and deletes of one, and those of a payload in each table.
fn wrong_ops() -> Vec<Draft> {
    // Characters of two bytes, from an even place and from an odd one: wherever a message cuts one of the keys, the other is
    // cut within a character.
    let mut keys = [0, 1].map(|ahead| "a".repeat(ahead) + &"\u{e9}".repeat(100)).into_iter().cycle();
    let mut with = |operation, table: &str, defect: OpDefect| {
        let mut draft = Draft::new(0, operation, table, &keys.next().unwrap_or_default(), 1);
        defect.put_into(&mut draft);
        draft
    };
    let mut ops = Vec::new();
    for operation in [Operation::Put, Operation::Delete] {
        ops.extend(OpDefect::of_any_table().into_iter().map(|defect| with(operation, "threads", defect)));
    }
    for table in &TABLES {
        ops.extend(OpDefect::of(table).into_iter().map(|defect| with(Operation::Put, table.name, defect)));
    }
    ops
}
