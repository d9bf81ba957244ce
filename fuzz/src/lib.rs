//! What every fuzz target does with its bytes.
#![forbid(unsafe_code)]

mod plant;

use std::sync::OnceLock;

use libfuzzer_sys::fuzzer_mutate;
use syncproof_campaign::byte_fuzz::{Surface, mutated};
use syncproof_campaign::CampaignTarget;
use syncproof::in_process;

/// Changes the bytes in their buffer, of which `size` are in use and `most` may be, and says how many are then: every
/// other time the JSON in them, so that it stays JSON, and else whatever libFuzzer changes.
pub fn mutate(bytes: &mut [u8], size: usize, most: usize, seed: u32) -> usize {
    let changed = if seed.is_multiple_of(2) { mutated(&bytes[..size], seed / 2) } else { None };
    match changed {
        Some(changed) if changed.len() <= most => {
            bytes[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        _ => fuzzer_mutate(bytes, size, most),
    }
}

/// Checks these bytes on a new reference server.
///
/// # Panics
/// When something broke, with what it was: that is how a fuzzer is told.
pub fn check(surface: Surface, bytes: &[u8]) {
    static TARGET: OnceLock<CampaignTarget> = OnceLock::new();
    let target = TARGET.get_or_init(|| match plant::planted() {
        Some(plant) => in_process::reference_behind(move |router| plant.around(router)),
        None => in_process::reference(),
    });
    if let Err(reason) = surface.check(target, bytes) {
        panic!("{reason}");
    }
}
