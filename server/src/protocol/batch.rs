//! What becomes of each op of a batch, before anything is written.

use std::collections::HashMap;

use super::op::Op;
use super::op_error::{OpError, OpErrorCode};

/// An op that the workspace has already accepted.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) server_version: u64,
    /// Its content; absent when its log entry was collected, which leaves only the version to go by.
    pub(crate) op: Option<Op>,
}

/// The decision on one op.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Takes the next version and competes for its record.
    Accept,
    /// Was accepted earlier, under this version; nothing changes.
    Replay(u64),
    /// Is the op at this earlier place in the batch, once more.
    Repeat(usize),
    /// Takes no version and changes nothing.
    Refuse(OpError),
}

/// Decides on a whole batch. `checked` holds, in order, the ops that may be stored and the faults of the others;
/// `known` holds the ops that the workspace already has, by op key.
///
/// Requirements `op.replay-mixed-batch`, `op.duplicate-in-batch`, `op.duplicate-conflicting`, `op.reuse-conflicting`.
pub(crate) fn decide(checked: &[Result<Op, OpError>], known: &HashMap<String, Known>) -> Vec<Decision> {
    let firsts = first_places(checked);
    checked
        .iter()
        .enumerate()
        .map(|(place, checked)| match checked {
            Err(fault) => Decision::Refuse(fault.clone()),
            Ok(op) => decide_one(place, op, known.get(&op.key()), firsts.get(&op.key())),
        })
        .collect()
}

/// Where an op id first stands in the batch, and whether every copy is the same op.
struct First {
    place: usize,
    agreed: bool,
}

fn first_places(checked: &[Result<Op, OpError>]) -> HashMap<String, First> {
    let mut firsts: HashMap<String, First> = HashMap::new();
    for (place, op) in checked.iter().enumerate().filter_map(|(place, op)| Some((place, op.as_ref().ok()?))) {
        let first = firsts.entry(op.key()).or_insert(First { place, agreed: true });
        let leader = checked.get(first.place).and_then(|leader| leader.as_ref().ok());
        first.agreed = first.agreed && leader.is_some_and(|leader| leader.is_same(op));
    }
    firsts
}

fn decide_one(place: usize, op: &Op, known: Option<&Known>, first: Option<&First>) -> Decision {
    if let Some(known) = known {
        // Each copy is judged by itself against what was accepted: the past decides, not the company it comes in.
        return match &known.op {
            Some(accepted) if !accepted.is_same(op) => {
                Decision::Refuse(conflict("A known opId came with other content"))
            }
            _ => Decision::Replay(known.server_version),
        };
    }
    match first {
        Some(first) if !first.agreed => Decision::Refuse(conflict("Different ops in one batch share this opId")),
        Some(first) if first.place < place => Decision::Repeat(first.place),
        _ => Decision::Accept,
    }
}

fn conflict(message: &str) -> OpError {
    OpError { code: OpErrorCode::Conflict, message: message.into() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Decision, Known, conflict, decide};
    use crate::protocol::op::{Op, Operation};
    use crate::protocol::op_error::{OpError, OpErrorCode};
    use crate::protocol::revision::Revision;

    fn op(op_id: &str, pk: &str) -> Op {
        Op {
            table_name: "kv".into(),
            operation: Operation::Put,
            pk: pk.into(),
            payload: Some(r#"{"n":1}"#.into()),
            device_id: "d".into(),
            revision: Revision { clock: 1, hlc: "1".into(), op_id: op_id.into() },
        }
    }

    fn is_conflict(decision: &Decision) -> bool {
        matches!(decision, Decision::Refuse(OpError { code: OpErrorCode::Conflict, .. }))
    }

    #[test]
    fn new_ops_are_accepted_and_faulty_ones_refused_by_themselves() {
        let fault = conflict("for the test");
        let decisions = decide(&[Ok(op("a", "1")), Err(fault.clone()), Ok(op("b", "1"))], &HashMap::new());
        assert_eq!(decisions, [Decision::Accept, Decision::Refuse(fault), Decision::Accept]);
    }

    #[test]
    fn a_known_op_is_a_replay_and_the_same_id_with_other_content_a_conflict() {
        let known = HashMap::from([("a".into(), Known { server_version: 7, op: Some(op("a", "1")) })]);
        let decisions = decide(&[Ok(op("A", "1")), Ok(op("a", "2")), Ok(op("a", "1"))], &known);
        assert_eq!(decisions[0], Decision::Replay(7));
        assert!(is_conflict(&decisions[1]));
        assert_eq!(decisions[2], Decision::Replay(7));
    }

    #[test]
    fn a_known_op_whose_log_entry_is_gone_is_a_replay() {
        let known = HashMap::from([("a".into(), Known { server_version: 7, op: None })]);
        assert_eq!(decide(&[Ok(op("a", "1"))], &known), [Decision::Replay(7)]);
    }

    #[test]
    fn identical_copies_are_one_op() {
        let mut respelled = op("a", "1");
        respelled.payload = Some(r#"{ "n": 1.0 }"#.into());
        let decisions = decide(&[Ok(op("b", "1")), Ok(op("a", "1")), Ok(respelled)], &HashMap::new());
        assert_eq!(decisions, [Decision::Accept, Decision::Accept, Decision::Repeat(1)]);
    }

    #[test]
    fn different_ops_under_one_id_all_conflict_and_spare_the_others() {
        let batch = [Ok(op("a", "1")), Ok(op("b", "1")), Ok(op("a", "2")), Ok(op("a", "1"))];
        let decisions = decide(&batch, &HashMap::new());
        assert!(is_conflict(&decisions[0]) && is_conflict(&decisions[2]) && is_conflict(&decisions[3]));
        assert_eq!(decisions[1], Decision::Accept);
    }

    #[test]
    fn every_part_of_the_content_counts() {
        let change: [fn(&mut Op); 7] = [
            |op| op.table_name = "posts".into(),
            |op| op.operation = Operation::Delete,
            |op| op.pk = "2".into(),
            |op| op.payload = Some(r#"{"n":2}"#.into()),
            |op| op.device_id = "e".into(),
            |op| op.revision.clock = 2,
            |op| op.revision.hlc = "2".into(),
        ];
        for (number, change) in change.into_iter().enumerate() {
            let mut changed = op("a", "1");
            change(&mut changed);
            assert!(!changed.is_same(&op("a", "1")), "change {number}");
        }
    }
}
