//! The store: the only place that names rusqlite, and the handle through which everything else reaches it.
//!
//! On a file one thread writes and a few read, each behind a bounded queue, so no wait for the disk holds up an async
//! worker. A write is acknowledged after its commit and never before.

mod access;
mod collect;
mod cursor;
mod error;
mod file;
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

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;

use crate::time::Clock;
pub(crate) use collect::CollectQuery;
pub use error::OpenError;
pub(crate) use error::{Refusal, StoreError};
pub(crate) use identity::{Account, Identity};
pub(crate) use pull::PullQuery;
pub(crate) use push::{OpOutcome, PushOutcome};
pub(crate) use record::Standing;
pub(crate) use row::Change;
pub(crate) use snapshot::{ItemState, Moment, PagePlace, SnapshotItem, SnapshotPage, SnapshotQuery};

use memory::Memory;
use queue::Work;
use threads::Threads;

/// Where the data lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In a SQLite file, made when there is none.
    File(PathBuf),
    /// In memory: everything is lost when the store closes.
    Memory,
}

/// A handle on an open store. Clones share it; it closes when the last one is dropped, or on [`Store::close`].
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
    clock: Clock,
}

/// What carries the work out.
#[derive(Debug)]
enum Shared {
    File(Threads),
    Memory(Memory),
}

impl Store {
    /// Opens, and where needed creates or migrates, the store. Blocks on the disk: call it before serving.
    ///
    /// # Errors
    ///
    /// When the path cannot be used, or holds anything but a database of this application and of a schema version
    /// that this build knows. The file is then left as it was (requirements `startup.bad-path`, `startup.migrates`).
    pub fn open(storage: &Storage) -> Result<Self, OpenError> {
        let shared = match storage {
            Storage::Memory => Shared::Memory(Memory::new()?),
            Storage::File(path) => {
                let writer = open::writer(path)?;
                let readers = (0..threads::READERS).map(|_| open::reader(path)).collect::<Result<_, _>>()?;
                Shared::File(Threads::start(writer, readers).map_err(OpenError::Threads)?)
            }
        };
        Ok(Self { shared: Arc::new(shared), clock: Clock::default() })
    }

    /// Opens an empty store in memory, for tests and trials.
    ///
    /// # Errors
    ///
    /// When SQLite refuses, for want of memory.
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::open(&Storage::Memory)
    }

    /// The same store, by that clock.
    #[must_use]
    pub fn by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The clock that it goes by.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Runs `work` inside its own savepoint, and answers once it is committed. An error rolls back what `work` did and
    /// nothing else.
    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, answer) = Work::new(work);
        match &*self.shared {
            Shared::File(threads) => threads.write(job).await?,
            Shared::Memory(memory) => memory.write(job)?,
        }
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Runs `work` in one consistent read transaction, which sees every write acknowledged before.
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, answer) = Work::new(work);
        match &*self.shared {
            Shared::File(threads) => threads.read(job).await?,
            Shared::Memory(memory) => memory.read(job)?,
        }
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Finishes what waits in the queues, moves the write-ahead log into the database and closes it. Later calls on
    /// any clone fail. Takes as long as the waiting work takes: callers bound it.
    pub async fn close(&self) {
        match &*self.shared {
            Shared::File(threads) => threads.close().await,
            Shared::Memory(memory) => memory.close(),
        }
    }
}
