//! The suite's own wire types: what a success answer has to look like (section 2 of the requirements).
//!
//! They share nothing with any server, so that a mistake in a server's type cannot hide itself. Unknown fields are
//! ignored; ids may be strings or numbers, since the protocol leaves their form to the server.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An id that the server chose: a string or a number, sent back as it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Id(Value);

impl Id {
    /// An id of the suite's own invention, for what the server cannot know.
    pub fn text(id: impl Into<String>) -> Self {
        Id(Value::String(id.into()))
    }

    /// Whether the server's ids are numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        self.0.is_number()
    }

    /// An id that differs from this one in its last character only: of long texts, so that it is nobody's. Of others an
    /// [`Id::unknown_alike`], since the next number may be the id of somebody else's workspace.
    #[must_use]
    pub fn nearly(&self) -> Self {
        match self.0.as_str().filter(|text| text.len() >= 20).and_then(|text| text.char_indices().next_back()) {
            Some((start, last)) => {
                let other = if last == '0' { '1' } else { '0' };
                Id::text(format!("{}{other}", &self.to_string()[..start]))
            }
            None => self.unknown_alike(),
        }
    }

    /// An id of the same form that the server has never given out: for asking after what is not there without asking
    /// for what could not be.
    #[must_use]
    pub fn unknown_alike(&self) -> Self {
        let random = uuid::Uuid::new_v4();
        match &self.0 {
            // Above every number that a server counts up to, and still exact in a double.
            Value::Number(_) => Id(Value::from(9_000_000_000_000_000 + u64::from(random.as_fields().0))),
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Id::text((9_000_000_000_000_000 + u64::from(random.as_fields().0)).to_string())
            }
            Value::String(text) => {
                let random = random.simple().to_string();
                let start = text.rfind('_').filter(|underscore| text.len() - underscore > 8).map_or(0, |at| at + 1);
                Id::text(format!("{}{}", &text[..start], alike(&text[start..], random.as_bytes())))
            }
            _ => Id::text(random.to_string()),
        }
    }
}

/// The same text with every digit and every hexadecimal letter replaced at random by another of its kind; the version
/// and the variant of a UUID stay.
fn alike(text: &str, random: &[u8]) -> String {
    let is_uuid = uuid::Uuid::try_parse(text).is_ok() && text.len() == 36;
    let pick = |kind: &[u8], index: usize| {
        let byte = usize::from(random[index % random.len()]) * 7 + usize::from(random[(index * 5 + 3) % random.len()]);
        char::from(kind[byte % kind.len()])
    };
    text.char_indices()
        .map(|(index, c)| match c {
            _ if is_uuid && (index == 14 || index == 19) => c,
            '0'..='9' => pick(b"0123456789", index),
            'a'..='f' => pick(b"abcdef", index),
            'A'..='F' => pick(b"ABCDEF", index),
            'g'..='z' => pick(b"ghjkmnpqrstvwxyz", index),
            'G'..='Z' => pick(b"GHJKMNPQRSTVWXYZ", index),
            _ => c,
        })
        .collect()
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::String(text) => f.write_str(text),
            other => write!(f, "{other}"),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            id @ (Value::String(_) | Value::Number(_)) => Ok(Id(id)),
            other => Err(serde::de::Error::custom(format!("an id is a string or a number, not {other}"))),
        }
    }
}

/// A whole number that is not negative. JSON knows no integers, so `3.0` is as good as `3`.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    whole_number(&number).ok_or_else(|| serde::de::Error::custom(format!("{number} is no whole number from 0 on")))
}

/// Reads a whole number that may be missing or null, however it is written (`3`, `3.0`).
///
/// # Errors
/// When it is anything else.
pub fn optional_whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    number
        .map(|number| {
            whole_number(&number)
                .ok_or_else(|| serde::de::Error::custom(format!("{number} is no whole number from 0 on")))
        })
        .transpose()
}

fn whole_number(number: &serde_json::Number) -> Option<u64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    number.as_u64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..=LIMIT).contains(float))?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked just above
        Some(float as u64)
    })
}

/// `GET /api/auth/session`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct SessionAnswer {
    /// None without a valid credential. The field itself has to be there.
    #[serde(deserialize_with = "present")]
    pub session: Option<Session>,
}

