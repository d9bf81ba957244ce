//! The start-up mutants, one row each: the fault, the id, the finding of the review that it repeats, the requirements that
//! it violates, and what it does.

/// A mutant of the reference server as a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StartupMutant {
    /// Its id in kebab-case, which never changes.
    pub id: &'static str,
    /// What it gets wrong, in one sentence.
    pub summary: &'static str,
    /// The requirements that it violates: a case that kills it names one of them.
    pub requirements: &'static [&'static str],
    /// The finding of the review that it repeats, if it is one.
    pub finding: Option<u8>,
    /// The mistake itself.
    pub fault: StartupFault,
}

/// Makes the enum of the faults and the list of the mutants from one table.
macro_rules! startup_mutants {
    ($(
        $fault:ident $id:literal $((finding $finding:literal))? breaks [$($requirement:literal),+ $(,)?]
            => $summary:literal;
    )+) => {
        /// A mistake at start-up, at the end, or between processes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum StartupFault {
            $(#[doc = $summary] $fault,)+
        }

        /// Every start-up mutant.
        pub(crate) const STARTUP_MUTANTS: &[StartupMutant] = &[$(
            StartupMutant {
                id: $id,
                summary: $summary,
                requirements: &[$($requirement),+],
                finding: startup_mutants!(@finding $($finding)?),
                fault: StartupFault::$fault,
            },
        )+];
    };
    (@finding) => { None };
    (@finding $finding:literal) => { Some($finding) };
}

