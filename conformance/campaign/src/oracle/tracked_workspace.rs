//! A workspace as the oracle knows it.

use std::collections::{BTreeMap, BTreeSet};

use super::collection::Device;
use super::log::Log;
use super::state::Person;
use syncproof_model::Key;
use syncproof_protocol::wire::{Id, Role};

/// What is known of one workspace.
#[derive(Debug, Clone)]
pub(super) struct TrackedWorkspace {
    pub(super) id: Id,
    /// None where the target chose the name itself and has not shown it.
    pub(super) name: Option<String>,
    /// None where it is not known: after a rename that did not speak of it.
    pub(super) description: Option<Option<String>>,
    pub(super) is_deleted: bool,
    pub(super) members: BTreeMap<Person, Role>,
    pub(super) log: Log,
    /// How far each device has read, by person and device.
    pub(super) cursors: BTreeMap<(Person, String), Device>,
    /// Tombstones that have to be gone, and have not been seen to be.
    pub(super) tombstones_due: BTreeSet<Key>,
    /// Tombstones that may be gone, those among them.
    pub(super) tombstones_open: BTreeSet<Key>,
    /// Records of which nothing can be told: an older write has met a tombstone that may be gone.
    pub(super) unclear: BTreeSet<Key>,
}

impl TrackedWorkspace {
    /// A new workspace of that owner.
    pub(super) fn of(owner: Person, id: &Id, name: Option<String>, description: Option<Option<String>>) -> Self {
        let members = BTreeMap::from([(owner, Role::Owner)]);
        TrackedWorkspace {
            id: id.clone(),
            name,
            description,
            is_deleted: false,
            members,
            log: Log::default(),
            cursors: BTreeMap::new(),
            tombstones_due: BTreeSet::new(),
            tombstones_open: BTreeSet::new(),
            unclear: BTreeSet::new(),
        }
    }

    /// Whether that person is its only owner.
    pub(super) fn is_last_owner(&self, person: Person) -> bool {
        let owners = self.members.iter().filter(|(_, role)| **role == Role::Owner);
        owners.map(|(owner, _)| *owner).collect::<Vec<_>>() == [person]
    }
}
