//! The cases: one file a chapter of the requirements, and the one list of them all.

use std::sync::LazyLock;

use crate::case::Case;

mod closing;
mod concurrent;
mod cursor;
mod deletion;
mod deletion_closing;
mod endpoint;
mod http;
mod isolation;
mod lww;
mod member;
mod member_removal;
mod member_roles;
mod op;
mod op_batch;
mod op_concurrent;
mod op_conflict;
mod op_reuse;
mod pull;
mod session;
mod session_concurrent;
mod session_identity;
mod snapshot;
mod startup;
mod tombstone;
mod workspace;
mod workspace_access;
mod workspace_names;

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
            session::CASES,
            session_identity::CASES,
            session_concurrent::CASES,
            workspace::CASES,
            workspace_names::CASES,
            workspace_access::CASES,
            deletion::CASES,
            deletion_closing::CASES,
            member::CASES,
            member_roles::CASES,
            member_removal::CASES,
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
