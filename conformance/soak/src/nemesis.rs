//! The nemesis: what goes wrong in a round, and the server that it goes wrong with.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::plan::{Faults, Plan};
use crate::shift::Shift;
use crate::tape::Tape;
use syncproof_campaign::TargetHandle;
use syncproof_harness::client::Client;
use syncproof_harness::fault::Network;
use syncproof_harness::targets::ManagedServer;

/// The share of exchanges that a bad network disturbs.
const DISTURBED: f64 = 0.08;
/// The times between two faults of the process, in milliseconds.
const BETWEEN_MS: std::ops::Range<u64> = 150..700;
/// How long a process stands still, in milliseconds.
const FROZEN_MS: std::ops::Range<u64> = 20..300;
/// What killed processes and lost connections are called in a history.
const KILL: &str = "kill";
const FREEZE: &str = "freeze";

/// What goes wrong in a round.
pub(crate) struct Nemesis {
    /// The server of this round alone, if processes are to fail.
    server: Option<ManagedServer>,
    network: Option<Network>,
    seed: u64,
}

impl Nemesis {
    /// What the plan asks for, as far as the target allows it.
    ///
    /// # Errors
    /// When another server of the target's kind does not start, or no proxy can be opened.
    pub(crate) async fn new(handle: &TargetHandle, plan: Plan) -> Result<Self, String> {
        let Faults { network, process } = plan.faults;
        let none = Nemesis { server: None, network: None, seed: plan.seed };
        let Some(run) = handle.run().filter(|_| network || process) else { return Ok(none) };
        let server = match process.then(|| run.target.start_another()) {
            Some(starting) => starting
                .await
                .transpose()
                .map_err(|reason| format!("another server of this kind does not start: {reason}"))?,
            None => None,
        };
        let base = server.as_ref().map_or(run.target.base.as_str(), ManagedServer::base);
        // A server that comes back has another address, which only a proxy hides from clients.
        let share = if network { DISTURBED } else { 0.0 };
        let network = Network::start(base, &run.target.tls, share, plan.seed).await?;
        Ok(Nemesis { server, network: Some(network), ..none })
    }

    /// The client, led through what goes wrong.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub(crate) fn lead(&self, client: Client) -> Result<Client, String> {
        self.network.as_ref().map_or(Ok(client.clone()), |network| client.at(network.base()))
    }

    /// Kills the server and starts it again, or lets it stand still, until the round settles.
    ///
    /// # Errors
    /// When it does not start again.
    pub(crate) async fn strike(&mut self, shift: &Shift, tape: &Arc<Tape>) -> Result<(), String> {
        let (Some(server), Some(network)) = (&mut self.server, &self.network) else { return Ok(()) };
        let mut random = StdRng::seed_from_u64(self.seed);
        while shift.goes_on() {
            tokio::time::sleep(Duration::from_millis(random.random_range(BETWEEN_MS))).await;
            let began = tape.now();
            if random.random_bool(0.3) && server.freeze(Duration::from_millis(random.random_range(FROZEN_MS))).await {
                tape.record_fault(FREEZE, began);
                continue;
            }
            server.kill().await;
            server.start_again().await.map_err(|reason| format!("it does not start again after a kill: {reason}"))?;
            network.lead_to(server.base())?;
            tape.record_fault(KILL, began);
        }
        Ok(())
    }

    /// Ends the server of this round.
    pub(crate) async fn end(self) {
        if let Some(server) = self.server {
            server.stop().await;
        }
    }
}
