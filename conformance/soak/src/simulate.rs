//! Simulated rounds: on one thread, with a clock that moves on when everybody waits, so that a seed decides who comes before
//! whom. The same plan makes the same history again, to the byte.

use std::sync::Arc;

use tokio::time::Instant;

use crate::plan::Plan;
use crate::round::{Round, perform};
use syncproof_campaign::CampaignTarget;
use syncproof_protocol::simulation;

/// Mixed into the seed of what is random in a simulation, so that it is not the seed of what clients send.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// Performs a round on a new server of a target that does everything on the thread that calls it
/// ([`CampaignTarget::is_on_one_thread`]).
///
/// # Errors
/// As [`perform`], and when a server cannot be made.
pub async fn simulate(target: &Arc<CampaignTarget>, name: &str, plan: Plan) -> Result<Round, String> {
    let (target, name) = (Arc::clone(target), name.to_owned());
    let performing = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.map_err(|error| error.to_string())?;
        runtime.block_on(async {
            let began = Instant::now();
            let seed = (plan.seed ^ plan.schedule.rotate_left(32)).wrapping_mul(MIX);
            let _guard = simulation::begin(seed, move || began.elapsed());
            perform(&target.open()?, &name, plan).await
        })
    });
    performing.await.map_err(|error| error.to_string())?
}
