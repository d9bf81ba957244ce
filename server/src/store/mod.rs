//! The store: the only place that names rusqlite, and the handle through which everything else reaches it.
//!
//! On a file one thread writes and a few read, each behind a bounded queue, so no wait for the disk holds up an async
//! worker. A write is acknowledged after its commit and never before.

mod access;
mod collect;
mod cursor;
mod error;
mod file;
mod handle;
mod identity;
pub mod maintenance;
mod member;
mod memory;
mod open;
mod pull;
mod push;
mod queue;
mod reader;
mod record;
mod row;
mod snapshot;
#[cfg(test)]
mod tests;
mod threads;
mod transaction;
mod workspace;
mod writer;

pub(crate) use collect::CollectQuery;
pub use error::OpenError;
pub(crate) use error::{Refusal, StoreError};
pub use handle::{Storage, Store};
pub(crate) use identity::{Account, Identity};
pub(crate) use pull::PullQuery;
pub(crate) use push::{OpOutcome, PushOutcome};
pub(crate) use record::Standing;
pub(crate) use row::Change;
pub(crate) use snapshot::{ItemState, Moment, PagePlace, SnapshotItem, SnapshotPage, SnapshotQuery};
