//! Cases that judge every answer of the run, after all others.

use syncproof_harness::cases;
use syncproof_harness::world::Context;
use syncproof_protocol::failure::{Checked, Failure, Stop};

cases! {
    /// Looks through every answer of the run for a 5xx.
    "http/no-answer-was-a-5xx" checks ["http.no-5xx"] runs Closing
        by nothing_broke("http.no-5xx", "a status under 500");
    /// Looks at the body of every error answer of the run.
    "http/every-error-was-json" checks ["http.json-errors"] runs Closing
        by nothing_broke("http.json-errors", "a JSON object that agrees with the status line");
    /// Looks for SQL, stack traces, paths and source locations in every error of the run, of answers and of ops.
    "http/no-error-showed-internals" checks ["http.no-internals"] runs Closing
        by nothing_broke("http.no-internals", "no trace of the server's inside");
    /// Looks for Cache-Control: no-store on every session and sync answer of the run.
    "http/private-answers-were-not-stored" checks ["http.no-store"] runs Closing
        by nothing_broke("http.no-store", "Cache-Control: no-store");
}

/// Fails when the watch saw an offence, and skips when it saw nothing that it could have judged.
async fn nothing_broke(context: Context, requirement: &'static str, expected: &str) -> Checked {
    let watch = context.recorder().watch();
    let about_errors = matches!(requirement, "http.json-errors" | "http.no-internals");
    let seen = if about_errors { watch.errors_seen() } else { watch.seen() };
    if seen == 0 {
        return Err(Stop::Skipped("no other case of this run brought an answer to look at".to_owned()));
    }
    match watch.offence(requirement) {
        None => Ok(()),
        Some(offence) => {
            let message = format!(
                "an answer breaks the rule, first in {0} (it shows again with --filter {0} beside this case)",
                offence.case
            );
            let mut failure = Failure::new(requirement, message, expected, offence.what);
            failure.exchange = Some(offence.exchange);
            Err(failure.into())
        }
    }
}
