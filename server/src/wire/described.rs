//! What a client is told when a body has another shape than the endpoint reads.

use serde::de::DeserializeOwned;

/// A request that describes itself in the error for a wrong shape.
pub(crate) trait Described: DeserializeOwned {
    /// The message of that error.
    const WRONG_SHAPE: &'static str;
}
