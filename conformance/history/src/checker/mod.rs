//! The checkers: each looks for one kind of contradiction. Its first lines say what it checks, why what it reports is wrong
//! whatever the server did, and what it cannot see.

mod access;
mod answers;
mod batches;
mod collections;
mod content;
mod freshness;
mod later;
mod linearizable;
mod order;
mod pages;
mod sessions;
mod snapshots;
mod subject;
mod versions;

use crate::anomaly::Anomalies;
use crate::history::History;
pub use subject::Checker;
use subject::Subject;

/// Every checker, in the order in which they are asked.
pub const CHECKERS: &[Checker] = &[
    versions::CHECKER,
    content::CHECKER,
    batches::CHECKER,
    order::CHECKER,
    pages::CHECKER,
    freshness::CHECKER,
    snapshots::CHECKER,
    collections::CHECKER,
    sessions::CHECKER,
    access::CHECKER,
    linearizable::CHECKER,
    answers::CHECKER,
];

/// Looks for all contradictions in a history.
#[must_use]
pub fn judge(history: &History) -> Anomalies {
    let subject = Subject::of(history);
    let mut anomalies = Anomalies::default();
    for checker in CHECKERS {
        (checker.check)(&subject, &mut anomalies);
    }
    anomalies
}
