//! What the raw cases have in common: a user with a known log, probes of raw HTTP, and what may come of one.
//!
//! Honest servers answer wrong HTTP very differently: with a 4xx out of their HTTP library, or by ending the connection.
//! So little is asked of the answer, and much of what happens besides: nothing breaks, hangs, or is shown, nothing
//! is stored that was not sent whole, and the others are served.

use crate::prelude::*;
use futures_util::stream::{self, StreamExt as _};
use syncproof_protocol::endpoint;

use crate::http::wrong_requests::still_serves;
use syncproof_harness::client::{RawClient, RawExchange, RawOutcome, internals};

const BROKEN: &str = "http.no-5xx";
const UNCHANGED: &str = "push.bad-batch-changes-nothing";

/// Probes under way at one time.
const AT_ONCE: usize = 24;
/// Statuses that an application gives, with a body of its own (`http.json-errors`). The others may come out of its
/// HTTP library before the application sees the request.
const BY_THE_APPLICATION: &[u16] = &[400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429];

/// How right a probe is as HTTP, which decides what may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Validity {
    /// Whole and in order: it has to be answered, by the application.
    Right,
    /// Whole and in order, but of a kind or size that a server may refuse before the application sees it, or end the
    /// connection over.
    Unusual,
    /// Not in order, or not whole.
    Wrong,
}

/// Something raw to send.
#[derive(Debug, Clone)]
pub(crate) struct Probe {
    what: String,
    http: Validity,
    talk: RawExchange,
    ops: Vec<Op>,
    may_apply: bool,
}

impl Probe {
    /// A talk of that kind.
    pub(crate) fn new(what: impl Into<String>, http: Validity, talk: RawExchange) -> Self {
        Probe { what: what.into(), http, talk, ops: Vec::new(), may_apply: false }
    }

    /// The same, with these ops somewhere in it, which must not be applied.
    pub(crate) fn forbidden(self, ops: &[Op]) -> Self {
        Probe { ops: ops.to_vec(), may_apply: false, ..self }
    }

    /// The same, with these ops as its body, which a server may understand.
    pub(crate) fn permitted(self, ops: &[Op]) -> Self {
        Probe { ops: ops.to_vec(), may_apply: true, ..self }
    }

