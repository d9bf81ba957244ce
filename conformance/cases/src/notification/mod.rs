//! Private notifications: only their user sees and changes them.

pub(crate) mod corrected;
pub(crate) mod reading;
pub(crate) mod removed_members;
pub(crate) mod snapshot;
pub(crate) mod writing;
