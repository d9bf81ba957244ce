//! Whether two findings are most likely due to the same fault. One fault shows in several ways: a text that is not kept
//! as it was sent shows in pulls and in snapshots. Shrinking leaves what the fault needs, so what two shrunk sequences
//! have in common tells.

use std::collections::BTreeSet;

use super::fault_shape::{CHANGE_OF_ROLE, FaultShape};
use super::found::Found;

/// Rules about any answer: a server that breaks one often breaks it at several endpoints.
const RULES_OF_ANSWERS: [&str; 6] = [
    "http.no-5xx",
    "http.json-errors",
    "http.no-internals",
    "http.malformed-json",
    "session.bad-credential",
    "workspace.name-rules",
];
/// Rules that a server breaks by one fault, whatever shows it.
pub(super) const RULES_OF_ONE_FAULT: [&str; 2] = ["op.id-scoped-to-workspace", "push.bad-batch-changes-nothing"];
/// Rules about op ids that are known: a server that does not look them up breaks all of them.
const REPLAYS: [&str; 5] = [
    "op.replay-same-version",
    "op.replay-across-devices",
    "op.replay-mixed-batch",
    "op.replay-after-gc",
    "op.reuse-conflicting",
];
/// Rules about what is done in a deleted workspace.
const IN_DELETED: [&str; 3] = ["workspace.delete-closes-sync", "workspace.unknown-id", "member.owner-manages"];
/// How a check says that a request had to be refused.
const NOT_ALLOWED: &str = "gets an answer that is not allowed";
/// Steps that change who may do what.
const RIGHTS: [&str; 4] = ["delete", "add-member", "change-role", "remove-member"];
/// What shows what was pushed.
const READS: [&str; 2] = ["POST /api/sync/pull", "POST /api/sync/snapshot"];
/// Steps that decide what a collection removes.
const COLLECTING: [&str; 3] = ["cursor", "wait", "collect"];
/// What servers answer that give no reason of their own.
const NO_REASONS: [&str; 6] = ["", "Bad Request", "Unauthorized", "Forbidden", "Not Found", "Conflict"];

/// Whether both are most likely due to the same fault.
pub(super) fn is_same_fault(left: &Found, right: &Found) -> bool {
    let shapes = |found: &Found| FaultShape::of(found.shrunk.finding.symptom(), &found.shrunk.steps);
    let (ours, theirs) = (shapes(left), shapes(right));
    needs_the_same(&ours, &theirs) || fails_the_same_check(&ours, &theirs) || shows_the_same_state(&ours, &theirs)
}

/// Whether both need the same unusual thing. What is left after shrinking is needed.
fn needs_the_same(ours: &FaultShape, theirs: &FaultShape) -> bool {
    let same_requirement = ours.symptom.requirement == theirs.symptom.requirement;
    let same_endpoint = ours.symptom.endpoint == theirs.symptom.endpoint;
    let contains = |one: &BTreeSet<String>, other: &BTreeSet<String>| one.is_subset(other) || other.is_subset(one);
    // One of the two is not as short as it could be, or both need an op with the same content.
    let shares_need = ours.kind == theirs.kind && !ours.needs.is_disjoint(&theirs.needs);
    let same_need = ours.symptom == theirs.symptom && (contains(&ours.all, &theirs.all) || shares_need);
    // Which rule decides who wins depends on what the ops have in common.
    let same_decision = [ours, theirs].iter().all(|shape| shape.symptom.requirement.starts_with("lww."))
        && ours.shows() == theirs.shows()
        && shares_need;
    let same_cause = !ours.needs.is_empty()
        && ours.needs == theirs.needs
        && ours.breaks_down() == theirs.breaks_down()
        && (same_requirement || same_endpoint);
    let same_content = same_requirement
        && same_endpoint
        && ours.is_of_content()
        && !ours.contents.is_disjoint(&theirs.contents)
        && (ours.contents.is_subset(&theirs.contents) || theirs.contents.is_subset(&ours.contents));
    // Changes of a role are rare: who needs one shows what is wrong with them.
    let same_change = [ours, theirs].iter().all(|shape| shape.all.contains(CHANGE_OF_ROLE));
    same_need || same_decision || same_cause || same_content || same_change
}

