//! What a push takes, what it refuses, and what it answers.

pub(crate) mod batch_sizes;
pub(crate) mod clock_written;
pub(crate) mod families;
pub(crate) mod fields;
pub(crate) mod generated;
pub(crate) mod json_limits;
pub(crate) mod keys;
pub(crate) mod keys_twice;
pub(crate) mod payload;
pub(crate) mod refused;
pub(crate) mod refused_texts;
pub(crate) mod results;
pub(crate) mod schema;
pub(crate) mod size;
