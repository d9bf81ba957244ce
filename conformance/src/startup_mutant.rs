//! Wrong ways to start a server: mutants of the reference server's start-up (finding 7 of the review).
//!
//! They are plain data here; `syncproof serve --mutant ID` makes the mistake.

/// One wrong way to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartupMutant {
    /// Permanent name.
    pub id: &'static str,
    /// What it gets wrong, in one sentence.
    pub summary: &'static str,
    /// The requirements of which a case that kills it has to name one.
    pub requirements: &'static [&'static str],
    /// The mistake itself.
    pub mistake: Mistake,
}

/// A mistake at start-up or at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
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
}

/// Every start-up mutant.
pub const STARTUP_MUTANTS: &[StartupMutant] = &[
    StartupMutant {
        id: "startup-silent-memory",
        summary: "without a database path it keeps the data where it is lost, and says nothing",
        requirements: &["startup.needs-a-path"],
        mistake: Mistake::SilentMemory,
    },
    StartupMutant {
        id: "startup-memory-without-switch",
        summary: "takes `:memory:` and an empty path without the switch for in-memory storage",
        requirements: &["startup.memory-is-explicit", "startup.needs-a-path"],
        mistake: Mistake::MemoryWithoutSwitch,
    },
    StartupMutant {
        id: "startup-memory-without-warning",
        summary: "keeps the data in memory, as it is told to, and warns of nothing",
        requirements: &["startup.memory-is-explicit"],
        mistake: Mistake::MemoryWithoutWarning,
    },
    StartupMutant {
        id: "startup-strict-ignored",
        summary: "takes the switch for in-memory storage in strict mode",
        requirements: &["startup.strict-forbids-memory"],
        mistake: Mistake::StrictIgnored,
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
        mistake: Mistake::PathIgnored,
    },
    StartupMutant {
        id: "startup-falls-back",
        summary: "when the path cannot be opened, it keeps the data where it is lost",
        requirements: &["startup.bad-path"],
        mistake: Mistake::FallsBack,
    },
    StartupMutant {
        id: "startup-foreign-file-replaced",
        summary: "replaces a file that is no database by a new database",
        requirements: &["startup.bad-path"],
        mistake: Mistake::ForeignFileReplaced,
    },
    StartupMutant {
        id: "startup-foreign-file-touched",
        summary: "refuses a file that is no database, after it has written to it",
        requirements: &["startup.bad-path"],
        mistake: Mistake::ForeignFileTouched,
    },
    StartupMutant {
        id: "startup-refuses-with-zero",
        summary: "refuses to start with exit status 0, so that no supervisor notices",
        requirements: &["startup.needs-a-path", "startup.bad-path", "startup.strict-forbids-memory"],
        mistake: Mistake::RefusesWithZero,
    },
    StartupMutant {
        id: "startup-refuses-without-words",
        summary: "refuses to start without naming the setting that is missing",
        requirements: &["startup.needs-a-path"],
        mistake: Mistake::RefusesWithoutWords,
    },
    StartupMutant {
        id: "startup-ends-with-one",
        summary: "ends with exit status 1 when it is asked to end",
        requirements: &["durable.graceful-stop"],
        mistake: Mistake::EndsWithOne,
    },
];

/// The start-up mutant of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static StartupMutant> {
    STARTUP_MUTANTS.iter().find(|mutant| mutant.id == id)
}
