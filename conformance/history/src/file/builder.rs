//! Makes a history of lines: every text and every op once, and what each call asked and was told.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::percent_decode_str;
use serde_json::value::RawValue;

use super::answer::{
    Change, Item, ListAnswer, MembersAnswer, PullAnswer, PushAnswer, SessionAnswer, SnapshotAnswer, WithId,
};
use super::any_line::AnyLine;
use super::known_ops::KnownOps;
use super::line::FORMAT;
use super::recent::{Bytes, Recent};
use super::request::{
    CursorBody, IdBody, Loose, MemberBody, NamingBody, OpBody, PullBody, PushBody, Scope, ScopeBody, SnapshotBody,
    Stamp,
};
use crate::call::{
    Action, Call, Description, ItemShown, Listed, MemberShown, Membership, Naming, Outcome, Page, Pull, SentOp,
    SessionShown, Shown, Snapshot, SnapshotPage, Told,
};
use crate::digest::Digest;
use crate::history::{Fault, History};
use crate::op::{Op, OpIndex, Write};
use crate::texts::Text;
use syncproof_protocol::endpoint;
use syncproof_protocol::wire::Operation;

/// How far into a line its endpoint is looked for.
const HEAD: usize = 512;
/// What the first line has to be.
const NO_HEADER: &str = "the first line of a history is {\"syncproof_history\": 1}";

/// Adds lines to a history.
#[derive(Default)]
pub(super) struct Builder {
    history: History,
    has_header: bool,
    ops: KnownOps,
    recent: Recent,
}

impl Builder {
    /// The history of all lines.
    pub(super) fn built(self) -> Result<History, String> {
        if self.has_header { Ok(self.history) } else { Err(NO_HEADER.to_owned()) }
    }

    /// Adds a line; the error says what is wrong with it.
    pub(super) fn add(&mut self, number: u32, text: &str) -> Result<(), String> {
        // Most lines are of these two, whose bodies are parsed together with the line. Any other is looked at twice.
        let head = text.get(..HEAD).unwrap_or(text);
        if head.contains(endpoint::PUSH.path)
            && let Some(line) = AnyLine::done(text, &endpoint::PUSH)
        {
            return self.add_line(number, line, |builder, line, asked| builder.push(line.sent, line.saw, asked));
        }
        if head.contains(endpoint::PULL.path)
            && let Some(line) = AnyLine::done(text, &endpoint::PULL)
        {
            return self.add_line(number, line, |builder, line, _| builder.pull(line.sent, line.saw));
        }
        let line: AnyLine = serde_json::from_str(text).map_err(|error| error.to_string())?;
        self.add_line(number, line, |builder, line, asked| builder.action(&line, asked))
    }

    fn add_line<'a, S, W>(
        &mut self,
        number: u32,
        line: AnyLine<'a, S, W>,
        action: impl FnOnce(&mut Self, AnyLine<'a, S, W>, Asked) -> Action,
    ) -> Result<(), String> {
        if let Some(format) = line.syncproof_history {
            self.has_header = true;
            return if format == FORMAT {
                Ok(())
            } else {
                Err(format!("format {format} is unknown, {FORMAT} is known"))
            };
        }
        if !self.has_header {
            return Err(NO_HEADER.to_owned());
        }
        if line.made_by.is_some() || line.target.is_some() {
            return Err("`made_by` and `target` belong to the first line".to_owned());
        }
        let missing = |field: &str| format!("the field `{field}` is missing");
        let began = line.began_us.ok_or_else(|| missing("began_us"))?;
        let ended = line.ended_us.unwrap_or(u64::MAX);
        if ended < began {
            return Err(format!("it ended at {ended} µs, before it began at {began} µs"));
        }
        if let Some(fault) = &line.fault {
            let what = self.text(fault);
            self.history.faults.push(Fault { what, began, ended });
            return Ok(());
        }
        let client = self.text(line.client.as_deref().ok_or_else(|| missing("client"))?);
        let user = self.text(line.user.as_deref().unwrap_or_default());
        for (field, value) in [("method", &line.method), ("path", &line.path)] {
            value.as_ref().ok_or_else(|| missing(field))?;
        }
        let outcome = match line.status {
            _ if line.ended_us.is_none() => Outcome::Unknown,
            Some(200..300) => Outcome::Ok,
            Some(400..500) => Outcome::Failed,
            _ => Outcome::Unknown,
        };
        let call = u32::try_from(self.history.calls.len()).map_err(|_| "a history has at most 2^32 calls")?;
        let status = line.status.unwrap_or(0);
        let action = action(self, line, Asked { call, began, outcome });
        let outcome = if action.lacks_its_answer() && outcome == Outcome::Ok { Outcome::Unknown } else { outcome };
        self.history.calls.push(Call { line: number, client, user, began, ended, status, outcome, action });
        Ok(())
    }

