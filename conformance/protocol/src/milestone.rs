//! The milestones of a server that is built step by step; the `[milestone: …]` of `planning/requirements.md`.
//!
//! Users see them as levels: "level 3 of 7: push and pull". In code, `Level` is MUST or SHOULD.

use std::fmt;
use std::str::FromStr;

use crate::capability::Capability;
use crate::endpoint::{self, Endpoint};

/// Makes the enum, its names and its meanings from one table.
macro_rules! milestones {
    ($($variant:ident, $name:literal, $meaning:literal;)+) => {
        /// A point at which a server that is built step by step has something new that works. Each requirement is due at one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, schemars::JsonSchema)]
        pub enum Milestone {
            $(#[doc = $meaning] #[serde(rename = $name)] $variant,)+
        }

        impl Milestone {
            /// Every milestone, in the order in which a server reaches them.
            pub const ALL: [Milestone; [$($name),+].len()] = [$(Milestone::$variant),+];

            /// The name that the page of requirements, the command line and reports use.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Milestone::$variant => $name,)+
                }
            }

            /// What a server can do there, in a few words.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Milestone::$variant => $meaning,)+
                }
            }
        }
    };
}

milestones! {
    Session, "session", "users log in, and find their workspace in the list";
    Workspaces, "workspaces", "they create, rename, activate and delete workspaces";
    PushAndPull, "push and pull", "one client syncs, and wrong requests are refused";
    ConflictsAndIdempotency, "conflicts and idempotency", "repeated and conflicting writes end alike everywhere";
    SeveralPeople, "several people", "members, roles, and users who see nothing of each other";
    SnapshotsAndCollection, "snapshots and collection",
        "a log that does not grow for ever, and clients that start without it";
    RacesAndCrashes, "races and crashes", "concurrent requests, kills and restarts, and input that crashes servers";
}

impl Milestone {
    /// The last one: a server that has reached it is finished.
    pub const LAST: Milestone = Milestone::RacesAndCrashes;

    /// Its number, from 1.
    #[must_use]
    pub const fn number(self) -> usize {
        self as usize + 1
    }

    /// The one after it.
    #[must_use]
    pub fn next(self) -> Option<Milestone> {
        Milestone::ALL.get(self.number()).copied()
    }

    /// The one at which a server, or what the suite can do to it, has that capability.
    #[must_use]
    pub const fn of_capability(capability: Capability) -> Milestone {
        match capability {
            Capability::BadCredentials | Capability::Providers => Milestone::Session,
            // A hook counts what deletes leave, so this needs no collection.
            Capability::OpIdTieBreak | Capability::Applied | Capability::Inspect => Milestone::ConflictsAndIdempotency,
            Capability::Members | Capability::Invite | Capability::Manage | Capability::PrivateNotifications => {
                Milestone::SeveralPeople
            }
            Capability::Snapshot | Capability::Gc => Milestone::SnapshotsAndCollection,
            Capability::Launch | Capability::Restart | Capability::Instances => Milestone::RacesAndCrashes,
        }
    }

    /// The one at which a server has the endpoint of a request such as `POST /api/sync/push`.
    #[must_use]
    pub fn of_request(line: &str) -> Option<Milestone> {
        let (method, path) = line.split_once(' ')?;
        endpoint::find(method, path).map(Milestone::of_endpoint)
    }

    /// The one at which a server has that endpoint.
    #[must_use]
    pub fn of_endpoint(endpoint: &Endpoint) -> Milestone {
        match endpoint.capability {
            Some(capability) => Milestone::of_capability(capability),
            None if endpoint.is_sync() => Milestone::PushAndPull,
            None if [endpoint::SESSION, endpoint::LIST_WORKSPACES].contains(endpoint) => Milestone::Session,
            None => Milestone::Workspaces,
        }
    }
}

impl fmt::Display for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "level {} of {}: {}", self.number(), Milestone::ALL.len(), self.name())
    }
}

impl FromStr for Milestone {
    type Err = String;

    /// Takes its number or its name, in which hyphens may replace blanks.
    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim().to_lowercase().replace(['-', '_'], " ");
        let found = Milestone::ALL
            .into_iter()
            .find(|milestone| milestone.name() == name || milestone.number().to_string() == name);
        found.ok_or_else(|| {
            let known = Milestone::ALL.map(|milestone| format!("{} {}", milestone.number(), milestone.name()));
            format!("there is no level `{text}` (levels: {})", known.join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_come_in_the_order_of_the_levels() {
        let names = |milestone| {
            let of_it =
                endpoint::ENDPOINTS.iter().filter(move |endpoint| Milestone::of_endpoint(endpoint) == milestone);
            of_it.map(|endpoint| endpoint.name).collect::<Vec<_>>()
        };
        assert_eq!(names(Milestone::Session), ["session", "list workspaces"]);
        assert_eq!(names(Milestone::PushAndPull), ["push", "pull", "update-cursor"]);
        assert_eq!(names(Milestone::SnapshotsAndCollection), ["snapshot", "gc-change-log", "gc-tombstones"]);
        assert_eq!(names(Milestone::ConflictsAndIdempotency), [""; 0]);
        assert_eq!(Milestone::of_request("DELETE /api/workspaces/{id}"), Some(Milestone::Workspaces));
        assert_eq!(Milestone::of_request("GET /nowhere"), None);
    }

    #[test]
    fn a_level_is_named_by_its_number_or_by_its_name() {
        for milestone in Milestone::ALL {
            assert_eq!(milestone.number().to_string().parse(), Ok(milestone));
            assert_eq!(milestone.name().parse(), Ok(milestone));
            assert_eq!(milestone.name().replace(' ', "-").to_uppercase().parse(), Ok(milestone));
        }
        for wrong in ["", "0", "8", "push", "03"] {
            let refused = wrong.parse::<Milestone>().expect_err(wrong);
            assert!(refused.contains("3 push and pull"), "{refused}");
        }
        assert_eq!(Milestone::PushAndPull.to_string(), "level 3 of 7: push and pull");
        assert_eq!(Milestone::LAST.next(), None);
        assert_eq!(Milestone::Session.next(), Some(Milestone::Workspaces));
    }
}
