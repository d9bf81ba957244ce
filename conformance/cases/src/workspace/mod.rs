//! Workspaces: made, listed, named, activated and deleted.

pub(crate) mod access;
pub(crate) mod activation_races;
pub(crate) mod before_sync;
pub(crate) mod conditional;
pub(crate) mod creation;
pub(crate) mod deletion;
pub(crate) mod deletion_closes;
pub(crate) mod deletion_of_everything;
pub(crate) mod deletion_races;
pub(crate) mod many;
pub(crate) mod names;
pub(crate) mod names_again;
pub(crate) mod renames_at_once;
pub(crate) mod texts;
pub(crate) mod times;
