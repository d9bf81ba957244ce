//! HTTP: where a body ends, with wrong lengths and wrong chunks.

use crate::http::wrong_requests::paths;
use crate::prelude::*;
use crate::support::raw_http::Validity::{Unusual, Wrong};
use crate::support::raw_http::{FRAMING, Probe, RawFixture, Validity};
use syncproof_harness::client::{AfterSending, RequestHead};
use syncproof_harness::world::filled_path;
use syncproof_protocol::endpoint::ENDPOINTS;

const RULES: &[&str] =
    &["http.no-5xx", FRAMING, "push.bad-batch-changes-nothing", "http.no-internals", "http.json-errors"];
const UNFINISHED: &str = "http.unfinished-body";
const PUSH: &str = endpoint::PUSH.path;

cases! {
    /// Pushes whose Content-Length is too long, too short, negative, no number, overflowing, or there twice.
    "http/raw-lengths" checks RULES by lengths;
    /// Chunked pushes: right ones in odd forms, and ones with sizes that are wrong, overflow, or never end.
    "http/raw-chunks" checks RULES by chunks;
    /// Pushes whose sender breaks off after the last byte of the JSON, and before the end that HTTP asks for.
    "http/raw-unfinished-bodies" checks [UNFINISHED, FRAMING] by unfinished;
    /// Answers to HEAD, on every route, end with their head.
    "http/raw-answers-to-head" checks [FRAMING, "http.no-5xx"] by answers_to_head;
    /// Bodies of 5 MB without a length, in small and in large chunks, and lengths of terabytes without a body.
    "http/raw-large-bodies"
        checks ["http.body-limit", "http.no-5xx", FRAMING, "push.bad-batch-changes-nothing", "http.no-internals"]
        by large_bodies;
}

async fn lengths(context: Context) -> Checked {
    let mut fixture = RawFixture { refusal: FRAMING, ..RawFixture::open(&context).await? };
    let head = fixture.json_head();
    let with_length = |length: &str, body: &[u8]| head.clone().header("Content-Length", length).with(body);
    let wrong = |what: String, bytes: &dyn Fn(&[u8]) -> Vec<u8>| {
        fixture.push(what, Wrong, bytes).ending(AfterSending::HalfClose)
    };
    let mut probes = Vec::new();
    // The body is shorter than its length. The JSON in it is complete, so a server may take it: nothing is lost or done
    // twice.
    for more in ["1", "10", "100000", "4294967296", "18446744073709551616", "36893488147419103232"] {
        let more_bytes: u128 = more.parse().unwrap_or_default();
        for ending in [AfterSending::HalfClose, AfterSending::Close] {
            let what = format!("a body {more} bytes shorter than its length, and then {ending:?}");
            let bytes = |body: &[u8]| with_length(&(more_bytes + body.len() as u128).to_string(), body);
            probes.push(wrong(what, &bytes).ending(ending));
        }
    }
    // The body is longer than its length: the part that belongs to it is not JSON.
    for less in [1, 20, usize::MAX] {
        let bytes = |body: &[u8]| with_length(&body.len().saturating_sub(less).to_string(), body);
        probes.push(wrong(format!("a body {less} bytes longer than its length"), &bytes));
    }
    // No length at all: there is no body.
    probes.push(wrong("no length".to_owned(), &|body| head.with(body)));
    for length in ["-1", "-{}", "abc", "", "{}-", "1e3", "{}.5", "NaN", "0,{}"] {
        let bytes = |body: &[u8]| with_length(&length.replace("{}", &body.len().to_string()), body);
        probes.push(wrong(format!("the length `{length}`"), &bytes));
    }
    // Wrong or unusual, but the meaning is clear.
    for lengths in [&["+{}"][..], &["{}.0"], &["0{}"], &["{}, {}"], &["{}", "{}"], &["{}", "0"], &["{};x"], &["  {}  "]]
    {
        let bytes = |body: &[u8]| {
            let fill = |text: &&str| text.replace("{}", &body.len().to_string());
            lengths.iter().fold(head.clone(), |head, length| head.header("Content-Length", fill(length))).with(body)
        };
        probes.push(wrong(format!("the lengths {lengths:?}"), &bytes));
    }
    fixture.run(probes).await.map(drop)
}

