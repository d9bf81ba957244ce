//! Device cursors.

pub(crate) mod device;
