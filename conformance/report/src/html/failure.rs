//! One failure on the page: requirement, both sides, request and answer.

use super::text::{Span, anchor, with_code};
use crate::marked::{Part, marked};
use crate::pretty::pretty;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::requirement::{self, Level};
use syncproof_protocol::visible::visible;

pub(super) struct FailureView {
    pub(super) requirement: &'static str,
    pub(super) anchor: String,
    pub(super) level: Level,
    pub(super) sentence: Vec<Span>,
    pub(super) setup: bool,
    /// What is wrong, or nothing where it has been said already.
    pub(super) message: String,
    pub(super) expected: Vec<Part>,
    pub(super) actual: Vec<Part>,
    pub(super) exchange: Option<ExchangeView>,
}

pub(super) struct ExchangeView {
    pub(super) actor: String,
    pub(super) line: String,
    pub(super) request: Option<String>,
    pub(super) outcome: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) response: String,
    pub(super) milliseconds: u64,
}

impl FailureView {
    pub(super) fn of(failure: &Failure) -> Self {
        let (expected, actual) = marked(&visible(&failure.expected), &visible(&failure.actual));
        FailureView {
            requirement: failure.requirement,
            anchor: anchor("req", failure.requirement),
            level: requirement::level(failure.requirement),
            sentence: requirement::find(failure.requirement).map_or_else(Vec::new, |known| with_code(known.text)),
            setup: failure.phase == Phase::Setup,
            message: visible(&failure.message),
            expected,
            actual,
            exchange: failure.exchange.as_deref().map(ExchangeView::of),
        }
    }
}

impl ExchangeView {
    fn of(exchange: &Exchange) -> Self {
        let outcome = match (&exchange.error, exchange.status) {
            (None, Some(status)) => format!("Status {status}"),
            (error, _) => format!("No answer: {}", error.as_deref().unwrap_or("unknown")),
        };
        ExchangeView {
            actor: visible(&exchange.actor),
            line: visible(&format!("{} {}", exchange.method, exchange.path)),
            request: exchange.shown_request().map(|body| visible(&pretty(&body))),
            outcome: visible(&outcome),
            headers: exchange.headers.iter().map(|(name, value)| (visible(name), visible(value))).collect(),
            response: visible(&pretty(&exchange.shown_response())),
            milliseconds: exchange.duration_ms,
        }
    }
}
