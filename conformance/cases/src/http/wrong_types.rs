//! HTTP: every field of every endpoint, optional ones as well, with values of every wrong type.

use serde_json::{Value, json};

use crate::http::wrong_requests::still_serves;
use crate::support::endpoint::calls_with_body;
use syncproof_harness::cases;
use syncproof_harness::client::{Answer, Request};
use syncproof_harness::world::sync::push_body;
use syncproof_harness::world::{Context, Journal, replaced};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::endpoint::{self, ValueKind};
use syncproof_protocol::failure::{Checked, Setup as _};

const SHAPE: &str = "http.wrong-shape";
const NO_5XX: &str = "http.no-5xx";
/// More wrong answers than a reader wants to see at once.
const MAX_FAULTS: usize = 20;

cases! {
    /// Required and optional fields of every endpoint with values of every type that they do not have.
    "http/wrong-types-of-every-field" checks [SHAPE] by wrong_types;
    /// Cursors, versions and page sizes from 1e11 to beyond 1e300 are refused or taken, and never break the server.
    "http/very-large-numbers" checks [NO_5XX] by very_large;
    /// Ops whose attempts and times are far beyond what counters and calendars hold are taken or refused.
    "http/very-large-numbers-on-envelopes" checks [NO_5XX] by very_large_envelopes;
}

/// Numbers beyond what is a year, a double's exact range, a signed and an unsigned integer.
const LARGE: &[&str] = &[
    "100000000000",
    "316224000000",
    "10000000000000",
    "1000000000000000",
    "9007199254740991",
    "9007199254740993.5",
    "9223372036854775",
    "9223372036854776",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "100000000000000000000",
    "1e20",
    "1e300",
    "1e400",
];

/// These numbers as they are written, with one of more digits than a double has room for.
pub(crate) fn large_numbers() -> Vec<String> {
    LARGE.iter().map(|number| (*number).to_owned()).chain([format!("1{}", "0".repeat(400))]).collect()
}

/// What a server may answer to a value of a wrong type.
fn allowed(kind: ValueKind) -> &'static [u16] {
    match kind {
        ValueKind::PageToken => &[400, 410],
        ValueKind::Unused => &[200, 400, 403, 404],
        _ => &[400],
    }
}

async fn wrong_types(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let mut faults: Vec<(Answer, String)> = Vec::new();
    for call in calls_with_body(&context, &anna).await? {
        for field in call.endpoint.fields() {
            for value in field.kind.wrong_values() {
                if faults.len() == MAX_FAULTS {
                    break;
                }
                let answer = anna.send(call.with(&call.replaced(field.pointer, value.clone()))).await;
                if !answer.is(allowed(field.kind)) {
                    let what =
                        format!("{} with {value} for {}: {}", call.endpoint.name, field.pointer, answer.outcome());
                    faults.push((answer, what));
                }
            }
        }
    }
    // Every wrong answer is told, with the first one's exchange.
    if let Some((answer, _)) = faults.first() {
        let what: Vec<&str> = faults.iter().map(|(_, what)| what.as_str()).collect();
        let message = "values of a wrong type are not refused as such";
        return Err(answer.fails(SHAPE, message, "status 400 (410 for a token, too)", what.join("; ")));
    }
    still_serves(&anna, SHAPE).await?;
    anna.holds(&anna.home, &[], SHAPE).await
}

/// The body with a number in that place, written just so: some are too large for a [`Value`].
pub(crate) fn with_number(body: &Value, pointer: &str, number: &str) -> Vec<u8> {
    const PLACE: &str = "the number's place";
    replaced(body, pointer, json!(PLACE)).to_string().replace(&json!(PLACE).to_string(), number).into_bytes()
}

async fn very_large(context: Context) -> Checked {
    let anna = context.user("anna").await?;
    let ops = [anna.put("threads", "one"), anna.put("threads", "two")];
    anna.push_ok(&anna.home, &ops, "push.all-tables").await.in_setup()?;
    for call in calls_with_body(&context, &anna).await? {
        // What retentions do is told by a case of their own.
        if call.endpoint.capability == Some(Capability::Gc) {
            continue;
        }
        for field in call.endpoint.fields() {
            let statuses: &[u16] = match field.kind {
                ValueKind::Count { .. } => &[200, 400],
                ValueKind::PageSize => &[400],
                _ => continue,
            };
            for number in large_numbers() {
                let body = with_number(&call.body, field.pointer, &number);
                anna.send(call.raw(body)).await.expect_status(NO_5XX, statuses)?;
            }
        }
    }
    still_serves(&anna, NO_5XX).await?;
    anna.holds(&anna.home, &ops, NO_5XX).await
}

async fn very_large_envelopes(context: Context) -> Checked {
    let mut journal = Journal::open(&context, NO_5XX).await?;
    for (field, negatives) in [("attempts", false), ("createdAt", true), ("nextAttemptAt", true)] {
        for number in large_numbers() {
            for sign in if negatives { &["", "-"][..] } else { &[""] } {
                let (user, home) = (&journal.user, &journal.workspace);
                let op = user.put("threads", &format!("{field} {sign}{number:.30}"));
                let body = push_body(home, std::slice::from_ref(&op));
                let body = with_number(&body, &format!("/ops/0/{field}"), &format!("{sign}{number}"));
                let answer = user.send(Request::raw(reqwest::Method::POST, endpoint::PUSH.path, Some(body))).await;
                journal.reconcile(&[op], answer).await?;
            }
        }
    }
    let last = journal.user.put("threads", "last");
    journal.push_ok(&[last]).await?;
    journal.holds().await
}
