//! Whether two findings are most likely due to the same fault. One fault shows in several ways: a text that is not kept
//! as it was sent shows in pulls and in snapshots. Shrinking leaves what the fault needs, so what two shrunk sequences
//! have in common tells.

use std::collections::BTreeSet;

use serde_json::Value;

use super::found::Found;
use crate::sequence::{Draft, Step, WorkspaceRef};
use syncproof_protocol::symptom::Symptom;
use syncproof_protocol::wire::Operation;

/// Rules about any answer: a server that breaks one often breaks it at several endpoints.
const RULES_OF_ANSWERS: [&str; 6] = [
    "http.no-5xx",
    "http.json-errors",
    "http.no-internals",
    "http.malformed-json",
    "session.bad-credential",
    "workspace.name-rules",
];
/// What a collection that removes too much leads to, whichever rule of collections it breaks.
const LOSSES: [&str; 3] = ["snapshot.complete", "pull.complete", "gc.gap-is-told"];
/// Steps that change who may do what.
const RIGHTS: [&str; 4] = ["delete", "add-member", "change-role", "remove-member"];
/// Steps that decide what a collection removes.
const COLLECTING: [&str; 3] = ["cursor", "wait", "collect"];

/// Rules about any content: which content breaks one tells one fault from another.
const RULES_OF_CONTENT: [&str; 4] =
    ["http.no-5xx", "push.payload-round-trips", "push.payload-schema", "push.text-exact"];

/// What is unusual about the contents of ops, if the rule that is broken is about any content.
pub(super) fn needs_of(steps: &[Step], requirement: &str) -> BTreeSet<String> {
    let is_of_content = RULES_OF_CONTENT.contains(&requirement);
    steps.iter().filter(|_| is_of_content).flat_map(Step::ops).flat_map(needs).collect()
}

/// Whether both are most likely due to the same fault.
pub(super) fn is_same_fault(left: &Found, right: &Found) -> bool {
    let (ours, theirs) = (Shape::of(left), Shape::of(right));
    let same_requirement = ours.symptom.requirement == theirs.symptom.requirement;
    let same_endpoint = ours.symptom.endpoint == theirs.symptom.endpoint;
    let same_symptom = ours.symptom == theirs.symptom;
    let same_before = ours.before == theirs.before;
    let contains = ours.before.is_subset(&theirs.before) || theirs.before.is_subset(&ours.before);
    let any_endpoint = RULES_OF_ANSWERS.contains(&ours.symptom.requirement);

    // One of the two is not as short as it could be, or both need the same unusual thing.
    let same_need = same_symptom && (ours.is_part_of(&theirs) || theirs.is_part_of(&ours) || ours.shares_need(&theirs));
    // A comparison of two reads shows what one of them alone shows, too.
    let same_read = same_endpoint && contains && ours.compares() != theirs.compares();
    // What is unusual about an op leads to whatever is read afterwards.
    let same_write = same_before && ours.is_unusual;
    // Whoever may do what they must not, may do it in several ways.
    let rights = ours.steps_of(&RIGHTS);
    let same_right = same_requirement && !rights.is_empty() && rights == theirs.steps_of(&RIGHTS);
    let same_loss = ours.all.contains("collect")
        && same_endpoint
        && ours.steps_of(&COLLECTING) == theirs.steps_of(&COLLECTING)
        && LOSSES.contains(&ours.symptom.requirement) != LOSSES.contains(&theirs.symptom.requirement);
    let same_sight = same_before && ours.last == theirs.last && ours.shows() == theirs.shows();
    let same_rule = same_before
        && same_requirement
        && match any_endpoint {
            true => ours.last == theirs.last,
            false => same_endpoint && ours.kind == theirs.kind && ours.shows() == theirs.shows(),
        };
    // The same refusal of the same check: which rule forbids it depends on who was refused.
    let refusal = |shape: &Shape| {
        let Symptom { endpoint, answer, message, .. } = shape.symptom.clone();
        [endpoint, answer, message]
    };
    let same_refusal = !ours.symptom.answer.is_empty() && refusal(&ours) == refusal(&theirs);
    // What is left after shrinking is needed: the same unusual thing in both, whatever it leads to.
    let breaks_down = |shape: &Shape| shape.symptom.requirement == "http.no-5xx";
    let same_cause = !ours.needs.is_empty() && ours.needs == theirs.needs && breaks_down(&ours) == breaks_down(&theirs);
    same_cause
        || same_refusal
        || same_need
        || same_read
        || same_write
        || same_right
        || same_loss
        || same_sight
        || same_rule
}