/// Whether the same check fails in both, or the server refuses both for the same reason: which rule forbids that depends on
/// what has happened before, and on who asks.
fn fails_the_same_check(ours: &FaultShape, theirs: &FaultShape) -> bool {
    let (left, right) = (&ours.symptom, &theirs.symptom);
    let same_requirement = left.requirement == right.requirement;
    let same_endpoint = left.endpoint == right.endpoint;
    let same_message = !left.message.is_empty() && left.message == right.message;
    let same_answer = left.answer == right.answer;
    let same_before = ours.before == theirs.before;
    // The same rule at several endpoints, or after other steps.
    let same_rule = same_requirement && same_message && !ours.is_of_content();
    let reason = left.answer.split_once(' ').map_or("", |(_, reason)| reason);
    let same_reason = !left.answer.is_empty()
        && same_answer
        && ((same_endpoint && !NO_REASONS.contains(&reason)) || (same_before && !ours.before.is_empty()));
    // Whoever may do what they must not, may do it in several ways, and a stranger may do it in all of them.
    let rights = ours.steps_of(&RIGHTS);
    let same_right = same_requirement && !rights.is_empty() && rights == theirs.steps_of(&RIGHTS);
    let same_check = same_endpoint && same_answer && same_message;
    let is_open = same_endpoint
        && same_answer
        && (same_message || [left, right].iter().all(|symptom| symptom.message.ends_with(NOT_ALLOWED)))
        && !ours.compares_content()
        && (ours.is_of_stranger || theirs.is_of_stranger);
    let both_repeat = ours.repeats_op && theirs.repeats_op;
    let same_repetition =
        both_repeat && (same_check || [left, right].iter().all(|symptom| REPLAYS.contains(&symptom.requirement)));
    // Whether it takes a large batch.
    let is_large = |shape: &FaultShape| shape.needs.contains("copies");
    let same_fault =
        same_requirement && RULES_OF_ONE_FAULT.contains(&left.requirement) && is_large(ours) == is_large(theirs);
    // A deleted workspace that is open to one request is open to others.
    let is_in_deleted =
        |shape: &FaultShape| shape.kinds.contains("delete") && IN_DELETED.contains(&shape.symptom.requirement);
    same_fault
        || (is_in_deleted(ours) && is_in_deleted(theirs))
        || same_rule
        || same_reason
        || same_right
        || is_open
        || same_repetition
}

/// Whether the same steps lead to both.
fn shows_the_same_state(ours: &FaultShape, theirs: &FaultShape) -> bool {
    let requirement = ours.symptom.requirement;
    let same_requirement = requirement == theirs.symptom.requirement;
    let same_endpoint = ours.symptom.endpoint == theirs.symptom.endpoint;
    let same_before = ours.before == theirs.before;
    let contains = ours.before.is_subset(&theirs.before) || theirs.before.is_subset(&ours.before);
    let is_empty = ours.before.is_empty() || theirs.before.is_empty();
    // A comparison of two reads shows what one of them alone shows, too.
    let is_read = READS.contains(&ours.symptom.endpoint.as_str()) && !ours.breaks_down() && !theirs.breaks_down();
    let same_read = is_read && same_endpoint && contains && !is_empty && ours.compares() != theirs.compares();
    // What is unusual about an op leads to whatever is read afterwards, and so does the content of a plain one.
    let same_content = same_requirement && !is_empty && ours.is_of_content() && !ours.breaks_down();
    let same_write = same_before && (ours.is_unusual || same_content);
    // A collection that removes too much or too little shows in pulls, in snapshots and in later collections.
    let same_collection = same_requirement
        && requirement.starts_with("gc.")
        && ours.steps_of(&COLLECTING) == theirs.steps_of(&COLLECTING);
    let same_sight = same_before && ours.last == theirs.last && ours.shows() == theirs.shows();
    let same_rule = same_requirement
        && match RULES_OF_ANSWERS.contains(&requirement) {
            true => same_before && ours.last == theirs.last,
            false => {
                let same_look = same_before && ours.kind == theirs.kind && ours.shows() == theirs.shows();
                same_endpoint && (same_look || (ours.kinds == theirs.kinds && !ours.is_of_content()))
            }
        };
    same_read || same_write || same_collection || same_sight || same_rule
}
