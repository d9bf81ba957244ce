//! Bytes as the seeds of a sequence of several users, judged by the oracle.

use std::sync::Arc;
use std::time::Duration;

use super::test_user::sentence;
use super::timeout::within_bound;
use crate::campaign_target::CampaignTarget;
use crate::generator;
use crate::performance::execute_recorded;
use crate::report::FindingEntry;

/// The longest that a sequence may take, under the bound of a check.
const TIMEOUT: Duration = Duration::from_secs(8);
/// Nobody else uses the server, so that its names may be the same every time.
const KEY: u64 = 1;

pub(super) fn check(target: &CampaignTarget, bytes: &[u8]) -> Result<(), String> {
    let (handle, steps) = (target.open()?, generator::from_bytes(bytes)?);
    within_bound(move || async move {
        let recorder = handle.recorder();
        let performance = execute_recorded(&handle, &steps, KEY, Arc::clone(&recorder));
        match tokio::time::timeout(TIMEOUT, performance).await {
            Ok(performance) => match performance?.finding {
                Some(finding) => Err(FindingEntry::of_steps(&steps, &finding).text()),
                None => Ok(()),
            },
            Err(_) => Err(match recorder.last() {
                Some(last) => sentence("http.no-5xx", format!("no end within {TIMEOUT:?}; the last answer"), &last),
                None => format!("http.no-5xx: no answer within {TIMEOUT:?}"),
            }),
        }
    })
}
