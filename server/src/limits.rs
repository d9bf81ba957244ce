//! The limits on what clients may send.

use std::num::NonZeroU32;

/// Bounds on what one request may contain, on how often requests may come, and on how soon entries may be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest request body, in bytes; a larger one gets 413 (requirement `http.body-limit`).
    pub max_body_bytes: usize,
    /// The most ops in one batch; a larger batch gets 400 (requirement `push.large-batch`).
    pub max_batch_ops: usize,
    /// The largest payload, in bytes of JSON text as received; an op with a larger one fails alone, with OVERSIZED
    /// (requirement `push.large-payload`).
    pub max_payload_bytes: usize,
    /// The smallest `retentionSeconds` that a garbage collection may ask for; a smaller one gets 400.
    pub gc_min_retention_seconds: u64,
    /// The most requests per second from one user, or from one address without a valid credential; `None` for no limit
    /// (requirement `http.rate-limit`).
    pub requests_per_second: Option<NonZeroU32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: 4 * 1024 * 1024,
            max_batch_ops: 1000,
            max_payload_bytes: 256 * 1024,
            gc_min_retention_seconds: 3600,
            requests_per_second: None,
        }
    }
}
