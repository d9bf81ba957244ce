//! The types of the protocol: requests, answers, requirements, and the failure that reports a broken requirement. It
//! knows neither an HTTP client nor a server.
//!
//! This crate is an internal part of the suite, and its API may change at any time. Programs that embed the suite use the
//! crate `syncproof`, which re-exports what they need.

pub mod capability;
pub mod counted;
pub mod deep_json;
pub mod difference;
pub mod endpoint;
pub mod exchange;
pub mod failure;
pub mod family;
pub mod gzip;
pub mod json;
pub mod json_generator;
pub mod json_style;
pub mod milestone;
pub mod op;
pub mod payload;
pub mod requirement;
pub mod simulation;
pub mod symptom;
pub mod table;
pub mod visible;
pub mod wire;
