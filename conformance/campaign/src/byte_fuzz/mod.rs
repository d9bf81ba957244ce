//! What becomes of arbitrary bytes: one check for each place where a client's bytes go in.
//!
//! A check takes bytes and says what broke, or that nothing did. It is the same under a fuzzer (`fuzz/`), which looks for
//! bytes, and in plain tests (`tests/corpus.rs`), which go through those that are kept. Each check has a server of its
//! own, in this process and in memory, and an end.

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

/// A place where bytes go in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The body of a call.
    Body,
    /// A sequence of several people, with the oracle looking on.
    Sequence,
    /// The token of a next page.
    PageToken,
    /// The credential.
    Jwt,
    /// The file of a trace.
    Trace,
}

impl Surface {
    /// Every place.
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

    /// Puts these bytes in, at a new server of that venue.
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
