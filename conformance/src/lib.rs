//! The conformance suite.
pub mod model;
pub mod specimen;
