//! Cases that judge every answer of the run, after all others.

use crate::prelude::*;

cases! {
    /// Looks through every answer of the run for a 5xx.
    "http/no-answer-was-a-5xx" checks ["http.no-5xx"] runs Closing
        by nothing_broke("http.no-5xx", "a status under 500");
    /// Looks at the body of every error answer of the run.
    "http/every-error-was-json" checks ["http.json-errors"] runs Closing
        by nothing_broke("http.json-errors", "a JSON object that agrees with the status line");
    /// Looks for SQL, stack traces, paths and source locations in every error of the run, of answers and of ops.
    "http/no-error-showed-internals" checks ["http.no-internals"] runs Closing
        by nothing_broke("http.no-internals", "no internals of the server");
    /// Looks for Cache-Control: no-store on every session and sync answer of the run.
    "http/private-answers-were-not-stored" checks ["http.no-store"] runs Closing
        by nothing_broke("http.no-store", "Cache-Control: no-store");
    /// Looks for the Content-Type of every answer of the run that is JSON.
    "http/every-json-answer-was-named-so" checks ["http.content-type"] runs Closing
        by nothing_broke("http.content-type", "Content-Type: application/json");
    /// Looks for the methods that every 405 of the run names.
    "http/refused-methods-named-the-others" checks ["http.allow"] runs Closing
        by nothing_broke("http.allow", "an Allow header, without the method that was refused");
}

/// Fails when an answer of the run broke the rule; skips when there was none that the rule is about.
async fn nothing_broke(context: Context, requirement: &'static str, expected: &str) -> Checked {
    let watch = context.recorder().watch();
    let about_errors = matches!(requirement, "http.json-errors" | "http.no-internals");
    let seen = if about_errors { watch.errors_seen() } else { watch.seen() };
    if seen == 0 {
        return Err(Stop::Skipped("no other case of this run received an answer to check".to_owned()));
    }
    match watch.offence(requirement) {
        None => Ok(()),
        Some(offence) => {
            let message = format!(
                "answers of the run break the rule: {}; the first is in {}",
                offence.first_endpoints(),
                offence.case
            );
            let actual = format!("{}; all of them: {}", offence.what, offence.endpoints());
            let mut failure = Failure::new(requirement, message, expected, actual);
            failure.exchange = Some(offence.exchange);
            failure.found_in = Some(offence.case);
            Err(failure.into())
        }
    }
}
