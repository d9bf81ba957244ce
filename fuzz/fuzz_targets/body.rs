//! Bytes as the body of a call.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syncproof::byte_fuzz::Surface;

fuzz_target!(|bytes: &[u8]| syncproof_fuzz::check(Surface::Body, bytes));
