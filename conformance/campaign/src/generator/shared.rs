//! What one whole sequence shares: the family of its values, and the set of texts that it confuses.

use proptest::prelude::*;
use proptest::sample::select;

use super::text::{self, Set};
use crate::sequence::IdForm;
use syncproof_protocol::family::Family;

/// What one whole sequence shares, so that what a careless server confuses stands side by side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared {
    pub(super) family: Family,
    pub(super) set: Set,
    pub(super) clocks: Set,
    pub(super) id_form: Option<IdForm>,
}

/// What sequences of that family share.
pub(super) fn shared(family: Family) -> BoxedStrategy<Shared> {
    let form = match family {
        Family::Uuids => select(&IdForm::ALL[..]).prop_map(Some).boxed(),
        Family::LetterCase => Just(Some(IdForm::Capitals)).boxed(),
        _ => Just(None).boxed(),
    };
    let all = text::set(family).prop_flat_map(move |set| (Just(set), text::clocks(set), form.clone()));
    all.prop_map(move |(set, clocks, id_form)| Shared { family, set, clocks, id_form }).boxed()
}
