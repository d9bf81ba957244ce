//! HTTP: requests inside of requests, and several requests in a row on one connection.

use std::time::Duration;

use crate::prelude::*;
use crate::support::raw_http::{FRAMING, Probe, RawFixture, Validity};
use syncproof_harness::client::{AfterSending, RawExchange, RequestHead, Step};

const BROKEN: &str = "http.no-5xx";
const PUSH: &str = endpoint::PUSH.path;

cases! {
    /// A push that stands in the body of another request is never carried out, whatever the framing says.
    "http/raw-smuggled-pushes" checks [FRAMING, "push.bad-batch-changes-nothing", BROKEN, "http.no-internals"] by smuggled;
    /// Several requests in one write are answered in their order, or the connection ends after some of them.
    "http/raw-pipelining" checks [BROKEN, "push.contiguous-versions"] by pipelining;
}

/// How a body is made around the request in it.
type Frame = fn(&[u8]) -> Vec<u8>;

/// Heads for a body that holds a push.
fn covers(fixture: &RawFixture) -> Vec<(&'static str, RequestHead, Frame)> {
    const LENGTH: &str = "Content-Length";
    const CODING: &str = "Transfer-Encoding";
    let whole: Frame = <[u8]>::to_vec;
    let in_a_chunk: Frame = |inner| [format!("{:x}\r\n", inner.len()).as_bytes(), inner, b"\r\n0\r\n\r\n"].concat();
    let after_a_last_chunk: Frame = |inner| [b"0\r\n\r\n", inner].concat();
    let json = || fixture.json_head();
    let head = |method, path| fixture.raw.head(method, path);
    let anonymous = |method, path| fixture.raw.anonymous().head(method, path);
    let (session, list) = (endpoint::SESSION.path, endpoint::LIST_WORKSPACES.path);
    let nowhere = head("POST", "/api/nope").header("Content-Type", "application/json");
    vec![
        // The length ends before the inner request, the chunks after it: chunks go first (RFC 9112, section 6.3).
        ("a length before chunks", json().header(LENGTH, "{size}").header(CODING, "chunked"), in_a_chunk),
        ("chunks before a length", json().header(CODING, "chunked").header(LENGTH, "{size}"), in_a_chunk),
        ("chunks and a length of 0", json().header(CODING, "chunked").header(LENGTH, "0"), in_a_chunk),
        // Two lengths, or one that is none: the server must not choose.
        ("the lengths 0 and all", json().header(LENGTH, "0").header(LENGTH, "{all}"), whole),
        ("the lengths all and 0", json().header(LENGTH, "{all}").header(LENGTH, "0"), whole),
        ("the length `0, all`", json().header(LENGTH, "0, {all}"), whole),
        // Neither an unknown coding nor one with a blank in its name is chunked.
        ("an unknown coding", json().header(LENGTH, "{all}").header(CODING, "xchunked"), after_a_last_chunk),
        (
            "a blank before the colon",
            json().header(LENGTH, "{all}").header("Transfer-Encoding ", "chunked"),
            after_a_last_chunk,
        ),
        (
            "a coding in another header",
            json().header(LENGTH, "{all}").header("X", "y Transfer-Encoding: chunked"),
            after_a_last_chunk,
        ),
        // A server that answers without reading the body still has to skip it.
        ("an unknown route", nowhere.header(LENGTH, "{all}"), whole),
        ("a wrong method", head("PUT", PUSH).header(LENGTH, "{all}"), whole),
        ("a GET with a body", head("GET", session).header(LENGTH, "{all}"), whole),
        ("a DELETE with a body", head("DELETE", "/api/workspaces/unknown").header(LENGTH, "{all}"), whole),
        ("a GET with chunks", head("GET", list).header(CODING, "chunked"), in_a_chunk),
        ("no credential", anonymous("POST", PUSH).header(LENGTH, "{all}"), whole),
        ("no credential, in chunks", anonymous("POST", PUSH).header(CODING, "chunked"), in_a_chunk),
        ("no credential, on a GET", anonymous("GET", list).header(LENGTH, "{all}"), whole),
        ("a body that is not JSON", json().header(LENGTH, "{all}"), whole),
    ]
}