async fn answers_to_head(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let (home, user) = (fixture.user.home.clone(), fixture.user.id.clone());
    let routes = paths(ENDPOINTS.iter().copied()).into_iter().chain(["/api/nope"]);
    let probes = routes.map(|path| filled_path(path, &home, &user)).map(|path| {
        // The end of the connection shows that nothing follows.
        let bytes = fixture.raw.head("HEAD", &path).header("Connection", "close").bytes();
        Probe::ask(format!("HEAD {path}"), Unusual, "HEAD", &path, bytes).ending(AfterSending::HalfClose)
    });
    for outcome in fixture.run(probes.collect()).await? {
        let message = format!(
            "HEAD {} is answered with a body, and should be answered with a head alone",
            outcome.first.exchange().path
        );
        let shown = String::from_utf8_lossy(&outcome.rest).into_owned();
        outcome.first.ensure(FRAMING, outcome.rest.is_empty(), message, "nothing after the head", shown)?;
    }
    Ok(())
}

async fn unfinished(context: Context) -> Checked {
    let mut fixture = RawFixture { refusal: FRAMING, ..RawFixture::open(&context).await? };
    let (plain, chunked) = (fixture.json_head(), fixture.push_head().chunked());
    let longer = |more: usize| {
        let head = plain.clone();
        move |body: &[u8]| head.clone().header("Content-Length", (body.len() + more).to_string()).with(body)
    };
    let frames: [(&str, Frame); 4] = [
        ("a byte shorter than its length", &longer(1)),
        ("100,000 bytes shorter than its length", &longer(100_000)),
        ("in one chunk, and no last one", &|body| chunked.with(&chunk(body))),
        ("in chunks of 50 bytes, and no last one", &|body| chunked.with(&in_chunks(body, 50))),
    ];
    let (mut probes, mut ops) = (Vec::new(), Vec::new());
    for ending in [AfterSending::HalfClose, AfterSending::Close] {
        for (what, bytes) in frames {
            let what = format!("a body {what}, and then {ending:?}");
            let op = fixture.op(&what);
            probes.push(fixture.push_of(&what, Wrong, op.as_ref(), bytes).ending(ending));
            ops.push((what, op));
        }
    }
    let outcomes = fixture.run(probes).await?;
    for ((what, op), outcome) in ops.iter().zip(outcomes) {
        let stored = fixture.journal.version(op.id()).is_some();
        let message = format!("{what}: the op in it was applied, although its end never came");
        context.check_should(outcome.first.check(UNFINISHED, !stored, message, "no entry of it in the log"));
    }
    Ok(())
}

/// A correct chunk.
fn chunk(data: &[u8]) -> Vec<u8> {
    sized(&format!("{:x}", data.len()), data)
}

/// The data in correct chunks of that size at most.
fn in_chunks(data: &[u8], size: usize) -> Vec<u8> {
    data.chunks(size).map(chunk).collect::<Vec<_>>().concat()
}

/// A chunk with that text as its size.
fn sized(size: &str, data: &[u8]) -> Vec<u8> {
    [size.as_bytes(), b"\r\n", data, b"\r\n"].concat()
}

/// The body in one chunk with that text as its size, and the last chunk.
fn in_one(size: &str, body: &[u8]) -> Vec<u8> {
    [sized(size, body), LAST.to_vec()].concat()
}

const LAST: &[u8] = b"0\r\n\r\n";

/// A way to send a body in chunks.
type Frame<'a> = &'a (dyn Fn(&[u8]) -> Vec<u8> + Sync);

