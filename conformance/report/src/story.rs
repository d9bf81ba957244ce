//! The story of a case: the requests that it sent, in order, and which of them show a failure.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use syncproof_harness::case::CaseReport;
use syncproof_harness::client::{Proof, Sent};
use syncproof_protocol::exchange::Exchange;

/// How many requests of one case the JSON report and the page have.
pub(super) const MAX_KEPT: usize = 16;
/// Around the requests of more failures than this, no others are kept.
const MAX_FAILURES: usize = 3;

/// The requests that a case sent, in order. Of a long story, those of its beginning, its end and around its failures.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Story {
    /// How many requests the case sent in the run that is reported.
    pub(super) sent: usize,
    /// The requests that are kept.
    pub(super) requests: Vec<Request>,
}

/// One request of a case, and the status of its answer. The bodies are in the page and in the bundle of the case.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "StoryRequest")]
pub(super) struct Request {
    /// Its place among all requests of the case, from 1. Where a number is missing, requests are left out.
    pub(super) number: usize,
    /// The user who sent it, and how, unless it was with a valid credential to the target itself.
    pub(super) who: String,
    /// HTTP method.
    method: String,
    /// Path and query, without the target's address.
    path: String,
    /// Status of the answer; null when there was none.
    pub(super) status: Option<u16>,
    /// Why there was no answer; absent when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Whether it shows a failure of the case.
    pub(super) shows_failure: bool,
    /// When it was sent, in milliseconds from the start of the case.
    pub(super) at_ms: u64,
    /// From the first byte sent to the last byte read, in milliseconds.
    duration_ms: u64,
    /// The whole exchange; None in a story that was read from a report, except for the one of the failure.
    #[serde(skip)]
    pub(super) exchange: Option<Arc<Exchange>>,
}

impl Story {
    /// The story of a case with failures, with about `most` requests; None when it sent none.
    pub(super) fn of(report: &CaseReport, most: usize) -> Option<Self> {
        let all = &report.transcript.sent;
        let shown: Vec<_> = report.failures.iter().filter_map(|failure| failure.exchange.as_ref()).collect();
        let is_wrong = |sent: &&Sent| shown.iter().any(|shown| Arc::ptr_eq(shown, &sent.exchange));
        let wrong = all.iter().filter(is_wrong).take(MAX_FAILURES).map(|sent| &sent.exchange).collect::<Vec<_>>();
        let is_marked = |sent: &Sent| wrong.iter().any(|wrong| Arc::ptr_eq(wrong, &sent.exchange));
        let requests = (1..).zip(all).map(|(number, sent)| Request::of(number, sent, is_marked(sent))).collect();
        let story = Story { sent: all.len() + report.transcript.left_out, requests };
        (!report.failures.is_empty() && !all.is_empty()).then(|| story.shortened(most))
    }

    /// The same with about `most` requests.
    pub(super) fn shortened(self, most: usize) -> Self {
        let last = self.requests.last().map_or(0, |request| request.number);
        let wrong: Vec<usize> = self.requests.iter().filter(|it| it.shows_failure).map(|it| it.number).collect();
        let part = (most / 4).max(1);
        let is_kept = |request: &Request| {
            let number = request.number;
            number <= part
                || number + part > last
                || wrong.iter().any(|wrong| number + part > *wrong && number <= *wrong + 1)
        };
        let mut requests = self.requests;
        if requests.len() > most {
            requests.retain(is_kept);
        }
        Story { sent: self.sent, requests }
    }

    /// The same with the exchanges of the failures, for a story that was read from a report.
    pub(super) fn with_failures(mut self, report: &CaseReport) -> Self {
        let mut shown: Vec<_> = report.failures.iter().filter_map(|failure| failure.exchange.clone()).collect();
        for request in self.requests.iter_mut().filter(|request| request.shows_failure) {
            let is_same = |shown: &Arc<Exchange>| shown.method == request.method && shown.path == request.path;
            request.exchange = shown.iter().position(is_same).map(|place| shown.remove(place));
        }
        self
    }

    /// Each request that is kept, with the number of those directly before it that are not.
    pub(super) fn with_gaps(&self) -> impl Iterator<Item = (usize, &Request)> {
        let before = std::iter::once(0).chain(self.requests.iter().map(|request| request.number));
        before.zip(&self.requests).map(|(before, request)| (request.number.saturating_sub(before + 1), request))
    }

    /// How many requests after the last one are not kept.
    pub(super) fn left_out_at_end(&self) -> usize {
        self.sent.saturating_sub(self.requests.last().map_or(0, |request| request.number))
    }
}

