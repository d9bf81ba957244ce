//! The exit codes of the `syncproof` command.

/// How a command ended. The codes are documented and never change their meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was checked holds.
    Conformant,
    /// A MUST failed, or a baseline was broken (or, for `mutants`, a mutant survived).
    NotConformant,
    /// Wrong usage or configuration.
    Usage,
    /// The target could not be reached, would not start, or died, or the run was interrupted: no verdict.
    Target,
    /// The selection is empty. Nothing was checked, and that does not count as success.
    NothingSelected,
    /// A fault in the suite itself.
    Fault,
    /// The reader of standard output closed it early, as `head` does. The code is the one that a shell shows for a
    /// process that was ended by SIGPIPE.
    ReaderGone,
}

impl Exit {
    /// The code that the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Exit::Conformant => 0,
            Exit::NotConformant => 1,
            Exit::Usage => 2,
            Exit::Target => 3,
            Exit::NothingSelected => 4,
            Exit::Fault => 70,
            Exit::ReaderGone => 141,
        }
    }
}

/// Why a command failed: one sentence for the user, and the exit code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CliError {
    /// The exit code.
    pub exit: Exit,
    /// One sentence that names what was wrong and where.
    pub message: String,
}

impl CliError {
    /// Wrong usage or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        CliError { exit: Exit::Usage, message: message.into() }
    }

    /// The target cannot be reached or started, or it died.
    pub fn target(message: impl Into<String>) -> Self {
        CliError { exit: Exit::Target, message: message.into() }
    }

    /// A fault in the suite itself.
    pub fn fault(message: impl Into<String>) -> Self {
        CliError { exit: Exit::Fault, message: message.into() }
    }
}
