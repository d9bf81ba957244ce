//! An answer, and checks of it. The failure of a check contains the exchange that shows it.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use syncproof_protocol::deep_json;
use syncproof_protocol::difference::{first_difference, shown};
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::failure::{Checked, Failure, Stop};

/// The answer to one request, or the fact that none was received.
#[derive(Debug, Clone)]
pub struct Answer {
    exchange: Arc<Exchange>,
}

impl Answer {
    /// The answer in that exchange.
    #[must_use]
    pub fn new(exchange: Arc<Exchange>) -> Self {
        Answer { exchange }
    }

    /// The exchange.
    #[must_use]
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.exchange
    }

    /// The status; None when no answer was received.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.exchange.status
    }

    /// Whether the status is one of these.
    #[must_use]
    pub fn is(&self, statuses: &[u16]) -> bool {
        self.status().is_some_and(|status| statuses.contains(&status))
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status().is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether the status is 4xx.
    #[must_use]
    pub fn is_4xx(&self) -> bool {
        self.status().is_some_and(|status| (400..500).contains(&status))
    }

    /// The body, if it is JSON.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        deep_json::read(&self.exchange.response).ok()
    }

    /// A failure of that requirement that this answer shows.
    #[must_use]
    pub fn fails(
        &self,
        requirement: &'static str,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Stop {
        let mut failure = Failure::new(requirement, message, expected, actual);
        failure.exchange = Some(Arc::clone(&self.exchange));
        failure.into()
    }

    /// Fails unless the status is one of these.
    ///
    /// # Errors
    /// The failure, with what was expected and what was received.
    pub fn expect_status(&self, requirement: &'static str, statuses: &[u16]) -> Checked {
        // Nearly every request passes here: the message is made only where it is needed.
        if self.is(statuses) {
            return Ok(());
        }
        let message = format!("{} {} has the wrong status", self.exchange.method, self.exchange.path);
        self.expect_one_of(requirement, statuses, message)
    }

    /// Fails unless the status is one of these: as `expect_status`, with a message of its own.
    ///
    /// # Errors
    /// The failure, with the status that was received.
    pub fn expect_one_of(&self, requirement: &'static str, statuses: &[u16], message: impl Into<String>) -> Checked {
        let names: Vec<String> = statuses.iter().map(u16::to_string).collect();
        self.check(requirement, self.is(statuses), message, format!("status {}", names.join(" or ")))
    }

    /// Fails unless the status is 4xx.
    ///
    /// # Errors
    /// The failure, with the status that was received.
    pub fn expect_4xx(&self, requirement: &'static str, message: impl Into<String>) -> Checked {
        self.check(requirement, self.is_4xx(), message, "a status from 400 to 499")
    }

    /// Fails unless there is an answer with a status under 500.
    ///
    /// # Errors
    /// The failure, with the status that was received.
    pub fn expect_no_5xx(&self, requirement: &'static str, message: impl Into<String>) -> Checked {
        self.check(requirement, self.status().is_some_and(|status| status < 500), message, "a status under 500")
    }

    /// Fails unless `holds`, and reports what the server answered.
    ///
    /// # Errors
    /// The failure, with what was expected and the outcome of the exchange.
    pub fn check(
        &self,
        requirement: &'static str,
        holds: bool,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Checked {
        self.ensure(requirement, holds, message, expected, self.outcome())
    }

    /// Fails unless the request was refused as forbidden for the user: 403 or 404.
    ///
    /// # Errors
    /// The failure, with what was expected and what was received.
    pub fn expect_forbidden(&self, requirement: &'static str) -> Checked {
        self.expect_status(requirement, &[403, 404])
    }

    /// Fails unless the request succeeded with a body of that shape (200, or 201 where something is created).
    ///
    /// # Errors
    /// The failure, with what was expected and what was received.
    pub fn read<T: DeserializeOwned>(&self, requirement: &'static str) -> Checked<T> {
        self.expect_status(requirement, &[200, 201])?;
        deep_json::read(&self.exchange.response).map_err(|error| {
            let shape = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
            self.fails(
                requirement,
                format!("the body of {} {} has the wrong shape", self.exchange.method, self.exchange.path),
                format!("the shape of {shape} in section 2 of the requirements"),
                format!("{error}: {}", self.exchange.shown_response()),
            )
        })
    }

    /// Fails unless `holds`.
    ///
    /// # Errors
    /// The failure, with what was expected and what was received.
    pub fn ensure(
        &self,
        requirement: &'static str,
        holds: bool,
        message: impl Into<String>,
        expected: impl Into<String>,
        actual: impl Into<String>,
    ) -> Checked {
        if holds { Ok(()) } else { Err(self.fails(requirement, message, expected, actual)) }
    }

    /// Fails unless both are equal as JSON values; the order of keys does not matter.
    ///
    /// # Errors
    /// The failure, with both sides.
    pub fn equal(
        &self,
        requirement: &'static str,
        message: impl Into<String>,
        expected: impl Serialize,
        actual: impl Serialize,
    ) -> Checked {
        let (expected, actual) = (to_json(&expected), to_json(&actual));
        let Some(place) = first_difference(&expected, &actual) else { return Ok(()) };
        // Short values are shown completely, long ones only at the place where they differ.
        let side = |whole: &Value, value| {
            let all = shown(Some(whole));
            if place.pointer.is_empty() || all.len() <= 160 {
                all
            } else {
                format!("at {}: {}", place.pointer, shown(value))
            }
        };
        let (left, right) = (side(&expected, place.left), side(&actual, place.right));
        let message = match place.pointer.as_str() {
            "" => message.into(),
            pointer => format!("{} (first difference at {pointer})", message.into()),
        };
        Err(self.fails(requirement, message, left, right))
    }

    /// The answer in a few words.
    #[must_use]
    pub fn outcome(&self) -> String {
        self.exchange.outcome()
    }
}

/// The value as JSON. A value that cannot be JSON becomes the text of the error; the suite compares none.
fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| Value::String(error.to_string()))
}
