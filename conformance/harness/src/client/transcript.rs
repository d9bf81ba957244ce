//! All exchanges of one case, within a bound. Repro scripts are made from them.

use std::sync::Arc;
use std::time::Duration;

use crate::credential::{Forgery, Identity};
use syncproof_protocol::exchange::Exchange;

/// How many exchanges of one case are kept.
const MAX_EXCHANGES: usize = 400;
/// How many bytes of bodies of one case are kept.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// How a request was authenticated: enough to authenticate it again, but never the credential itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Not at all.
    Anonymous,
    /// With a valid credential of that identity.
    Good(Identity),
    /// With one that expires so many seconds after it was made; with a negative number it had expired before.
    EndingIn(Identity, i64),
    /// With one that begins to be valid so many seconds after it was made; with a negative number it had begun before.
    BeginningIn(Identity, i64),
    /// With an invalid one of that kind.
    Forged(Identity, Forgery),
    /// With a credential that was not registered.
    Unknown,
}

/// One request that was sent, with its answer.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The request and the answer.
    pub exchange: Arc<Exchange>,
    /// How it was authenticated.
    pub proof: Proof,
    /// When it was sent, counted from the start of the case.
    pub started: Duration,
    /// When its answer was complete.
    pub ended: Duration,
    /// The address it was sent to; None for that of the target.
    pub elsewhere: Option<String>,
}

/// The exchanges of a case, in the order in which the requests were sent.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    /// The first exchanges, within the bound.
    pub sent: Vec<Sent>,
    /// How many more there were after those that are kept.
    pub left_out: usize,
    /// Part of every name that the run created.
    pub run_name: String,
}

impl Transcript {
    /// Adds an exchange, or only counts it when the bound is reached. `bytes` is the size of those that are kept.
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
