//! HTTP: every field of every endpoint, required or optional, with values of every wrong type.

use crate::prelude::*;
use crate::support::endpoint::calls_with_body;
use syncproof_harness::world::replaced;
use syncproof_protocol::endpoint::ValueKind;

const SHAPE: &str = "http.wrong-shape";
const NO_5XX: &str = "http.no-5xx";
/// A report shows at most so many wrong answers.
const MAX_FAULTS: usize = 20;

cases! {
    /// Required and optional fields of every endpoint with values of every type that they do not have.
    "http/wrong-types-of-every-field" checks [SHAPE] by wrong_types;
    /// Cursors, versions and page sizes from 1e11 to beyond 1e300 are refused or taken, and never break the server.
    "http/very-large-numbers" checks [NO_5XX] by very_large;
    /// Ops whose attempts and times are far beyond what counters and calendars hold are taken or refused.
    "http/very-large-numbers-on-envelopes" checks [NO_5XX] by very_large_envelopes;
}

/// Numbers above the limits of calendars, of exact doubles, and of signed and unsigned integers.
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

/// These numbers in decimal, and one with more digits than a double can hold.
pub(crate) fn large_numbers() -> Vec<String> {
    LARGE.iter().map(|number| (*number).to_owned()).chain([format!("1{}", "0".repeat(400))]).collect()
}

/// The statuses that a server may answer to a value of a wrong type.
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
                    let what = format!("{} with {value} for {}", call.endpoint.name, field.pointer);
                    faults.push((answer, what));
                }
            }
        }
    }
    // The report shows every wrong answer, and the exchange of the first.
    if let Some((answer, first)) = faults.first() {
        let whats: Vec<String> = faults.iter().map(|(answer, what)| format!("{what}: {}", answer.outcome())).collect();
        let status = answer.status().map_or("no answer".to_owned(), |status| status.to_string());
        let message = format!("values of a wrong type must be refused with 400, and {first} gets {status}");
        return Err(answer.fails(SHAPE, message, "status 400 (or 410 for a page token)", whats.join("; ")));
    }
    still_serves(&anna, SHAPE).await?;
    anna.holds(&anna.home, &[], SHAPE).await
}

/// The body with a number in that place, written exactly so: some are too large for a [`Value`].
pub(crate) fn with_number(body: &Value, pointer: &str, number: &str) -> Vec<u8> {
    const PLACE: &str = "the number's place";
    replaced(body, pointer, json!(PLACE)).to_string().replace(&json!(PLACE).to_string(), number).into_bytes()
}

async fn very_large(context: Context) -> Checked {
    let (anna, mut journal) = Journal::with_user(&context, "push.all-tables").await?;
    journal.push_ok(&[anna.put("threads", "one"), anna.put("threads", "two")]).await.in_setup()?;
    for call in calls_with_body(&context, &anna).await? {
        // Retentions have a case of their own.
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
                anna.send(call.raw(body)).await.expect_status(SHAPE, statuses)?;
            }
        }
    }
    still_serves(&anna, NO_5XX).await?;
    journal.checks(NO_5XX).holds().await
}

async fn very_large_envelopes(context: Context) -> Checked {
    let mut journal = Journal::open(&context, NO_5XX).await?;
    for (field, negatives) in [("attempts", false), ("createdAt", true), ("nextAttemptAt", true)] {
        for number in large_numbers() {
            for sign in if negatives { &["", "-"][..] } else { &[""] } {
                let op = journal.put("threads", &format!("{field} {sign}{number:.30}"));
                let body = push_body(&journal.workspace, op.as_ref());
                let body = with_number(&body, &format!("/ops/0/{field}"), &format!("{sign}{number}"));
                let request = Request::raw(reqwest::Method::POST, endpoint::PUSH.path, Some(body));
                let answer = journal.user.send(request).await;
                journal.reconcile(&[op], answer).await?;
            }
        }
    }
    journal.push_ok(&journal.put("threads", "last")).await?;
    journal.holds().await
}
