//! A workspace as the oracle knows it.

use std::collections::BTreeMap;

use super::Person;
use super::log::Log;
use crate::wire::{Id, Role};

/// What is known of one workspace.
#[derive(Debug, Clone)]
pub(super) struct Space {
    pub(super) id: Id,
    /// None where the target chose the name itself and has not shown it.
    pub(super) name: Option<String>,
    /// None where it is not known: after a rename that did not speak of it.
    pub(super) description: Option<Option<String>>,
    pub(super) is_deleted: bool,
    pub(super) members: BTreeMap<Person, Role>,
    pub(super) log: Log,
    /// How far each device has read, by person and device.
    pub(super) cursors: BTreeMap<(Person, String), u64>,
}

impl Space {
    /// A new workspace of that owner.
    pub(super) fn of(owner: Person, id: &Id, name: Option<String>, description: Option<Option<String>>) -> Self {
        let members = BTreeMap::from([(owner, Role::Owner)]);
        let (log, cursors) = (Log::default(), BTreeMap::new());
        Space { id: id.clone(), name, description, is_deleted: false, members, log, cursors }
    }

    /// Whether that person is its only owner.
    pub(super) fn is_last_owner(&self, person: Person) -> bool {
        let owners = self.members.iter().filter(|(_, role)| **role == Role::Owner);
        owners.map(|(owner, _)| *owner).collect::<Vec<_>>() == [person]
    }
}