    fn action(&mut self, line: &AnyLine, asked: Asked) -> Action {
        let Some((endpoint, path)) = line.endpoint() else { return Action::Other };
        let mut ids = path.split('/').skip(3).map(|part| percent_decode_str(part).decode_utf8_lossy());
        match endpoint.name {
            name if name == endpoint::PUSH.name => self.push(line.sent(), line.saw(), asked),
            name if name == endpoint::PULL.name => self.pull(line.sent(), line.saw()),
            name if name == endpoint::SNAPSHOT.name => self.snapshot(line),
            name if name == endpoint::UPDATE_CURSOR.name => match line.sent::<CursorBody>() {
                Some(body) => Action::UpdateCursor {
                    workspace: self.workspace(&body.scope),
                    // Some servers cut blanks at its ends off.
                    device: self.filled(&body.device_id),
                    version: body.version.0,
                },
                None => self.in_scope(line, |workspace| Action::UpdateCursor { workspace, device: None, version: 0 }),
            },
            name if name == endpoint::GC_CHANGE_LOG.name => self.in_scope(line, Action::Collect),
            name if name == endpoint::GC_TOMBSTONES.name => self.in_scope(line, Action::Collect),
            name if name == endpoint::SESSION.name => Action::Session(line.saw::<SessionAnswer>().and_then(|answer| {
                let session = answer.session?;
                let workspace = session.workspace.map(|workspace| self.text(&workspace.id.text()));
                let role = session.role.map(|role| self.text(&role));
                Some(SessionShown { user: self.text(&session.user.id.text()), workspace, role })
            })),
            name if name == endpoint::LIST_WORKSPACES.name => Action::List(self.list(line)),
            name if name == endpoint::CREATE_WORKSPACE.name => {
                let id = line.saw::<WithId>().map(|created| self.text(&created.id.text()));
                Action::Create { id, naming: self.naming(line) }
            }
            name if name == endpoint::ACTIVATE.name => match line.sent::<IdBody>() {
                Some(body) => Action::Activate(self.text(&body.id.text())),
                None => Action::Other,
            },
            name => {
                let workspace = self.text(&ids.next().unwrap_or_default());
                match name {
                    name if name == endpoint::DELETE_WORKSPACE.name => Action::Delete(workspace),
                    name if name == endpoint::RENAME_WORKSPACE.name => {
                        Action::Rename { workspace, naming: self.naming(line) }
                    }
                    name if name == endpoint::LIST_MEMBERS.name => {
                        Action::Members { workspace, shown: self.members(line) }
                    }
                    _ => self.member(name, line, workspace, ids.nth(1).as_deref()),
                }
            }
        }
    }

    /// A request about one member, whom the path names unless they are new.
    fn member(&mut self, name: &str, line: &AnyLine, workspace: Text, in_path: Option<&str>) -> Action {
        let body = line.sent::<MemberBody>();
        let role = body.as_ref().and_then(|body| body.role.as_deref()).map(|role| self.text(role));
        let in_body = body.as_ref().and_then(|body| body.user_id.as_ref()).map(|member| self.text(&member.text()));
        let in_path = in_path.map(|member| self.text(member));
        let (member, change) = match name {
            name if name == endpoint::ADD_MEMBER.name => (in_body, Membership::Added(role)),
            name if name == endpoint::CHANGE_MEMBER.name => (in_path, Membership::Changed(role)),
            name if name == endpoint::REMOVE_MEMBER.name => (in_path, Membership::Ended),
            _ => return Action::InWorkspace(workspace),
        };
        member.map_or(Action::InWorkspace(workspace), |member| Action::Member { workspace, member, change })
    }

    fn list(&mut self, line: &AnyLine) -> Option<Vec<Listed>> {
        let answer = line.saw::<ListAnswer>()?;
        let entries = answer.workspaces.iter().map(|entry| {
            let description = match entry.description.as_ref().map(Loose::text) {
                None => Some(None),
                Some(text) => text.map(|text| self.filled(text)),
            };
            Listed {
                workspace: self.text(&entry.id.text()),
                name: entry.name.as_ref().and_then(Loose::text).map(|name| self.text(trimmed(name))),
                description,
                role: entry.role.as_ref().and_then(Loose::text).map(|role| self.text(role)),
            }
        });
        Some(entries.collect())
    }

