//! Wrong ways to start a server, to end it, and to run several on one store: mutants of the reference server as a
//! process (finding 7 of the review, and what else only processes show).
//!
//! They are plain data here; `syncproof serve --mutant ID` makes the mistake.

pub(crate) mod faulty_proxy;
pub(crate) mod store;

/// One wrong way to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartupMutant {
    /// Permanent name.
    pub id: &'static str,
    /// What it gets wrong, in one sentence.
    pub summary: &'static str,
    /// The requirements of which a case that kills it has to name one.
    pub requirements: &'static [&'static str],
    /// The finding of the review that it stands for.
    pub finding: Option<u8>,
    /// The mistake itself.
    pub fault: StartupFault,
}

/// A mistake at start-up, at the end, or between processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartupFault {
    /// Without a path, keeps the data where it is lost, and says nothing.
    SilentMemory,
    /// Takes `:memory:` and the empty path without the switch.
    MemoryWithoutSwitch,
    /// Takes the switch and warns of nothing.
    MemoryWithoutWarning,
    /// Does not know strict mode.
    StrictIgnored,
    /// Takes the path and keeps the data elsewhere, where it is lost.
    PathIgnored,
    /// Falls back to a place where the data is lost when the path cannot be opened.
    FallsBack,
    /// Replaces a file that is no database.
    ForeignFileReplaced,
    /// Refuses a file that is no database after writing to it.
    ForeignFileTouched,
    /// Refuses with exit status 0.
    RefusesWithZero,
    /// Refuses without a word about the setting.
    RefusesWithoutWords,
    /// Ends with status 1 when it is asked to end.
    EndsWithOne,
    /// Ends at once when it is asked to end, and drops what is in flight.
    DropsInFlight,
    /// Has acknowledged what it had not committed when it was killed.
    LosesTheLast,
    /// Commits each op of a batch by itself.
    CommitsOpByOp,
    /// Leaves a tombstone of its own for each delete.
    MultipliesTombstones,
    /// Keeps op ids in memory only.
    ForgetsOpIds,
    /// Keeps versions in memory only.
    NumbersAnew,
    /// Takes for the head what the log ends with, which may have been collected.
    NumbersFromTheLog,
    /// Keeps in memory only how far devices have read.
    ForgetsCursors,
    /// Keeps in memory only where users stand.
    ForgetsWhereUsersStand,
    /// Keeps in memory only what workspaces are described as.
    ForgetsDescriptions,
    /// Keeps in memory only when workspaces were made.
    ForgetsWhenWorkspacesWereMade,
    /// Rebuilds records from the log in order of arrival.
    RebuildsByArrival,
    /// Keeps removals in memory only.
    ForgetsRemovals,
    /// Keeps changes of roles in memory only.
    ForgetsDemotions,
    /// Keeps in memory only whose a notification is.
    ForgetsOwners,
    /// Starts a new database where it finds an older one.
    MigratesToNothing,
    /// Leaves out the op ids when it migrates.
    MigratesWithoutOpIds,
    /// Takes a newer database as if it were its own.
    TakesNewer,
    /// Refuses a newer database after writing to it.
    TouchesNewer,
    /// Refuses a newer database without a word.
    RefusesNewerSilently,
    /// Knows only the users that it made itself.
    OwnUsers,
    /// Looks for a user and inserts them then, without anything that holds them unique.
    RacesForUsers,
    /// Numbers ops from the head that it has seen itself.
    NumbersByItself,
    /// Knows only the op ids that it took itself.
    OwnOpIds,
    /// Remembers sessions and lists until it changes something itself.
    KeepsSessions,
    /// Remembers pages of the log until it takes a push itself.
    KeepsPulls,
}

impl StartupFault {
    /// Whether it shows in the store of a server that is used as any other.
    pub(crate) fn shows_in_the_store(self) -> bool {
        self == StartupFault::MultipliesTombstones
    }

    /// Whether it is made by a front that hands requests on.
    pub(crate) fn is_of_a_front(self) -> bool {
        matches!(
            self,
            StartupFault::CommitsOpByOp
                | StartupFault::MultipliesTombstones
                | StartupFault::OwnUsers
                | StartupFault::RacesForUsers
                | StartupFault::NumbersByItself
                | StartupFault::OwnOpIds
                | StartupFault::KeepsSessions
                | StartupFault::KeepsPulls
        )
    }
}

