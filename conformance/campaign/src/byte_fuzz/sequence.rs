//! Bytes as the seeds of a sequence of several people, with the oracle looking on.

use std::sync::Arc;
use std::time::Duration;

use super::bound::within_bound;
use super::guest::told;
use crate::{FindingEntry, Venue, generator, perform_recorded};

/// The longest that a sequence may take, under the bound of a check.
const BOUND: Duration = Duration::from_secs(8);
/// Nobody else uses the server, so that its names may be the same every time.
const KEY: u64 = 1;

pub(super) fn check(venue: &Venue, bytes: &[u8]) -> Result<(), String> {
    let (door, steps) = (venue.door()?, generator::from_bytes(bytes)?);
    within_bound(move || async move {
        let recorder = door.recorder();
        let performance = perform_recorded(&door, &steps, KEY, Arc::clone(&recorder));
        match tokio::time::timeout(BOUND, performance).await {
            Ok(performance) => match performance?.finding {
                Some(finding) => Err(FindingEntry::of_steps(&steps, &finding).told()),
                None => Ok(()),
            },
            Err(_) => Err(match recorder.last() {
                Some(last) => told("http.no-5xx", format!("no end within {BOUND:?}; the last answer"), &last),
                None => format!("http.no-5xx: no answer within {BOUND:?}"),
            }),
        }
    })
}
