//! The checkers: each looks for one kind of contradiction. Its first lines say what it checks, why what it reports is wrong
//! whatever the server did, and what it cannot see.

mod access;
mod answers;
mod batches;
mod content;
mod freshness;
mod later;
mod order;
mod pages;
mod sessions;
mod snapshots;
mod versions;

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
    check: fn(&Subject, &mut Anomalies),
}

/// Every checker, in the order in which they are asked.
pub const CHECKERS: &[Checker] = &[
    versions::CHECKER,
    content::CHECKER,
    batches::CHECKER,
    order::CHECKER,
    pages::CHECKER,
    freshness::CHECKER,
    snapshots::CHECKER,
    sessions::CHECKER,
    access::CHECKER,
    answers::CHECKER,
];

/// What checkers look at.
pub(crate) struct Subject<'h> {
    pub(crate) history: &'h History,
    pub(crate) workspaces: Vec<Workspace<'h>>,
}

/// Looks for all contradictions in a history.
#[must_use]
pub fn judge(history: &History) -> Anomalies {
    let subject = Subject { history, workspaces: workspaces(history) };
    let mut anomalies = Anomalies::default();
    for checker in CHECKERS {
        (checker.check)(&subject, &mut anomalies);
    }
    anomalies
}
