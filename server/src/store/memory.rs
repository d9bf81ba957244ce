//! A store in memory: one connection, on which whoever asks does the work, one after the other. No job waits for a disk,
//! so a thread of its own would only cost the way there and back.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::error::{OpenError, StoreError};
use super::queue::Work;
use super::{open, reader, writer};

#[derive(Debug)]
pub(super) struct Memory {
    /// None once it is closed.
    connection: Mutex<Option<Connection>>,
}

impl Memory {
    pub(super) fn new() -> Result<Self, OpenError> {
        Ok(Self { connection: Mutex::new(Some(open::memory()?)) })
    }

    pub(super) fn write(&self, job: Work) -> Result<(), StoreError> {
        self.with(|connection| writer::commit_group(connection, vec![job]))
    }

    pub(super) fn read(&self, job: Work) -> Result<(), StoreError> {
        self.with(|connection| reader::answer(connection, job))
    }

    pub(super) fn close(&self) {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    fn with(&self, act: impl FnOnce(&Connection)) -> Result<(), StoreError> {
        // A job's panic is caught before it can get here, so the lock is sound.
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        act(connection.as_ref().ok_or(StoreError::Closed)?);
        Ok(())
    }
}
