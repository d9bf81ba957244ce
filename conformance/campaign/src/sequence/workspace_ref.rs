//! Which workspace a step is about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::user::User;

/// A workspace, by its name in the sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^(home:[0-9]+|made:[0-9]+|nowhere|nearby)$"))]
pub enum WorkspaceRef {
    /// The workspace that was active at a user's first login: `home:0`.
    Home(User),
    /// The workspace that the step with this label created: `made:3`.
    Made(u32),
    /// A workspace that does not exist: `nowhere`.
    Nowhere,
    /// A workspace that does not exist; its id differs from that of the first home in the last character: `nearby`.
    Nearby,
}

impl From<WorkspaceRef> for String {
    fn from(place: WorkspaceRef) -> String {
        match place {
            WorkspaceRef::Home(user) => format!("home:{user}"),
            WorkspaceRef::Made(label) => format!("made:{label}"),
            WorkspaceRef::Nowhere => "nowhere".to_owned(),
            WorkspaceRef::Nearby => "nearby".to_owned(),
        }
    }
}

impl TryFrom<String> for WorkspaceRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = match text.split_once(':') {
            Some(("home", user)) => user.parse().ok().map(WorkspaceRef::Home),
            Some(("made", label)) => label.parse().ok().map(WorkspaceRef::Made),
            _ if text == "nowhere" => Some(WorkspaceRef::Nowhere),
            _ if text == "nearby" => Some(WorkspaceRef::Nearby),
            _ => None,
        };
        known.ok_or_else(|| format!("`{text}` is no place: `home:0`, `made:0`, `nowhere` or `nearby`"))
    }
}
