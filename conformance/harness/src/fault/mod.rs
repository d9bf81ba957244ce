//! Faults of the network, made on purpose: a proxy between the suite and the target.
//!
//! So far it loses answers. Delays and duplicates would be further values of [`Fault`].

mod proxy;
mod transfer;

pub use proxy::{Fault, Proxy};
