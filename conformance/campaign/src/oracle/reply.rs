//! The answer to one request, as far as the oracle needs it.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use super::violation::{Judged, Violation};
use syncproof_protocol::exchange::Exchange;

/// The status of an answer, and its body where it has the shape of a success.
#[derive(Debug, Clone)]
pub struct Reply<T> {
    /// The status; None when no answer came.
    pub status: Option<u16>,
    /// The body, when it could be read.
    pub body: Option<T>,
    /// The whole exchange, for reports.
    pub exchange: Arc<Exchange>,
}

impl<T> Display for Reply<T> {
    /// The answer, in a few words.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.exchange.outcome())
    }
}

impl<T> Reply<T> {
    /// Whether the status is one of these.
    pub fn is(&self, statuses: &[u16]) -> bool {
        self.status.is_some_and(|status| statuses.contains(&status))
    }

    /// A violation unless the status is one of these.
    pub(super) fn expect(&self, requirement: &'static str, message: &str, statuses: &[u16]) -> Judged {
        if self.is(statuses) {
            return Ok(());
        }
        let names: Vec<String> = statuses.iter().map(u16::to_string).collect();
        Err(Violation::new(requirement, message, format!("status {}", names.join(" or ")), self))
    }

    /// The body of a success; a violation when it is not a success, or has another shape.
    pub(super) fn success(&self, requirement: &'static str, message: &str) -> Judged<&T> {
        self.expect(requirement, message, &[200, 201])?;
        self.body.as_ref().ok_or_else(|| {
            let expected = "the shape of section 2 of the requirements";
            Violation::new(requirement, "the body of a success has the wrong shape", expected, self)
        })
    }
}
