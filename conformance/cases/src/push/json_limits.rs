//! Push: valid JSON at the limits of what parsers accept. Answers are read as text where a JSON parser has limits of its
//! own.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::prelude::*;
use syncproof_protocol::endpoint;

const BROKEN: &str = "http.no-5xx";
const DEEP: &str = "http.deep-json";
const ROUND_TRIP: &str = "push.payload-round-trips";
const REPLAY: &str = "op.replay-same-version";

cases! {
    /// Payloads nested from 60 to 5000 levels deep are refused, or stored and given back as they were.
    "push/nesting-of-every-depth" checks [DEEP, BROKEN, ROUND_TRIP, REPLAY] by nesting;
    /// 1e999, its negative and numbers of thousands of digits are refused or taken; every later pull is JSON.
    "push/numbers-beyond-doubles" checks [BROKEN, ROUND_TRIP] by beyond_doubles;
}

/// A push's answer, as far as it can be read whatever stands in it.
#[derive(Deserialize)]
struct Pushed {
    results: Vec<PushedOp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PushedOp {
    success: bool,
    #[serde(default, deserialize_with = "syncproof_protocol::wire::optional_whole")]
    server_version: Option<u64>,
}

/// A pull's answer likewise.
#[derive(Deserialize)]
struct Pulled {
    changes: Vec<PulledChange>,
}

#[derive(Deserialize)]
struct PulledChange {
    pk: String,
    payload: Box<RawValue>,
}

/// A payload with a value in the place of every kind: of a key, which may be anything.
#[derive(Deserialize)]
struct Valued {
    value: Box<RawValue>,
}

/// Where the text for a value goes.
pub(crate) const HERE: &str = "\"the value goes here\"";

/// The value that becomes [`HERE`] in a body.
pub(crate) const PLACE: &str = "the value goes here";

/// The push of an op that has [`HERE`] somewhere, with that text in its place.
pub(crate) async fn push_text(user: &User, journal: &Journal, op: &Op, text: &str) -> Answer {
    let body = push_body(&journal.workspace, std::slice::from_ref(op)).to_string().replace(HERE, text);
    user.send(Request::raw(reqwest::Method::POST, endpoint::PUSH.path, Some(body.into_bytes()))).await
}

/// The version of an op that was taken, or none when it was refused in whatever way; anything else is a failure.
fn version(answer: &Answer, what: &str) -> Checked<Option<u64>> {
    let handled = answer.is(&[200]) || answer.status().is_some_and(|status| (400..500).contains(&status));
    let message = format!("{what} is neither taken nor refused");
    answer.ensure(BROKEN, handled, message, "200 or a 4xx", answer.outcome())?;
    if !answer.is(&[200]) {
        return Ok(None);
    }
    let pushed: Pushed = answer.read(ROUND_TRIP)?;
    Ok(pushed.results.first().filter(|result| result.success).and_then(|result| result.server_version))
}

/// Checks that an answer is a success and JSON, with whatever numbers and however deep.
fn is_json(answer: &Answer, after: &str) -> Checked {
    answer.expect_status(BROKEN, &[200])?;
    let read = serde_json::from_slice::<IgnoredAny>(&answer.exchange().response);
    let message = format!("the answer to a read after {after} is not JSON");
    answer.ensure(ROUND_TRIP, read.is_ok(), message, "JSON", answer.outcome())
}

/// Checks that log and snapshot can be read, all of them.
async fn all_is_json(context: &Context, journal: &Journal, after: &str) -> Checked {
    let user = &journal.user;
    is_json(&user.pull(&journal.workspace, 0, 1000).await?, after)?;
    if context.has(Capability::Snapshot) {
        is_json(&user.snapshot(&journal.workspace, json!({"pageSize": 1000})).await?, after)?;
    }
    Ok(())
}

/// Checks that the server still works: the next op gets the next version and can be pulled alone.
async fn goes_on(journal: &Journal, last: u64, requirement: &'static str) -> Checked {
    let user = &journal.user;
    let next = user.put("threads", "next").mark("next");
    let versions = user.push_ok(&journal.workspace, std::slice::from_ref(&next), requirement).await?;
    let (changes, answer) = user.log_after(&journal.workspace, last, 10, requirement).await?;
    let read: Vec<&str> = changes.iter().map(|change| change.stamp.op_id.as_str()).collect();
    let message = "an op that is pushed after the odd ones does not get the next version";
    answer.equal("push.contiguous-versions", message, [last + 1], versions)?;
    answer.equal("pull.complete", "a pull does not show an op that was pushed after the odd ones", [next.id()], read)
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}

async fn nesting(context: Context) -> Checked {
    const DEPTHS: [usize; 24] = [
        60, 100, 120, 126, 127, 128, 200, 255, 256, 300, 400, 500, 512, 600, 700, 800, 900, 980, 1000, 1024, 1500,
        2000, 3000, 5000,
    ];
    let (user, journal) = Journal::with_user(&context, DEEP).await?;
    let mut last = 0;
    for depth in DEPTHS {
        let arrays = ["[".repeat(depth), "\"core\"".to_owned(), "]".repeat(depth)].concat();
        let objects = ["{\"a\":".repeat(depth), "\"core\"".to_owned(), "}".repeat(depth)].concat();
        for (kind, text) in [("arrays", arrays), ("objects", objects)] {
            let what = format!("a payload of {kind} {depth} deep");
            let op = user.put("kv", &format!("{kind} {depth}")).field("value", json!(PLACE));
            let answer = push_text(&user, &journal, &op, &text).await;
            let Some(taken) = version(&answer, &what)? else { continue };
            let message = format!("{what} is taken and has not the next version");
            answer.equal(DEEP, message, last + 1, taken)?;
            // What is stored can be read, and recognized when it comes again.
            let answer = user.pull(&journal.workspace, last, 10).await?;
            is_json(&answer, &what)?;
            let page: Pulled = answer.read(DEEP)?;
            let shown = page.changes.first().filter(|change| change.pk == op.pk());
            let valued = shown.and_then(|change| serde_json::from_str::<Valued>(change.payload.get()).ok());
            let same = valued.is_some_and(|valued| without_blanks(valued.value.get()) == text);
            let message = format!("{what} is taken and pulled changed");
            answer.ensure(ROUND_TRIP, same, message, "as it was", answer.outcome())?;
            let answer = push_text(&user, &journal, &op, &text).await;
            let again = version(&answer, &what)?;
            answer.equal(REPLAY, format!("{what} is no replay"), taken, again)?;
            last = taken;
        }
    }
    all_is_json(&context, &journal, "payloads nested deep").await?;
    goes_on(&journal, last, DEEP).await
}

async fn beyond_doubles(context: Context) -> Checked {
    let numbers = [
        "1e999".to_owned(),
        "-1e999".to_owned(),
        "1E+309".to_owned(),
        "1e-999".to_owned(),
        "1e99999999999999999999".to_owned(),
        "1e-99999999999999999999".to_owned(),
        "0e99999999999999999999".to_owned(),
        "9".repeat(400),
        "9".repeat(5000),
        format!("-{}", "9".repeat(5000)),
        format!("0.{}1", "0".repeat(5000)),
        format!("{}.5", "9".repeat(5000)),
    ];
    let places = [("kv", "value"), ("posts", "extra"), ("threads", "created_at"), ("file_meta", "size_bytes")];
    let (user, journal) = Journal::with_user(&context, BROKEN).await?;
    let mut last = 0;
    for (round, number) in numbers.iter().enumerate() {
        let shown: String = number.chars().take(24).collect();
        for (table, field) in places {
            for wrapped in [number.clone(), format!("[1, {{\"a\": {number}}}]")] {
                // A list is no number.
                if wrapped.starts_with('[') && field != "value" && field != "extra" {
                    continue;
                }
                let pk = format!("{round} {}", wrapped.len());
                let op = user.put(table, &pk).field(field, json!(PLACE));
                let answer = push_text(&user, &journal, &op, &wrapped).await;
                let what = format!("the number {shown} of {} characters in {table}.{field}", number.len());
                let Some(taken) = version(&answer, &what)? else { continue };
                answer.equal(
                    "push.contiguous-versions",
                    format!("{what} is taken and does not get the next version"),
                    last + 1,
                    taken,
                )?;
                is_json(&user.pull(&journal.workspace, last, 10).await?, &what)?;
                last = taken;
            }
        }
        all_is_json(&context, &journal, &format!("the number {shown}")).await?;
    }
    goes_on(&journal, last, BROKEN).await
}
