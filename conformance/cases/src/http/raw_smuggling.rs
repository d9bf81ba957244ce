//! HTTP: requests in requests, and requests one after another on a connection.

use serde_json::Value;

use crate::support::raw_http::{Probe, RawFixture, Validity};
use syncproof_harness::cases;
use syncproof_harness::client::{AfterSending, RawExchange, RequestHead};
use syncproof_harness::world::Context;
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::Checked;
use syncproof_protocol::op::Op;

const BROKEN: &str = "http.no-5xx";
const PUSH: &str = endpoint::PUSH.path;

cases! {
    /// A push that stands in the body of another request is never carried out, whatever the framing says.
    "http/raw-smuggled-pushes" checks ["push.bad-batch-changes-nothing", BROKEN, "http.no-internals"] by smuggled;
    /// Several requests in one write are answered in their order, or the connection ends after some of them.
    "http/raw-pipelining" checks [BROKEN, "push.contiguous-versions"] by pipelining;
}

/// How a body stands around the request in it.
type Frame = fn(&[u8]) -> Vec<u8>;

/// What stands before a push that is part of the body.
fn covers(fixture: &RawFixture) -> Vec<(&'static str, RequestHead, Frame)> {
    let plain = fixture.raw.head("POST", PUSH).header("Content-Type", "application/json");
    let whole: Frame = <[u8]>::to_vec;
    let in_a_chunk: Frame = |inner| [format!("{:x}\r\n", inner.len()).as_bytes(), inner, b"\r\n0\r\n\r\n"].concat();
    let after_a_last_chunk: Frame = |inner| [b"0\r\n\r\n", inner].concat();
    let anonymous = |method, path| fixture.raw.anonymous().head(method, path);
    let length = "Content-Length";
    vec![
        // The length ends before the inner request, the chunks after it: chunks go first (RFC 9112, section 6.3).
        (
            "a length before chunks",
            plain.clone().header(length, "{size}").header("Transfer-Encoding", "chunked"),
            in_a_chunk,
        ),
        (
            "chunks before a length",
            plain.clone().header("Transfer-Encoding", "chunked").header(length, "{size}"),
            in_a_chunk,
        ),
        (
            "chunks and a length of 0",
            plain.clone().header("Transfer-Encoding", "chunked").header(length, "0"),
            in_a_chunk,
        ),
        // Two lengths, or one that is none: nobody may choose.
        ("the lengths 0 and all", plain.clone().header(length, "0").header(length, "{all}"), whole),
        ("the lengths all and 0", plain.clone().header(length, "{all}").header(length, "0"), whole),
        ("the length `0, all`", plain.clone().header(length, "0, {all}"), whole),
        // A coding that nobody knows is not chunked, and neither is one with a blank in its name.
        (
            "an unknown coding",
            plain.clone().header(length, "{all}").header("Transfer-Encoding", "xchunked"),
            after_a_last_chunk,
        ),
        (
            "a blank before the colon",
            plain.clone().header(length, "{all}").header("Transfer-Encoding ", "chunked"),
            after_a_last_chunk,
        ),
        (
            "a coding in another header",
            plain.clone().header(length, "{all}").header("X", "y Transfer-Encoding: chunked"),
            after_a_last_chunk,
        ),
        // Whoever answers without a look at the body has to leave it out all the same.
        (
            "an unknown route",
            fixture.raw.head("POST", "/api/nope").json(0).without(length).header(length, "{all}"),
            whole,
        ),
        ("a wrong method", fixture.raw.head("PUT", PUSH).header(length, "{all}"), whole),
        ("a GET with a body", fixture.raw.head("GET", endpoint::SESSION.path).header(length, "{all}"), whole),
        ("a DELETE with a body", fixture.raw.head("DELETE", "/api/workspaces/unknown").header(length, "{all}"), whole),
        (
            "a GET with chunks",
            fixture.raw.head("GET", endpoint::LIST_WORKSPACES.path).header("Transfer-Encoding", "chunked"),
            in_a_chunk,
        ),
        ("no credential", anonymous("POST", PUSH).header(length, "{all}"), whole),
        ("no credential, in chunks", anonymous("POST", PUSH).header("Transfer-Encoding", "chunked"), in_a_chunk),
        ("no credential, on a GET", anonymous("GET", endpoint::LIST_WORKSPACES.path).header(length, "{all}"), whole),
        ("a body that is no JSON", plain.header(length, "{all}"), whole),
    ]
}

