//! The decision on each op of a batch, made before anything is written.

use std::collections::HashMap;

use super::op::Op;
use super::op_error::{OpError, OpErrorCode};

/// An op that the workspace has already accepted.
#[derive(Debug, Clone)]
pub(crate) struct KnownOp {
    pub(crate) server_version: u64,
    /// Its content; `None` once its log entry was collected, and only the version is left.
    pub(crate) op: Option<Op>,
}

/// The decision on one op.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It takes the next version and competes for its record.
    Accept,
    /// It was accepted earlier, with this version; nothing changes.
    Replay(u64),
    /// It is a copy of the op at this earlier index of the batch.
    Repeat(usize),
    /// It takes no version and changes nothing.
    Refuse(OpError),
}

/// Decides on a whole batch. `checked` holds, in order, the ops that may be stored and the errors of the others;
/// `known` holds the ops that the workspace already has, by op key.
///
/// Requirements `op.replay-mixed-batch`, `op.duplicate-in-batch`, `op.duplicate-conflicting`, `op.reuse-conflicting`.
pub(crate) fn decide(checked: &[Result<Op, OpError>], known: &HashMap<String, KnownOp>) -> Vec<Decision> {
    let first_copies_by_key = first_copies(checked);
    checked
        .iter()
        .enumerate()
        .map(|(index, checked)| match checked {
            Err(error) => Decision::Refuse(error.clone()),
            Ok(op) => decide_one(index, op, known.get(&op.key()), first_copies_by_key.get(&op.key())),
        })
        .collect()
}

/// Where an op id first occurs in the batch, and whether every copy is the same op.
struct FirstCopy {
    index: usize,
    is_consistent: bool,
}

fn first_copies(checked: &[Result<Op, OpError>]) -> HashMap<String, FirstCopy> {
    let mut first_copies_by_key: HashMap<String, FirstCopy> = HashMap::new();
    for (index, op) in checked.iter().enumerate().filter_map(|(index, op)| Some((index, op.as_ref().ok()?))) {
        let first = first_copies_by_key.entry(op.key()).or_insert(FirstCopy { index, is_consistent: true });
        let leader = checked.get(first.index).and_then(|leader| leader.as_ref().ok());
        first.is_consistent = first.is_consistent && leader.is_some_and(|leader| leader.is_same(op));
    }
    first_copies_by_key
}

fn decide_one(index: usize, op: &Op, known: Option<&KnownOp>, first: Option<&FirstCopy>) -> Decision {
    if let Some(known) = known {
        // Each copy is compared with what was accepted, and not with the other copies in the batch.
        return match &known.op {
            Some(accepted) if !accepted.is_same(op) => {
                Decision::Refuse(conflict("This opId was already used with other content"))
            }
            _ => Decision::Replay(known.server_version),
        };
    }
    match first {
        Some(first) if !first.is_consistent => Decision::Refuse(conflict("Different ops in this batch have this opId")),
        Some(first) if first.index < index => Decision::Repeat(first.index),
        _ => Decision::Accept,
    }
}

fn conflict(message: &str) -> OpError {
    OpError { code: OpErrorCode::Conflict, message: message.into() }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Decision, KnownOp, conflict, decide};
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
    fn new_ops_are_accepted_and_invalid_ones_refused_alone() {
        let error = conflict("for the test");
        let decisions = decide(&[Ok(op("a", "1")), Err(error.clone()), Ok(op("b", "1"))], &HashMap::new());
        assert_eq!(decisions, [Decision::Accept, Decision::Refuse(error), Decision::Accept]);
    }

    #[test]
    fn a_known_op_is_a_replay_and_the_same_id_with_other_content_a_conflict() {
        let known = HashMap::from([("a".into(), KnownOp { server_version: 7, op: Some(op("a", "1")) })]);
        let decisions = decide(&[Ok(op("A", "1")), Ok(op("a", "2")), Ok(op("a", "1"))], &known);
        assert_eq!(decisions[0], Decision::Replay(7));
        assert!(is_conflict(&decisions[1]));
        assert_eq!(decisions[2], Decision::Replay(7));
    }

    #[test]
    fn a_known_op_whose_log_entry_is_gone_is_a_replay() {
        let known = HashMap::from([("a".into(), KnownOp { server_version: 7, op: None })]);
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
    fn different_ops_with_one_id_conflict_without_affecting_others() {
        let batch = [Ok(op("a", "1")), Ok(op("b", "1")), Ok(op("a", "2")), Ok(op("a", "1"))];
        let decisions = decide(&batch, &HashMap::new());
        assert!(is_conflict(&decisions[0]) && is_conflict(&decisions[2]) && is_conflict(&decisions[3]));
        assert_eq!(decisions[1], Decision::Accept);
    }

    #[test]
    fn ops_differ_if_any_part_of_their_content_differs() {
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
