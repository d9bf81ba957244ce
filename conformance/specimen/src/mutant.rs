//! Mutants: the ways in which a specimen can be wrong. `mutants.md` lists them.

use super::switch::Switch;

/// One way of being wrong: a single behaviour that differs from the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Its id in kebab-case, which never changes.
    pub id: &'static str,
    /// What the wrong server does, in a sentence.
    pub summary: &'static str,
    /// The requirements that it breaks: a case that kills it names one of them.
    pub requirements: &'static [&'static str],
    /// The finding of the review that it replays, if it is one.
    pub finding: Option<u8>,
    switch: Switch,
}

impl Mutant {
    /// Its switch.
    pub(super) fn switch(&self) -> Switch {
        self.switch
    }
}

const MUTANTS: &[Mutant] = include!(concat!(env!("OUT_DIR"), "/mutants.rs"));

/// All mutants, chapter by chapter.
pub fn mutants() -> &'static [Mutant] {
    MUTANTS
}

/// The mutant of this id.
pub fn find(id: &str) -> Option<&'static Mutant> {
    mutants().iter().find(|mutant| mutant.id == id)
}
