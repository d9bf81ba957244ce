//! Free ports for servers that the suite starts.

use std::net::{Ipv4Addr, TcpListener};

/// Below the range from which the kernel takes ports for outgoing connections (from 32768 on Linux). Otherwise one of
/// the suite's own connections could take the port before the server binds it.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
/// How many ports are tried.
const TRIES: u32 = 500;

/// A port on loopback that is free at this moment. It is random, so that two suites on one machine rarely choose the
/// same one.
///
/// # Errors
/// When every port that was tried is in use.
pub fn free() -> Result<u16, String> {
    for _ in 0..TRIES {
        let chance = uuid::Uuid::new_v4().as_fields().0 % u32::from(COUNT);
        let port = FIRST + u16::try_from(chance).unwrap_or_default();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(format!("no free port between {FIRST} and {}", FIRST + COUNT))
}
