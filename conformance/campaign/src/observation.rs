//! What the answer to a step shows, without what the protocol leaves open.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use syncproof_protocol::difference;
use syncproof_protocol::exchange::Exchange;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the calls of the protocol")]
pub enum RequestKind {
    Session,
    List,
    Create,
    Rename,
    Delete,
    Activate,
    Members,
    AddMember,
    ChangeRole,
    RemoveMember,
    Push,
    Pull,
    Cursor,
    Snapshot,
    Collect,
    /// A read of what an answer left open: servers may differ in it.
    Settling,
}

impl RequestKind {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether success changes the state of the server.
    fn changes_state(self) -> bool {
        use RequestKind::{AddMember, ChangeRole, Create, Delete, Push, RemoveMember, Rename};
        matches!(self, Create | Rename | Delete | AddMember | ChangeRole | RemoveMember | Push)
    }
}

/// What one answer, or the pages of one read, has shown. Workspaces and users have their names from the sequence.
#[derive(Debug, Clone)]
pub struct Observation {
    /// The step that it was an answer to, from 0 on.
    pub step: usize,
    /// What was asked for.
    pub asked: RequestKind,
    /// Whether the target did it.
    pub is_success: bool,
    /// The content of the answer; null where a server may leave something out.
    pub answered: Value,
    /// The request and the answer.
    pub exchange: Option<Arc<Exchange>>,
}

/// How two observations of the same step compare.
#[derive(Debug, Clone, PartialEq)]
pub enum Equivalence {
    /// They mean the same.
    Alike,
    /// They differ where the protocol leaves a choice, so that later answers may differ, too.
    Parted,
    /// They differ: the place (a JSON pointer, RFC 6901), and the left and the right value.
    Different(String, String, String),
}

impl Observation {
    /// Compares with the other target's.
    #[must_use]
    pub fn compare(&self, other: &Observation) -> Equivalence {
        let takes = |observation: &Observation| observation.answered["takes"] == true;
        // A server may choose how much of the old data it collects, and when.
        if self.asked == RequestKind::Collect && (takes(self) || takes(other)) {
            return Equivalence::Parted;
        }
        if self.is_success != other.is_success {
            // The oracle has accepted both: if one server does what the other refuses, the protocol leaves it open.
            return if self.asked.changes_state() { Equivalence::Parted } else { Equivalence::Alike };
        }
        let (mut left, mut right) = (self.answered.clone(), other.answered.clone());
        if self.asked == RequestKind::Push && successes(&left) != successes(&right) {
            return Equivalence::Parted;
        }
        leave_out_what_one_does_not_tell(&mut left, &mut right);
        let Some(found) = difference::first_difference(&left, &right) else { return Equivalence::Alike };
        if self.asked == RequestKind::Settling {
            return Equivalence::Parted;
        }
        let (at_left, at_right) = (difference::shown(found.left), difference::shown(found.right));
        Equivalence::Different(found.pointer, at_left, at_right)
    }
}

fn successes(answered: &Value) -> Vec<&Value> {
    answered["results"].as_array().into_iter().flatten().map(|result| &result["success"]).collect()
}

/// Sets fields to null on both sides that are null on one, except in payloads, and cuts pages to the length of the shorter
/// one, because servers may choose how long a page is.
fn leave_out_what_one_does_not_tell(left: &mut Value, right: &mut Value) {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, value) in left.iter_mut() {
                match right.get_mut(name) {
                    Some(other) if name != "payload" => leave_out_what_one_does_not_tell(value, other),
                    _ => {}
                }
            }
            let lengths = |page: &serde_json::Map<String, Value>| page.get("changes")?.as_array().map(Vec::len);
            let (ours, theirs) = (lengths(left), lengths(right));
            if ours != theirs {
                let most = ours.min(theirs).unwrap_or(0);
                for page in [left, right] {
                    page.remove("hasMore");
                    if let Some(Value::Array(changes)) = page.get_mut("changes") {
                        changes.truncate(most);
                    }
                }
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            left.iter_mut().zip(right).for_each(|(left, right)| leave_out_what_one_does_not_tell(left, right));
        }
        (left @ Value::Null, right) | (right, left @ Value::Null) => (*left, *right) = (Value::Null, Value::Null),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn compare(asked: RequestKind, left: (bool, Value), right: (bool, Value)) -> Equivalence {
        let observation = |(is_success, answered)| Observation { step: 0, asked, is_success, answered, exchange: None };
        observation(left).compare(&observation(right))
    }

    #[test]
    fn what_a_server_may_choose_is_no_difference() {
        let refused = (false, Value::Null);
        assert_eq!(compare(RequestKind::Cursor, refused.clone(), (true, json!({}))), Equivalence::Alike);
        assert_eq!(compare(RequestKind::Push, refused, (true, json!({"results": []}))), Equivalence::Parted);
        let push = |success| (true, json!({"results": [{"success": success}]}));
        assert_eq!(compare(RequestKind::Push, push(true), push(false)), Equivalence::Parted);
        let answered = |applied| (true, json!({"results": [{"success": true, "applied": applied}]}));
        assert_eq!(compare(RequestKind::Push, answered(json!(true)), answered(Value::Null)), Equivalence::Alike);
        let role = |role| (true, json!([{"role": role}]));
        assert_eq!(compare(RequestKind::Settling, role("owner"), role("viewer")), Equivalence::Parted);
        let page = |changes: Value, more| (true, json!({"changes": changes, "hasMore": more}));
        assert_eq!(compare(RequestKind::Pull, page(json!([1, 2]), false), page(json!([1]), true)), Equivalence::Alike);
    }

    #[test]
    fn everything_else_is_one() {
        let is_at =
            |place: &str, likeness: Equivalence| matches!(likeness, Equivalence::Different(at, ..) if at == place);
        let answered = |applied: bool| (true, json!({"results": [{"success": true, "applied": applied}]}));
        assert!(is_at("/results/0/applied", compare(RequestKind::Push, answered(true), answered(false))));
        let page = |changes: Value| (true, json!({"changes": changes, "hasMore": false}));
        assert!(is_at(
            "/changes/0/pk",
            compare(RequestKind::Pull, page(json!([{"pk": "a"}])), page(json!([{"pk": "b"}, 1])))
        ));
        let content = |payload| (true, json!({"items": [{"payload": payload}]}));
        let (null, none) = (content(json!({"a": null})), content(json!({})));
        assert!(is_at("/items/0/payload/a", compare(RequestKind::Snapshot, null, none)));
        let items = |items| (true, json!({"items": items}));
        assert!(is_at("/items/1", compare(RequestKind::Snapshot, items(json!([1, 2])), items(json!([1])))));
    }
}
