//! Answers: outside of faults every request gets one, and none is a 5xx.
//!
//! Sound as far as the history names its faults: what happens during one is not judged. A client that gives up on an answer
//! before it comes is not told from a server that sends none, so only statuses count.

use super::subject::{Checker, Subject};
use crate::anomaly::Anomalies;

pub(super) const CHECKER: Checker = Checker { name: "answers", requirements: &[NO_5XX], check };

const NO_5XX: &str = "http.no-5xx";

fn check(subject: &Subject, anomalies: &mut Anomalies) {
    let history = subject.history;
    for (index, call) in history.indexed().filter(|(_, call)| call.status >= 500) {
        if history.fault_between(call.began, call.ended).is_none() {
            let says = format!("was answered {}", call.status);
            anomalies.add(NO_5XX, || ("the server failed without a fault around it".to_owned(), vec![(index, says)]));
        }
    }
}
