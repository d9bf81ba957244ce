//! The stamp of an op, and the order of writes that follows from it.

use serde::{Deserialize, Serialize};

use super::field::whole;

/// The device of a write, and its place in the order of writes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stamp {
    /// The device that created the op.
    pub device_id: String,
    /// The idempotency key, a UUID.
    pub op_id: String,
    /// Hybrid logical clock, compared as text.
    pub hlc: String,
    /// Logical clock, 0 to 2^53−1.
    #[serde(deserialize_with = "whole")]
    pub clock: u64,
}

/// The order of writes: clock, then hlc, then op id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// Logical clock, 0 to 2^53−1.
    #[serde(deserialize_with = "whole")]
    pub clock: u64,
    /// Hybrid logical clock, compared by code point.
    pub hlc: String,
    /// Idempotency key, compared by code point.
    pub op_id: String,
}

impl From<&Stamp> for Revision {
    fn from(stamp: &Stamp) -> Self {
        Revision { clock: stamp.clock, hlc: stamp.hlc.clone(), op_id: stamp.op_id.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_be_written_as_floats() {
        let read = |text: &str| serde_json::from_str::<Revision>(text).map(|revision| revision.clock).ok();
        assert_eq!(read(r#"{"clock": 3.0, "hlc": "", "opId": ""}"#), Some(3));
        assert_eq!(read(r#"{"clock": 3.5, "hlc": "", "opId": ""}"#), None);
        assert_eq!(read(r#"{"clock": -1, "hlc": "", "opId": ""}"#), None);
    }
}
