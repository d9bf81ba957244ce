//! The journal: every change in the order in which it was made.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::change::Change;

/// How many bytes are recorded at most. What goes beyond is refused as by a full disk.
const MAX_BYTES: usize = 1 << 30;
/// How many changes are recorded at most.
const MAX_CHANGES: usize = 4_000_000;

/// A journal that is written while others ask how long it is.
#[derive(Debug, Default)]
pub struct Journal {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    changes: Vec<Change>,
    bytes: usize,
}

impl Journal {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is room for a change with that many bytes.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        let inner = self.lock();
        inner.changes.len() < MAX_CHANGES && inner.bytes.saturating_add(bytes) <= MAX_BYTES
    }

    /// Adds a change at the end.
    pub(crate) fn push(&self, change: Change) {
        let mut inner = self.lock();
        inner.bytes += change.weight();
        inner.changes.push(change);
    }

    /// How many changes there are: the position of everything that is known now.
    pub fn position(&self) -> usize {
        self.lock().changes.len()
    }

    /// Takes the changes out.
    pub fn take(&self) -> Vec<Change> {
        std::mem::take(&mut self.lock().changes)
    }
}
