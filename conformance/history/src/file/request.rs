//! The bodies that clients send, as far as checkers look at them.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::number::Whole;
use crate::digest::Digest;
use syncproof_protocol::wire::Operation;

/// The workspace of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Scope<'a> {
    #[serde(borrow)]
    pub(super) workspace_id: Id<'a>,
    #[serde(borrow, default)]
    pub(super) project_id: Option<&'a RawValue>,
}

/// An id that the server chose: a text or a number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Id<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Number(serde_json::Number),
}

impl Id<'_> {
    /// As it is written in a path.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Id::Text(text) => Cow::Borrowed(text),
            Id::Number(number) => Cow::Owned(number.to_string()),
        }
    }
}

/// What should be a text, in a body that counts although it is none.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Loose<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Other(IgnoredAny),
}

impl Loose<'_> {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Loose::Text(text) => Some(text),
            Loose::Other(_) => None,
        }
    }
}

/// The body of a push.
#[derive(Debug, Deserialize)]
pub(super) struct PushBody<'a> {
    #[serde(borrow)]
    pub(super) scope: Scope<'a>,
    #[serde(borrow)]
    pub(super) ops: Vec<OpBody<'a>>,
}

/// One op of a push.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpBody<'a> {
    #[serde(borrow)]
    pub(super) table_name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) pk: Cow<'a, str>,
    pub(super) operation: Operation,
    #[serde(default)]
    pub(super) payload: Digest,
    #[serde(borrow)]
    pub(super) stamp: Stamp<'a>,
}

/// The stamp of an op.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stamp<'a> {
    #[serde(borrow)]
    pub(super) device_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) op_id: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) hlc: Cow<'a, str>,
    pub(super) clock: Whole,
}

/// The body of a pull.
#[derive(Debug, Deserialize)]
pub(super) struct PullBody<'a> {
    #[serde(borrow)]
    pub(super) scope: Scope<'a>,
    pub(super) cursor: Whole,
    pub(super) limit: Whole,
    #[serde(borrow, default)]
    pub(super) tables: Option<Vec<Cow<'a, str>>>,
}

/// The body of a request for a page of a snapshot.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SnapshotBody<'a> {
    #[serde(borrow)]
    pub(super) scope: Scope<'a>,
    #[serde(borrow, default)]
    pub(super) page_token: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) tables: Option<Vec<Cow<'a, str>>>,
}

/// A body of which only the scope counts.
#[derive(Debug, Deserialize)]
pub(super) struct ScopeBody<'a> {
    #[serde(borrow)]
    pub(super) scope: Scope<'a>,
}

/// The body of an update of a cursor.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CursorBody<'a> {
    #[serde(borrow)]
    pub(super) scope: Scope<'a>,
    #[serde(borrow)]
    pub(super) device_id: Cow<'a, str>,
    pub(super) version: Whole,
}

/// The body of an activation.
#[derive(Debug, Deserialize)]
pub(super) struct IdBody<'a> {
    #[serde(borrow)]
    pub(super) id: Id<'a>,
}

/// The body of a request about a member.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberBody<'a> {
    #[serde(borrow, default)]
    pub(super) user_id: Option<Id<'a>>,
    #[serde(borrow, default)]
    pub(super) role: Option<Cow<'a, str>>,
}

/// The body that names a workspace.
#[derive(Debug, Deserialize)]
pub(super) struct NamingBody<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    /// None only if the field is not there.
    #[serde(borrow, default, deserialize_with = "present")]
    pub(super) description: Option<Option<Cow<'a, str>>>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Cow<'de, str>>>, D::Error> {
    Option::<BorrowedText>::deserialize(deserializer).map(|text| Some(text.map(|text| text.0)))
}

/// A text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct BorrowedText<'a>(#[serde(borrow)] Cow<'a, str>);
