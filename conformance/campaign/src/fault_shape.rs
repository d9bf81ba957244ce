//! The shape of a shrunk finding: what its fault needs to show, without names and values.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::sequence::{Draft, Step, WorkspaceRef};
use syncproof_protocol::symptom::Symptom;
use syncproof_protocol::wire::Operation;

/// Rules about any content: which content breaks one tells one fault from another.
const RULES_OF_CONTENT: [&str; 4] =
    ["http.no-5xx", "push.payload-round-trips", "push.payload-schema", "push.text-exact"];

/// What is unusual about the contents of ops, if the rule that is broken is about any content.
pub(super) fn needs_of(steps: &[Step], requirement: &str) -> BTreeSet<String> {
    let is_of_content = RULES_OF_CONTENT.contains(&requirement);
    steps.iter().filter(|_| is_of_content).flat_map(Step::ops).flat_map(needs).collect()
}

/// What a fault needs to show.
pub(super) struct FaultShape {
    pub(super) symptom: Symptom,
    /// What is done before the step that shows it: kinds of steps, and what is unusual about ops.
    pub(super) before: BTreeSet<String>,
    /// Only the kinds of steps.
    pub(super) kinds: BTreeSet<String>,
    /// The step that shows it; only its endpoint for the session.
    pub(super) last: BTreeSet<String>,
    /// The kind of that step.
    pub(super) kind: String,
    /// Both together.
    pub(super) all: BTreeSet<String>,
    /// What is unusual about the contents of ops, the devices and the places.
    pub(super) needs: BTreeSet<String>,
    /// What is unusual inside of the values of payloads, however deep.
    pub(super) contents: BTreeSet<&'static str>,
    /// Whether an op before the last step is unusual.
    pub(super) is_unusual: bool,
    /// Whether an op id is sent more than once.
    pub(super) repeats_op: bool,
    /// Whether it takes only a user who does something in another user's workspace.
    pub(super) is_of_stranger: bool,
}

impl FaultShape {
    pub(super) fn of(symptom: Symptom, steps: &[Step]) -> Self {
        let (last, before) = steps.split_last().map_or((None, &[][..]), |(last, rest)| (Some(last), rest));
        // Any step of a new user begins with their login.
        let last = last.filter(|_| symptom.endpoint != LOGIN);
        // Which kind of malformed body it is matters only where the body is accepted.
        let breaks_down = symptom.requirement == BREAKDOWN;
        let kind = last.map_or_else(|| symptom.endpoint.clone(), |last| kind(last, breaks_down));
        let features = |step: &Step| step.ops().iter().flat_map(features).collect::<BTreeSet<_>>();
        let last: BTreeSet<String> = last.map(features).unwrap_or_default().into_iter().chain([kind.clone()]).collect();
        let before_ops: BTreeSet<String> = before.iter().flat_map(features).collect();
        let kinds: BTreeSet<String> = before.iter().map(|step| self::kind(step, breaks_down)).collect();
        let before: BTreeSet<String> = before_ops.union(&kinds).cloned().collect();
        let all: BTreeSet<String> = before.union(&last).cloned().collect();
        let needs = steps.iter().flat_map(needs_of_step).collect();
        let contents = steps.iter().flat_map(Step::ops).flat_map(contents).collect();
        let mut ids = BTreeSet::new();
        let repeats_op = !steps.iter().flat_map(Step::ops).all(|op| ids.insert(op.id));
        let is_of_stranger = match steps {
            [only] => matches!(only.at(), Some(WorkspaceRef::Home(user)) if only.by() != Some(user)),
            _ => false,
        };
        let is_unusual = !before_ops.is_empty();
        FaultShape { symptom, before, kinds, last, kind, all, needs, contents, is_unusual, repeats_op, is_of_stranger }
    }

    /// Whether the rule is about any content.
    pub(super) fn is_of_content(&self) -> bool {
        RULES_OF_CONTENT.contains(&self.symptom.requirement)
    }

    /// Whether the server breaks down.
    pub(super) fn breaks_down(&self) -> bool {
        self.symptom.requirement == BREAKDOWN
    }

    /// Whether the check compares what comes back with what was sent: it fails for many reasons.
    pub(super) fn compares_content(&self) -> bool {
        const CHECKS: [&str; 4] = [
            "a pull shows another change than the one that was pushed",
            "a pull shows a change that it should not",
            "the items are not the fold of the log",
            "a page is empty, although there are more changes",
        ];
        CHECKS.contains(&self.symptom.message.as_str())
    }

    /// Whether the step that shows it compares two reads with each other.
    pub(super) fn compares(&self) -> bool {
        ["reread", "rewrite"].contains(&self.kind.as_str())
    }

    /// The steps that are of these kinds.
    pub(super) fn steps_of(&self, kinds: &[&str]) -> BTreeSet<&String> {
        self.all.iter().filter(|step| kinds.contains(&step.as_str())).collect()
    }

    /// The symptom without the requirement, and without what follows a colon in the message.
    pub(super) fn shows(&self) -> [&str; 3] {
        let message = self.symptom.message.split(": ").next().unwrap_or_default();
        [&self.symptom.endpoint, &self.symptom.answer, message]
    }
}

/// The rule that forbids answers 5xx, and none.
const BREAKDOWN: &str = "http.no-5xx";
/// The kind of step that changes a role.
pub(super) const CHANGE_OF_ROLE: &str = "change-role";
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

/// What is unusual inside of the values of an op, however deep.
fn contents(op: &Draft) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Value> = Vec::new();
    let mut look = |name: &str, is_inside: bool| {
        let what = if name.is_empty() { Some("empty name") } else { (is_inside && is_odd(name)).then_some("odd name") };
        found.extend(what);
    };
    for (name, value) in op.fields.iter().chain(&op.wire) {
        look(name, false);
        open.push(value);
    }
    let mut classes = BTreeSet::new();
    while let Some(value) = open.pop() {
        classes.insert(class(value));
        match value {
            Value::Array(values) => open.extend(values),
            Value::Object(fields) => {
                fields.keys().for_each(|name| look(name, true));
                open.extend(fields.values());
            }
            _ => {}
        }
    }
    found.extend(classes.into_iter().filter(|class| ![PLAIN_TEXT, "number", "array", "object"].contains(class)));
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
