//! Honest variants: the specimen as other right servers are, one freedom of the protocol each (section 4 of the requirements).
//!
//! They are the counterpart of the mutants: every case has to pass every variant. Several can be taken at once, unless
//! they contradict each other.

mod around;
mod batch;
mod catalogue;
mod fields;
mod freedom;
mod homes;
mod ids;
mod integers;
mod json;
mod limiter;
mod refusal;
mod slash;
mod title_case;

pub(super) use around::around;
pub(super) use batch::{check, refuse};
pub(super) use freedom::{Freedom, Freedoms};
pub(super) use homes::{settle, standing_in};
pub(super) use ids::{fresh_id, without_numbers};
pub(super) use integers::are_plain;
pub(super) use limiter::Limiter;
pub(super) use refusal::Ground;
pub(super) use slash::forgiving;
pub(super) use title_case::serve as serve_in_title_case;

use std::sync::LazyLock;
use syncproof_protocol::capability::Capability;

/// One way of being another honest server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name for ever, in kebab-case.
    pub id: &'static str,
    /// What it does otherwise than the plain specimen, in a sentence.
    pub summary: &'static str,
    /// The capabilities that it does without.
    pub without: &'static [Capability],
    /// Whether it is slow to answer by its nature.
    pub slow: bool,
    choice: Option<Choice>,
    freedom: Freedom,
}

/// What a server can do in one way only: variants of one choice contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    LastOwner,
    AddingAgain,
    SecondDeletion,
    ForeignToken,
    ErrorBody,
    Optional,
    DeletePayload,
    Ids,
    Numbers,
    Pace,
    Rehoming,
    BatchLimit,
    Oversized,
    Ties,
}

impl Variant {
    /// A variant that takes this freedom.
    const fn new(id: &'static str, freedom: Freedom, summary: &'static str) -> Self {
        Self { id, summary, without: &[], slow: false, choice: None, freedom }
    }

    /// The same, as one way to settle that choice.
    const fn one_of(self, choice: Choice) -> Self {
        Self { choice: Some(choice), ..self }
    }

    /// The same, without these capabilities.
    const fn without(self, capabilities: &'static [Capability]) -> Self {
        Self { without: capabilities, ..self }
    }

    /// The same, as slow by nature.
    const fn slow(self) -> Self {
        Self { slow: true, ..self }
    }

    /// Whether no server can be both.
    #[must_use]
    pub fn contradicts(&self, other: &Variant) -> bool {
        self.id != other.id && self.choice.is_some() && self.choice == other.choice
    }

    pub(super) fn freedom(&self) -> Freedom {
        self.freedom
    }
}

/// All variants.
pub fn variants() -> &'static [Variant] {
    static ALL: LazyLock<Vec<Variant>> = LazyLock::new(|| catalogue::CHAPTERS.concat());
    &ALL
}

/// The variant of this id.
pub fn find(id: &str) -> Option<&'static Variant> {
    variants().iter().find(|variant| variant.id == id)
}

/// Two of these that contradict each other, if there are any.
pub fn contradiction(variants: &[Variant]) -> Option<(&Variant, &Variant)> {
    let pairs =
        variants.iter().enumerate().flat_map(|(place, one)| variants[place..].iter().map(move |two| (one, two)));
    pairs.into_iter().find(|(one, two)| one.contradicts(two))
}

/// Puts variants together that do not contradict each other, so that few servers take all of their freedoms. One that is slow,
/// or that lacks a capability and so hides what others do, stands with its like only.
pub fn bundles(variants: &[Variant]) -> Vec<Vec<Variant>> {
    let mut bundles: Vec<Vec<Variant>> = Vec::new();
    for variant in variants {
        let fits = |bundle: &&mut Vec<Variant>| {
            bundle.iter().all(|other| {
                !variant.contradicts(other)
                    && variant.slow == other.slow
                    && variant.without.is_empty() == other.without.is_empty()
            })
        };
        match bundles.iter_mut().find(fits) {
            Some(bundle) => bundle.push(*variant),
            None => bundles.push(vec![*variant]),
        }
    }
    bundles
}

#[cfg(test)]
mod tests {
    use super::{bundles, contradiction, variants};
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_every_freedom_has_one_variant() {
        let ids: HashSet<_> = variants().iter().map(|variant| variant.id).collect();
        let freedoms: HashSet<_> = variants().iter().map(|variant| variant.freedom).collect();
        assert_eq!((ids.len(), freedoms.len()), (variants().len(), variants().len()));
        assert_eq!(freedoms.len(), super::Freedom::WithoutMembers as usize + 1, "a freedom that no variant takes");
    }

    #[test]
    fn bundles_hold_every_variant_once_and_no_contradiction() {
        let bundles = bundles(variants());
        assert_eq!(bundles.iter().map(Vec::len).sum::<usize>(), variants().len());
        assert!(bundles.iter().all(|bundle| contradiction(bundle).is_none()));
        assert!(contradiction(variants()).is_some());
    }
}
