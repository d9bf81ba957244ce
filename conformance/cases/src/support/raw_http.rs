//! Raw HTTP: a user with a known log, probes that send bytes of any kind, and the checks of what they lead to.
//!
//! Conformant servers answer wrong HTTP in many ways: with a 4xx of their HTTP library, or by closing the connection. So
//! the checks ask little of the answer itself. They ask that nothing breaks, hangs, or shows internals, that nothing is
//! stored that was not sent whole, and that other users are served.

use std::sync::Arc;

use crate::prelude::*;
use futures_util::stream::{self, StreamExt as _};
use syncproof_harness::client::{AfterSending, RawClient, RawExchange, RawOutcome, RequestHead, internals};

const BROKEN: &str = "http.no-5xx";
/// Where a body ends, and what of it counts.
pub(crate) const FRAMING: &str = "http.framing";
const UNCHANGED: &str = "push.bad-batch-changes-nothing";

/// Probes that are sent at the same time.
const AT_ONCE: usize = 24;
/// Statuses that the application answers, with its own body (`http.json-errors`). Others may come from its HTTP library
/// before the application sees the request.
const BY_THE_APPLICATION: &[u16] = &[400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429];

/// How correct a probe is as HTTP, which decides what may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    /// Complete and correct: the application has to answer it.
    Right,
    /// Complete and correct, but of a kind or size that a server may refuse before the application sees it, or for which
    /// it may close the connection.
    Unusual,
    /// Incorrect or incomplete.
    Wrong,
}

/// Something raw to send.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    what: String,
    http: Validity,
    exchange: RawExchange,
    ops: Vec<Op>,
    may_apply: bool,
}

impl Probe {
    /// An exchange of that kind.
    pub(crate) fn new(what: impl Into<String>, http: Validity, exchange: RawExchange) -> Self {
        Probe { what: what.into(), http, exchange, ops: Vec::new(), may_apply: false }
    }

    /// A request that is sent at once, and waits for one answer.
    pub(crate) fn ask(what: impl Into<String>, http: Validity, method: &str, path: &str, bytes: Vec<u8>) -> Self {
        Probe::new(what, http, RawExchange::ask(method, path, bytes))
    }

    /// The same with another ending.
    pub(crate) fn ending(self, ending: AfterSending) -> Self {
        Probe { exchange: self.exchange.ending(ending), ..self }
    }

    /// The same with these ops in it, which the server may apply.
    pub(crate) fn permitted(self, ops: &[Op]) -> Self {
        Probe { ops: ops.to_vec(), may_apply: true, ..self }
    }

    /// The same, but the server must not apply the ops in it.
    pub(crate) fn forbidden(self) -> Self {
        Probe { may_apply: false, ..self }
    }

    /// Checks what holds for the answers to any probe.
    fn judge(&self, outcome: &RawOutcome) -> Checked {
        let what = &self.what;
        let message = format!("{what}: the server neither answered nor closed the connection");
        outcome.first.check(BROKEN, !outcome.hung, message, "an answer or the end of the connection within 30 s")?;
        let answered = self.http != Validity::Right || !outcome.answers.is_empty();
        outcome.first.check(BROKEN, answered, format!("{what}: there is no answer"), "an answer")?;
        for answer in &outcome.answers {
            let status = answer.status().unwrap_or_default();
            // 501 means an unknown method or transfer coding, 505 an unknown version (RFC 9110, section 15.6). A gateway
            // answers 502 or 504 when the server behind it closed the connection because of wrong HTTP.
            let fine = match self.http {
                Validity::Right => status < 500,
                Validity::Unusual => status < 500 || matches!(status, 501 | 505),
                Validity::Wrong => status < 500 || matches!(status, 501 | 502 | 504 | 505),
            };
            answer.check(BROKEN, fine, format!("{what}: the answer is a server error"), "a status under 500")?;
            let leak = internals(answer.exchange());
            let message = format!("{what}: the error shows internals of the server");
            answer.check("http.no-internals", leak.is_none(), message, "no internals")?;
            if self.http == Validity::Right && BY_THE_APPLICATION.contains(&status) && self.exchange.method != "HEAD" {
                is_json_error(answer, what)?;
            }
        }
        Ok(())
    }
}

/// The error is a JSON object that agrees with its status (`http.json-errors`).
fn is_json_error(answer: &Answer, what: &str) -> Checked {
    let body = answer.json();
    let code = body.as_ref().and_then(|body| body.get("statusCode"));
    // As a number: 400.0 is 400.
    let agrees = code.is_none_or(|code| code.as_f64() == answer.status().map(f64::from));
    let holds = body.as_ref().is_some_and(Value::is_object) && agrees;
    let message = format!("{what}: the error is not a JSON object that agrees with the status");
    answer.check("http.json-errors", holds, message, "a JSON object, with the status if it has a statusCode")
}

/// A user with a known log, and a client for raw HTTP.
pub(crate) struct RawFixture {
    pub(crate) user: User,
    pub(crate) raw: RawClient,
    pub(crate) journal: Journal,
    /// The requirement that is broken when something is applied that must not be.
    pub(crate) refusal: &'static str,
}

impl RawFixture {
    /// A new user with one record.
    pub(crate) async fn open(context: &Context) -> Checked<Self> {
        let (user, mut journal) = Journal::with_user(context, UNCHANGED).await?;
        let raw = RawClient::like(user.client()).map_err(Stop::Skipped)?;
        journal.push_ok(&[user.put("kv", "kept").mark("kept")]).await?;
        Ok(RawFixture { user, raw, journal, refusal: UNCHANGED })
    }

