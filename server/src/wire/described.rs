//! The error message for a body of the wrong shape.

use serde::de::DeserializeOwned;

/// A request that describes itself in the error for a wrong shape.
pub(crate) trait Described: DeserializeOwned {
    /// The message of that error.
    const WRONG_SHAPE: &'static str;
}
