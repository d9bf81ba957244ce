//! The requests of one case that wait for their answer: what shows why the case is not ready when its time is over.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use syncproof_protocol::exchange::Exchange;

/// The requests that have no answer yet, in the order in which they were sent.
#[derive(Debug, Default)]
pub(super) struct OpenRequests(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sent: u64,
    open: BTreeMap<u64, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    request: Exchange,
    started: Instant,
}

/// A request that waits for its answer, until this is dropped.
#[derive(Debug)]
pub(super) struct OpenRequest<'a> {
    all: &'a OpenRequests,
    number: u64,
}

impl OpenRequests {
    /// Adds a request that is sent now.
    pub(super) fn begin(&self, request: Exchange) -> OpenRequest<'_> {
        let waiting = Waiting { request, started: Instant::now() };
        let number = self.change(|state| {
            state.sent += 1;
            state.open.insert(state.sent, waiting);
            state.sent
        });
        OpenRequest { all: self, number }
    }

    /// The request that has waited longest, as an exchange without an answer.
    pub(super) fn oldest(&self) -> Option<Exchange> {
        self.change(|state| {
            let (_, waiting) = state.open.first_key_value()?;
            let mut exchange = waiting.request.clone();
            exchange.duration_ms = u64::try_from(waiting.started.elapsed().as_millis()).unwrap_or(u64::MAX);
            exchange.error = Some("none before the time of the case was over".to_owned());
            Some(exchange)
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for OpenRequest<'_> {
    fn drop(&mut self) {
        self.all.change(|state| state.open.remove(&self.number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_that_waits_longest_is_shown_until_it_has_its_answer() {
        let requests = OpenRequests::default();
        let get = |actor, path| requests.begin(Exchange::unanswered(actor, "GET", path, None));
        let (first, second) = (get("anna", "/one"), get("ben", "/two"));
        let shown = || requests.oldest().map(|exchange| (exchange.actor, exchange.path));
        assert_eq!(shown(), Some(("anna".to_owned(), "/one".to_owned())));
        drop(first);
        assert_eq!(shown(), Some(("ben".to_owned(), "/two".to_owned())));
        drop(second);
        assert_eq!(shown(), None);
    }
}
