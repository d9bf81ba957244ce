//! Executing a sequence once, or looking for endpoints, under names that no other execution uses.

use std::sync::Arc;

use super::campaign_target::CampaignTarget;
use super::fresh_key::fresh_key;
use super::performance::{Execution, execute_recorded, execute_sequence, missing_endpoints};
use super::target_handle::TargetHandle;
use crate::sequence::Step;
use syncproof_harness::client::Recorder;
use syncproof_protocol::endpoint::Endpoint;

/// Executes these steps under names that nobody has used.
///
/// # Errors
/// When the target cannot be called, for a reason that lies in the suite.
pub async fn execute_on_new_target(target: &CampaignTarget, steps: &[Step]) -> Result<Execution, String> {
    execute_sequence(&target.open()?, steps, fresh_key()).await
}

/// The same on an open target; the recorder keeps the exchanges.
///
/// # Errors
/// As [`execute_on_new_target`].
pub async fn execute_on(handle: &TargetHandle, steps: &[Step], recorder: Arc<Recorder>) -> Result<Execution, String> {
    execute_recorded(handle, steps, fresh_key(), recorder).await
}

/// The endpoints that the target should have and does not have, found out with a user of their own.
///
/// # Errors
/// When the target cannot be called, for a reason that lies in the suite.
pub async fn absent_endpoints(handle: &TargetHandle) -> Result<Vec<&'static Endpoint>, String> {
    missing_endpoints(handle, fresh_key()).await
}
