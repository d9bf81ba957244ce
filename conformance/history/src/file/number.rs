//! Whole numbers in any notation: JSON has no integer type, so `3.0` and `3e0` are the same as `3`.

use serde::{Deserialize, Deserializer};

/// A whole number that is not negative.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Whole(pub(super) u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        syncproof_protocol::wire::optional_whole(deserializer)?
            .map(Whole)
            .ok_or_else(|| serde::de::Error::custom("null is no number"))
    }
}