/// For a field that may be null and may not be missing.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// Who is logged in, and where they stand.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Always true.
    pub authenticated: bool,
    /// First half of the identity.
    pub provider: String,
    /// Second half of the identity.
    pub provider_user_id: String,
    /// The user that the identity belongs to.
    pub user: SessionUser,
    /// The active workspace; a user left with none may have null (`workspace.delete-last`).
    pub workspace: Option<SessionWorkspace>,
    /// The user's role in the active workspace.
    pub role: Option<Role>,
    /// When the credential ends; text or number, the protocol leaves its form open.
    pub expires_at: Option<Value>,
}

/// The user inside a session.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionUser {
    /// The server's id of the user.
    pub id: Id,
    /// E-mail address, when the provider gave one.
    pub email: Option<String>,
    /// Name to show, when the provider gave one.
    pub display_name: Option<String>,
}

/// The active workspace inside a session.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct SessionWorkspace {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything, and managing members.
    Owner,
    /// Reading and writing.
    Editor,
    /// Reading, and moving cursors of their own.
    Viewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 3] = [Role::Owner, Role::Editor, Role::Viewer];

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Role::Owner => "owner",
            Role::Editor => "editor",
            Role::Viewer => "viewer",
        }
    }
}

/// `GET /api/workspaces`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct WorkspacesAnswer {
    /// Newest first.
    pub workspaces: Vec<Workspace>,
}

/// One entry of the list of workspaces.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Workspace {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its description; the field has to be there.
    #[serde(deserialize_with = "present")]
    pub description: Option<String>,
    /// The asking user's role in it.
    pub role: Role,
    /// Creation time in seconds since 1970.
    pub created_at: f64,
    /// Whether the asking user's session stands in it.
    pub is_active: bool,
}

/// `POST /api/workspaces`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct CreatedAnswer {
    /// Id of the new workspace.
    pub id: Id,
}

/// The answer of every call that only has to succeed.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct OkAnswer {
    /// Always true.
    pub ok: bool,
}

/// `GET /api/workspaces/{id}/members`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct MembersAnswer {
    /// Every member, once.
    pub members: Vec<Member>,
}

/// One entry of the list of members.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Id of the user.
    pub user_id: Id,
    /// Their role.
    pub role: Role,
    /// E-mail address, when known.
    pub email: Option<String>,
    /// Name to show, when known.
    pub display_name: Option<String>,
    /// Since when; the protocol leaves its form open.
    pub created_at: Value,
}

/// `POST /api/sync/push`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PushAnswer {
    /// One an op, in the order of the ops.
    pub results: Vec<OpResult>,
    /// At least the highest version in the results and at most the head.
    #[serde(deserialize_with = "whole")]
    pub server_version: u64,
}

/// What became of one op.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpResult {
    /// The op's idempotency key.
    pub op_id: String,
    /// Whether the op stands in the change log.
    pub success: bool,
    /// Its number there.
    #[serde(default, deserialize_with = "optional_whole")]
    pub server_version: Option<u64>,
    /// A sentence for people.
    pub error: Option<String>,
    /// The kind of failure.
    pub error_code: Option<ErrorCode>,
    /// Whether the op won.
    pub applied: Option<bool>,
    /// Whether the op was known already.
    pub replayed: Option<bool>,
    /// Who won instead.
    pub winner: Option<Value>,
    /// The winner's content.
    pub payload: Option<Value>,
}

/// The kinds of failure of one op.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)] // the protocol names them and says no more
pub enum ErrorCode {
    ValidationError,
    Unauthorized,
    Conflict,
    NotFound,
    RateLimited,
    Oversized,
    NetworkError,
    ServerError,
    Unknown,
}

/// `POST /api/sync/pull`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PullAnswer {
    /// Ascending by version.
    pub changes: Vec<Change>,
    /// What to ask with next.
    #[serde(deserialize_with = "whole")]
    pub next_cursor: u64,
    /// Whether a next page is not empty.
    pub has_more: bool,
    /// The oldest version that is still in the log.
    #[serde(default, deserialize_with = "optional_whole")]
    pub oldest_retained_version: Option<u64>,
    /// Whether the cursor lies before the oldest retained version.
    pub requires_snapshot: Option<bool>,
}

/// What a collection takes: there is a call for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Collected {
    /// Entries of the log.
    Log,
    /// Tombstones.
    Tombstones,
}

/// A put or a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    /// Write the whole record.
    Put,
    /// Delete the record.
    Delete,
}

