//! Free ports for servers that the suite starts.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range that the kernel takes the local ends of outgoing connections from (32768 on, on Linux): otherwise
/// one of the suite's own connections could take the port before the server binds it.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

static NEXT: AtomicU16 = AtomicU16::new(0);

/// A port on loopback that nobody listens on at this moment.
///
/// # Errors
/// When every port that was tried is taken.
pub(super) fn free() -> Result<u16, String> {
    // Every process starts somewhere else, so that two suites on one machine seldom meet.
    let start = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap_or_default();
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (start.wrapping_mul(7) % COUNT + step) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(format!("no free port between {FIRST} and {}", FIRST + COUNT))
}
