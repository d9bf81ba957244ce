//! Bytes as the file of a trace.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use syncproof_campaign::byte_fuzz::Surface;

fuzz_target!(|bytes: &[u8]| syncproof_fuzz::check(Surface::Trace, bytes));
fuzz_mutator!(|bytes: &mut [u8], size: usize, most: usize, seed: u32| {
    syncproof_fuzz::mutate(bytes, size, most, seed)
});
