//! The story of a case: the requests that it sent, in order, and which of them show a failure.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use syncproof_harness::case::CaseReport;
use syncproof_harness::client::{Proof, Sent};

/// How many requests of one case the JSON report and the page have.
pub(super) const MAX_KEPT: usize = 16;
/// Around the requests of more failures than this, no others are kept.
const MAX_FAILURES: usize = 3;

/// The requests of one case, or those of its beginning, its end and around its failures.
pub(super) struct Story<'a> {
    /// How many requests there were.
    pub(super) sent: usize,
    /// Those that are kept, in order.
    pub(super) requests: Vec<Request<'a>>,
}

/// One request of a story.
pub(super) struct Request<'a> {
    /// Its place in the story, from 1.
    pub(super) number: usize,
    /// How many requests directly before it are not kept.
    pub(super) left_out: usize,
    /// The request and its answer.
    pub(super) sent: &'a Sent,
    /// Whether it shows a failure.
    pub(super) is_wrong: bool,
}

impl<'a> Story<'a> {
    /// The story of a case with failures, with about `most` requests; None when it sent none.
    pub(super) fn of(report: &'a CaseReport, most: usize) -> Option<Self> {
        let all = &report.transcript.sent;
        let shown: Vec<_> = report.failures.iter().filter_map(|failure| failure.exchange.as_ref()).collect();
        let is_wrong = |sent: &Sent| shown.iter().any(|shown| Arc::ptr_eq(shown, &sent.exchange));
        let wrong: Vec<usize> = (0..all.len()).filter(|place| is_wrong(&all[*place])).take(MAX_FAILURES).collect();
        let part = (most / 4).max(1);
        let is_kept = |place: usize| {
            all.len() <= most
                || place < part
                || place + part >= all.len()
                || wrong.iter().any(|wrong| place + part > *wrong && place <= *wrong + 1)
        };
        let mut requests: Vec<Request<'a>> = Vec::new();
        for (place, sent) in all.iter().enumerate().filter(|(place, _)| is_kept(*place)) {
            let before = requests.last().map_or(0, |request| request.number);
            let (number, left_out) = (place + 1, place - before);
            requests.push(Request { number, left_out, sent, is_wrong: wrong.contains(&place) });
        }
        let sent = all.len() + report.transcript.left_out;
        (!report.failures.is_empty() && !requests.is_empty()).then_some(Story { sent, requests })
    }

    /// How many requests after the last one are not kept.
    pub(super) fn left_out_at_end(&self) -> usize {
        self.sent - self.requests.last().map_or(0, |request| request.number)
    }
}

impl Request<'_> {
    /// Who sent it, and how, unless it was with a valid credential to the target itself.
    pub(super) fn who(&self) -> String {
        let actor = &self.sent.exchange.actor;
        let credential = match &self.sent.proof {
            Proof::Good(_) | Proof::Unknown => "",
            Proof::Anonymous if actor == "anonymous" => "",
            Proof::Anonymous => " without a credential",
            Proof::EndingIn(_, seconds) if *seconds < 0 => " with an expired credential",
            Proof::EndingIn(..) => " with a credential that expires soon",
            Proof::Forged(..) => " with an invalid credential",
        };
        let elsewhere = self.sent.elsewhere.as_ref().map_or("", |_| " at another address");
        format!("{actor}{credential}{elsewhere}")
    }

    /// Method and path.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.sent.exchange.method, self.sent.exchange.path)
    }

    /// The status, or why there was no answer.
    pub(super) fn outcome(&self) -> String {
        match (&self.sent.exchange.error, self.sent.exchange.status) {
            (None, Some(status)) => status.to_string(),
            (error, _) => format!("no answer: {}", error.as_deref().unwrap_or("unknown")),
        }
    }
}

/// The requests that a case sent, in order. Of a long story, those of its beginning, its end and around its failures.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Story")]
pub(super) struct StoryEntry {
    /// How many requests the case sent in the run that is reported.
    sent: usize,
    /// The requests that are kept.
    requests: Vec<RequestEntry>,
}

/// One request of a case, and the status of its answer. The bodies are in the page and in the bundle of the case.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StoryRequest")]
struct RequestEntry {
    /// Its place among all requests of the case, from 1. Where a number is missing, requests are left out.
    number: usize,
    /// The user who sent it, and how, unless it was with a valid credential to the target itself.
    who: String,
    /// HTTP method.
    method: String,
    /// Path and query, without the target's address.
    path: String,
    /// Status of the answer; null when there was none.
    status: Option<u16>,
    /// Why there was no answer; absent when there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Whether it shows a failure of the case.
    shows_failure: bool,
    /// When it was sent, in milliseconds from the start of the case.
    at_ms: u128,
    /// From the first byte sent to the last byte read, in milliseconds.
    duration_ms: u64,
}

impl From<&Story<'_>> for StoryEntry {
    fn from(story: &Story<'_>) -> Self {
        StoryEntry { sent: story.sent, requests: story.requests.iter().map(RequestEntry::from).collect() }
    }
}

impl From<&Request<'_>> for RequestEntry {
    fn from(entry: &Request<'_>) -> Self {
        let exchange = &entry.sent.exchange;
        RequestEntry {
            number: entry.number,
            who: entry.who(),
            method: exchange.method.clone(),
            path: exchange.path.clone(),
            status: exchange.status,
            error: exchange.error.clone(),
            shows_failure: entry.is_wrong,
            at_ms: entry.sent.started.as_millis(),
            duration_ms: exchange.duration_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::test_case::CASE;
    use syncproof_harness::case::Status;
    use syncproof_protocol::exchange::Exchange;
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
        assert_eq!(story.requests.iter().map(|request| request.left_out).collect::<Vec<_>>(), [0, 0, 26, 0, 0, 27, 0]);
        assert!(story.requests.iter().all(|request| request.is_wrong == (request.number == 30)));
    }

    #[test]
    fn what_was_not_recorded_is_counted_at_the_end() {
        let mut report = report(3, None);
        report.transcript.left_out = 37;
        let story = Story::of(&report, 8).expect("a story");
        assert_eq!((story.sent, story.left_out_at_end()), (40, 37));
    }
}
