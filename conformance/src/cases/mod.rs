//! The cases: one file a chapter of the requirements, and the one list of them all.

use std::sync::LazyLock;

use crate::case::Case;

mod closing;
mod concurrent;
mod cursor;
mod endpoint;
mod http;
mod isolation;
mod lww;
mod op;
mod op_batch;
mod op_concurrent;
mod op_conflict;
mod op_reuse;
mod pull;
mod snapshot;
mod startup;
mod tombstone;

/// Every case, chapter by chapter.
#[must_use]
pub fn all() -> &'static [Case] {
    static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
        [
            http::CASES,
            op::CASES,
            op_batch::CASES,
            op_conflict::CASES,
            op_reuse::CASES,
            op_concurrent::CASES,
            lww::CASES,
            tombstone::CASES,
            isolation::CASES,
            pull::CASES,
            cursor::CASES,
            snapshot::CASES,
            concurrent::CASES,
            startup::CASES,
            closing::CASES,
        ]
        .concat()
    });
    &ALL
}