startup_mutants! {
    SilentMemory "startup-silent-memory" (finding 7) breaks ["startup.needs-a-path"]
        => "without a database path it keeps the data where it is lost, and says nothing";
    MemoryWithoutSwitch "startup-memory-without-switch" (finding 7) breaks [
        "startup.memory-is-explicit", "startup.needs-a-path",
    ]
        => "takes `:memory:` and an empty path without the switch for in-memory storage";
    MemoryWithoutWarning "startup-memory-without-warning" (finding 7) breaks ["startup.memory-is-explicit"]
        => "keeps the data in memory, as it is told to, and warns of nothing";
    StrictIgnored "startup-strict-ignored" (finding 7) breaks ["startup.strict-forbids-memory"]
        => "takes the switch for in-memory storage in strict mode";
    PathIgnored "startup-path-ignored" (finding 7) breaks [
        "durable.graceful-stop", "durable.acknowledged-survives-kill", "startup.strict-forbids-memory",
        "startup.bad-path", "session.stable",
    ]
        => "takes the path and keeps the data elsewhere, so that a restart loses it";
    FallsBack "startup-falls-back" (finding 7) breaks ["startup.bad-path"]
        => "when the path cannot be opened, it keeps the data where it is lost";
    ForeignFileReplaced "startup-foreign-file-replaced" (finding 7) breaks ["startup.bad-path"]
        => "replaces a file that is no database by a new database";
    ForeignFileTouched "startup-foreign-file-touched" (finding 7) breaks ["startup.bad-path"]
        => "refuses a file that is no database, after it has written to it";
    RefusesWithZero "startup-refuses-with-zero" (finding 7) breaks [
        "startup.needs-a-path", "startup.bad-path", "startup.strict-forbids-memory",
    ]
        => "refuses to start with exit status 0, so that no supervisor notices";
    RefusesWithoutWords "startup-refuses-without-words" (finding 7) breaks ["startup.needs-a-path"]
        => "refuses to start without naming the setting that is missing";
    EndsWithOne "startup-ends-with-one" (finding 7) breaks ["durable.graceful-stop"]
        => "ends with exit status 1 when it is asked to end";
    DropsInFlight "stop-drops-what-is-in-flight" breaks ["durable.graceful-stop"]
        => "ends at once on SIGTERM, with status 0, and drops what is in flight";
    LosesTheLast "kill-loses-the-last" breaks ["durable.acknowledged-survives-kill"]
        => "had acknowledged the last op of each workspace without a commit when it was killed";
    CommitsOpByOp "kill-leaves-half-a-batch" breaks ["durable.batch-all-or-nothing"]
        => "commits each op of a batch by itself, so that a kill leaves a part of it";
    ForgetsOpIds "restart-forgets-op-ids" breaks ["op.replay-after-restart", "durable.unknown-outcome-retries"]
        => "keeps op ids in memory only, so that a replay after a restart counts again";
    NumbersAnew "restart-numbers-anew" breaks [
        "op.replay-after-restart", "durable.acknowledged-survives-kill", "durable.unknown-outcome-retries",
    ]
        => "keeps the head in memory only, so that versions start over with a restart";
    NumbersFromTheLog "restart-numbers-from-the-log" breaks ["gc.versions-go-on", "gc.gap-is-told"]
        => "takes for the head what the log ends with, so that versions are reused after a collection and a restart";
    ForgetsCursors "restart-forgets-cursors" breaks ["gc.keeps-unseen", "gc.collects"]
        => "keeps in memory only how far devices have read, so that a collection goes by nobody";
    ForgetsWhereUsersStand "restart-forgets-where-users-stand" breaks [
        "session.stable", "workspace.activate-switches-session",
    ]
        => "keeps the active workspace in memory only";
    ForgetsDescriptions "restart-forgets-descriptions" breaks ["session.stable"]
        => "keeps the descriptions of workspaces in memory only";
    ForgetsWhenWorkspacesWereMade "restart-forgets-creation-times" breaks ["session.stable"]
        => "keeps in memory only when workspaces were made";
    RebuildsByArrival "restart-rebuilds-by-arrival" breaks ["durable.acknowledged-survives-kill", "lww.higher-clock"]
        => "rebuilds records from the log when it starts, and lets the latest put of each stand";
    ForgetsRemovals "restart-forgets-removals" breaks ["member.removed-at-once"]
        => "takes everybody for a member again who has written there, also who was removed";
    ForgetsDemotions "restart-forgets-demotions" breaks ["member.role-change-at-once", "member.roles"]
        => "takes members for editors again who have been demoted to viewers";
    ForgetsOwners "restart-forgets-owners" breaks ["notification.owner-only", "notification.no-hijack"]
        => "keeps in memory only whose a notification is, and shows it to everybody after a restart";
    MigratesToNothing "migration-starts-afresh" breaks ["startup.migrates"]
        => "starts a new database where it finds one of an older version";
    MigratesWithoutOpIds "migration-forgets-op-ids" breaks ["startup.migrates", "op.replay-after-restart"]
        => "migrates everything but the op ids";
    TakesNewer "newer-database-taken" breaks ["startup.migrates"]
        => "takes a database of a newer version as if it were its own";
    TouchesNewer "newer-database-touched" breaks ["startup.migrates"]
        => "refuses a database of a newer version, after it has written to it";
    RefusesNewerSilently "newer-database-refused-silently" breaks ["startup.migrates"]
        => "refuses a database of a newer version without a word";
    MultipliesTombstones "stored-tombstones-multiply" (finding 2) breaks [
        "tombstone.one-per-record", "tombstone.bounded",
    ]
        => "leaves a tombstone of its own for each delete in the store";
    OwnUsers "instance-has-users-of-its-own" breaks ["session.concurrent-across-instances", "session.stable"]
        => "each process knows only the users that it made itself";
    RacesForUsers "instance-races-for-users" breaks ["session.concurrent-across-instances"]
        => "looks for a user and inserts them then, so that two processes make two of one";
    NumbersByItself "instance-numbers-by-itself" breaks [
        "concurrent.versions-unique", "concurrent.versions-in-order", "op.replay-same-version",
    ]
        => "each process numbers ops from the head that it has seen itself";
    OwnOpIds "instance-has-op-ids-of-its-own" breaks ["op.concurrent-replays", "op.replay-same-version"]
        => "each process knows only the op ids that it took itself";
    KeepsSessions "instance-keeps-sessions" breaks [
        "workspace.delete-rehomes-all", "workspace.activate-switches-session", "workspace.create-makes-owner",
        "workspace.rename", "member.role-change-at-once", "member.removed-at-once",
    ]
        => "each process remembers sessions and lists until it changes something itself";
    KeepsPulls "instance-keeps-pulls" breaks ["pull.reads-own-writes", "pull.no-skip-under-writes"]
        => "each process remembers pages of the log until it takes a push itself";
}
