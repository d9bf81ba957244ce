//! The cases: one file a chapter of the requirements, and the one list of them all.

use std::sync::LazyLock;

use crate::case::Case;

mod closing;
mod isolation;

/// Every case, chapter by chapter.
#[must_use]
pub fn all() -> &'static [Case] {
    static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| [isolation::CASES, closing::CASES].concat());
    &ALL
}
