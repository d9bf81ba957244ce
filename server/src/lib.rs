//! The reference server of the sync protocol.
//!
//! Data flows one way: router → caller → route → store → one transaction, in which `protocol` decides and SQL
//! records → commit → response. `planning/requirements.md` is the contract; `planning/design-server.md` holds what was
//! decided where the contract says nothing.

mod args;
mod body;
mod caller;
mod config;
mod credential;
mod error;
mod jwt;
mod limits;
mod openapi;
mod page_token;
mod protocol;
mod rate_limit;
mod rate_limiter;
mod router;
mod routes;
mod serve;
mod state;
mod store;
mod time;
mod wire;

pub use args::ServeArgs;
pub use config::{Config, ConfigError, Secret};
pub use limits::Limits;
pub use openapi::OPENAPI;
pub use router::router;
pub use serve::{ServeError, run, serve};
pub use state::AppState;
pub use store::{OpenError, Storage, Store, maintenance};
pub use time::Clock;
