//! The store: the only place that uses rusqlite. Everything else reaches it through the handle, [`Store`]. What is sent as
//! it is stored, it returns in its shape on the wire.
//!
//! A store on a file has one thread that writes and a few that read, each behind a bounded queue, so that no async worker
//! waits for the disk. A write is acknowledged after its commit, never before.

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
pub(crate) use identity::Identity;
pub(crate) use pull::PullQuery;
pub(crate) use push::{OpOutcome, PushOutcome};
pub(crate) use row::raw_json;
pub(crate) use snapshot::{PagePosition, SnapshotQuery};
