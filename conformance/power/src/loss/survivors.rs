//! The changes that are on a disk after a loss of power.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::part::Part;

/// Which of the changes before a point are on the disk, by their places in the journal, each list in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Survivors {
    /// Changes of names.
    pub names: Vec<usize>,
    /// Changes of content, and what is left of each.
    pub content: Vec<(usize, Part)>,
}

impl Survivors {
    /// The same for two disks on which the same changes are.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.names.hash(&mut hasher);
        self.content.hash(&mut hasher);
        hasher.finish()
    }

    /// Whether the change at that place is there, whole.
    #[must_use]
    pub fn has(&self, place: usize) -> bool {
        let content = self.content.binary_search_by_key(&place, |(place, _)| *place);
        self.names.binary_search(&place).is_ok()
            || content.is_ok_and(|found| self.content.get(found).is_some_and(|(_, part)| *part == Part::Whole))
    }
}
