//! Linearizability: whether calls can have been carried out one after the other, each at a moment between its beginning and
//! its end, so that a specification explains what all of them were told.

mod membership;
mod question;
mod search;

pub(crate) use membership::{Deed, REQUIREMENTS, Sight, Tenancy, Times};
pub(crate) use question::{Asked, Question};
pub(crate) use search::{Found, Refusal, Step, What, search};
