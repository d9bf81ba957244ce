//! How a page token is misused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::user::User;
use super::workspace_ref::WorkspaceRef;

/// What is done with the token of a next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenMisuse {
    /// It is used in another workspace.
    Elsewhere(WorkspaceRef),
    /// Another user uses it.
    By(User),
    /// It is used with another filter.
    Filter,
    /// One of its characters is changed.
    Garbled,
    /// It is used twice: both times it gives the same page.
    Twice,
    /// The workspace is deleted before it is used.
    Deleted,
    /// Tombstones older than a second are collected before it is used.
    Collected,
    /// It is used with pages of other sizes.
    Size,
}
