//! A server that a sequence has for itself, so that it can be restarted while others perform theirs.

use std::sync::Arc;

use super::stage::{Actor, Stage, StepEnd, StepResult};
use crate::oracle::Violation;
use crate::sequence::Step;
use syncproof_harness::targets::ManagedServer;

impl Stage<'_> {
    /// Starts a server for these steps, if one of them restarts it and the suite can start one. Where it cannot, such
    /// steps mean nothing.
    ///
    /// # Errors
    /// When the server does not start, or cannot be called for a reason that lies in the suite.
    pub(super) async fn start_own_server(&mut self, steps: &[Step]) -> Result<(), String> {
        let starter = self.handle.offer().starter.as_ref().filter(|_| steps.iter().any(Step::is_restart));
        let Some(run) = starter else { return Ok(()) };
        match run.target.start_another().await {
            Some(Ok(server)) => self.move_to(server),
            Some(Err(reason)) => Err(format!("another server of this kind does not start: {reason}")),
            None => Ok(()),
        }
    }

    /// Ends the server and starts it again.
    pub(super) async fn restart(&mut self, kill: bool) -> StepResult {
        let mut server = self.server.take().ok_or(StepEnd::Meaningless)?;
        if kill {
            server.kill().await;
        } else {
            let status = server.stop_gracefully().await.and_then(|ended| ended.status);
            if !status.is_some_and(|status| status.success()) {
                let message = "a server that is asked to end (SIGTERM) does not end with 0";
                let actual = status.map_or_else(|| "it had to be killed".to_owned(), |status| status.to_string());
                return self.fail_on(Err(Violation::new("durable.graceful-stop", message, "exit code 0", actual)));
            }
        }
        if let Err(reason) = server.start_again().await {
            let message = "the server does not start again on its own store";
            let requirement = "durable.acknowledged-survives-kill";
            return self.fail_on(Err(Violation::new(requirement, message, "a start", reason)));
        }
        self.move_to(server).map_err(StepEnd::Broken)?;
        self.oracle.restarted();
        Ok(())
    }

    /// Lets everybody call this server from here on.
    fn move_to(&mut self, server: ManagedServer) -> Result<(), String> {
        self.anonymous = self.anonymous.at(server.base())?;
        for actor in self.users.values_mut() {
            let client = actor.client.at(server.base())?;
            *actor = Arc::new(Actor { client, ..Actor::clone(actor) });
        }
        self.server = Some(server);
        Ok(())
    }
}
