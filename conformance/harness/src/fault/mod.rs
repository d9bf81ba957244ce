//! Faults of the network, made on purpose: proxies between the suite and the target. One loses every answer in one way, the
//! other disturbs some of the exchanges by a seed.

mod network;
mod proxy;
mod transfer;

pub use network::Network;
pub use proxy::{Fault, Proxy};
