//! Linearizability: whether calls can have been carried out one after the other, each at a moment between its beginning and
//! its end, so that a specification explains what all of them were told.

mod membership;
mod search;

pub(crate) use membership::{Deed, REQUIREMENTS, Right, Sight, Tenancy, Times};
pub(crate) use search::{Found, Refusal, Step, What, search};
