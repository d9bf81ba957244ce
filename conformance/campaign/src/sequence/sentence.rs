//! Steps in plain words: "user 1 pushes a put of threads/a with clock 2 into the workspace of user 0".

use serde_json::Value;

use super::draft::Draft;
use super::member::Member;
use super::step::Step;
use super::token_misuse::TokenMisuse;
use super::user::{User, is_lookalike};
use super::version_ref::VersionRef;
use super::workspace_ref::WorkspaceRef;
use syncproof_protocol::counted::counted;
use syncproof_protocol::wire::{Collected, Operation};

/// Longer values are cut, in characters.
const SHOWN: usize = 60;
/// Of ops with more unusual fields, only the first are told.
const SHOWN_FIELDS: usize = 5;
/// Of larger batches, only the first ops are told.
const SHOWN_OPS: usize = 4;

/// What happens in each step, in one sentence without a full stop. Op ids are named where there are several ops: which of
/// them are equal, or come first, may be what matters.
#[must_use]
pub fn sentences(steps: &[Step]) -> Vec<String> {
    let has_several = steps.iter().flat_map(Step::ops).nth(1).is_some();
    steps.iter().map(|step| step.sentence(has_several)).collect()
}

impl Step {
    fn sentence(&self, with_op_ids: bool) -> String {
        let who = self.by().map(user).unwrap_or_default();
        let at = self.at().map(|at| workspace(at, self.by())).unwrap_or_default();
        match self {
            Step::Session { .. } => format!("{who} asks for the session"),
            Step::List { .. } => format!("{who} lists their workspaces"),
            Step::Create { label, name, description, id, .. } => {
                let id = id.map(|id| format!(" with the id of {}", workspace(id, self.by()))).unwrap_or_default();
                format!(
                    "{who} creates workspace {label}, named {}{}{id}",
                    text(name),
                    described(description.as_deref())
                )
            }
            Step::Rename { name, description, .. } => {
                format!("{who} renames {at} to {}{}", text(name), described(description.as_deref()))
            }
            Step::Delete { .. } => format!("{who} deletes {at}"),
            Step::Activate { .. } => format!("{who} activates {at}"),
            Step::Members { .. } => format!("{who} lists the members of {at}"),
            Step::AddMember { member, role, .. } => {
                let member = match member {
                    Member::User(member) => user(*member),
                    Member::Nobody => "a user who does not exist".to_owned(),
                };
                format!("{who} adds {member} to {at} as {}", text(role))
            }
            Step::ChangeRole { member, role, .. } => {
                let role = serde_json::to_value(role).unwrap_or_default();
                format!("{who} changes the role of {} in {at} to {}", user(*member), value(&role))
            }
            Step::RemoveMember { member, .. } => format!("{who} removes {} from {at}", user(*member)),
            Step::Push { ops, .. } => format!("{who} pushes {} into {at}", batch(ops, with_op_ids)),
            Step::PushAtOnce { ops, .. } => {
                format!(
                    "{who} pushes {} into {at}, each as a batch of its own, at the same instant",
                    batch(ops, with_op_ids)
                )
            }
            Step::SessionAtOnce { .. } => format!("{who} asks for the session several times at the same instant"),
            Step::RenameAtOnce { name, description, .. } => format!(
                "{who} renames {at} to {}{}, while others rename it alike, without a description",
                text(name),
                described(Some(description))
            ),
            Step::ActivateAtOnce { .. } => {
                format!("{who} activates {at}, and asks for session and list at the same instant")
            }
            Step::DemoteAtOnce { other, crosswise, .. } => {
                let whom = if *crosswise { "the other" } else { "themselves" };
                format!("{who} and {} make {whom} a viewer of {at} at the same instant", user(*other))
            }
            Step::Pull { cursor, limit, tables, .. } => {
                format!(
                    "{who} pulls from {at}, after {}, {limit} changes at most{}",
                    version(*cursor),
                    of(tables.as_deref())
                )
            }
            Step::Follow { cursor, limit, tables, .. } => {
                let tables = of(tables.as_deref());
                format!("{who} pulls everything from {at}, after {}, {limit} changes a page{tables}", version(*cursor))
            }
            Step::Cursor { device, version: moved, .. } => {
                format!("{who} moves the cursor of device {} in {at} to {}", text(device), version(*moved))
            }
            Step::Snapshot { page_size, tables, between, .. } => {
                let tables = of(tables.as_deref());
                let between = match between.is_empty() {
                    true => String::new(),
                    false => format!(", and pushes {} after the first page", batch(between, with_op_ids)),
                };
                format!("{who} takes a snapshot of {at}, {page_size} items a page{tables}{between}")
            }
            Step::Reread { limit, page_size, .. } => format!(
                "{who} reads the log of {at} in pages of 1000 and of {limit}, and a snapshot in pages of {page_size}"
            ),
            Step::Rewrite { batch, .. } => {
                format!("{who} pushes the log of {at} into a new workspace, in another order and in batches of {batch}")
            }
            Step::Token { misuse: how, .. } => {
                format!("{who} takes the first page of a snapshot of {at}, and {}", misuse(*how))
            }
            Step::Collect { retention, only, .. } => {
                let what = match only {
                    None => "the log and the tombstones",
                    Some(Collected::Log) => "the log",
                    Some(Collected::Tombstones) => "the tombstones",
                };
                format!("{who} collects {what} of {at} that are older than {}", counted(retention, "second"))
            }
            Step::Spoilt { spoil, .. } => {
                let endpoint = spoil.call.endpoint();
                let field = if spoil.field.is_empty() { "the whole body" } else { spoil.field.as_str() };
                let wrong = match &spoil.value {
                    None => format!("without {field}"),
                    Some(wrong) => format!("with {} as {field}", value(wrong)),
                };
                format!("{who} sends {} {} {wrong}", endpoint.method.name(), endpoint.path)
            }
            Step::Malformed { call, malformed, .. } => {
                let endpoint = call.endpoint();
                let how = serde_json::to_value(malformed).unwrap_or_default();
                let how = how.as_str().unwrap_or_default().to_owned();
                format!("{who} sends {} {} with a malformed body ({how})", endpoint.method.name(), endpoint.path)
            }
            Step::Route { method, path, .. } => format!("{who} sends {method} {path}, which does not exist"),
            Step::Forged { forgery, .. } => {
                let how = serde_json::to_value(forgery).unwrap_or_default();
                format!(
                    "somebody sends requests as {who} with an invalid credential ({})",
                    how.as_str().unwrap_or_default()
                )
            }
            Step::Expire { .. } => format!("{who} sends requests with a credential, and again after it has expired"),
            Step::Renew { .. } => format!("{who} goes on with a new credential, and asks for the session"),
            Step::Compare { .. } => {
                format!("{who}, who is no member, asks for {at}, and for a workspace that does not exist")
            }
            Step::Restart { kill: true } => "the server is killed and started again".to_owned(),
            Step::Restart { kill: false } => "the server is stopped and started again".to_owned(),
            Step::Wait { seconds } => {
                format!("{} pass{}", counted(seconds, "second"), if *seconds == 1 { "es" } else { "" })
            }
            Step::Anonymous { .. } => format!("somebody calls every endpoint on {at} without a credential"),
        }
    }
}

