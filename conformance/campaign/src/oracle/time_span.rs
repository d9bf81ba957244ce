//! When a request was answered, as far as it can be known from outside.

use std::time::Duration;

/// When something happened: after the request was sent, and before its answer had come. Both are measured from the same
/// moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeSpan {
    /// When the request was sent.
    pub sent: Duration,
    /// When the answer had come.
    pub answered: Duration,
}

/// A server that keeps times in whole seconds may see this much more or less time between two moments.
const ROUNDING: Duration = Duration::from_secs(1);

impl TimeSpan {
    /// Whether what happened then is certainly younger than `age` at `now`, and whether it is certainly older. Both are
    /// false where it depends on the server's clock.
    pub(super) fn younger_or_older(self, now: TimeSpan, age: Duration) -> (bool, bool) {
        let least = now.sent.saturating_sub(self.answered);
        let most = now.answered.saturating_sub(self.sent);
        (most.saturating_add(ROUNDING) < age, least >= age.saturating_add(ROUNDING))
    }
}
