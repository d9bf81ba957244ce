//! What a checker is, and what it looks at.

use crate::anomaly::Anomalies;
use crate::history::History;
use crate::workspace::{Workspace, workspaces};

/// One checker.
#[derive(Debug, Clone, Copy)]
pub struct Checker {
    /// Its name.
    pub name: &'static str,
    /// What it may find broken.
    pub requirements: &'static [&'static str],
    pub(super) check: fn(&Subject, &mut Anomalies),
}

/// What checkers look at.
pub(crate) struct Subject<'h> {
    /// The history.
    pub(crate) history: &'h History,
    /// Its workspaces.
    pub(crate) workspaces: Vec<Workspace<'h>>,
}

impl<'h> Subject<'h> {
    pub(super) fn of(history: &'h History) -> Self {
        Subject { history, workspaces: workspaces(history) }
    }
}
