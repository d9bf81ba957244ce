//! What a target can do beyond the core of the protocol, and what the suite can do to it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// An optional part of the protocol; the `[cap: …]` of `planning/requirements.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Capability {
    /// The suite can mint invalid credentials, or is given some.
    BadCredentials,
    /// The suite can log in through two providers.
    Providers,
    /// Memberships can be managed over HTTP.
    Members,
    /// Users can be added to workspaces of others: over HTTP, or by the hook `add_member`. It is for cases that need
    /// members and do not check how they are managed.
    Invite,
    /// The target has `POST /api/sync/snapshot`.
    Snapshot,
    /// The change log and the tombstones can be collected.
    Gc,
    /// With equal clock and hlc, the greater op id wins.
    OpIdTieBreak,
    /// A result says whether its op was applied.
    Applied,
    /// Notifications are shown only to the user that they name.
    PrivateNotifications,
    /// The suite starts the server with settings that it chooses.
    Launch,
    /// The suite stops and starts the server on the same store.
    Restart,
    /// Several processes run on one store.
    Instances,
    /// A hook counts tombstones.
    Inspect,
}

impl Capability {
    /// Every capability, in the order in which reports name them.
    pub const ALL: [Capability; 13] = [
        Capability::BadCredentials,
        Capability::Providers,
        Capability::Members,
        Capability::Invite,
        Capability::Snapshot,
        Capability::Gc,
        Capability::OpIdTieBreak,
        Capability::Applied,
        Capability::PrivateNotifications,
        Capability::Launch,
        Capability::Restart,
        Capability::Instances,
        Capability::Inspect,
    ];

    /// The name that requirements, configuration and reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Capability::BadCredentials => "bad_credentials",
            Capability::Providers => "providers",
            Capability::Members => "members",
            Capability::Invite => "invite",
            Capability::Snapshot => "snapshot",
            Capability::Gc => "gc",
            Capability::OpIdTieBreak => "op_id_tie_break",
            Capability::Applied => "applied",
            Capability::PrivateNotifications => "private_notifications",
            Capability::Launch => "launch",
            Capability::Restart => "restart",
            Capability::Instances => "instances",
            Capability::Inspect => "inspect",
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Capability::BadCredentials => "bad credentials can be minted",
            Capability::Providers => "users can log in through two providers",
            Capability::Members => "memberships can be managed over HTTP",
            Capability::Snapshot => "POST /api/sync/snapshot",
            Capability::Gc => "the change log and the tombstones can be collected",
            Capability::OpIdTieBreak => "with equal clock and hlc the greater op id wins",
            Capability::Applied => "a result says whether its op was applied",
            Capability::PrivateNotifications => "notifications are shown to the user that they name only",
            Capability::Launch => "the suite starts the server with settings of its choice",
            Capability::Restart => "the suite stops and starts the server on one store",
            Capability::Instances => "several processes run on one store",
            Capability::Inspect => "a hook counts tombstones",
            Capability::Invite => "members can be added, over HTTP or by a hook",
        }
    }

    /// Whether these capabilities include this one, directly or through another: managing members includes inviting.
    #[must_use]
    pub fn is_met_by(self, capabilities: &Capabilities) -> bool {
        capabilities.contains(&self) || (self == Capability::Invite && capabilities.contains(&Capability::Members))
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Capability {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Capability::ALL.into_iter().find(|capability| capability.name() == name).ok_or_else(|| {
            let known = Capability::ALL.map(Capability::name).join(", ");
            format!("unknown capability `{name}` (known: {known})")
        })
    }
}

/// The capabilities of one target.
pub type Capabilities = BTreeSet<Capability>;
