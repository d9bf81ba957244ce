//! Mutants: the ways in which a specimen can be wrong.

use super::catalogue;
use super::switch::Switch;
use std::sync::LazyLock;

/// One way of being wrong: a single behaviour that differs from the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Its name for ever, in kebab-case.
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
    /// A mutant that throws this switch.
    pub(super) const fn new(
        id: &'static str,
        switch: Switch,
        requirements: &'static [&'static str],
        summary: &'static str,
    ) -> Self {
        Self { id, summary, requirements, finding: None, switch }
    }

    /// The same, as the review tells it under this number.
    pub(super) const fn finding(self, number: u8) -> Self {
        Self { finding: Some(number), ..self }
    }

    /// What it throws.
    pub(super) fn switch(&self) -> Switch {
        self.switch
    }
}

/// All mutants, chapter by chapter.
pub fn mutants() -> &'static [Mutant] {
    static ALL: LazyLock<Vec<Mutant>> = LazyLock::new(|| catalogue::CHAPTERS.concat());
    &ALL
}

/// The mutant of this id.
pub fn find(id: &str) -> Option<&'static Mutant> {
    mutants().iter().find(|mutant| mutant.id == id)
}
