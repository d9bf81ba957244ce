//! What a member may do in a workspace.

use serde::Deserialize;

/// A member's role (requirements `member.roles`, `member.owner-manages`, `workspace.rename`).
// Read from a string: serde would also read an enum from `{"owner": null}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(test, derive(utoipa::ToSchema), schema(as = RoleName, description = "A role by its name.", rename_all = "lowercase"))]
pub(crate) enum Role {
    Owner,
    Editor,
    Viewer,
}

impl Role {
    /// The role of that name on the wire and in the database, if there is one.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "owner" => Some(Self::Owner),
            "editor" => Some(Self::Editor),
            "viewer" => Some(Self::Viewer),
            _ => None,
        }
    }

    /// The name on the wire and in the database.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }

    /// Whether this role may push ops, start a garbage collection and rename the workspace.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::Owner | Self::Editor)
    }

    /// Whether this role may manage members and delete the workspace.
    pub(crate) fn manages(self) -> bool {
        self == Self::Owner
    }
}

impl TryFrom<String> for Role {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::parse(&name).ok_or("a role is owner, editor or viewer")
    }
}
