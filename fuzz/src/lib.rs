//! What every fuzz target does with its bytes.
#![forbid(unsafe_code)]

mod plant;

use std::sync::OnceLock;

use syncproof::byte_fuzz::Surface;
use syncproof::campaign::{Venue, in_process};

/// Checks these bytes on a new reference server.
///
/// # Panics
/// When something broke, with what it was: that is how a fuzzer is told.
pub fn check(surface: Surface, bytes: &[u8]) {
    static VENUE: OnceLock<Venue> = OnceLock::new();
    let venue = VENUE.get_or_init(|| match plant::planted() {
        Some(plant) => in_process::reference_behind(move |router| plant.around(router)),
        None => in_process::reference(),
    });
    if let Err(reason) = surface.check(venue, bytes) {
        panic!("{reason}");
    }
}