/// What a fault needs to show.
struct Shape {
    symptom: Symptom,
    /// What is done before the step that shows it: kinds of steps, and what is unusual about ops.
    before: BTreeSet<String>,
    /// The step that shows it; only its endpoint for the session.
    last: BTreeSet<String>,
    /// The kind of that step.
    kind: String,
    /// Both together.
    all: BTreeSet<String>,
    /// What is unusual about the contents of ops, the devices and the places.
    needs: BTreeSet<String>,
    /// Whether an op before the last step is unusual.
    is_unusual: bool,
}

impl Shape {
    fn of(found: &Found) -> Self {
        let symptom = found.shrunk.finding.symptom();
        let (last, before) = found.shrunk.steps.split_last().map_or((None, &[][..]), |(last, rest)| (Some(last), rest));
        // Any step of a new user begins with their login.
        let last = last.filter(|_| symptom.endpoint != LOGIN);
        // Which kind of malformed body it is matters only where the body is accepted.
        let breaks_down = symptom.requirement == "http.no-5xx";
        let kind = last.map_or_else(|| symptom.endpoint.clone(), |last| kind(last, breaks_down));
        let ops = |step: &Step| step.ops().iter().flat_map(features).collect::<BTreeSet<_>>();
        let last: BTreeSet<String> = last.map(ops).unwrap_or_default().into_iter().chain([kind.clone()]).collect();
        let before_ops: BTreeSet<String> = before.iter().flat_map(ops).collect();
        let kinds = before.iter().map(|step| self::kind(step, breaks_down));
        let before: BTreeSet<String> = before_ops.iter().cloned().chain(kinds).collect();
        let all: BTreeSet<String> = before.union(&last).cloned().collect();
        let needs = found.shrunk.steps.iter().flat_map(needs_of_step).collect();
        Shape { symptom, is_unusual: !before_ops.is_empty(), before, last, kind, all, needs }
    }

    /// Whether the other one does all that it does, and more.
    fn is_part_of(&self, other: &Shape) -> bool {
        self.all.is_subset(&other.all)
    }

    /// Whether both need an op with the same unusual content, and nothing else differs but ops.
    fn shares_need(&self, other: &Shape) -> bool {
        self.kind == other.kind && !self.needs.is_disjoint(&other.needs)
    }

    /// Whether the step that shows it compares answers with each other.
    fn compares(&self) -> bool {
        ["reread", "rewrite", "compare"].contains(&self.kind.as_str())
    }

    /// The steps that are of these kinds.
    fn steps_of(&self, kinds: &[&str]) -> BTreeSet<&String> {
        self.all.iter().filter(|step| kinds.contains(&step.as_str())).collect()
    }

    /// The symptom without the requirement, and without what follows a colon in the message.
    fn shows(&self) -> [&str; 3] {
        let message = self.symptom.message.split(": ").next().unwrap_or_default();
        [&self.symptom.endpoint, &self.symptom.answer, message]
    }
}

/// What every user calls first.
const LOGIN: &str = "GET /api/auth/session";

/// The kind of a step.
fn kind(step: &Step, breaks_down: bool) -> String {
    let value = serde_json::to_value(step).unwrap_or_default();
    let name = value.get("do").and_then(Value::as_str).unwrap_or_default();
    // Without what is in parentheses: which workspace, which user.
    let variant = |detail: &dyn std::fmt::Debug| format!("{detail:?}").split('(').next().unwrap_or_default().to_owned();
    match step {
        Step::Token { misuse, .. } => format!("{name} {}", variant(misuse)),
        Step::Forged { forgery, .. } => format!("{name} {}", variant(forgery)),
        Step::Malformed { malformed, .. } if !breaks_down => format!("{name} {}", variant(malformed)),
        // One page, or page after page.
        Step::Follow { .. } => "pull".to_owned(),
        Step::Create { .. } | Step::Rename { .. } => "naming".to_owned(),
        _ => name.to_owned(),
    }
}

