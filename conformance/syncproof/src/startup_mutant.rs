//! Start-up mutants: the reference server as a process with one bug when it starts, when it ends, or when several processes
//! run on one store (finding 7 of the review, and other bugs that only processes show).
//!
//! They are plain data here; `syncproof serve --mutant ID` makes the mistake.

pub(crate) mod faulty_proxy;
pub(crate) mod store;
mod table;

pub(crate) use table::{STARTUP_MUTANTS, StartupFault, StartupMutant};

impl StartupFault {
    /// Whether it shows in the store while the server is used like any other.
    pub(crate) fn shows_in_the_store(self) -> bool {
        self == StartupFault::MultipliesTombstones
    }

    /// Whether a proxy in front of the server makes it.
    pub(crate) fn is_made_by_proxy(self) -> bool {
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

/// The start-up mutant of that id.
#[must_use]
pub(crate) fn find(id: &str) -> Option<&'static StartupMutant> {
    STARTUP_MUTANTS.iter().find(|mutant| mutant.id == id)
}