/// One entry of the change log.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Its number.
    #[serde(deserialize_with = "whole")]
    pub server_version: u64,
    /// The record's table.
    pub table_name: String,
    /// The record's key.
    pub pk: String,
    /// What was done.
    pub op: Operation,
    /// The content of a put.
    pub payload: Option<Value>,
    /// The op's stamp, as the client made it.
    pub stamp: Stamp,
}

/// Who wrote, and when in the order of writes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stamp {
    /// The device that the op was made on.
    pub device_id: String,
    /// The idempotency key, a UUID.
    pub op_id: String,
    /// Hybrid logical clock, compared as text.
    pub hlc: String,
    /// Logical clock, 0 to 2^53−1.
    #[serde(deserialize_with = "whole")]
    pub clock: u64,
}

/// The order of writes: clock, then hlc, then op id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// Logical clock, 0 to 2^53−1.
    #[serde(deserialize_with = "whole")]
    pub clock: u64,
    /// Hybrid logical clock, compared by code point.
    pub hlc: String,
    /// Idempotency key, compared by code point.
    pub op_id: String,
}

impl From<&Stamp> for Revision {
    fn from(stamp: &Stamp) -> Self {
        Revision { clock: stamp.clock, hlc: stamp.hlc.clone(), op_id: stamp.op_id.clone() }
    }
}

/// `POST /api/sync/snapshot`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotAnswer {
    /// The workspace that was asked for.
    pub workspace_id: Id,
    /// The same on every page of one snapshot.
    pub snapshot_id: Id,
    /// The version up to which the log is folded into the items.
    #[serde(deserialize_with = "whole")]
    pub high_watermark: u64,
    /// Ordered by (tableName, pk, kind).
    pub items: Vec<Item>,
    /// Asks for the next page; null on the last. The field has to be there.
    #[serde(deserialize_with = "present")]
    pub next_page_token: Option<Value>,
}

/// A live record or a tombstone.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Item {
    /// A live record.
    Row {
        /// The record's table.
        table_name: String,
        /// The record's key.
        pk: String,
        /// Its content.
        payload: Value,
        /// The write that made it so.
        revision: Revision,
    },
    /// The trace of a deleted record.
    Tombstone {
        /// The record's table.
        table_name: String,
        /// The record's key.
        pk: String,
        /// The delete that won.
        revision: Revision,
        /// When the server deleted it; the protocol leaves its form open.
        server_deleted_at: Value,
    },
}

impl Item {
    /// Where the item stands in a snapshot: (tableName, pk, kind).
    #[must_use]
    pub fn position(&self) -> (&str, &str, &'static str) {
        match self {
            Item::Row { table_name, pk, .. } => (table_name, pk, "row"),
            Item::Tombstone { table_name, pk, .. } => (table_name, pk, "tombstone"),
        }
    }

    /// The write that the item comes from.
    #[must_use]
    pub fn revision(&self) -> &Revision {
        match self {
            Item::Row { revision, .. } | Item::Tombstone { revision, .. } => revision,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_ids_have_the_form_of_known_ones() {
        let id = Id::text("41d0224c-3846-4ee3-b0b8-e588a90aed63");
        let unknown = id.unknown_alike().to_string();
        assert_ne!(unknown, id.to_string());
        assert_eq!(uuid::Uuid::try_parse(&unknown).expect("a UUID").get_version_num(), 4);
        assert!(Id::text("ws_0123456789abcdef").unknown_alike().to_string().starts_with("ws_"));
        assert!(Id::text("17").unknown_alike().to_string().parse::<u64>().is_ok_and(|number| number > 1 << 50));
        assert!(Id(json!(3)).unknown_alike().0.as_u64().is_some_and(|number| number > 1 << 50));
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats() {
        let read = |text: &str| serde_json::from_str::<Revision>(text).map(|revision| revision.clock).ok();
        assert_eq!(read(r#"{"clock": 3.0, "hlc": "", "opId": ""}"#), Some(3));
        assert_eq!(read(r#"{"clock": 3.5, "hlc": "", "opId": ""}"#), None);
        assert_eq!(read(r#"{"clock": -1, "hlc": "", "opId": ""}"#), None);
    }

    #[test]
    fn a_session_answer_without_its_field_is_refused() {
        assert!(serde_json::from_str::<SessionAnswer>("{}").is_err());
        assert!(serde_json::from_str::<SessionAnswer>(r#"{"session": null}"#).is_ok());
    }
}