    fn members(&mut self, line: &AnyLine) -> Option<Vec<MemberShown>> {
        let answer = line.saw::<MembersAnswer>()?;
        let entries = answer.members.iter().map(|entry| MemberShown {
            member: self.text(&entry.user_id.text()),
            role: entry.role.as_ref().and_then(Loose::text).map(|role| self.text(role)),
        });
        Some(entries.collect())
    }

    fn naming(&mut self, line: &AnyLine) -> Option<Naming> {
        let body = line.sent::<NamingBody>()?;
        let description = match body.description {
            None => Description::Left,
            Some(None) => Description::Open,
            Some(Some(text)) => self.filled(&text).map_or(Description::Empty, Description::Is),
        };
        Some(Naming { name: self.text(trimmed(&body.name)), description })
    }

    /// A text that is not blank, without the blanks at its ends.
    fn filled(&mut self, text: &str) -> Option<Text> {
        Some(trimmed(text)).filter(|text| !text.is_empty()).map(|text| self.text(text))
    }

    fn push(&mut self, body: Option<PushBody>, answer: Option<PushAnswer>, asked: Asked) -> Action {
        let Some(body) = body else { return Action::Other };
        let workspace = self.workspace(&body.scope);
        let results = answer.map(|answer| answer.results).unwrap_or_default();
        // Results mirror the ops; where they do not, nothing is known (`push.results-mirror-ops` has cases of its own).
        let mirror = results.len() == body.ops.len()
            && results.iter().zip(&body.ops).all(|(result, op)| result.op_id == op.stamp.op_id);
        let start = self.history.sent.len();
        for (index, op) in body.ops.iter().enumerate() {
            let told = match results.get(index).filter(|_| mirror) {
                None => Told::Nothing,
                Some(result) if !result.success => Told::Failed,
                Some(result) => result.server_version.map_or(Told::Nothing, |version| Told::Version(version.0)),
            };
            let may_be_applied = asked.outcome != Outcome::Failed && told != Told::Failed;
            let op = self.sent_op(workspace, op, may_be_applied, asked);
            if let Told::Version(version) = told {
                self.tell_version(op, version);
            }
            self.history.sent.push(SentOp { op, told });
        }
        Action::Push { workspace, ops: range(start, self.history.sent.len()) }
    }

    fn sent_op(&mut self, workspace: Text, op: &OpBody, may_be_applied: bool, asked: Asked) -> OpIndex {
        let write = self.write(&op.table_name, &op.pk, op.operation, op.payload, &op.stamp);
        let index = self.op(workspace, &op.stamp.op_id, &op.stamp.hlc, write);
        let known = &mut self.history.ops[index.0 as usize];
        if known.is_sent {
            known.is_ambiguous |= known.write != write;
        } else {
            // What a page has shown under it before is compared with what is sent.
            if known.write.hlc != write.hlc {
                known.hlc = self.history.texts.keep_single(&op.stamp.hlc);
            }
            *known = Op { is_sent: true, write, ..*known };
        }
        known.began = known.began.min(asked.began);
        if may_be_applied {
            known.senders = known.senders.and(Digest::of(asked.call));
        }
        index
    }

    fn pull(&mut self, body: Option<PullBody>, answer: Option<PullAnswer>) -> Action {
        let Some(body) = body else { return Action::Other };
        let workspace = self.workspace(&body.scope);
        let page = answer.and_then(|answer| {
            let start = self.history.shown.len();
            for change in &answer.changes {
                let shown = self.change(workspace, change)?;
                self.history.shown.push(shown);
            }
            Some(Page {
                changes: range(start, self.history.shown.len()),
                next: answer.next_cursor.0,
                has_more: answer.has_more,
                oldest: answer.oldest_retained_version.map(|oldest| oldest.0),
                requires_snapshot: answer.requires_snapshot == Some(true),
            })
        });
        let (tables, is_of_project) = (self.tables(body.tables), body.scope.project_id.is_some());
        let pull = Pull { cursor: body.cursor.0, limit: body.limit.0, tables, is_of_project, page };
        Action::Pull { workspace, pull: Box::new(pull) }
    }

    /// One change of a page; none if it has not the shape of one.
    fn change(&mut self, workspace: Text, written: &RawValue) -> Option<Shown> {
        let bytes = Bytes::of(workspace, written.get());
        if let Some(shown) = self.recent.get(bytes) {
            return Some(shown);
        }
        let change: Change = serde_json::from_str(written.get()).ok()?;
        let write = self.write(&change.table_name, &change.pk, change.op, change.payload, &change.stamp);
        let op = self.op(workspace, &change.stamp.op_id, &change.stamp.hlc, write);
        let shown = Shown { version: change.server_version.0, op, write: write.digest().half() };
        self.tell_version(op, shown.version);
        self.recent.keep(bytes, shown);
        Some(shown)
    }

