//! The bodies of answers, as far as checkers look at them.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::number::Whole;
use super::request::{Id, Loose, Stamp};
use crate::digest::Digest;
use syncproof_protocol::wire::Operation;

/// The answer to a push.
#[derive(Debug, Deserialize)]
pub(super) struct PushAnswer<'a> {
    #[serde(borrow)]
    pub(super) results: Vec<OpResult<'a>>,
}

/// What it says of one op.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpResult<'a> {
    #[serde(borrow)]
    pub(super) op_id: Cow<'a, str>,
    pub(super) success: bool,
    #[serde(default)]
    pub(super) server_version: Option<Whole>,
}

/// A page of the change log.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PullAnswer<'a> {
    /// Each as it is written: see `recent`.
    #[serde(borrow)]
    pub(super) changes: Vec<&'a RawValue>,
    pub(super) next_cursor: Whole,
    pub(super) has_more: bool,
    #[serde(default)]
    pub(super) oldest_retained_version: Option<Whole>,
    #[serde(default)]
    pub(super) requires_snapshot: Option<bool>,
}

/// One change of a page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Change<'a> {
    pub(super) server_version: Whole,
    #[serde(borrow)]
    pub(super) table_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) pk: Cow<'a, str>,
    pub(super) op: Operation,
    #[serde(default)]
    pub(super) payload: Digest,
    #[serde(borrow)]
    pub(super) stamp: Stamp<'a>,
}

/// A page of a snapshot.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SnapshotAnswer<'a> {
    pub(super) high_watermark: Whole,
    #[serde(borrow)]
    pub(super) items: Vec<Item<'a>>,
    #[serde(borrow, default)]
    pub(super) next_page_token: Option<&'a RawValue>,
}

/// One item of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item<'a> {
    #[serde(borrow)]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) table_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) pk: Cow<'a, str>,
    #[serde(default)]
    pub(super) payload: Digest,
    #[serde(borrow)]
    pub(super) revision: Revision<'a>,
}

/// The write that an item shows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Revision<'a> {
    pub(super) clock: Whole,
    #[serde(borrow)]
    pub(super) hlc: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) op_id: Cow<'a, str>,
}

/// A session.
#[derive(Debug, Deserialize)]
pub(super) struct SessionAnswer<'a> {
    #[serde(borrow)]
    pub(super) session: Option<Session<'a>>,
}

/// The inside of a session.
#[derive(Debug, Deserialize)]
pub(super) struct Session<'a> {
    #[serde(borrow)]
    pub(super) user: WithId<'a>,
    #[serde(borrow, default)]
    pub(super) workspace: Option<WithId<'a>>,
    #[serde(borrow, default)]
    pub(super) role: Option<Cow<'a, str>>,
}

/// Anything with an id.
#[derive(Debug, Deserialize)]
pub(super) struct WithId<'a> {
    #[serde(borrow)]
    pub(super) id: Id<'a>,
}

/// A list of workspaces.
#[derive(Debug, Deserialize)]
pub(super) struct ListAnswer<'a> {
    #[serde(borrow)]
    pub(super) workspaces: Vec<ListEntry<'a>>,
}

/// One of them.
#[derive(Debug, Deserialize)]
pub(super) struct ListEntry<'a> {
    #[serde(borrow)]
    pub(super) id: Id<'a>,
    #[serde(borrow, default)]
    pub(super) name: Option<Loose<'a>>,
    #[serde(borrow, default)]
    pub(super) description: Option<Loose<'a>>,
    #[serde(borrow, default)]
    pub(super) role: Option<Loose<'a>>,
}

/// A list of members.
#[derive(Debug, Deserialize)]
pub(super) struct MembersAnswer<'a> {
    #[serde(borrow)]
    pub(super) members: Vec<MemberEntry<'a>>,
}

/// One of them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberEntry<'a> {
    #[serde(borrow)]
    pub(super) user_id: Id<'a>,
    #[serde(borrow, default)]
    pub(super) role: Option<Loose<'a>>,
}
