//! What a target can do beyond the core of the protocol, and what the suite can do to it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Makes the enum, its names and its descriptions from one table.
macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident, $name:literal, $meaning:literal;)+) => {
        /// An optional part of the protocol; the `[cap: …]` of `planning/requirements.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[non_exhaustive]
        pub enum Capability {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)+
        }

        impl Capability {
            /// Every capability, in the order in which reports name them.
            pub const ALL: [Capability; [$($name),+].len()] = [$(Capability::$variant),+];

            /// The name that requirements, configuration and reports use.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Capability::$variant => $name,)+
                }
            }

            /// What it is, in a few words.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Capability::$variant => $meaning,)+
                }
            }
        }
    };
}

capabilities! {
    /// The suite can mint invalid credentials, or is given some.
    BadCredentials, "bad_credentials", "bad credentials can be minted";
    /// The suite can log in through two providers.
    Providers, "providers", "users can log in through two providers";
    /// Memberships can be managed over HTTP.
    Members, "members", "memberships can be managed over HTTP";
    /// Users can be added to workspaces of others: over HTTP, or by the hook `add_member`. It is for cases that need
    /// members and do not check how they are managed.
    Invite, "invite", "members can be added, over HTTP or by a hook";
    /// Members can be removed and their roles changed as well: over HTTP, or by the hooks `add_member`, `set_role` and
    /// `remove_member`. It is for cases that need such changes and do not check the endpoints for them.
    Manage, "manage", "members can be added, changed and removed, over HTTP or by hooks";
    /// The target has `POST /api/sync/snapshot`.
    Snapshot, "snapshot", "POST /api/sync/snapshot";
    /// The change log and the tombstones can be collected.
    Gc, "gc", "the change log and the tombstones can be collected";
    /// With equal clock and hlc, the greater op id wins.
    OpIdTieBreak, "op_id_tie_break", "with equal clock and hlc the greater op id wins";
    /// A result says whether its op was applied.
    Applied, "applied", "a result says whether its op was applied";
    /// Notifications are shown only to the user that they name.
    PrivateNotifications, "private_notifications", "notifications are shown to the user that they name only";
    /// The suite starts the server with settings that it chooses.
    Launch, "launch", "the suite starts the server with settings of its choice";
    /// The suite stops and starts the server on the same store.
    Restart, "restart", "the suite stops and starts the server on one store";
    /// Several processes run on one store.
    Instances, "instances", "several processes run on one store";
    /// A hook counts tombstones.
    Inspect, "inspect", "a hook counts tombstones";
}

impl Capability {
    /// Whether these capabilities include this one, directly or through another: what can be done over HTTP needs no hook.
    #[must_use]
    pub fn is_met_by(self, capabilities: &Capabilities) -> bool {
        let has_hook = matches!(self, Capability::Invite | Capability::Manage);
        capabilities.contains(&self) || (has_hook && capabilities.contains(&Capability::Members))
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