async fn smuggled(context: Context) -> Checked {
    let mut fixture = RawFixture { refusal: FRAMING, ..RawFixture::open(&context).await? };
    // A last request that closes the connection, so that its end shows that no more answers come.
    let last = fixture.raw.head("GET", endpoint::SESSION.path).header("Connection", "close").bytes();
    let probe = |(what, head, frame): (&str, RequestHead, Frame)| {
        let bytes = |inner: &[u8]| {
            let body = frame(&fixture.request_with(inner));
            // The length of the line with the chunk's size, for servers that go by the length.
            let size_line = body.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let head = String::from_utf8_lossy(&head.bytes())
                .replace("{all}", &body.len().to_string())
                .replace("{size}", &size_line.to_string());
            [head.as_bytes(), &body, &last].concat()
        };
        let probe = fixture.push(format!("a push within {what}"), Validity::Wrong, bytes);
        probe.ending(AfterSending::HalfClose).forbidden()
    };
    fixture.run(covers(&fixture).into_iter().map(probe).collect()).await.map(drop)
}

/// Whether the answer can be the one to that request.
fn belongs(body: &Value, field: &str, op: Option<&Op>) -> bool {
    match op {
        None => body.get(field).is_some(),
        Some(op) => body.pointer("/results/0/opId").and_then(Value::as_str) == Some(op.id()),
    }
}

async fn pipelining(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let session = fixture.raw.head("GET", endpoint::SESSION.path).bytes();
    let list = fixture.raw.head("GET", endpoint::LIST_WORKSPACES.path).bytes();
    let body = json!({"scope": {"workspaceId": fixture.user.home}, "cursor": 0, "limit": 1}).to_string();
    let pull = fixture.raw.head("POST", endpoint::PULL.path).json(body.len()).with(body.as_bytes());
    for round in 0..6_u64 {
        let first = fixture.op("piped").clock(2 * round + 2).mark(&format!("first of round {round}"));
        let second = fixture.op("piped").clock(2 * round + 3).mark(&format!("second of round {round}"));
        let pushes = [first.clone(), second.clone()];
        let mut requests = vec![
            (session.clone(), "session", None),
            (fixture.request(&pushes[..1]), "results", Some(&first)),
            (list.clone(), "workspaces", None),
            (fixture.request(&pushes[1..]), "results", Some(&second)),
            (pull.clone(), "changes", None),
        ];
        if round % 2 == 1 {
            requests = requests.split_off(1);
        }
        let mut bytes: Vec<u8> = requests.iter().flat_map(|(bytes, ..)| bytes.clone()).collect();
        // In one write; or in one that cuts a request, and then byte by byte.
        let slow = if round < 2 { 0 } else { 30 * usize::try_from(round).unwrap_or(2) };
        let rest = bytes.split_off(bytes.len() - slow);
        let mut exchange = RawExchange::ask("POST", PUSH, Vec::new()).ending(AfterSending::Answers(requests.len()));
        exchange.steps = vec![Step::Send(bytes), Step::Trickle(rest, Duration::from_millis(2))];
        let outcome = fixture.raw.exchange(&exchange).await;
        let message =
            format!("none of {} requests in a row gets an answer, and at least the first should", requests.len());
        outcome.first.check(
            BROKEN,
            !outcome.answers.is_empty(),
            message,
            "an answer to each, or to the first at least",
        )?;
        let message =
            "after several requests in a row the server keeps the connection open, and does not answer all of them";
        let actual = format!("{} answers", outcome.answers.len());
        let expected = "an answer to each, or the end of the connection";
        outcome.first.ensure(BROKEN, !outcome.hung, message, expected, actual)?;
        for (answer, (_, field, op)) in outcome.answers.iter().zip(&requests) {
            // A refused request ends the row: the server may refuse all that follow.
            if answer.is_4xx() {
                break;
            }
            let fits = answer.is(&[200]) && answer.json().is_some_and(|body| belongs(&body, field, *op));
            let message =
                format!("of several requests in a row, the one that asks for `{field}` gets the answer to another");
            answer.check(BROKEN, fits, message, "answers in the order of the requests")?;
        }
        // Only the answers have an order. The ops may be applied in any order, or not at all.
        let journal = &mut fixture.journal;
        let (changes, log) = fixture.user.log_after(&journal.workspace, journal.head(), 10, BROKEN).await?;
        for change in changes {
            let op = pushes.iter().find(|op| op.id() == change.stamp.op_id);
            let new = op.filter(|op| journal.version(op.id()).is_none());
            let message =
                "after several requests in a row the log has an entry for an op that was not sent or is there already";
            log.ensure(BROKEN, new.is_some(), message, "each op once", format!("{change:?}"))?;
            journal.ops.extend(new.cloned());
        }
        journal.push_ok(&pushes).await?;
        journal.holds().await?;
    }
    let many = Probe::ask("30 requests in a row", Validity::Right, "GET", endpoint::SESSION.path, session.repeat(30));
    fixture.run(vec![many.ending(AfterSending::Answers(30))]).await.map(drop)
}
