//! Who is added as a member.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::user::User;

/// Who is added as a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    /// A user of the sequence. Traces of earlier versions call it `person`.
    #[serde(rename = "user", alias = "person")]
    User(User),
    /// A user that the target does not know.
    #[serde(rename = "nobody")]
    Nobody,
}
