//! The suite's own words for the protocol: what is sent, what comes back, what is required, and how a broken requirement
//! is told. It knows no HTTP client and no server.

pub mod capability;
pub mod deep_json;
pub mod difference;
pub mod endpoint;
pub mod exchange;
pub mod failure;
pub mod hostile_text;
pub mod json;
pub mod json_generator;
pub mod op;
pub mod payload;
pub mod requirement;
pub mod table;
pub mod visible;
pub mod wire;
