//! The store: the only place that names rusqlite, and the handle through which everything else reaches it.
//!
//! One thread writes and a few read, each behind a bounded queue, so no SQLite call runs on an async worker. A write
//! is acknowledged after its commit and never before.

mod access;
mod collect;
mod cursor;
mod error;
mod file;
mod identity;
pub mod maintenance;
mod member;
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
mod workspace;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

pub(crate) use collect::CollectQuery;
pub use error::OpenError;
pub(crate) use error::{Refusal, StoreError};
pub(crate) use identity::{Account, Identity};
pub(crate) use pull::PullQuery;
pub(crate) use push::{OpOutcome, PushOutcome};
pub(crate) use record::Standing;
pub(crate) use row::Change;
pub(crate) use snapshot::{ItemState, Moment, PagePlace, SnapshotItem, SnapshotPage, SnapshotQuery};

use queue::{Queue, Receiver, Work};

/// How many connections read at once.
const READERS: usize = 3;

const WRITER_NAME: &str = "syncproof-writer";

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
}

#[derive(Debug)]
struct Shared {
    writes: Queue,
    /// Absent for a store in memory, which only its one connection can see: reads go through the writer.
    reads: Option<Queue>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Store {
    /// Opens, and where needed creates or migrates, the store. Blocks on the disk: call it before serving.
    ///
    /// # Errors
    ///
    /// When the path cannot be used, or holds anything but a database of this application and of a schema version
    /// that this build knows. The file is then left as it was (requirements `startup.bad-path`, `startup.migrates`).
    pub fn open(storage: &Storage) -> Result<Self, OpenError> {
        let (writer, readers) = match storage {
            Storage::Memory => (open::memory()?, Vec::new()),
            Storage::File(path) => {
                let writer = open::writer(path)?;
                let readers = (0..READERS).map(|_| open::reader(path)).collect::<Result<_, _>>()?;
                (writer, readers)
            }
        };
        Self::start(writer, readers).map_err(OpenError::Threads)
    }

    /// Opens an empty store in memory, for tests and trials.
    ///
    /// # Errors
    ///
    /// When SQLite or the operating system refuses, for want of memory or threads.
    pub fn in_memory() -> Result<Self, OpenError> {
        Self::open(&Storage::Memory)
    }

    fn start(writer: Connection, readers: Vec<Connection>) -> std::io::Result<Self> {
        let mut threads = Vec::with_capacity(readers.len() + 1);
        let (writes, jobs) = queue::bounded();
        threads.push(spawn(WRITER_NAME, move || writer::run(writer, jobs))?);
        let reads = if readers.is_empty() {
            None
        } else {
            let (reads, jobs) = queue::bounded();
            let jobs: Arc<Mutex<Receiver>> = Arc::new(Mutex::new(jobs));
            for connection in readers {
                let jobs = Arc::clone(&jobs);
                threads.push(spawn("syncproof-reader", move || reader::run(&connection, &jobs))?);
            }
            Some(reads)
        };
        Ok(Self { shared: Arc::new(Shared { writes, reads, threads: Mutex::new(threads) }) })
    }

    /// Runs `work` on the writer's thread, inside its own savepoint, and answers once it is committed. An error rolls
    /// back what `work` did and nothing else.
    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        submit(&self.shared.writes, work).await
    }

    /// Runs `work` in one consistent read transaction, which sees every write acknowledged before.
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        submit(self.shared.reads.as_ref().unwrap_or(&self.shared.writes), work).await
    }

    /// Finishes what waits in the queues, moves the write-ahead log into the database and closes it. Later calls on
    /// any clone fail. Takes as long as the waiting work takes: callers bound it.
    pub async fn close(&self) {
        let threads = std::mem::take(&mut *self.shared.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let (writer, readers): (Vec<_>, Vec<_>) =
            threads.into_iter().partition(|thread| thread.thread().name() == Some(WRITER_NAME));
        // Readers go first, so that the writer closes the last connection and can tidy up after all of them.
        if let Some(reads) = &self.shared.reads {
            reads.stop().await;
        }
        join(readers).await;
        self.shared.writes.stop().await;
        join(writer).await;
    }
}

async fn submit<T, F>(queue: &Queue, work: F) -> Result<T, StoreError>
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
{
    let (job, answer) = Work::new(work);
    queue.send(job).await?;
    answer.await.unwrap_or(Err(StoreError::Closed))
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.into()).spawn(body)
}

async fn join(threads: Vec<JoinHandle<()>>) {
    let joining = tokio::task::spawn_blocking(move || threads.into_iter().all(|thread| thread.join().is_ok()));
    if !matches!(joining.await, Ok(true)) {
        tracing::error!("a store thread panicked");
    }
}
