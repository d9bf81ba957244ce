//! The handle of a store: it hands work to a connection, and returns the outcome.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::Connection;

use super::error::{OpenError, StoreError};
use super::memory::Memory;
use super::open;
use super::queue::Job;
use super::threads::{self, Threads};
use crate::time::Clock;

/// Where the data is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In a SQLite file, created if it does not exist.
    File(PathBuf),
    /// In memory: all data is lost when the store closes.
    Memory,
}

/// A handle of an open store. Clones share the store; it closes when the last one is dropped, or on [`Store::close`].
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
    clock: Clock,
}

/// What the work is handed to.
#[derive(Debug)]
enum Shared {
    File(Threads),
    Memory(Memory),
}

impl Store {
    /// Opens the store; creates or migrates it if necessary. Blocks on the disk, so call it before serving.
    ///
    /// # Errors
    ///
    /// When the path cannot be used, or is anything but a database of this application with a schema version that this
    /// build supports. The file is then left unchanged (requirements `startup.bad-path`, `startup.migrates`).
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

    /// Opens an empty store in memory, for tests.
    ///
    /// # Errors
    ///
    /// When SQLite runs out of memory.
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::open(&Storage::Memory)
    }

    /// The same store, on that clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The clock that entries get their times from.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// Runs `work` in a savepoint of its own, and returns once it is committed. An error rolls back what `work` did, and
    /// nothing else.
    pub(super) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, answer) = Job::new(work);
        match &*self.shared {
            Shared::File(threads) => threads.write(job).await?,
            Shared::Memory(memory) => memory.write(job)?,
        }
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Runs `work` in one consistent read transaction, which sees every write acknowledged before.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (job, answer) = Job::new(work);
        match &*self.shared {
            Shared::File(threads) => threads.read(job).await?,
            Shared::Memory(memory) => memory.read(job)?,
        }
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Finishes the work in the queues, moves the write-ahead log into the database and closes it. Later calls on any
    /// clone fail. This takes as long as the work takes; callers set a time limit.
    pub async fn close(&self) {
        match &*self.shared {
            Shared::File(threads) => threads.close().await,
            Shared::Memory(memory) => memory.close(),
        }
    }
}