    /// Checks what holds for the answers to any probe.
    fn judge(&self, heard: &RawOutcome) -> Checked {
        let what = &self.what;
        heard.first.ensure(
            BROKEN,
            !heard.hung,
            format!("{what}: neither an answer nor the end of the connection"),
            "an answer, or the end of the connection, within 30 s",
            heard.first.outcome(),
        )?;
        let answered = self.http != Validity::Right || !heard.answers.is_empty();
        let message = format!("{what}: there is no answer");
        heard.first.ensure(BROKEN, answered, message, "an answer", heard.first.outcome())?;
        for answer in &heard.answers {
            let status = answer.status().unwrap_or_default();
            // 501 tells that a method or a transfer coding is not known, 505 that a version is not (RFC 9110, section
            // 15.6); a gateway says 502 or 504 when the server behind it ended the connection over wrong HTTP.
            let fine = match self.http {
                Validity::Right => status < 500,
                Validity::Unusual => status < 500 || matches!(status, 501 | 505),
                Validity::Wrong => status < 500 || matches!(status, 501 | 502 | 504 | 505),
            };
            let message = format!("{what}: it breaks the server");
            answer.ensure(BROKEN, fine, message, "a status under 500", answer.outcome())?;
            let leak = internals(answer.exchange());
            let (message, actual) = (format!("{what}: the error shows the server's inside"), answer.outcome());
            answer.ensure("http.no-internals", leak.is_none(), message, "no trace of it", actual)?;
            if self.http == Validity::Right && BY_THE_APPLICATION.contains(&status) && self.talk.method != "HEAD" {
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
    let message = format!("{what}: the error is no JSON object with the status");
    answer.ensure("http.json-errors", holds, message, "a JSON object that agrees with the status", answer.outcome())
}

/// A user with a known log who speaks raw HTTP.
pub(crate) struct RawFixture {
    pub(crate) user: User,
    pub(crate) raw: RawClient,
    pub(crate) journal: Journal,
    /// What is broken when something is applied that must not be.
    pub(crate) refusal: &'static str,
}

impl RawFixture {
    /// A new user with one record.
    ///
    /// # Errors
    /// As [`Context::user`]; skips the case when the target cannot be spoken to without TLS.
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

    /// A right push of these ops, whole.
    pub(crate) fn request(&self, ops: &[Op]) -> Vec<u8> {
        let body = self.body(ops);
        self.raw.head("POST", endpoint::PUSH.path).json(body.len()).with(&body)
    }

    /// Sends the probes, a few at a time, and checks what came of each: of the answers, and of the ops in them. Ops of
    /// which all parts are permitted are there whole or not at all, and as the answer says; forbidden ones are nowhere.
    ///
    /// # Errors
    /// Fails the requirement that is broken.
    pub(crate) async fn run(&mut self, probes: Vec<Probe>) -> Checked<Vec<RawOutcome>> {
        let talk = |probe: &Probe| {
            let (raw, talk) = (self.raw.clone(), probe.talk.clone());
            async move { raw.exchange(&talk).await }
        };
        let talks: Vec<_> = probes.iter().map(talk).collect();
        let heard: Vec<RawOutcome> = stream::iter(talks).buffered(AT_ONCE).collect().await;
        for (probe, heard) in probes.iter().zip(&heard) {
            probe.judge(heard)?;
        }
        self.take_in(&probes, &heard).await?;
        still_serves(&self.user, BROKEN).await?;
        self.journal.holds().await?;
        Ok(heard)
    }

    /// Takes into the journal what the log says has been applied.
    async fn take_in(&mut self, probes: &[Probe], heard: &[RawOutcome]) -> Checked {
        let head = self.journal.head();
        let (changes, log) = self.user.log_after(&self.journal.workspace, head, 1000, BROKEN).await?;
        for (version, change) in (head + 1..).zip(&changes) {
            let owner = probes.iter().find(|probe| probe.ops.iter().any(|op| op.id() == change.stamp.op_id));
            let op = owner.and_then(|probe| probe.ops.iter().find(|op| op.id() == change.stamp.op_id));
            let entry = change_json(change);
            let (Some(probe), Some(op)) = (owner, op) else {
                return Err(log.fails(UNCHANGED, "the log holds what nobody sent", "nothing else", entry.to_string()));
            };
            let message = format!("{}: it changed the log", probe.what);
            let expected = "nothing of it is applied";
            log.ensure(self.refusal, probe.may_apply, message, expected, entry.to_string())?;
            let message = format!("{}: the log holds something else than was sent", probe.what);
            log.equal("push.payload-round-trips", message, op.as_change(version), entry)?;
            let message = format!("{}: one op stands in the log twice", probe.what);
            let once = self.journal.version(op.id()).is_none();
            log.ensure("op.replay-same-version", once, message, "one entry", op.id())?;
            self.journal.ops.push(op.clone());
        }
        for (probe, heard) in probes.iter().zip(heard).filter(|(probe, _)| probe.may_apply) {
            let there = probe.ops.iter().filter(|op| self.journal.version(op.id()).is_some()).count();
            let told = heard.first.is_success() && heard.first.json().is_some_and(|body| told_of(&body, &probe.ops));
            let refused = heard.first.status().is_some_and(|status| (400..500).contains(&status));
            let wanted = match (told, refused) {
                (true, _) => there == probe.ops.len(),
                (false, true) => there == 0,
                (false, false) => there == 0 || there == probe.ops.len(),
            };
            let message = format!("{}: {there} of {} ops are applied", probe.what, probe.ops.len());
            let expected = "all of them after a success, none after a refusal, else all or none";
            heard.first.ensure(UNCHANGED, wanted, message, expected, heard.first.outcome())?;
        }
        Ok(())
    }
}

/// Whether the answer tells of the success of each op.
fn told_of(body: &Value, ops: &[Op]) -> bool {
    let Ok(body) = serde_json::from_value::<PushAnswer>(body.clone()) else { return false };
    ops.iter().all(|op| body.results.iter().any(|result| result.success && result.op_id == op.id()))
}
