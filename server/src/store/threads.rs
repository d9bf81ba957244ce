//! The threads of a store on a file: one that writes and a few that read, each behind a bounded queue.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::error::StoreError;
use super::queue::{self, Job, Queue, Receiver};
use super::{reader, writer};

/// How many connections read at once.
pub(super) const READERS: usize = 3;

const WRITER_NAME: &str = "syncproof-writer";

#[derive(Debug)]
pub(super) struct Threads {
    writes: Queue,
    reads: Queue,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Threads {
    pub(super) fn start(writer: Connection, readers: Vec<Connection>) -> std::io::Result<Self> {
        let mut threads = Vec::with_capacity(readers.len() + 1);
        let (writes, jobs) = queue::bounded();
        threads.push(spawn(WRITER_NAME, move || writer::run(writer, jobs))?);
        let (reads, jobs) = queue::bounded();
        let jobs: Arc<Mutex<Receiver>> = Arc::new(Mutex::new(jobs));
        for connection in readers {
            let jobs = Arc::clone(&jobs);
            threads.push(spawn("syncproof-reader", move || reader::run(&connection, &jobs))?);
        }
        Ok(Self { writes, reads, threads: Mutex::new(threads) })
    }

    /// Hands the job to the writing thread.
    pub(super) async fn write(&self, job: Job) -> Result<(), StoreError> {
        self.writes.send(job).await
    }

    /// Hands the job to the next reading thread that is free.
    pub(super) async fn read(&self, job: Job) -> Result<(), StoreError> {
        self.reads.send(job).await
    }

    /// Finishes the jobs in the queues, and ends the threads.
    pub(super) async fn close(&self) {
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let (writer, readers): (Vec<_>, Vec<_>) =
            threads.into_iter().partition(|thread| thread.thread().name() == Some(WRITER_NAME));
        // Readers end first: the last connection to close cleans up, and only the writer's can.
        self.reads.stop().await;
        join(readers).await;
        self.writes.stop().await;
        join(writer).await;
    }
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
