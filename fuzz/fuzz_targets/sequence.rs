//! Bytes as the seeds of a sequence.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syncproof_campaign::byte_fuzz::Surface;

fuzz_target!(|bytes: &[u8]| syncproof_fuzz::check(Surface::Sequence, bytes));
