//! Recording what answers show, for the comparison with another target.

use serde_json::{Value, json};

use super::observation_log::ObservationLog;
use super::stage::Stage;
use crate::observation::{Observation, RequestKind};
use crate::oracle::{NameAndDescription, Reply};
use crate::sequence::WorkspaceRef;
use syncproof_model as model;
use syncproof_protocol::wire::{
    Change, Id, Item, MembersAnswer, Operation, PullAnswer, PushAnswer, SessionAnswer, SnapshotAnswer, WorkspacesAnswer,
};

impl Stage<'_> {
    /// Records what a success shows, if observations are wanted.
    pub(super) fn observe<T>(
        &mut self,
        asked: RequestKind,
        reply: &Reply<T>,
        tell: impl FnOnce(&Self, &ObservationLog) -> Value,
    ) {
        let is_success = reply.status.is_some_and(|status| status < 300);
        let Some(observations) = &self.observations else { return };
        let answered = if is_success { tell(self, observations) } else { Value::Null };
        let exchange = self.recorder.last();
        let Some(observations) = &mut self.observations else { return };
        observations.observations.push(Observation { step: observations.step, asked, is_success, answered, exchange });
    }

    /// Records a call whose answer shows only its success.
    pub(super) fn observe_done<T>(&mut self, asked: RequestKind, reply: &Reply<T>) {
        self.observe(asked, reply, |_, _| Value::Null);
    }

    pub(super) fn observe_naming(&mut self, naming: NameAndDescription<'_>, renamed: Option<&Id>) {
        let Some(observations) = &mut self.observations else { return };
        observations.names.extend(model::name(naming.name));
        match renamed {
            Some(id) if naming.description.is_none() => observations.vague.push(id.clone()),
            Some(id) => observations.vague.retain(|vague| vague != id),
            None => {}
        }
    }

    pub(super) fn observe_session(&mut self, reply: &Reply<SessionAnswer>) {
        self.observe(RequestKind::Session, reply, |stage, _| {
            reply.body.as_ref().and_then(|answer| answer.session.as_ref()).map_or(Value::Null, |session| {
                let identity = (&session.provider, &session.provider_user_id);
                let identity = stage.handle.knows_identities().then_some(identity);
                json!({
                    "authenticated": session.authenticated,
                    "identity": identity,
                    "user": stage.word_for(&session.user.id),
                })
            })
        });
    }

    pub(super) fn observe_list(&mut self, reply: &Reply<WorkspacesAnswer>) {
        self.observe(RequestKind::List, reply, |stage, observations| {
            in_order(reply.body.iter().flat_map(|answer| &answer.workspaces).filter_map(|workspace| {
                // The target chooses the names of default workspaces that nobody has renamed.
                let word = stage.word_for(&workspace.id)?;
                let name = observations.names.contains(&workspace.name).then_some(&workspace.name);
                let is_vague = observations.vague.contains(&workspace.id);
                let description = (!is_vague).then(|| format!("{:?}", workspace.description));
                let answered = json!({"id": word, "name": name, "description": description, "role": workspace.role});
                Some((word, answered))
            }))
        });
    }

    pub(super) fn observe_members(&mut self, asked: RequestKind, reply: &Reply<MembersAnswer>) {
        self.observe(asked, reply, |stage, _| {
            in_order(reply.body.iter().flat_map(|answer| &answer.members).map(|member| {
                let word = stage.word_for(&member.user_id).unwrap_or_else(|| "somebody".to_owned());
                (word.clone(), json!({"userId": word, "role": member.role}))
            }))
        });
    }

    pub(super) fn observe_push(&mut self, head_before: u64, reply: &Reply<PushAnswer>) {
        self.observe(RequestKind::Push, reply, |_, _| {
            let mut newest = head_before;
            let results = reply.body.iter().flat_map(|answer| &answer.results).map(|result| {
                let version = result.server_version.filter(|_| result.success);
                // For a known op, a server may repeat its first answer, or say what holds now.
                let is_new = version.is_some_and(|version| version > newest);
                newest = version.map_or(newest, |version| version.max(newest));
                let applied = result.applied.filter(|_| is_new);
                json!({"opId": result.op_id, "success": result.success, "serverVersion": version, "applied": applied})
            });
            json!({"results": results.collect::<Vec<_>>()})
        });
    }

    /// Records the pages of one read as one observation.
    pub(super) fn observe_pull(&mut self, asked: RequestKind, pages: &[Reply<PullAnswer>]) {
        let Some(last) = pages.last() else { return };
        self.observe(asked, last, |stage, _| {
            let changes = pages.iter().filter_map(|page| page.body.as_ref()).flat_map(|page| &page.changes);
            let changes: Vec<Value> = changes.map(|change| stage.change(change)).collect();
            json!({"changes": changes, "hasMore": last.body.as_ref().map(|page| page.has_more)})
        });
    }

    fn change(&self, change: &Change) -> Value {
        let payload = change.payload.as_ref().filter(|_| change.op == Operation::Put);
        json!({
            "serverVersion": change.server_version, "tableName": change.table_name, "pk": change.pk, "op": change.op,
            "stamp": change.stamp, "payload": payload.map(|payload| self.content(payload)),
        })
    }

    /// Records all pages of a snapshot as one observation.
    pub(super) fn observe_snapshot(&mut self, pages: &[Reply<SnapshotAnswer>]) {
        let Some(last) = pages.last() else { return };
        self.observe(RequestKind::Snapshot, last, |stage, _| {
            let items = pages.iter().filter_map(|page| page.body.as_ref()).flat_map(|page| &page.items);
            let items = in_order(items.map(|item| {
                let (table, pk, kind) = item.position();
                let mut answered = json!({"kind": kind, "tableName": table, "pk": pk, "revision": item.revision()});
                if let Item::Row { payload, .. } = item {
                    answered["payload"] = stage.content(payload);
                }
                (format!("{table}\0{pk}\0{kind}"), answered)
            }));
            json!({"items": items, "highWatermark": last.body.as_ref().map(|page| page.high_watermark)})
        });
    }

    /// What a client wrote, with names instead of ids, and without the workspace that a server may add.
    fn content(&self, payload: &Value) -> Value {
        match payload {
            Value::Object(fields) => fields
                .iter()
                .filter(|(name, _)| *name != "workspace_id")
                .map(|(name, value)| (name.clone(), self.content(value)))
                .collect(),
            Value::Array(values) => values.iter().map(|value| self.content(value)).collect(),
            Value::String(text) => {
                self.word_for(&Id::text(text.as_str())).map_or_else(|| payload.clone(), Value::String)
            }
            other => other.clone(),
        }
    }

    /// What the sequence calls that workspace or user.
    fn word_for(&self, id: &Id) -> Option<String> {
        let text = id.to_string();
        let is = |other: &Id| other.to_string() == text;
        let home = self.users.iter().find(|(_, actor)| is(&actor.home)).map(|(user, _)| WorkspaceRef::Home(*user));
        let made = || self.made.iter().find(|(_, id)| is(id)).map(|(label, _)| WorkspaceRef::Made(*label));
        if let Some(place) = home.or_else(made) {
            return Some(String::from(place));
        }
        let user = self.users.iter().find(|(_, actor)| self.oracle.id_of(actor.known).is_some_and(is));
        user.map(|(user, _)| format!("user:{user}"))
    }
}

/// The values in the order of their names: the server's order is judged elsewhere.
fn in_order(named: impl Iterator<Item = (String, Value)>) -> Value {
    let mut named: Vec<(String, Value)> = named.collect();
    named.sort_by(|(left, _), (right, _)| left.cmp(right));
    named.into_iter().map(|(_, value)| value).collect()
}
