//! Generators of users and workspaces.

use proptest::prelude::*;

use crate::sequence::{Member, PLAIN_USERS, WorkspaceRef};

/// The number of ordinary users of a sequence.
pub(super) const USERS: u8 = 3;
/// The number of users who look like the first one.
pub(super) const LOOKALIKES: u8 = 23;
/// A user, most often the first one.
pub(super) fn user() -> BoxedStrategy<u8> {
    prop_oneof![5 => Just(0), 3 => 1..USERS].boxed()
}

/// A user who may look like the first one.
pub(super) fn anybody() -> BoxedStrategy<u8> {
    prop_oneof![2 => 0..USERS, 3 => PLAIN_USERS..PLAIN_USERS + LOOKALIKES].boxed()
}

/// A workspace, most often the first home.
pub(super) fn place() -> BoxedStrategy<WorkspaceRef> {
    prop_oneof![
        16 => Just(WorkspaceRef::Home(0)),
        4 => (1..USERS).prop_map(WorkspaceRef::Home),
        8 => (0_u32..3).prop_map(WorkspaceRef::Made),
        1 => Just(WorkspaceRef::Nowhere),
        1 => Just(WorkspaceRef::Nearby),
    ]
    .boxed()
}

pub(super) fn member() -> BoxedStrategy<Member> {
    prop_oneof![8 => (0..USERS).prop_map(Member::User), 1 => Just(Member::Nobody)].boxed()
}
