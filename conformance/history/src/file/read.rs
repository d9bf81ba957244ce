//! Reads the file of a history, a line at a time.

use std::borrow::Cow;
use std::io::{BufRead, Read as _};
use std::ops::Range;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::{
    Change, Item, ListAnswer, MembersAnswer, PullAnswer, PushAnswer, SessionAnswer, SnapshotAnswer, WithId,
};
use super::known_ops::KnownOps;
use super::line::FORMAT;
use super::recent::{Bytes, Recent};
use super::request::{
    IdBody, Loose, MemberBody, NamingBody, OpBody, PullBody, PushBody, Scope, ScopeBody, SnapshotBody, Stamp,
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

/// The longest line, in bytes: a request and an answer of some megabytes each.
const MAX_LINE: u64 = 64 << 20;

/// Why a history cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("line {line}: {error}")]
    Io {
        /// The line, from 1.
        line: u32,
        /// Why.
        error: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("line {line}: {reason}")]
    Line {
        /// The line, from 1.
        line: u32,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a history. Memory is bounded by what its calls sent and saw, without payloads.
///
/// # Errors
/// When the file cannot be read, or a line in it is no line of a history: the error names the line.
pub fn read(mut file: impl BufRead) -> Result<History, ReadError> {
    let mut builder = Builder::default();
    let (mut bytes, mut line) = (Vec::new(), 0_u32);
    loop {
        bytes.clear();
        let wrong = |reason: String| ReadError::Line { line: line.saturating_add(1), reason };
        let length = file
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(|error| ReadError::Io { line: line.saturating_add(1), error })?;
        if length == 0 {
            break;
        }
        if length as u64 == MAX_LINE {
            return Err(wrong(format!("it is longer than {} MiB", MAX_LINE >> 20)));
        }
        if !bytes.trim_ascii().is_empty() {
            let parsed = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
            builder.add(line.saturating_add(1), &parsed).map_err(wrong)?;
        }
        line = line.checked_add(1).ok_or_else(|| wrong("a history has at most 2^32 lines".to_owned()))?;
    }
    if !builder.has_header {
        let reason = "the first line of a history is {\"syncproof_history\": 1}".to_owned();
        return Err(ReadError::Line { line: 1, reason });
    }
    Ok(builder.history)
}

/// Any line. (An enum would have to look at each line several times.)
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnyLine<'a> {
    syncproof_history: Option<u32>,
    #[serde(borrow, default)]
    made_by: Option<&'a RawValue>,
    #[serde(borrow, default)]
    target: Option<&'a RawValue>,
    #[serde(borrow, default)]
    fault: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    client: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    user: Option<Cow<'a, str>>,
    began_us: Option<u64>,
    ended_us: Option<u64>,
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    path: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    sent: Option<&'a RawValue>,
    status: Option<u16>,
    #[serde(borrow, default)]
    saw: Option<&'a RawValue>,
}

impl<'a> AnyLine<'a> {
    /// The body that was sent, if it has this shape.
    fn sent<T: Deserialize<'a>>(&self) -> Option<T> {
        self.sent.and_then(|sent| serde_json::from_str(sent.get()).ok())
    }

    /// The answer, if the call was done and it has this shape.
    fn saw<T: Deserialize<'a>>(&self) -> Option<T> {
        let saw = self.saw.filter(|_| self.status.is_some_and(|status| (200..300).contains(&status)))?;
        serde_json::from_str(saw.get()).ok()
    }
}

/// Adds lines to a history.
#[derive(Default)]
struct Builder {
    history: History,
    has_header: bool,
    ops: KnownOps,
    recent: Recent,
}

impl Builder {
    fn add(&mut self, number: u32, line: &AnyLine) -> Result<(), String> {
        if let Some(format) = line.syncproof_history {
            self.has_header = true;
            return if format == FORMAT {
                Ok(())
            } else {
                Err(format!("format {format} is unknown, {FORMAT} is known"))
            };
        }
        if !self.has_header {
            return Err("the first line of a history is {\"syncproof_history\": 1}".to_owned());
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
        let method = line.method.as_deref().ok_or_else(|| missing("method"))?;
        let path = line.path.as_deref().ok_or_else(|| missing("path"))?;
        let outcome = match line.status {
            _ if line.ended_us.is_none() => Outcome::Unknown,
            Some(200..300) => Outcome::Ok,
            Some(400..500) => Outcome::Failed,
            _ => Outcome::Unknown,
        };
        let call = u32::try_from(self.history.calls.len()).map_err(|_| "a history has at most 2^32 calls")?;
        let action = self.action(method, path, line, Asked { call, began, outcome });
        let outcome = if action.lacks_its_answer() && outcome == Outcome::Ok { Outcome::Unknown } else { outcome };
        self.history.calls.push(Call {
            line: number,
            client,
            user,
            began,
            ended,
            status: line.status.unwrap_or(0),
            outcome,
            action,
        });
        Ok(())
    }

    fn action(&mut self, method: &str, path: &str, line: &AnyLine, asked: Asked) -> Action {
        let path = path.find("/api/").map_or(path, |start| &path[start..]);
        let path = path.split('?').next().unwrap_or_default();
        let Some(endpoint) = endpoint::find(method, path) else { return Action::Other };
        let mut ids = path.split('/').skip(3).map(|part| percent_decode_str(part).decode_utf8_lossy());
        match endpoint.name {
            name if name == endpoint::PUSH.name => self.push(line, asked),
            name if name == endpoint::PULL.name => self.pull(line),
            name if name == endpoint::SNAPSHOT.name => self.snapshot(line),
            name if name == endpoint::UPDATE_CURSOR.name => self.in_scope(line, Action::UpdateCursor),
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

    fn push(&mut self, line: &AnyLine, asked: Asked) -> Action {
        let Some(body) = line.sent::<PushBody>() else { return Action::Other };
        let workspace = self.workspace(&body.scope);
        let results = line.saw::<PushAnswer>().map(|answer| answer.results).unwrap_or_default();
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

    fn pull(&mut self, line: &AnyLine) -> Action {
        let Some(body) = line.sent::<PullBody>() else { return Action::Other };
        let workspace = self.workspace(&body.scope);
        let page = line.saw::<PullAnswer>().and_then(|answer| {
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
        let shown = Shown { version: change.server_version.0, op, write: write.digest() };
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

    /// The op under that id, which is a new one with that write if the id is new.
    fn op(&mut self, workspace: Text, id: &str, hlc: &str, write: Write) -> OpIndex {
        if let Some(known) = self.ops.find(&self.history, workspace, id) {
            return known;
        }
        // Memory ends before there are 2^32 of them.
        let op = OpIndex(u32::try_from(self.history.ops.len()).unwrap_or(u32::MAX));
        let (id, hlc) = (self.history.texts.keep_single(id), self.history.texts.keep_single(hlc));
        let (senders, began) = (Digest::default(), u64::MAX);
        self.history.ops.push(Op { workspace, id, hlc, write, is_sent: false, is_ambiguous: false, began, senders });
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