async fn smuggled(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    // Behind each stands a request that ends the connection, so that its end says that there is nothing more to come.
    let last = fixture.raw.head("GET", endpoint::SESSION.path).header("Connection", "close").bytes();
    let mut probes = Vec::new();
    for (what, head, frame) in covers(&fixture) {
        let op = fixture.op(what);
        let body = frame(&fixture.request(std::slice::from_ref(&op)));
        // A length of the line with the chunk's size, for those who go by lengths.
        let size_line = body.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let head = String::from_utf8_lossy(&head.bytes())
            .replace("{all}", &body.len().to_string())
            .replace("{size}", &size_line.to_string());
        let talk =
            RawExchange::ask("POST", PUSH, [head.as_bytes(), &body, &last].concat()).ending(AfterSending::HalfClose);
        probes.push(Probe::new(format!("a push within {what}"), Validity::Wrong, talk).forbidden(&[op]));
    }
    fixture.run(probes).await?;
    Ok(())
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
    let get = |fixture: &RawFixture, path: &str| fixture.raw.head("GET", path).bytes();
    let pull = |fixture: &RawFixture| {
        let scope = serde_json::json!({"workspaceId": fixture.user.home});
        let body = serde_json::json!({"scope": scope, "cursor": 0, "limit": 1}).to_string();
        fixture.raw.head("POST", endpoint::PULL.path).json(body.len()).with(body.as_bytes())
    };
    for round in 0..6_u64 {
        let first = fixture.op("piped").clock(2 * round + 2).mark(&format!("first of round {round}"));
        let second = fixture.op("piped").clock(2 * round + 3).mark(&format!("second of round {round}"));
        let pushes = [first.clone(), second.clone()];
        let mut requests = vec![
            (get(&fixture, endpoint::SESSION.path), "session", None),
            (fixture.request(&pushes[..1]), "results", Some(&first)),
            (get(&fixture, endpoint::CREATE_WORKSPACE.path), "workspaces", None),
            (fixture.request(&pushes[1..]), "results", Some(&second)),
            (pull(&fixture), "changes", None),
        ];
        if round % 2 == 1 {
            requests = requests.split_off(1);
        }
        let mut bytes: Vec<u8> = requests.iter().flat_map(|(bytes, ..)| bytes.clone()).collect();
        // In one write, in two that cut a request, and byte by byte at the end.
        let mut talk = RawExchange::ask("POST", PUSH, Vec::new()).ending(AfterSending::Answers(requests.len()));
        let rest = bytes.split_off(bytes.len() - if round < 2 { 0 } else { 30 * usize::try_from(round).unwrap_or(2) });
        talk.steps = vec![
            syncproof_harness::client::Step::Send(bytes),
            syncproof_harness::client::Step::Trickle(rest, std::time::Duration::from_millis(2)),
        ];
        let heard = fixture.raw.exchange(&talk).await;
        let outcome = heard.first.outcome();
        heard.first.ensure(BROKEN, !heard.answers.is_empty(), "requests in a row get no answer", "answers", outcome)?;
        let expected = "an answer to each, or the end of the connection";
        heard.first.ensure(BROKEN, !heard.hung, "requests in a row hang", expected, heard.answers.len().to_string())?;
        for (answer, (_, field, op)) in heard.answers.iter().zip(&requests) {
            // A refusal of requests in a row is one of all that follow.
            if answer.status().is_some_and(|status| (400..500).contains(&status)) {
                break;
            }
            let fits = answer.is(&[200]) && answer.json().is_some_and(|body| belongs(&body, field, *op));
            let message = format!("of requests in a row, the one for `{field}` gets another's answer");
            answer.ensure(BROKEN, fits, message, "answers in the order of the requests", answer.outcome())?;
        }
        // What was carried out is known by now, in whatever order: only the answers have one. What was not, comes in.
        let (changes, log) =
            fixture.user.log_after(&fixture.journal.workspace, fixture.journal.head(), 10, BROKEN).await?;
        for change in changes {
            let op = pushes.iter().find(|op| op.id() == change.stamp.op_id);
            let new = op.filter(|op| fixture.journal.version(op.id()).is_none());
            let message = "requests in a row leave something twice, or something else than they hold";
            log.ensure(BROKEN, new.is_some(), message, "each op once", format!("{change:?}"))?;
            fixture.journal.ops.extend(new.cloned());
        }
        fixture.journal.push_ok(&pushes).await?;
        fixture.journal.holds().await?;
    }
    // Many at once.
    let many: Vec<u8> = (0..30).flat_map(|_| get(&fixture, endpoint::SESSION.path)).collect();
    let talk = RawExchange::ask("GET", endpoint::SESSION.path, many).ending(AfterSending::Answers(30));
    fixture.run(vec![Probe::new("30 requests in a row", Validity::Right, talk)]).await?;
    Ok(())
}
