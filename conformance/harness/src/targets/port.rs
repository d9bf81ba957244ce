//! Free ports for servers that the suite starts.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range from which the kernel takes ports for outgoing connections (from 32768 on Linux). Otherwise one of
/// the suite's own connections could take the port before the server binds it.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;
/// How many ports are tried.
const TRIES: u32 = 500;

/// Where the next search begins. The first is random, so that two suites on one machine rarely meet; from there on each
/// port is handed out once in a round. Two servers with the same port would both seem to have started, since the one
/// that binds it first answers for both.
static NEXT: LazyLock<AtomicU32> = LazyLock::new(|| AtomicU32::new(uuid::Uuid::new_v4().as_fields().0));

/// A port on loopback that is free at this moment, and that none of the last thousands of calls got.
///
/// # Errors
/// When every port that was tried is in use.
pub fn free() -> Result<u16, String> {
    for _ in 0..TRIES {
        let number = NEXT.fetch_add(1, Ordering::Relaxed) % u32::from(COUNT);
        let port = FIRST + u16::try_from(number).unwrap_or_default();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(format!("no free port between {FIRST} and {}", FIRST + COUNT))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// More ports than can be drawn at random without drawing one twice.
    #[test]
    fn no_port_is_handed_out_twice() {
        let ports: BTreeSet<u16> = (0..2000).map(|_| super::free().expect("a port")).collect();
        assert_eq!(ports.len(), 2000);
    }
}
