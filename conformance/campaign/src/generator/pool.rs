//! The pool of ops from which the pushes of one sequence draw.

use proptest::prelude::*;

use super::op;
use super::shared::{Shared, shared};
use super::theme::Theme;
use crate::sequence::{Draft, IdForm};
use syncproof_protocol::family::Family;

/// The most ops in the pool.
const MAX_OPS: usize = 14;

/// The ops from which the pushes of one sequence draw, with their ids.
pub(super) fn pool(theme: Theme, family: Family) -> BoxedStrategy<Vec<Draft>> {
    let numbered = |mut pool: Vec<Draft>, form: Option<IdForm>| {
        for (number, draft) in (1..).zip(&mut pool) {
            (draft.id, draft.id_form) = (number, form);
        }
        pool
    };
    let pool = move |shared: Shared| {
        let form = shared.id_form;
        prop::collection::vec(op::draft(theme, shared), 1..=MAX_OPS).prop_map(move |pool| numbered(pool, form))
    };
    shared(family).prop_flat_map(pool).boxed()
}
