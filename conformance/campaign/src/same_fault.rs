//! Whether two findings are most likely due to the same fault. One fault shows in several ways: a text that is not kept
//! as it was sent shows in pulls and in snapshots. Shrinking leaves what the fault needs, so what two shrunk sequences
//! have in common tells.

use std::collections::BTreeSet;

use serde_json::Value;

use super::run::Found;
use crate::sequence::{Draft, Step};
use syncproof_protocol::symptom::Symptom;
use syncproof_protocol::wire::Operation;

/// Rules about any answer: a server that breaks one often breaks it at several endpoints.
const RULES_OF_ANSWERS: [&str; 4] = ["http.no-5xx", "http.json-errors", "http.no-internals", "session.bad-credential"];

/// Whether both are most likely due to the same fault.
pub(super) fn is_same_fault(left: &Found, right: &Found) -> bool {
    let (ours, theirs) = (Shape::of(left), Shape::of(right));
    // One of them is not as short as it could be.
    let contains = ours.all().is_subset(&theirs.all()) || theirs.all().is_subset(&ours.all());
    if ours.symptom == theirs.symptom && contains {
        return true;
    }
    if ours.before != theirs.before {
        return false;
    }
    let same_requirement = ours.symptom.requirement == theirs.symptom.requirement;
    // What is unusual about an op leads to whatever is read afterwards.
    let same_write = ours.is_unusual;
    // The same users may do what they must not, in several ways.
    let same_right = same_requirement && ours.has_others;
    let same_sight = ours.last == theirs.last && ours.shows() == theirs.shows();
    let same_rule = ours.last == theirs.last
        && same_requirement
        && (ours.symptom.endpoint == theirs.symptom.endpoint || RULES_OF_ANSWERS.contains(&ours.symptom.requirement));
    same_write || same_right || same_sight || same_rule
}

/// What a fault needs to show.
struct Shape {
    symptom: Symptom,
    /// What is done before the step that shows it: kinds of steps, and what is unusual about ops.
    before: BTreeSet<String>,
    /// The step that shows it; its endpoint when that is not the step's own, as for the login of a user.
    last: BTreeSet<String>,
    /// Whether an op before it is unusual.
    is_unusual: bool,
    /// Whether there is anything but pushes before it.
    has_others: bool,
}

impl Shape {
    fn of(found: &Found) -> Self {
        let symptom = found.shrunk.finding.symptom();
        let (last, before) = found.shrunk.steps.split_last().map_or((None, &[][..]), |(last, rest)| (Some(last), rest));
        let is_own = |step: &&Step| {
            let names = step.endpoints().into_iter().map(|one| format!("{} {}", one.method.name(), one.path));
            names.into_iter().any(|name| name == symptom.endpoint) || symptom.endpoint.is_empty()
        };
        let last = last.filter(|last| is_own(last) || !matches!(symptom.endpoint.as_str(), LOGIN));
        let last = last.map_or_else(|| BTreeSet::from([symptom.endpoint.clone()]), traits);
        let is_plain = |step: &Step| step.ops().iter().all(|op| features(op).is_empty());
        Shape {
            last,
            before: before.iter().flat_map(traits).collect(),
            is_unusual: !before.iter().all(is_plain),
            has_others: before.iter().any(|step| !matches!(step, Step::Push { .. })),
            symptom,
        }
    }

    fn all(&self) -> BTreeSet<&String> {
        self.before.iter().chain(&self.last).collect()
    }

    /// The symptom without the requirement.
    fn shows(&self) -> [&str; 3] {
        [&self.symptom.endpoint, &self.symptom.answer, &self.symptom.message]
    }
}

/// What every user calls first.
const LOGIN: &str = "GET /api/auth/session";

/// The kind of a step, and what is unusual about its ops.
fn traits(step: &Step) -> BTreeSet<String> {
    let value = serde_json::to_value(step).unwrap_or_default();
    let name = value.get("do").and_then(Value::as_str).unwrap_or_default();
    let kind = match step {
        Step::Token { misuse, .. } => format!("{name} {misuse:?}"),
        Step::Forged { forgery, .. } => format!("{name} {forgery:?}"),
        Step::Malformed { malformed, .. } => format!("{name} {malformed:?}"),
        // One page, or page after page.
        Step::Follow { .. } => "pull".to_owned(),
        _ => name.to_owned(),
    };
    let mut traits: BTreeSet<String> = step.ops().iter().flat_map(features).collect();
    traits.insert(kind);
    traits
}

/// What is unusual about an op.
fn features(op: &Draft) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut note = |is_unusual: bool, what: &str| {
        if is_unusual {
            found.insert(what.to_owned());
        }
    };
    note(op.op == Operation::Delete, "delete");
    note(op.table != "threads", &op.table);
    note(op.clock > 10 || op.clock == 0, "clock");
    note(op.hlc.is_some(), "hlc");
    note(op.device.is_some(), "device");
    note(op.named.is_some(), "named");
    note(op.copies.is_some(), "copies");
    note(op.workspace.is_some(), "workspace");
    let pk = Value::from(op.pk.as_str());
    note(op.pk.len() > 1 || class(&pk) != PLAIN_TEXT, class(&pk));
    if let Some(payload) = &op.payload {
        note(true, &format!("payload {}", class(payload)));
    }
    for (name, value) in op.fields.iter().chain(&op.wire) {
        note(is_odd(name), name);
        note(true, &content(value));
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