async fn chunks(context: Context) -> Checked {
    let mut fixture = RawFixture { refusal: FRAMING, ..RawFixture::open(&context).await? };
    let head = fixture.push_head().chunked();
    let probe = |what: &str, http: Validity, head: &RequestHead, frame: Frame| {
        let mut is_whole = true;
        let probe = fixture.push(format!("a chunked body, {what}"), http, |body| {
            let framed = frame(body);
            is_whole = framed.windows(body.len()).any(|part| part == body);
            head.with(&framed)
        });
        match (http, is_whole) {
            // A lenient reader may understand a wrong frame, as long as the body in it is complete.
            (Wrong, true) => probe.ending(AfterSending::HalfClose),
            (Wrong, false) => probe.ending(AfterSending::HalfClose).forbidden(),
            _ => probe,
        }
    };
    let hex = |body: &[u8]| format!("{:x}", body.len());
    let right: [(&str, Frame); 8] = [
        ("whole", &|body| in_one(&hex(body), body)),
        ("byte by byte", &|body| [body.iter().flat_map(|byte| chunk(&[*byte])).collect(), LAST.to_vec()].concat()),
        ("with upper-case sizes", &|body| in_one(&hex(body).to_uppercase(), body)),
        ("with zeros before the size", &|body| in_one(&format!("0000{}", hex(body)), body)),
        ("with an extension", &|body| in_one(&format!("{};name=\"va;lue\"", hex(body)), body)),
        ("with an extension of 20 KB", &|body| in_one(&format!("{};{}", hex(body), "e".repeat(20_000)), body)),
        ("with trailers", &|body| [&chunk(body), &b"0\r\nX-After: all\r\n\r\n"[..]].concat()),
        ("with trailers of 100 KB", &|body| {
            [&chunk(body), format!("0\r\n{}\r\n", "X-After: all\r\n".repeat(7_000)).as_bytes()].concat()
        }),
    ];
    let mut probes: Vec<Probe> = right.iter().map(|(what, frame)| probe(what, Unusual, &head, frame)).collect();
    for coding in ["CHUNKED", "gzip, chunked", "identity, chunked", "chunked, chunked"] {
        let head = fixture.json_head().header("Transfer-Encoding", coding);
        probes.push(probe(&format!("as `{coding}`"), Unusual, &head, &|body| in_one(&hex(body), body)));
    }
    for bad in ["zz", "-5", "", "0x{}", "g", "1 2", "\0", "\u{1}", "{}-", "{}g", "1{}0000000000000000"] {
        let what = format!("with the size `{}`", bad.escape_debug());
        probes.push(probe(&what, Wrong, &head, &|body| in_one(&bad.replace("{}", &hex(body)), body)));
    }
    // Sizes of which only the last 32, 64 or 128 bits are right.
    for (what, digits) in [("2^32", 8), ("2^64", 16), ("2^128", 32)] {
        let frame = |body: &[u8]| in_one(&format!("1{:0digits$x}", body.len()), body);
        probes.push(probe(&format!("with a size {what} too large"), Wrong, &head, &frame));
    }
    let wrong: [(&str, Frame); 6] = [
        ("with a size that is too small", &|body| in_one(&format!("{:x}", body.len() - 1), body)),
        ("with a size that is too large", &|body| in_one(&format!("{:x}", body.len() + 20), body)),
        ("without a last chunk", &chunk),
        ("without sizes", &<[u8]>::to_vec),
        ("that ends after a size", &|body| format!("{}\r\n", hex(body)).into_bytes()),
        ("of which half is sent", &|body| chunk(body)[..body.len() / 2].to_vec()),
    ];
    probes.extend(wrong.iter().map(|(what, frame)| probe(what, Wrong, &head, frame)));
    fixture.run(probes).await.map(drop)
}

async fn large_bodies(context: Context) -> Checked {
    const SIZE: usize = 5_000_000;
    let mut fixture = RawFixture { refusal: FRAMING, ..RawFixture::open(&context).await? };
    let head = fixture.push_head().chunked();
    let mut probes = Vec::new();
    let wrong = |what: String, bytes| Probe::ask(what, Wrong, "POST", PUSH, bytes).ending(AfterSending::HalfClose);
    for size in [65_536, 1024, 100] {
        let what = format!("a body of 5 MB in chunks of {size} bytes");
        let op = fixture.user.put("posts", &what).field("content", json!("x".repeat(SIZE)));
        probes.push(
            fixture.push_of(what, Unusual, &[op], |body| head.with(&[in_chunks(body, size), LAST.to_vec()].concat())),
        );
        let endless = head.with(&in_chunks(&b"[".repeat(SIZE), size));
        probes.push(wrong(format!("5 MB without an end, in chunks of {size} bytes"), endless));
    }
    for length in ["5000000000", "1000000000000", "9223372036854775807"] {
        let bytes = fixture.json_head().header("Content-Length", length).with(b"{\"scope\":");
        probes.push(wrong(format!("a body with the length {length}"), bytes));
    }
    fixture.run(probes).await.map(drop)
}
