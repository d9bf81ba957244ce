//! Which part of a log is read: from which version on, in pages of which size.

use proptest::prelude::*;
use proptest::sample::select;

use crate::sequence::VersionRef;

/// The size of a page.
pub(super) fn size() -> BoxedStrategy<u64> {
    prop_oneof![4 => 1..5_u64, 1 => Just(1000)].boxed()
}

/// The same, sometimes out of range.
pub(super) fn any_size() -> BoxedStrategy<u64> {
    prop_oneof![12 => size(), 1 => select(vec![0, 1001, 4_294_967_297])].boxed()
}

/// A version: the start, around the head, or far beyond it.
pub(super) fn mark() -> BoxedStrategy<VersionRef> {
    prop_oneof![
        3 => Just(VersionRef::At(0)),
        2 => (0..6_u64).prop_map(VersionRef::At),
        5 => (-3..3_i64).prop_map(VersionRef::Head),
        1 => select(vec![VersionRef::Head(1_000_000), VersionRef::At((1 << 53) - 1)]),
    ]
    .boxed()
}
