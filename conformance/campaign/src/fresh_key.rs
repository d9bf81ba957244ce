//! The key of an execution, from which all its names are made.

/// A key that no other execution has.
pub(super) fn fresh_key() -> u64 {
    // 52 bits: they fit into an op id, and into a short name.
    uuid::Uuid::new_v4().as_u64_pair().0 & 0xf_ffff_ffff_ffff
}