fn user(user: User) -> String {
    let alike = if is_lookalike(user) { " (who looks like user 0)" } else { "" };
    format!("user {user}{alike}")
}

fn workspace(place: WorkspaceRef, by: Option<User>) -> String {
    match place {
        WorkspaceRef::Home(home) if Some(home) == by => "their own workspace".to_owned(),
        WorkspaceRef::Home(home) => format!("the workspace of user {home}"),
        WorkspaceRef::Made(label) => format!("workspace {label}"),
        WorkspaceRef::Nowhere => "a workspace that does not exist".to_owned(),
        WorkspaceRef::Nearby => "a workspace that does not exist, but whose id is nearly that of another".to_owned(),
    }
}

fn version(version: VersionRef) -> String {
    match version {
        VersionRef::At(version) => format!("version {version}"),
        VersionRef::Head(0) => "the head".to_owned(),
        VersionRef::Head(over) => format!("the head {} {}", if over < 0 { '-' } else { '+' }, over.unsigned_abs()),
    }
}

fn of(tables: Option<&[String]>) -> String {
    tables.map(|tables| format!(", of the tables {}", value(&Value::from(tables)))).unwrap_or_default()
}

fn described(description: Option<&str>) -> String {
    description.map(|description| format!(", described as {}", text(description))).unwrap_or_default()
}

fn misuse(misuse: TokenMisuse) -> String {
    match misuse {
        TokenMisuse::Elsewhere(place) => format!("uses its page token in {}", workspace(place, None)),
        TokenMisuse::By(other) => format!("{} uses its page token", user(other)),
        TokenMisuse::Filter => "uses its page token with another filter".to_owned(),
        TokenMisuse::Garbled => "uses its page token with one character changed".to_owned(),
        TokenMisuse::Twice => "uses its page token twice".to_owned(),
        TokenMisuse::Deleted => "uses its page token after the workspace was deleted".to_owned(),
        TokenMisuse::Collected => "uses its page token after tombstones were collected".to_owned(),
        TokenMisuse::Size => "goes on with pages of other sizes".to_owned(),
    }
}

