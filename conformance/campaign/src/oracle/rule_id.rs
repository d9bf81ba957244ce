//! Requirements that several judges name.

/// An op id is known in one workspace only.
pub(super) const ID_SCOPED: &str = "op.id-scoped-to-workspace";

/// A snapshot is the fold of the log.
pub(super) const COMPLETE: &str = "snapshot.complete";
