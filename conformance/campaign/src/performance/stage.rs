//! The state of a sequence while it is executed: its users and workspaces, the oracle, and how a request is sent and judged.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::observation_log::ObservationLog;
use crate::oracle::{self, Judged, Oracle, Reply, TimeSpan, Violation};
use crate::sequence::User;
use crate::target_handle::TargetHandle;
use syncproof_harness::client::{Answer, Client, Recorder, Request, broken_rules};
use syncproof_harness::targets::ManagedServer;
use syncproof_protocol::capability::Capability;
use syncproof_protocol::deep_json;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::wire::Id;

/// The most pages that one step reads.
pub(super) const MAX_PAGES: usize = 2000;
/// A read is divided into about this many pages at most.
const TARGET_PAGES: u64 = 50;
/// Rules that hold for every answer.
const ALWAYS: [&str; 3] = ["http.no-5xx", "http.no-internals", "http.json-errors"];

/// Why a step ends before its end.
pub(super) enum StepEnd {
    /// The answer is not allowed.
    Violation(Violation, Option<Arc<Exchange>>),
    /// The step needs something that does not exist, because the step that creates it was left out.
    Meaningless,
    /// The credentials of the target cannot carry the name of the user.
    Unnameable,
    /// The suite cannot go on.
    Broken(String),
}

impl StepEnd {
    /// The same, told under that requirement, if the one under which it is told begins with one of these.
    pub(super) fn told_under(self, beginnings: &[&str], requirement: &'static str) -> Self {
        match self {
            StepEnd::Violation(violation, exchange)
                if beginnings.iter().any(|beginning| violation.requirement.starts_with(beginning)) =>
            {
                StepEnd::Violation(Violation { requirement, ..violation }, exchange)
            }
            end => end,
        }
    }
}

/// The result of a step or of a part of it.
pub(super) type StepResult<T = ()> = Result<T, StepEnd>;

/// A user who has logged in.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub(super) known: oracle::User,
    pub(super) client: Client,
    pub(super) home: Id,
}

/// A sequence that is being executed.
pub(super) struct Stage<'a> {
    pub(super) handle: &'a TargetHandle,
    pub(super) recorder: Arc<Recorder>,
    pub(super) anonymous: Client,
    pub(super) oracle: Oracle,
    pub(super) users: BTreeMap<User, Arc<Actor>>,
    pub(super) made: BTreeMap<u32, Id>,
    pub(super) key: u64,
    /// Whether the sequence has users who look alike, and the credentials can distinguish them.
    pub(super) lookalikes: bool,
    pub(super) observations: Option<ObservationLog>,
    /// The server that the sequence has for itself, if it does.
    pub(super) server: Option<ManagedServer>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(
        handle: &'a TargetHandle,
        key: u64,
        recorder: Arc<Recorder>,
        observations: Option<ObservationLog>,
    ) -> Self {
        let anonymous = handle.anonymous(&recorder);
        let oracle = Oracle::new(handle.capabilities().clone());
        let (users, made) = (BTreeMap::new(), BTreeMap::new());
        let (lookalikes, server) = (false, None);
        Stage { handle, recorder, anonymous, oracle, users, made, key, lookalikes, observations, server }
    }
}

impl Stage<'_> {
    /// The size of a page: at least `size`, and larger where there are hundreds of entries.
    pub(super) fn page_size(&self, at: &Id, size: u64) -> u64 {
        let least = self.oracle.head(at) / TARGET_PAGES;
        if (1..=1000).contains(&size) { size.max(least.min(1000)) } else { size }
    }

    pub(super) fn has(&self, capability: Capability) -> bool {
        capability.is_met_by(self.handle.capabilities())
    }

    /// Sends a request and judges the answer by the rules for every answer, and then by the oracle.
    pub(super) async fn ask<T: DeserializeOwned>(
        &mut self,
        actor: &Actor,
        request: Request,
        judge: impl FnOnce(&mut Oracle, &Reply<T>) -> Judged,
    ) -> StepResult<Reply<T>> {
        let sent = self.handle.clock().now();
        let answer = actor.client.send(request).await;
        self.oracle.at(TimeSpan { sent, answered: self.handle.clock().now() });
        self.judge(actor, &answer, judge)
    }

    /// Judges an answer by the rules for every answer, and then by the oracle.
    pub(super) fn judge<T: DeserializeOwned>(
        &mut self,
        actor: &Actor,
        answer: &Answer,
        judge: impl FnOnce(&mut Oracle, &Reply<T>) -> Judged,
    ) -> StepResult<Reply<T>> {
        let exchange = Arc::clone(answer.exchange());
        let reply = reply(answer);
        let judged = self.judge_form(answer).and_then(|()| judge(&mut self.oracle, &reply));
        judged.map_err(|violation| {
            // Whatever was asked for, the credential is not taken for what it is.
            let requirement = match reply.status == Some(401) && !violation.is_of_form() {
                true => self.oracle.credential_rule(actor.known),
                false => violation.requirement,
            };
            StepEnd::Violation(Violation { requirement, ..violation }, Some(exchange))
        })?;
        Ok(reply)
    }

    /// Ends the step with what is wrong with that answer.
    pub(super) fn fail_with<T>(&self, violation: Violation, answer: &Answer) -> StepResult<T> {
        Err(StepEnd::Violation(violation, Some(Arc::clone(answer.exchange()))))
    }

    /// Ends the step with a violation that has no single answer as its cause.
    pub(super) fn fail_on(&self, judged: Judged) -> StepResult {
        judged.map_err(|violation| StepEnd::Violation(violation, self.recorder.last()))
    }

    /// Judges an answer by the rules for every answer.
    fn judge_form(&self, answer: &Answer) -> Judged {
        if answer.status().is_none() {
            let message = "no answer came";
            return Err(Violation::new("http.no-5xx", message, "an answer", answer.outcome()));
        }
        let exchange = answer.exchange();
        for (rule, what) in broken_rules(exchange).into_iter().filter(|(rule, _)| ALWAYS.contains(rule)) {
            let violation = Violation::new(rule, what, "an answer in order", answer.outcome());
            if !(violation.is_of_form() && self.handle.passes_over(&violation.symptom(Some(exchange)))) {
                return Err(violation);
            }
        }
        Ok(())
    }
}

fn reply<T: DeserializeOwned>(answer: &Answer) -> Reply<T> {
    let body = answer.is_success().then(|| deep_json::read(&answer.exchange().response).ok()).flatten();
    Reply { status: answer.status(), body, exchange: Arc::clone(answer.exchange()) }
}
