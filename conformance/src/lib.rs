//! The conformance suite.
pub mod model;
