//! The cases: one file a chapter of the requirements, and the one list of them all.

use std::sync::LazyLock;

use crate::case::Case;

mod closing;
mod isolation;
mod session;
mod session_concurrent;
mod session_identity;

/// Every case, chapter by chapter.
#[must_use]
pub fn all() -> &'static [Case] {
    static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
        [session::CASES, session_identity::CASES, session_concurrent::CASES, isolation::CASES, closing::CASES].concat()
    });
    &ALL
}
