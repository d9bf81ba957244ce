//! Cases that judge every answer of the run, after all others.

use syncproof_harness::case::{Case, Stage};
use syncproof_harness::world::Context;
use syncproof_protocol::failure::{Checked, Failure, Stop};

/// Cases of this file.
pub(super) const CASES: &[Case] = &[
    Case {
        id: "http/no-answer-was-a-5xx",
        requirements: &["http.no-5xx"],
        needs: &[],
        stage: Stage::Closing,
        summary: "Looks through every answer of the run for a 5xx.",
        run: |context| Box::pin(async move { nothing_broke(&context, "http.no-5xx", "a status under 500") }),
    },
    Case {
        id: "http/every-error-was-json",
        requirements: &["http.json-errors"],
        needs: &[],
        stage: Stage::Closing,
        summary: "Looks at the body of every error answer of the run.",
        run: |context| {
            Box::pin(async move {
                nothing_broke(&context, "http.json-errors", "a JSON object that agrees with the status line")
            })
        },
    },
    Case {
        id: "http/no-error-showed-internals",
        requirements: &["http.no-internals"],
        needs: &[],
        stage: Stage::Closing,
        summary: "Looks for SQL, stack traces, paths and source locations in every error of the run, of answers and of ops.",
        run: |context| {
            Box::pin(async move { nothing_broke(&context, "http.no-internals", "no trace of the server's inside") })
        },
    },
    Case {
        id: "http/private-answers-were-not-stored",
        requirements: &["http.no-store"],
        needs: &[],
        stage: Stage::Closing,
        summary: "Looks for Cache-Control: no-store on every session and sync answer of the run.",
        run: |context| Box::pin(async move { nothing_broke(&context, "http.no-store", "Cache-Control: no-store") }),
    },
];

/// Fails when the watch saw an offence, and skips when it saw nothing that it could have judged.
fn nothing_broke(context: &Context, requirement: &'static str, expected: &str) -> Checked {
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
