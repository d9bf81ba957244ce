//! How a case restarts a server gracefully: its own process or container, or the hook `restart` on the target that all
//! cases use. Cases that use the hook run alone, after all others.

use std::time::Duration;

use crate::prelude::*;
use syncproof_harness::targets::{Hook, ManagedServer, wait_until_steady};

/// The requirement that is broken when a server does not come back.
pub(crate) const KEPT: &str = "durable.acknowledged-survives-kill";
/// The target counts as restarted when it has answered for so long without a break, and how long that may take.
const STEADY: Duration = Duration::from_secs(2);
const RESTARTED_WITHIN: Duration = Duration::from_secs(60);

/// A way to restart.
pub(crate) enum RestartMethod {
    Own(ManagedServer),
    Hook(Hook),
}

impl RestartMethod {
    /// The way that this target has. Skips the case where there is none.
    pub(crate) async fn of(context: &Context) -> Checked<Self> {
        match (context.target().start_another().await, &context.target().controls.hooks.restart) {
            (Some(started), _) => started.map(RestartMethod::Own).map_err(|reason| {
                Failure::new(KEPT, "a server does not start", "a server that answers", reason.to_string()).into()
            }),
            (None, Some(hook)) => Ok(RestartMethod::Hook(hook.clone())),
            (None, None) => Err(Stop::Skipped("the suite has no way to restart the target".to_owned())),
        }
    }

    /// The address of the server that is to be restarted.
    pub(crate) fn base<'a>(&'a self, context: &'a Context) -> &'a str {
        match self {
            RestartMethod::Own(server) => server.base(),
            RestartMethod::Hook(_) => &context.target().base,
        }
    }

    /// Restarts it, and waits until it answers.
    pub(crate) async fn restart(&mut self, context: &Context) -> Checked {
        let message = "the server does not come back after a restart";
        let does_not_come_back =
            |actual: String| Stop::from(Failure::new(KEPT, message, "a server that answers", actual));
        match self {
            RestartMethod::Own(server) => {
                server.stop_gracefully().await;
                server.start_again().await.map_err(|reason| does_not_come_back(reason.to_string()))
            }
            RestartMethod::Hook(hook) => {
                let target = context.target();
                hook.run(&[("database", &target.database())]).await.map_err(does_not_come_back).in_setup()?;
                for base in std::iter::once(&target.base).chain(&target.controls.siblings) {
                    let steady = wait_until_steady(base, STEADY, RESTARTED_WITHIN).await;
                    let seconds = RESTARTED_WITHIN.as_secs();
                    steady.map_err(|()| does_not_come_back(format!("{base} does not answer within {seconds} s")))?;
                }
                Ok(())
            }
        }
    }

    /// Whether members can be added there.
    pub(crate) fn can_invite(&self, context: &Context) -> bool {
        // The hook add_member works only on the target's store.
        context.has(if matches!(self, RestartMethod::Own(_)) { Capability::Members } else { Capability::Invite })
    }

    /// Stops the server if it was started for the case.
    pub(crate) async fn end(self) {
        if let RestartMethod::Own(server) = self {
            server.stop().await;
        }
    }
}
