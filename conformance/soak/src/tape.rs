//! The tape: the history of a round while it is recorded, as the lines of its file.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use syncproof_harness::client::Answer;
use syncproof_history::file::{FORMAT, FaultLine, Header};
use syncproof_protocol::simulation;

/// Records calls. Its clock begins with it.
#[derive(Debug)]
pub(crate) struct Tape {
    began: Instant,
    /// What the clock of a simulation told last.
    last_us: AtomicU64,
    lines: Mutex<Vec<u8>>,
}

/// A call, as a line of a history.
#[derive(Serialize)]
struct Line<'a> {
    client: &'a str,
    user: &'a str,
    began_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_us: Option<u64>,
    method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saw: Option<Box<RawValue>>,
}

impl Tape {
    /// An empty tape, whose clock begins now.
    pub(crate) fn new(target: &str) -> Self {
        let tape = Tape { began: Instant::now(), last_us: AtomicU64::new(0), lines: Mutex::default() };
        let made_by = Some(format!("syncproof {}", env!("CARGO_PKG_VERSION")));
        tape.write(&Header { syncproof_history: FORMAT, made_by, target: Some(target.to_owned()) });
        tape
    }

    /// The time on its clock, in microseconds. That of a simulation moves in steps, with much between two of them: there no two
    /// moments are the same, in the order in which they are asked for.
    pub(crate) fn now(&self) -> u64 {
        let now_us = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        if !simulation::is_on() {
            return now_us;
        }
        let now_us = now_us.max(self.last_us.load(Ordering::Relaxed) + 1);
        self.last_us.store(now_us, Ordering::Relaxed);
        now_us
    }

    /// Records a call that began then and ends now.
    pub(crate) fn record(&self, client: &str, user: &str, began_us: u64, answer: &Answer) {
        let exchange = answer.exchange();
        let is_answered = exchange.status.is_some();
        self.write(&Line {
            client,
            user,
            began_us,
            ended_us: is_answered.then(|| self.now()),
            method: &exchange.method,
            path: &exchange.path,
            sent: exchange.request.as_deref().and_then(one_line),
            status: exchange.status,
            saw: is_answered.then(|| one_line(&exchange.response)).flatten(),
        });
    }

    /// Records a fault that began then and ends now.
    pub(crate) fn record_fault(&self, fault: &str, began_us: u64) {
        self.write(&FaultLine { fault: fault.to_owned(), began_us, ended_us: Some(self.now()) });
    }

    /// The file that was recorded.
    pub(crate) fn into_file(self) -> Vec<u8> {
        self.lines.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, line: &impl Serialize) {
        // Texts, numbers and JSON can always be written.
        if let Ok(mut bytes) = serde_json::to_vec(line) {
            bytes.push(b'\n');
            self.lines.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&bytes);
        }
    }
}

/// JSON without line breaks; None if it is no JSON.
fn one_line(bytes: &[u8]) -> Option<Box<RawValue>> {
    let text = std::str::from_utf8(bytes).ok()?;
    if bytes.contains(&b'\n') || bytes.contains(&b'\r') {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        return serde_json::value::to_raw_value(&value).ok();
    }
    serde_json::from_str(text).ok()
}