/// What is unusual about a step: the contents of its ops, its device, its workspace.
fn needs_of_step(step: &Step) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = step.ops().iter().flat_map(needs).collect();
    if let Step::Cursor { device, .. } = step
        && !device.chars().all(|c| c.is_ascii_lowercase())
    {
        found.insert(format!("device {}", class(&Value::from(device.as_str()))));
    }
    if matches!(step.at(), Some(WorkspaceRef::Nearby)) {
        found.insert("an id that is nearly that of a workspace".to_owned());
    }
    found
}

/// What is unusual about an op.
fn features(op: &Draft) -> BTreeSet<String> {
    let mut found = needs(op);
    found.extend((op.op == Operation::Delete).then(|| "delete of a record".to_owned()));
    found.extend((op.table != "threads").then(|| op.table.clone()));
    found.extend((op.clock > 10 || op.clock == 0).then(|| "clock".to_owned()));
    found.extend(op.device.is_some().then(|| "device".to_owned()));
    found
}

/// What is unusual about the content of an op, so that it is hardly there by accident.
fn needs(op: &Draft) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |is_unusual: bool, what: &str| {
        if is_unusual {
            found.insert(what.to_owned());
        }
    };
    if let Some(hlc) = &op.hlc {
        note(true, &format!("hlc {}", class(&Value::from(hlc.as_str()))));
    }
    note(op.named.is_some(), "named");
    note(op.copies.is_some(), "copies");
    note(op.workspace.is_some(), "workspace");
    let pk = Value::from(op.pk.as_str());
    note(op.pk.len() > 1 || class(&pk) != PLAIN_TEXT, class(&pk));
    if let Some(payload) = &op.payload {
        note(true, &format!("payload {}", class(payload)));
    }
    for (name, value) in op.fields.iter().chain(&op.wire) {
        let content = content(value);
        note(true, if is_odd(name) { name } else { &content });
    }
    found.extend(op.without.iter().chain(&op.missing).map(|name| format!("no {name}")));
    found
}

/// Whether careless servers interpret a field of that name.
fn is_odd(name: &str) -> bool {
    const INTERPRETED: [&str; 6] = ["constructor", "self", "clock", "created_at", "updated_at", "deleted"];
    let is_ordinary = name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && (1..40).contains(&name.len());
    !is_ordinary || name.starts_with("__") || INTERPRETED.contains(&name)
}

const PLAIN_TEXT: &str = "text";

/// What is unusual about a value. Where it is nested does not matter if it is unusual by itself.
fn content(value: &Value) -> String {
    let (mut leaf, mut depth) = (value, 0_usize);
    loop {
        let inner = match leaf {
            Value::Array(values) if values.len() == 1 => values.first(),
            Value::Object(fields) if fields.len() == 1 => fields.values().next(),
            _ => None,
        };
        let Some(inner) = inner else { break };
        (leaf, depth) = (inner, depth + 1);
    }
    match (class(leaf), depth) {
        (plain @ (PLAIN_TEXT | "number" | "array" | "object"), 1..) => format!("{plain} in {}", class(value)),
        (class, _) => class.to_owned(),
    }
}

/// What kind of value it is.
fn class(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "fraction",
        Value::Number(number) if number.as_u64().is_some_and(|number| number < 1 << 31) => "number",
        Value::Number(_) => "extreme number",
        Value::String(text) if text.chars().any(|c| c.is_control() && !c.is_whitespace()) => "control",
        Value::String(text) if text.trim() != text || text.is_empty() => "blank",
        Value::String(text) if !text.is_ascii() => "unicode",
        Value::String(_) => PLAIN_TEXT,
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
