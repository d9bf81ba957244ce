//! The setup of a case: a failure in it says what was being set up.

use syncproof_protocol::endpoint;
use syncproof_protocol::exchange::Exchange;
use syncproof_protocol::failure::{Checked, Failure, Setup as _, Stop};

/// Stands between what is expected and what is being set up.
const SINCE: &str = ", since the setup of the case is ";

/// The outcome as one of the setup. A failure says with what it expects that the case was `doing`: what is wrong is the
/// same in every setup, and in a check.
pub(super) fn set_up<T>(outcome: Checked<T>, doing: impl FnOnce() -> String) -> Checked<T> {
    let outcome = outcome.map_err(|stop| match stop {
        Stop::Failed(mut failure) => {
            failure.expected = format!("{}{SINCE}{}", failure.expected, doing());
            Stop::Failed(failure)
        }
        skipped => skipped,
    });
    outcome.in_setup()
}

/// Adds to a failure in the setup of a case what was being set up, where that is not said yet, and what the case wants to
/// check with it.
pub(crate) fn explained(failure: &mut Failure, case_summary: &str) {
    if !failure.expected.contains(SINCE)
        && let Some(exchange) = &failure.exchange
    {
        let doing = doing(exchange);
        failure.expected = format!("{}{SINCE}{doing}", failure.expected);
    }
    let purpose = case_summary.trim_end_matches('.');
    failure.expected = format!("{}; it prepares the check: {purpose}", failure.expected);
}

/// What the request of a setup does, in words.
fn doing(exchange: &Exchange) -> String {
    let path = exchange.path.split('?').next().unwrap_or_default();
    let found = endpoint::find(&exchange.method, path);
    let what = match found.map(|endpoint| endpoint.path) {
        Some(path) if path == endpoint::SESSION.path => "logging in",
        Some(path) if path == endpoint::ACTIVATE.path => "activating a workspace",
        Some(path) if path == endpoint::PUSH.path => "pushing the ops that the check is about",
        Some(path) if path == endpoint::PULL.path => "reading the log before it",
        Some(path) if path == endpoint::SNAPSHOT.path => "reading the state before it",
        Some(path) if path == endpoint::UPDATE_CURSOR.path => "reporting how far a device has read",
        _ => "this request",
    };
    format!("{what} as '{}' ({} {})", exchange.actor, exchange.method, exchange.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use syncproof_protocol::failure::Phase;

    #[test]
    fn a_failure_in_a_setup_says_what_was_set_up() {
        let broken: Checked = Err(Failure::new("member.owner-manages", "refused", "status 200", "status 403").into());
        let Err(Stop::Failed(failure)) = set_up(broken, || "adding 'ben' as editor".to_owned()) else {
            panic!("no failure")
        };
        assert_eq!(failure.phase, Phase::Setup);
        assert_eq!(failure.expected, "status 200, since the setup of the case is adding 'ben' as editor");
    }

    #[test]
    fn a_setup_without_words_of_its_own_is_named_by_its_request() {
        let mut failure = Failure::new("push.all-tables", "refused", "status 200", "status 403");
        failure.exchange = Some(Arc::new(Exchange::unanswered("anna", "POST", "/api/sync/push", None)));
        explained(&mut failure, "Deletes a record twice.");
        let expected = "status 200, since the setup of the case is pushing the ops that the check is about as 'anna' \
            (POST /api/sync/push); it prepares the check: Deletes a record twice";
        assert_eq!(failure.expected, expected);
    }
}
