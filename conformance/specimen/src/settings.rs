//! How a specimen is set up.

use super::mutant::Mutant;
use super::switch::Switches;
use super::variant::Variant;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// How a specimen is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The key that bearer tokens are signed with (HS256).
    pub secret: Vec<u8>,
    /// Whether it takes the word after `Authorization: Bearer` as the user's name, and checks no token.
    pub trusts_header: bool,
    /// The ways in which it is wrong. Of several that change the same decision, the first in the order of `mutants.md` or of the
    /// code that decides may hide the others.
    pub mutants: Vec<Mutant>,
    /// Whether the mutants show only in workspaces whose log was collected, at the endpoints that name a workspace in a scope.
    pub only_after_collection: bool,
    /// Which freedoms of the protocol it takes; none of them contradicts another.
    pub variants: Vec<Variant>,
    /// How far its clock is ahead of the machine's, in milliseconds, at any moment.
    pub ahead: Arc<AtomicU64>,
}

impl Settings {
    /// A specimen whose clock is the machine's.
    #[must_use]
    pub fn new(secret: &[u8], mutants: Vec<Mutant>, variants: Vec<Variant>) -> Self {
        Settings {
            secret: secret.to_vec(),
            trusts_header: false,
            mutants,
            only_after_collection: false,
            variants,
            ahead: Arc::default(),
        }
    }

    /// The switches of its mutants.
    pub(super) fn switches(&self) -> Switches {
        self.mutants.iter().map(Mutant::switch).collect()
    }

    /// The same, trusting every caller: the word after `Authorization: Bearer` is the user's name, as it is in test
    /// set-ups whose proxy checks credentials.
    #[must_use]
    pub fn trusting_header(self) -> Self {
        Settings { trusts_header: true, ..self }
    }
}
