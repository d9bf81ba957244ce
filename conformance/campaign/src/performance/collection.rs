//! Garbage collections: asking for them, and checking what they have removed.

use std::time::Duration;

use serde_json::json;

use super::stage::{Actor, Stage, StepEnd, StepResult};
use crate::endpoint::endpoint;
use crate::observation::RequestKind;
use crate::oracle::{Oracle, Overdue, PullQuery, Reply, Violation};
use crate::sequence::Call;
use syncproof_harness::client::Request;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::wire::{Collected, Id};

/// How long the collected data may still be visible: a server may collect after its answer, and has its own clock.
const COLLECTION_TIMEOUT: Duration = Duration::from_secs(10);
/// The time between two checks.
const PAUSE: Duration = Duration::from_millis(250);

impl Stage<'_> {
    /// Collects the log, then the tombstones, or only one of them, and waits until everything that must be gone is gone.
    pub(super) async fn collect(
        &mut self,
        actor: &Actor,
        at: &Id,
        retention: i64,
        only: Option<Collected>,
    ) -> StepResult {
        let is_asked = |what: &Collected| only.is_none_or(|only| only == *what);
        for what in [Collected::Log, Collected::Tombstones].into_iter().filter(is_asked) {
            self.ask_to_collect(actor, at, what, retention).await?;
            self.see_it_gone(actor, at, what, retention).await?;
        }
        Ok(())
    }

    pub(super) async fn ask_to_collect(
        &mut self,
        actor: &Actor,
        at: &Id,
        what: Collected,
        retention: i64,
    ) -> StepResult<Reply<()>> {
        let call = match what {
            Collected::Log => Call::CollectLog,
            Collected::Tombstones => Call::CollectTombstones,
        };
        let body = json!({"scope": {"workspaceId": at}, "retentionSeconds": retention});
        let judged = |o: &mut Oracle, r: &_| o.collect(actor.known, at, (what, retention), r);
        let reply = self.ask(actor, Request::post(endpoint(call, at).1, &body), judged).await?;
        self.observe(RequestKind::Collect, &reply, |stage, _| json!({"takes": !stage.oracle.is_whole(at)}));
        Ok(reply)
    }

    pub(super) async fn see_it_gone(&mut self, actor: &Actor, at: &Id, what: Collected, retention: i64) -> StepResult {
        let clock = self.handle.clock().clone();
        let until = clock.now() + COLLECTION_TIMEOUT;
        // Each round either ends the loop or lets time pass.
        while let Some(overdue) = self.oracle.overdue(at) {
            match overdue {
                Overdue::Log(version) => {
                    let query = PullQuery { cursor: version.saturating_sub(1), limit: 1, tables: None };
                    self.pull(actor, at, query).await?;
                }
                Overdue::Tombstones if self.has(Capability::Snapshot) => {
                    self.snapshot(actor, at, (1000, None), &[]).await?
                }
                // Without snapshots, nothing shows them.
                Overdue::Tombstones => return Ok(()),
            }
            let left = self.oracle.overdue(at);
            if left != Some(overdue) {
                return Ok(());
            }
            if clock.now() >= until {
                let message = "data that is old enough and read by every device is not collected";
                let expected = format!("it is gone within {} s", COLLECTION_TIMEOUT.as_secs());
                let violation = Violation::new(self.oracle.delay_rule(at), message, expected, "it is still there");
                return Err(StepEnd::Violation(violation, self.recorder.last()));
            }
            clock.wait(PAUSE).await;
            self.ask_to_collect(actor, at, what, retention).await?;
        }
        Ok(())
    }
}
