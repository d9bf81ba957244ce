//! How much the server takes from its clients.

use std::num::NonZeroU32;

/// Bounds on what one request may bring, on how often requests may come, and on how soon entries may be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest request body, in bytes; a larger one gets 413 (requirement `http.body-limit`).
    pub body_max_bytes: usize,
    /// The most ops in a batch; a larger one gets 400 (requirement `push.large-batch`).
    pub batch_max_ops: usize,
    /// The largest payload, in bytes of JSON text as it came; the op of a larger one fails by itself with OVERSIZED
    /// (requirement `push.large-payload`).
    pub payload_max_bytes: usize,
    /// The least `retentionSeconds` that a collection may ask for; a smaller one gets 400.
    pub gc_min_retention_seconds: u64,
    /// The most requests a second of one user, or of one address without a valid credential; none for no limit
    /// (requirement `http.rate-limit`).
    pub requests_per_second: Option<NonZeroU32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_max_bytes: 4 * 1024 * 1024,
            batch_max_ops: 1000,
            payload_max_bytes: 256 * 1024,
            gc_min_retention_seconds: 3600,
            requests_per_second: None,
        }
    }
}
