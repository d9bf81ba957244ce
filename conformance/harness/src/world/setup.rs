//! The setup of a case: a failure in it says what was being set up.

use syncproof_protocol::failure::{Checked, Setup as _, Stop};

/// The outcome as one of the setup. A failure says with what it expects that the case was `doing`: what is wrong is the
/// same in every setup, and in a check.
pub(super) fn set_up<T>(outcome: Checked<T>, doing: impl FnOnce() -> String) -> Checked<T> {
    let outcome = outcome.map_err(|stop| match stop {
        Stop::Failed(mut failure) => {
            failure.expected = format!("{}, since the setup of the case is {}", failure.expected, doing());
            Stop::Failed(failure)
        }
        skipped => skipped,
    });
    outcome.in_setup()
}

#[cfg(test)]
mod tests {
    use super::*;
    use syncproof_protocol::failure::{Failure, Phase};

    #[test]
    fn a_failure_in_a_setup_says_what_was_set_up() {
        let broken: Checked = Err(Failure::new("member.owner-manages", "refused", "status 200", "status 403").into());
        let Err(Stop::Failed(failure)) = set_up(broken, || "adding 'ben' as editor".to_owned()) else {
            panic!("no failure")
        };
        assert_eq!(failure.phase, Phase::Setup);
        assert_eq!(failure.expected, "status 200, since the setup of the case is adding 'ben' as editor");
    }
}
