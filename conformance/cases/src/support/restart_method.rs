//! The means to restart a server in good order: a process or container of the case's own, or the hook `restart` on the
//! target that everybody uses. That one restarts alone, after all other cases.

use std::time::Duration;

use crate::prelude::*;
use syncproof_harness::targets::{Hook, ManagedServer, wait_until_steady};

/// The requirement that is broken when a server does not come back.
pub(crate) const KEPT: &str = "durable.acknowledged-survives-kill";
/// How long the target has to answer on end before it counts as restarted, and within what time.
const STEADY: Duration = Duration::from_secs(2);
const RESTARTED_WITHIN: Duration = Duration::from_secs(60);

/// One of them.
pub(crate) enum RestartMethod {
    Own(ManagedServer),
    Hook(Hook),
}

impl RestartMethod {
    /// # Errors
    /// Skips the case where there are none, and fails when the server does not start.
    pub(crate) async fn of(context: &Context) -> Checked<Self> {
        match (context.target().start_another().await, &context.target().controls.hooks.restart) {
            (Some(started), _) => started.map(RestartMethod::Own).map_err(|reason| {
                Failure::new(KEPT, "a server does not start", "a server that answers", reason.to_string()).into()
            }),
            (None, Some(hook)) => Ok(RestartMethod::Hook(hook.clone())),
            (None, None) => Err(Stop::Skipped("the suite has no means to restart the target".to_owned())),
        }
    }

    /// Where the server answers that is to be restarted.
    pub(crate) fn base<'a>(&'a self, context: &'a Context) -> &'a str {
        match self {
            RestartMethod::Own(server) => server.base(),
            RestartMethod::Hook(_) => &context.target().base,
        }
    }

    /// Restarts it, and waits until it answers.
    ///
    /// # Errors
    /// Fails when it does not come back; fails the setup when the hook does.
    pub(crate) async fn restart(&mut self, context: &Context) -> Checked {
        let does_not_come_back = |actual: String| {
            Stop::from(Failure::new(
                KEPT,
                "the server does not come back after a restart",
                "a server that answers",
                actual,
            ))
        };
        match self {
            RestartMethod::Own(server) => {
                server.stop_gracefully().await;
                server.start_again().await.map_err(|reason| does_not_come_back(reason.to_string()))
            }
            RestartMethod::Hook(hook) => {
                let target = context.target();
                let asked = hook.run(&[("database", &target.database())]).await;
                asked.map_err(does_not_come_back).in_setup()?;
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
        // The hook add_member works on the target's own store.
        context.has(if matches!(self, RestartMethod::Own(_)) { Capability::Members } else { Capability::Invite })
    }

    /// Ends what was started for the case.
    pub(crate) async fn end(self) {
        if let RestartMethod::Own(server) = self {
            server.stop().await;
        }
    }
}
