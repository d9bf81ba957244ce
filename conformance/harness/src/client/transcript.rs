//! Everything that one case said and heard, within a bound: what a failure is repeated from.

use std::sync::Arc;
use std::time::Duration;

use crate::credential::{Forgery, Identity};
use syncproof_protocol::exchange::Exchange;

/// Most exchanges that are kept of one case.
pub const MAX_EXCHANGES: usize = 400;
/// Most bytes of bodies that are kept of one case.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// How a request proved who asked: enough to prove it again, and never the proof itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Not at all.
    Anonymous,
    /// With a good credential of that identity.
    Good(Identity),
    /// With one that ends so many seconds after it was made, or had ended that long before.
    EndingIn(Identity, i64),
    /// With one that is wrong in that way.
    Forged(Identity, Forgery),
    /// In a way that is not known here.
    Unknown,
}

/// One request that was sent, with its answer.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The request and the answer.
    pub exchange: Arc<Exchange>,
    /// How it proved who asked.
    pub proof: Proof,
    /// When it was sent, counted from the start of the case.
    pub started: Duration,
    /// When its answer had come.
    pub ended: Duration,
    /// The address it went to; None for the target's own.
    pub elsewhere: Option<String>,
}

/// What a case said and heard, in the order in which the requests were sent.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    /// The first exchanges, within the bound.
    pub sent: Vec<Sent>,
    /// How many came after those that are kept.
    pub left_out: usize,
    /// Part of every name that the run invented.
    pub run_name: String,
}

impl Transcript {
    /// Takes one more in, or counts it when the bound is reached. `bytes` is what the kept ones hold already.
    pub(super) fn take(&mut self, sent: Sent, bytes: &mut usize) {
        let size = sent.exchange.request.as_ref().map_or(0, Vec::len) + sent.exchange.response.len();
        if self.left_out > 0 || self.sent.len() >= MAX_EXCHANGES || *bytes + size > MAX_BYTES {
            self.left_out += 1;
            return;
        }
        *bytes += size;
        self.sent.push(sent);
    }
}