/// Every start-up mutant.
pub const STARTUP_MUTANTS: &[StartupMutant] = &[
    StartupMutant {
        id: "startup-silent-memory",
        summary: "without a database path it keeps the data where it is lost, and says nothing",
        requirements: &["startup.needs-a-path"],
        finding: Some(7),
        fault: StartupFault::SilentMemory,
    },
    StartupMutant {
        id: "startup-memory-without-switch",
        summary: "takes `:memory:` and an empty path without the switch for in-memory storage",
        requirements: &["startup.memory-is-explicit", "startup.needs-a-path"],
        finding: Some(7),
        fault: StartupFault::MemoryWithoutSwitch,
    },
    StartupMutant {
        id: "startup-memory-without-warning",
        summary: "keeps the data in memory, as it is told to, and warns of nothing",
        requirements: &["startup.memory-is-explicit"],
        finding: Some(7),
        fault: StartupFault::MemoryWithoutWarning,
    },
    StartupMutant {
        id: "startup-strict-ignored",
        summary: "takes the switch for in-memory storage in strict mode",
        requirements: &["startup.strict-forbids-memory"],
        finding: Some(7),
        fault: StartupFault::StrictIgnored,
    },
    StartupMutant {
        id: "startup-path-ignored",
        summary: "takes the path and keeps the data elsewhere, so that a restart loses it",
        requirements: &[
            "durable.graceful-stop",
            "durable.acknowledged-survives-kill",
            "startup.strict-forbids-memory",
            "startup.bad-path",
        ],
        finding: Some(7),
        fault: StartupFault::PathIgnored,
    },
    StartupMutant {
        id: "startup-falls-back",
        summary: "when the path cannot be opened, it keeps the data where it is lost",
        requirements: &["startup.bad-path"],
        finding: Some(7),
        fault: StartupFault::FallsBack,
    },
    StartupMutant {
        id: "startup-foreign-file-replaced",
        summary: "replaces a file that is no database by a new database",
        requirements: &["startup.bad-path"],
        finding: Some(7),
        fault: StartupFault::ForeignFileReplaced,
    },
    StartupMutant {
        id: "startup-foreign-file-touched",
        summary: "refuses a file that is no database, after it has written to it",
        requirements: &["startup.bad-path"],
        finding: Some(7),
        fault: StartupFault::ForeignFileTouched,
    },
    StartupMutant {
        id: "startup-refuses-with-zero",
        summary: "refuses to start with exit status 0, so that no supervisor notices",
        requirements: &["startup.needs-a-path", "startup.bad-path", "startup.strict-forbids-memory"],
        finding: Some(7),
        fault: StartupFault::RefusesWithZero,
    },
    StartupMutant {
        id: "startup-refuses-without-words",
        summary: "refuses to start without naming the setting that is missing",
        requirements: &["startup.needs-a-path"],
        finding: Some(7),
        fault: StartupFault::RefusesWithoutWords,
    },
    StartupMutant {
        id: "startup-ends-with-one",
        summary: "ends with exit status 1 when it is asked to end",
        requirements: &["durable.graceful-stop"],
        finding: Some(7),
        fault: StartupFault::EndsWithOne,
    },
    StartupMutant {
        id: "stop-drops-what-is-in-flight",
        summary: "ends at once on SIGTERM, with status 0, and drops what is in flight",
        requirements: &["durable.graceful-stop"],
        finding: None,
        fault: StartupFault::DropsInFlight,
    },
    StartupMutant {
        id: "kill-loses-the-last",
        summary: "had acknowledged the last op of each workspace without a commit when it was killed",
        requirements: &["durable.acknowledged-survives-kill"],
        finding: None,
        fault: StartupFault::LosesTheLast,
    },
    StartupMutant {
        id: "kill-leaves-half-a-batch",
        summary: "commits each op of a batch by itself, so that a kill leaves a part of it",
        requirements: &["durable.batch-all-or-nothing"],
        finding: None,
        fault: StartupFault::CommitsOpByOp,
    },
    StartupMutant {
        id: "restart-forgets-op-ids",
        summary: "keeps op ids in memory only, so that a replay after a restart counts again",
        requirements: &["op.replay-after-restart", "durable.unknown-outcome-retries"],
        finding: None,
        fault: StartupFault::ForgetsOpIds,
    },
    StartupMutant {
        id: "restart-numbers-anew",
        summary: "keeps the head in memory only, so that versions start over with a restart",
        requirements: &[
            "op.replay-after-restart",
            "durable.acknowledged-survives-kill",
            "durable.unknown-outcome-retries",
        ],
        finding: None,
        fault: StartupFault::NumbersAnew,
    },
    StartupMutant {
        id: "restart-numbers-from-the-log",
        summary: "takes for the head what the log ends with, so that versions are reused after a collection and a restart",
        requirements: &["gc.versions-go-on", "gc.gap-is-told"],
        finding: None,
        fault: StartupFault::NumbersFromTheLog,
    },
    StartupMutant {
        id: "restart-forgets-cursors",
        summary: "keeps in memory only how far devices have read, so that a collection goes by nobody",
        requirements: &["gc.keeps-unseen", "gc.collects"],
        finding: None,
        fault: StartupFault::ForgetsCursors,
    },
    StartupMutant {
        id: "restart-forgets-where-users-stand",
        summary: "keeps the active workspace in memory only",
        requirements: &["session.stable", "workspace.activate-switches-session"],
        finding: None,
        fault: StartupFault::ForgetsWhereUsersStand,
    },
    StartupMutant {
        id: "restart-forgets-descriptions",
        summary: "keeps the descriptions of workspaces in memory only",
        requirements: &["session.stable"],
        finding: None,
        fault: StartupFault::ForgetsDescriptions,
    },
    StartupMutant {
        id: "restart-forgets-creation-times",
        summary: "keeps in memory only when workspaces were made",
        requirements: &["session.stable"],
        finding: None,
        fault: StartupFault::ForgetsWhenWorkspacesWereMade,
    },
    StartupMutant {
        id: "restart-rebuilds-by-arrival",
        summary: "rebuilds records from the log when it starts, and lets the latest put of each stand",
        requirements: &["durable.acknowledged-survives-kill", "lww.higher-clock"],
        finding: None,
        fault: StartupFault::RebuildsByArrival,
    },
    StartupMutant {
        id: "restart-forgets-removals",
        summary: "takes everybody for a member again who has written there, also who was removed",
        requirements: &["member.removed-at-once"],
        finding: None,
        fault: StartupFault::ForgetsRemovals,
    },
    StartupMutant {
        id: "restart-forgets-demotions",
        summary: "takes members for editors again who have been demoted to viewers",
        requirements: &["member.role-change-at-once", "member.roles"],
        finding: None,
        fault: StartupFault::ForgetsDemotions,
    },
    StartupMutant {
        id: "restart-forgets-owners",
        summary: "keeps in memory only whose a notification is, and shows it to everybody after a restart",
        requirements: &["notification.owner-only", "notification.no-hijack"],
        finding: None,
        fault: StartupFault::ForgetsOwners,
    },
    StartupMutant {
        id: "migration-starts-afresh",
        summary: "starts a new database where it finds one of an older version",
        requirements: &["startup.migrates"],
        finding: None,
        fault: StartupFault::MigratesToNothing,
    },
    StartupMutant {
        id: "migration-forgets-op-ids",
        summary: "migrates everything but the op ids",
        requirements: &["startup.migrates", "op.replay-after-restart"],
        finding: None,
        fault: StartupFault::MigratesWithoutOpIds,
    },
    StartupMutant {
        id: "newer-database-taken",
        summary: "takes a database of a newer version as if it were its own",
        requirements: &["startup.migrates"],
        finding: None,
        fault: StartupFault::TakesNewer,
    },
    StartupMutant {
        id: "newer-database-touched",
        summary: "refuses a database of a newer version, after it has written to it",
        requirements: &["startup.migrates"],
        finding: None,
        fault: StartupFault::TouchesNewer,
    },
    StartupMutant {
        id: "newer-database-refused-silently",
        summary: "refuses a database of a newer version without a word",
        requirements: &["startup.migrates"],
        finding: None,
        fault: StartupFault::RefusesNewerSilently,
    },
    StartupMutant {
        id: "stored-tombstones-multiply",
        summary: "leaves a tombstone of its own for each delete in the store",
        requirements: &["tombstone.one-per-record", "tombstone.bounded"],
        finding: Some(2),
        fault: StartupFault::MultipliesTombstones,
    },
    StartupMutant {
        id: "instance-has-users-of-its-own",
        summary: "each process knows only the users that it made itself",
        requirements: &["session.concurrent-across-instances", "session.stable"],
        finding: None,
        fault: StartupFault::OwnUsers,
    },
    StartupMutant {
        id: "instance-races-for-users",
        summary: "looks for a user and inserts them then, so that two processes make two of one",
        requirements: &["session.concurrent-across-instances"],
        finding: None,
        fault: StartupFault::RacesForUsers,
    },
    StartupMutant {
        id: "instance-numbers-by-itself",
        summary: "each process numbers ops from the head that it has seen itself",
        requirements: &["concurrent.versions-unique", "concurrent.versions-in-order", "op.replay-same-version"],
        finding: None,
        fault: StartupFault::NumbersByItself,
    },
    StartupMutant {
        id: "instance-has-op-ids-of-its-own",
        summary: "each process knows only the op ids that it took itself",
        requirements: &["op.concurrent-replays", "op.replay-same-version"],
        finding: None,
        fault: StartupFault::OwnOpIds,
    },
    StartupMutant {
        id: "instance-keeps-sessions",
        summary: "each process remembers sessions and lists until it changes something itself",
        requirements: &[
            "workspace.delete-rehomes-all",
            "workspace.activate-switches-session",
            "workspace.create-makes-owner",
            "workspace.rename",
            "member.role-change-at-once",
            "member.removed-at-once",
        ],
        finding: None,
        fault: StartupFault::KeepsSessions,
    },
    StartupMutant {
        id: "instance-keeps-pulls",
        summary: "each process remembers pages of the log until it takes a push itself",
        requirements: &["pull.reads-own-writes", "pull.no-skip-under-writes"],
        finding: None,
        fault: StartupFault::KeepsPulls,
    },
];

/// The start-up mutant of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static StartupMutant> {
    STARTUP_MUTANTS.iter().find(|mutant| mutant.id == id)
}
