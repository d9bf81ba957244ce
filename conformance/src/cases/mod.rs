//! The cases: one file a chapter of the requirements, and the one list of them all.

use std::sync::LazyLock;

use crate::case::Case;

mod closing;
mod isolation;
mod op;
mod op_batch;
mod op_concurrent;
mod op_conflict;
mod op_reuse;

/// Every case, chapter by chapter.
#[must_use]
pub fn all() -> &'static [Case] {
    static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
        [
            op::CASES,
            op_batch::CASES,
            op_conflict::CASES,
            op_reuse::CASES,
            op_concurrent::CASES,
            isolation::CASES,
            closing::CASES,
        ]
        .concat()
    });
    &ALL
}
