//! Checks for arbitrary bytes: one for each input that a client controls.
//!
//! A check takes bytes and returns what broke, if anything did. A fuzzer (`fuzz/`) calls it with bytes that it generates;
//! the test `corpus` calls it with those that were kept. Each check has its own server, in this process and in memory,
//! and a limit on its time.

mod body;
mod jwt;
mod mutation;
mod page_token;
mod sequence;
mod test_user;
mod timeout;
mod trace;

use crate::campaign_target::CampaignTarget;
pub use mutation::mutated;

/// An input that a client controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The body of a call.
    Body,
    /// The seed of a sequence of several users, judged by the oracle.
    Sequence,
    /// The token of a next page.
    PageToken,
    /// The credential.
    Jwt,
    /// The file of a trace.
    Trace,
}

impl Surface {
    /// Every input.
    pub const ALL: [Surface; 5] = [Surface::Body, Surface::Sequence, Surface::PageToken, Surface::Jwt, Surface::Trace];

    /// The name of its fuzz target, and of the folders of its corpus and of its past crashes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Surface::Body => "body",
            Surface::Sequence => "sequence",
            Surface::PageToken => "page_token",
            Surface::Jwt => "jwt",
            Surface::Trace => "trace",
        }
    }

    /// Sends these bytes to a new server of the target.
    ///
    /// # Errors
    /// What broke: the requirement, the request and the answer.
    pub fn check(self, target: &CampaignTarget, bytes: &[u8]) -> Result<(), String> {
        match self {
            Surface::Body => body::check(target, bytes),
            Surface::Sequence => sequence::check(target, bytes),
            Surface::PageToken => page_token::check(target, bytes),
            Surface::Jwt => jwt::check(target, bytes),
            Surface::Trace => trace::check(bytes),
        }
    }
}