fn batch(ops: &[Draft], with_ids: bool) -> String {
    match ops {
        [] => "an empty batch".to_owned(),
        ops => {
            let shown: Vec<String> = ops.iter().take(SHOWN_OPS).map(|draft| op(draft, with_ids)).collect();
            let more = ops.len().saturating_sub(SHOWN_OPS);
            let more = if more > 0 { format!(", and {more} more ops") } else { String::new() };
            shown.join(", ") + &more
        }
    }
}

/// "a put of threads/a with clock 2", and what is unusual about it.
fn op(draft: &Draft, with_id: bool) -> String {
    let Draft { table, pk, clock, .. } = draft;
    let operation = if draft.op == Operation::Put { "put" } else { "delete" };
    let count = draft.copies.map_or_else(|| format!("a {operation}"), |copies| format!("{copies} times a {operation}"));
    let plain = |pk: &str| !pk.is_empty() && pk.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let pk = if plain(pk) { pk.clone() } else { text(pk) };
    let mut told = vec![format!("{count} of {table}/{pk} with clock {clock}")];
    let mut tell = |what: Option<String>| told.extend(what);
    tell(with_id.then(|| format!("op id {}", draft.id)));
    tell(draft.hlc.as_deref().map(|hlc| format!("hlc {}", text(hlc))));
    tell(draft.device.as_deref().map(|device| format!("device {}", text(device))));
    tell(draft.named.map(|named| format!("for {}", user(named))));
    tell(draft.workspace.map(|place| format!("a payload that names {}", workspace(place, None))));
    tell(draft.payload.as_ref().map(|payload| format!("payload {}", value(payload))));
    for (name, field) in draft.fields.iter().take(SHOWN_FIELDS) {
        tell(Some(format!("{} = {}", text(name), value(field))));
    }
    let more = draft.fields.len().saturating_sub(SHOWN_FIELDS);
    tell((more > 0).then(|| counted(more, "more field")));
    for (name, field) in &draft.wire {
        tell(Some(format!("{name} sent as {}", value(field))));
    }
    for name in draft.without.iter().chain(&draft.missing) {
        tell(Some(format!("without {name}")));
    }
    match told.len() {
        1 => told.remove(0),
        _ => format!("({})", told.join(", ")),
    }
}

fn text(text: &str) -> String {
    value(&Value::from(text))
}

/// A value as JSON, cut if it is long.
fn value(value: &Value) -> String {
    let text = value.to_string();
    match text.chars().count() > SHOWN {
        true => text.chars().take(SHOWN).collect::<String>() + "…",
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_says_what_is_unusual_about_its_ops() {
        let mut draft = Draft::new(1, Operation::Put, "threads", "a", 2);
        let step = |draft: &Draft| Step::Push { by: 1, at: WorkspaceRef::Home(0), ops: vec![draft.clone()] };
        let push = |draft: &Draft| sentences(&[step(draft)]).concat();
        assert_eq!(push(&draft), "user 1 pushes a put of threads/a with clock 2 into the workspace of user 0");
        draft.set_field("title", Value::from(" x"));
        draft.pk.push(' ');
        assert_eq!(
            push(&draft),
            "user 1 pushes (a put of threads/\"a \" with clock 2, \"title\" = \" x\") into the workspace of user 0"
        );
    }

    #[test]
    fn one_id_of_two_ops_is_seen() {
        let put = |clock| Draft::new(1, Operation::Put, "threads", "a", clock);
        let steps = [1, 2].map(|clock| Step::Push { by: 0, at: WorkspaceRef::Home(0), ops: vec![put(clock)] });
        let sentences = sentences(&steps);
        assert!(sentences.iter().all(|sentence| sentence.contains("op id 1")), "{sentences:?}");
    }

    #[test]
    fn every_generated_step_has_a_sentence_of_bearable_length() {
        for number in 0..300 {
            for sentence in sentences(&crate::generator::sequence(11, number).unwrap()) {
                assert!((10..1500).contains(&sentence.chars().count()), "{sentence}");
                assert!(!sentence.contains("  ") || sentence.contains('"'), "{sentence}");
            }
        }
    }
}