impl Request {
    fn of(number: usize, sent: &Sent, shows_failure: bool) -> Self {
        let exchange = &sent.exchange;
        Request {
            number,
            who: who(sent),
            method: exchange.method.clone(),
            path: exchange.path.clone(),
            status: exchange.status,
            error: exchange.error.clone(),
            shows_failure,
            at_ms: u64::try_from(sent.started.as_millis()).unwrap_or(u64::MAX),
            duration_ms: exchange.duration_ms,
            exchange: Some(Arc::clone(exchange)),
        }
    }

    /// The user who sent it.
    pub(super) fn user(&self) -> &str {
        let of_who = || HOW.iter().fold(self.who.as_str(), |who, how| who.split(how).next().unwrap_or(who));
        self.exchange.as_ref().map_or_else(of_who, |exchange| &exchange.actor)
    }

    /// Method and path.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The status, or why there was no answer.
    pub(super) fn outcome(&self) -> String {
        match (&self.error, self.status) {
            (None, Some(status)) => status.to_string(),
            (error, _) => format!("no answer: {}", error.as_deref().unwrap_or("unknown")),
        }
    }
}

/// What follows the name of the user in [`who`].
const HOW: [&str; 3] = [" with a", " without a", " at another"];

/// Who sent it, and how, unless it was with a valid credential to the target itself.
fn who(sent: &Sent) -> String {
    let actor = &sent.exchange.actor;
    let credential = match &sent.proof {
        Proof::Good(_) | Proof::Unknown => "",
        Proof::Anonymous if actor == "anonymous" => "",
        Proof::Anonymous => " without a credential",
        Proof::EndingIn(_, seconds) if *seconds < 0 => " with an expired credential",
        Proof::EndingIn(..) => " with a credential that expires soon",
        Proof::BeginningIn(_, seconds) if *seconds > 0 => " with a credential that is not valid yet",
        Proof::BeginningIn(..) => "",
        Proof::Forged(..) => " with an invalid credential",
    };
    let elsewhere = sent.elsewhere.as_ref().map_or("", |_| " at another address");
    format!("{actor}{credential}{elsewhere}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::test_case::CASE;
    use syncproof_harness::case::Status;
    use syncproof_protocol::failure::Failure;

    /// A case that sent so many requests, of which this one, counted from 0, shows the failure.
    fn report(requests: usize, wrong: Option<usize>) -> CaseReport {
        let mut report = CaseReport::without_run(&CASE, Status::Failed, String::new());
        for _ in 0..requests {
            report.transcript.sent.push(Sent {
                exchange: Arc::new(Exchange::unanswered("anna", "GET", "/api/session", None)),
                proof: Proof::Unknown,
                started: Duration::ZERO,
                ended: Duration::ZERO,
                elsewhere: None,
            });
        }
        let mut failure = Failure::new("pull.complete", "what is wrong", "one", "another");
        failure.exchange = wrong.map(|wrong| Arc::clone(&report.transcript.sent[wrong].exchange));
        report.failures = vec![failure];
        report
    }

    fn numbers(report: &CaseReport) -> Vec<usize> {
        Story::of(report, 8)
            .map(|story| story.requests.iter().map(|request| request.number).collect())
            .unwrap_or_default()
    }

    #[test]
    fn a_short_story_is_whole_and_a_case_without_requests_has_none() {
        assert_eq!(numbers(&report(3, Some(2))), [1, 2, 3]);
        assert!(Story::of(&report(0, None), 8).is_none());
    }

    #[test]
    fn a_long_story_keeps_its_ends_and_what_is_around_the_failure() {
        let report = report(60, Some(29));
        assert_eq!(numbers(&report), [1, 2, 29, 30, 31, 59, 60]);
        let story = Story::of(&report, 8).expect("a story");
        assert_eq!(story.with_gaps().map(|(left_out, _)| left_out).collect::<Vec<_>>(), [0, 0, 26, 0, 0, 27, 0]);
        assert!(story.requests.iter().all(|request| request.shows_failure == (request.number == 30)));
    }

    #[test]
    fn a_story_from_a_report_is_shortened_as_that_of_a_run() {
        let report = report(60, Some(29));
        let kept = Story::of(&report, 16).expect("a story");
        let text = serde_json::to_string(&kept).expect("JSON");
        let read: Story = serde_json::from_str(&text).expect("a story");
        let read = read.with_failures(&report);
        let with_bodies: Vec<usize> =
            read.requests.iter().filter(|request| request.exchange.is_some()).map(|request| request.number).collect();
        assert_eq!(with_bodies, [30]);
        let numbers_of = |story: Story| story.requests.iter().map(|request| request.number).collect::<Vec<_>>();
        assert_eq!(numbers_of(read.shortened(8)), numbers(&report));
    }

    #[test]
    fn what_was_not_recorded_is_counted_at_the_end() {
        let mut report = report(3, None);
        report.transcript.left_out = 37;
        let story = Story::of(&report, 8).expect("a story");
        assert_eq!((story.sent, story.left_out_at_end()), (40, 37));
    }
}