    fn snapshot(&mut self, line: &AnyLine) -> Action {
        let Some(body) = line.sent::<SnapshotBody>() else { return Action::Other };
        let workspace = self.workspace(&body.scope);
        let page = line.saw::<SnapshotAnswer>().map(|answer| {
            let start = self.history.items.len();
            for item in &answer.items {
                let shown = self.item(workspace, item);
                self.history.items.push(shown);
            }
            SnapshotPage {
                watermark: answer.high_watermark.0,
                items: range(start, self.history.items.len()),
                next: self.token(answer.next_page_token),
            }
        });
        let (tables, is_of_project) = (self.tables(body.tables), body.scope.project_id.is_some());
        let snapshot = Snapshot { tables, is_of_project, token: self.token(body.page_token), page };
        Action::Snapshot { workspace, snapshot: Box::new(snapshot) }
    }

    fn item(&mut self, workspace: Text, item: &Item) -> ItemShown {
        let is_tombstone = item.kind == "tombstone";
        let (table, pk) = (self.text(&item.table_name), self.text(&item.pk));
        let (clock, hlc) = (item.revision.clock.0, Digest::of(&*item.revision.hlc));
        let operation = if is_tombstone { Operation::Delete } else { Operation::Put };
        let payload = if is_tombstone { Digest::default() } else { item.payload };
        let device = self.text("");
        let write = Write { table, pk, operation, clock, hlc, device, payload };
        let op = self.op(workspace, &item.revision.op_id, &item.revision.hlc, write);
        ItemShown { table, pk, is_tombstone, op, content: write.content() }
    }

    fn in_scope(&mut self, line: &AnyLine, action: fn(Text) -> Action) -> Action {
        line.sent::<ScopeBody>().map_or(Action::Other, |body| action(self.workspace(&body.scope)))
    }

    fn write(&mut self, table: &str, pk: &str, operation: Operation, payload: Digest, stamp: &Stamp) -> Write {
        Write {
            table: self.text(table),
            pk: self.text(pk),
            operation,
            clock: stamp.clock.0,
            hlc: Digest::of(&*stamp.hlc),
            device: self.text(&stamp.device_id),
            payload: if operation == Operation::Put { payload } else { Digest::default() },
        }
    }

    /// Keeps the first version that an op is told to have.
    fn tell_version(&mut self, op: OpIndex, version: u64) {
        if let Some(op) = self.history.ops.get_mut(op.0 as usize).filter(|op| op.version == u64::MAX) {
            op.version = version;
        }
    }

    /// The op under that id, which is a new one with that write if the id is new.
    fn op(&mut self, workspace: Text, id: &str, hlc: &str, write: Write) -> OpIndex {
        if let Some(known) = self.ops.find(&self.history, workspace, id) {
            return known;
        }
        // Memory ends before there are 2^32 of them.
        let op = OpIndex(u32::try_from(self.history.ops.len()).unwrap_or(u32::MAX));
        let (id, hlc) = (self.history.texts.keep_single(id), self.history.texts.keep_single(hlc));
        let (senders, began, version) = (Digest::default(), u64::MAX, u64::MAX);
        self.history.ops.push(Op {
            workspace,
            id,
            hlc,
            write,
            is_sent: false,
            is_ambiguous: false,
            version,
            began,
            senders,
        });
        self.ops.add(&self.history, op);
        op
    }

    fn tables(&mut self, tables: Option<Vec<Cow<str>>>) -> Vec<Text> {
        tables.unwrap_or_default().iter().map(|table| self.text(table)).collect()
    }

    fn token(&mut self, token: Option<&RawValue>) -> Option<Text> {
        token.map(|token| self.text(token.get()))
    }

    fn workspace(&mut self, scope: &Scope) -> Text {
        self.text(&scope.workspace_id.text())
    }

    fn text(&mut self, text: &str) -> Text {
        self.history.texts.keep(text)
    }
}

/// What is known of a call before its body is read.
#[derive(Clone, Copy)]
struct Asked {
    call: u32,
    began: u64,
    outcome: Outcome,
}

/// A text without what any server may take for blanks at its ends.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|char: char| char.is_whitespace() || char.is_control() || char == '\u{feff}')
}

/// A range in one of the lists of a history, none of which grows to 2^32 entries before memory ends.
fn range(start: usize, end: usize) -> Range<u32> {
    u32::try_from(start).unwrap_or(u32::MAX)..u32::try_from(end).unwrap_or(u32::MAX)
}