    /// A new op.
    pub(crate) fn op(&self, pk: &str) -> Op {
        self.user.put("threads", pk).mark(pk)
    }

    /// The body of a push of these ops.
    pub(crate) fn body(&self, ops: &[Op]) -> Vec<u8> {
        push_body(&self.journal.workspace, ops).to_string().into_bytes()
    }

    /// The head of a push, without type and length of a body.
    pub(crate) fn push_head(&self) -> RequestHead {
        self.raw.head("POST", endpoint::PUSH.path)
    }

    /// The head of a push with the type of its body, but not its length.
    pub(crate) fn json_head(&self) -> RequestHead {
        self.push_head().header("Content-Type", "application/json")
    }

    /// A correct, complete push with that body.
    pub(crate) fn request_with(&self, body: &[u8]) -> Vec<u8> {
        self.push_head().json(body.len()).with(body)
    }

    /// A correct, complete push of these ops.
    pub(crate) fn request(&self, ops: &[Op]) -> Vec<u8> {
        self.request_with(&self.body(ops))
    }

    /// A push of a new op, which the server may apply; `bytes` makes the request from the body of the push.
    pub(crate) fn push(&self, what: impl Into<String>, http: Validity, bytes: impl FnOnce(&[u8]) -> Vec<u8>) -> Probe {
        let what = what.into();
        let op = self.op(&what);
        self.push_of(what, http, op.as_ref(), bytes)
    }

    /// As [`RawFixture::push`], of these ops.
    pub(crate) fn push_of(
        &self,
        what: impl Into<String>,
        http: Validity,
        ops: &[Op],
        bytes: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Probe {
        Probe::ask(what, http, "POST", endpoint::PUSH.path, bytes(&self.body(ops))).permitted(ops)
    }

    /// Sends the probes, a few at a time, and checks the answers and the log. Permitted ops are applied all or not at all,
    /// as the answer says; forbidden ones are not.
    pub(crate) async fn run(&mut self, probes: Vec<Probe>) -> Checked<Vec<RawOutcome>> {
        let send = |probe: &Probe| {
            let (raw, exchange) = (self.raw.clone(), probe.exchange.clone());
            async move { raw.exchange(&exchange).await }
        };
        let exchanges: Vec<_> = probes.iter().map(send).collect();
        let outcome: Vec<RawOutcome> = stream::iter(exchanges).buffered(AT_ONCE).collect().await;
        for (probe, outcome) in probes.iter().zip(&outcome) {
            probe.judge(outcome)?;
        }
        self.take_in(&probes, &outcome).await?;
        still_serves(&self.user, BROKEN).await?;
        self.journal.holds().await?;
        Ok(outcome)
    }

    /// Takes into the journal what the log shows as applied.
    async fn take_in(&mut self, probes: &[Probe], outcome: &[RawOutcome]) -> Checked {
        let head = self.journal.head();
        let (changes, log) = self.user.log_after(&self.journal.workspace, head, 1000, BROKEN).await?;
        for (version, change) in (head + 1..).zip(&changes) {
            let of_probe = |probe: &&Probe| probe.ops.iter().find(|op| op.id() == change.stamp.op_id).cloned();
            let mut owners = probes.iter().zip(outcome);
            let owner = owners.find_map(|(probe, outcome)| Some((probe, outcome, of_probe(&probe)?)));
            let entry = change_json(change);
            let Some((probe, outcome, op)) = owner else {
                let message = "the log has an entry that nobody sent";
                return Err(log.fails(UNCHANGED, message, "no such entry", entry.to_string()));
            };
            let message = format!("{}: an op in it was applied, although the request is wrong", probe.what);
            if !probe.may_apply {
                // The evidence is what was sent, answered or not, and not the pull that shows what came of it.
                let mut failure = Failure::new(self.refusal, message, "no entry of it in the log", entry.to_string());
                failure.exchange = Some(Arc::clone(outcome.first.exchange()));
                return Err(failure.into());
            }
            let message = format!("{}: the entry in the log is not the op that was sent", probe.what);
            log.equal("push.payload-round-trips", message, op.as_change(version), entry)?;
            let message = format!("{}: the log has an op twice", probe.what);
            let once = self.journal.version(op.id()).is_none();
            log.ensure("op.replay-same-version", once, message, "one entry", op.id())?;
            self.journal.ops.push(op);
        }
        for (probe, outcome) in probes.iter().zip(outcome).filter(|(probe, _)| probe.may_apply) {
            let there = probe.ops.iter().filter(|op| self.journal.version(op.id()).is_some()).count();
            let success = outcome.first.is_success()
                && outcome.first.json().is_some_and(|body| reports_success(&body, &probe.ops));
            let wanted = match (success, outcome.first.is_4xx()) {
                (true, _) => there == probe.ops.len(),
                (false, true) => there == 0,
                (false, false) => there == 0 || there == probe.ops.len(),
            };
            let message = format!("{}: {there} of {} ops were applied", probe.what, probe.ops.len());
            let expected = "all after a success, none after a 4xx, otherwise all or none";
            outcome.first.check(UNCHANGED, wanted, message, expected)?;
        }
        Ok(())
    }
}

/// Whether the answer reports success for each op.
fn reports_success(body: &Value, ops: &[Op]) -> bool {
    let Ok(body) = serde_json::from_value::<PushAnswer>(body.clone()) else { return false };
    ops.iter().all(|op| body.results.iter().any(|result| result.success && result.op_id == op.id()))
}
