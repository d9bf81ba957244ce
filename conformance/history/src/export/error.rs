//! Why a history cannot be written in the form of another checker.

use std::io;

/// Why a history cannot be written in such a form.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Each read of a list shows all of it, so that what is written grows with the square of the history.
    #[error("its reads would show {0} ops and more; take a shorter history, or another form")]
    TooLong(usize),
}
