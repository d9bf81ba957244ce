//! The changes that pages showed lately, by the very bytes in which they were written.
//!
//! Most changes are shown to every reader of a workspace, each time in the same bytes: parsing them once is enough.

use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;

use crate::call::Shown;
use crate::texts::Text;

/// How many are kept: readers who follow a log are seldom further apart.
const KEPT: usize = 1 << 18;

/// The last changes, each at the place that its bytes choose.
#[derive(Default)]
pub(super) struct Recent(Vec<Option<(Bytes, Shown)>>);

/// What stands for a workspace and the bytes of a change: 128 bits, so that no two changes are taken for one by chance.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Bytes(u64, u64);

impl Bytes {
    pub(super) fn of(workspace: Text, bytes: &str) -> Self {
        let hash = |seed| FixedState::with_seed(seed).hash_one((workspace, bytes));
        Bytes(hash(1), hash(2))
    }

    #[allow(clippy::cast_possible_truncation)] // what is cut off does not matter
    fn place(self) -> usize {
        self.0 as usize % KEPT
    }
}

impl Recent {
    /// What these bytes showed.
    pub(super) fn get(&self, bytes: Bytes) -> Option<Shown> {
        let (kept, shown) = self.0.get(bytes.place()).copied().flatten()?;
        (kept == bytes).then_some(shown)
    }

    /// Keeps it in place of whatever stood there.
    pub(super) fn keep(&mut self, bytes: Bytes, shown: Shown) {
        self.0.resize(KEPT, None);
        if let Some(place) = self.0.get_mut(bytes.place()) {
            *place = Some((bytes, shown));
        }
    }
}
