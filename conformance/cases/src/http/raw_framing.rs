//! HTTP: where a body ends, told wrongly.

use crate::support::raw_http::{Probe, RawFixture, Validity};
use syncproof_harness::cases;
use syncproof_harness::client::{AfterSending, RawExchange, RequestHead};
use syncproof_harness::world::Context;
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::Checked;

const RULES: &[&str] = &["http.no-5xx", "push.bad-batch-changes-nothing", "http.no-internals", "http.json-errors"];
const PUSH: &str = endpoint::PUSH.path;

cases! {
    /// Pushes whose Content-Length is too long, too short, negative, no number, overflowing, or there twice.
    "http/raw-lengths" checks RULES by lengths;
    /// Chunked pushes: right ones in odd forms, and ones with sizes that are wrong, overflow, or never end.
    "http/raw-chunks" checks RULES by chunks;
    /// Bodies of 5 MB without a length, in small and in large chunks, and lengths of terabytes without a body.
    "http/raw-large-bodies"
        checks ["http.body-limit", "http.no-5xx", "push.bad-batch-changes-nothing", "http.no-internals"]
        by large_bodies;
}

fn push(bytes: Vec<u8>) -> RawExchange {
    RawExchange::ask("POST", PUSH, bytes)
}

async fn lengths(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let mut probes = Vec::new();
    let head = |fixture: &RawFixture| fixture.raw.head("POST", PUSH).header("Content-Type", "application/json");
    // The body is shorter than it says. The JSON in it is whole: a server that takes what came is careless, and nothing is
    // lost or done twice by it.
    for more in ["1", "10", "100000", "4294967296", "18446744073709551616", "36893488147419103232"] {
        for ending in [AfterSending::HalfClose, AfterSending::Close] {
            let op = fixture.op(&format!("{more} short, {ending:?}"));
            let body = fixture.body(std::slice::from_ref(&op));
            let more_bytes: u128 = more.parse().unwrap_or_default();
            let length = (more_bytes + body.len() as u128).to_string();
            let bytes = head(&fixture).header("Content-Length", length).with(&body);
            let what = format!("a body that is {more} bytes shorter than it says, and then {ending:?}");
            probes.push(Probe::new(what, Validity::Wrong, push(bytes).ending(ending)).permitted(&[op]));
        }
    }
    // The body is longer than it says: what belongs to it is no JSON.
    for less in [1, 20, usize::MAX] {
        let op = fixture.op(&format!("{less} long"));
        let body = fixture.body(std::slice::from_ref(&op));
        let length = body.len().saturating_sub(less);
        let bytes = head(&fixture).header("Content-Length", length.to_string()).with(&body);
        let what = format!("a body of {} bytes that says {length}", body.len());
        probes.push(Probe::new(what, Validity::Wrong, push(bytes).ending(AfterSending::HalfClose)).permitted(&[op]));
    }
    // No length at all: there is no body.
    let op = fixture.op("none");
    let bytes = head(&fixture).with(&fixture.body(std::slice::from_ref(&op)));
    probes.push(Probe::new("no length", Validity::Wrong, push(bytes).ending(AfterSending::HalfClose)).permitted(&[op]));
    for length in ["-1", "-{}", "abc", "", "{}-", "1e3", "{}.5", "NaN", "0,{}"] {
        let op = fixture.op(length);
        let body = fixture.body(std::slice::from_ref(&op));
        let length = length.replace("{}", &body.len().to_string());
        let bytes = head(&fixture).header("Content-Length", length.as_str()).with(&body);
        let what = format!("the length `{length}`");
        probes.push(Probe::new(what, Validity::Wrong, push(bytes).ending(AfterSending::HalfClose)).permitted(&[op]));
    }
    // Wrong, or odd, but it is plain how it was meant.
    for lengths in [&["+{}"][..], &["{}.0"], &["0{}"], &["{}, {}"], &["{}", "{}"], &["{}", "0"], &["{};x"], &["  {}  "]]
    {
        let op = fixture.op(&lengths.join(" and "));
        let body = fixture.body(std::slice::from_ref(&op));
        let fill = |text: &&str| text.replace("{}", &body.len().to_string());
        let head = lengths.iter().fold(head(&fixture), |head, length| head.header("Content-Length", fill(length)));
        let what = format!("the lengths {lengths:?}");
        let talk = push(head.with(&body)).ending(AfterSending::HalfClose);
        probes.push(Probe::new(what, Validity::Wrong, talk).permitted(&[op]));
    }
    fixture.run(probes).await?;
    Ok(())
}

/// A chunk as it should be.
fn chunk(data: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}

async fn chunks(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let head = fixture.raw.head("POST", PUSH).chunked();
    let mut probes = Vec::new();
    let mut add =
        |fixture: &RawFixture, what: &str, http: Validity, head: &RequestHead, frame: &dyn Fn(&[u8]) -> Vec<u8>| {
            let op = fixture.op(what);
            let body = fixture.body(std::slice::from_ref(&op));
            let ending = if http == Validity::Wrong { AfterSending::HalfClose } else { AfterSending::Answers(1) };
            let what = format!("a chunked body, {what}");
            let framed = frame(&body);
            // A lenient reader may make sense of a wrong frame, as long as the body in it is whole.
            let whole = http != Validity::Wrong || framed.windows(body.len()).any(|part| part == body);
            let probe = Probe::new(what, http, push(head.with(&framed)).ending(ending));
            probes.push(if whole { probe.permitted(&[op]) } else { probe.forbidden(&[op]) });
        };
    let last: &[u8] = b"0\r\n\r\n";
    let size = |body: &[u8]| format!("{:x}", body.len());
    let (right, wrong) = (Validity::Unusual, Validity::Wrong);
    add(&fixture, "whole", right, &head, &|body| [&chunk(body), last].concat());
    add(&fixture, "byte by byte", right, &head, &|body| {
        [body.iter().flat_map(|byte| chunk(&[*byte])).collect(), last.to_vec()].concat()
    });
    add(&fixture, "with upper-case sizes", right, &head, &|body| {
        [format!("{:X}\r\n", body.len()).as_bytes(), body, b"\r\n", last].concat()
    });
    add(&fixture, "with zeros before the size", right, &head, &|body| {
        [format!("0000{:x}\r\n", body.len()).as_bytes(), body, b"\r\n", last].concat()
    });
    add(&fixture, "with an extension", right, &head, &|body| {
        [format!("{:x};name=\"va;lue\"\r\n", body.len()).as_bytes(), body, b"\r\n", last].concat()
    });
    add(&fixture, "with an extension of 20 KB", right, &head, &|body| {
        [format!("{:x};{}\r\n", body.len(), "e".repeat(20_000)).as_bytes(), body, b"\r\n", last].concat()
    });
    add(&fixture, "with trailers", right, &head, &|body| {
        [&chunk(body), b"0\r\nX-After: all\r\n\r\n".as_slice()].concat()
    });
    add(&fixture, "with trailers of 100 KB", right, &head, &|body| {
        [&chunk(body), format!("0\r\n{}\r\n", "X-After: all\r\n".repeat(7_000)).as_bytes()].concat()
    });
    let plain = fixture.raw.head("POST", PUSH).header("Content-Type", "application/json");
    add(&fixture, "told of in capitals", right, &plain.clone().header("Transfer-Encoding", "CHUNKED"), &|body| {
        [&chunk(body), last].concat()
    });
    for coding in ["gzip, chunked", "identity, chunked", "chunked, chunked"] {
        let head = plain.clone().header("Transfer-Encoding", coding);
        add(&fixture, coding, right, &head, &|body| [&chunk(body), last].concat());
    }
    for bad in ["zz", "-5", "", "0x", "g", "1 2", "\0", "\u{1}", "{}-", "{}g", "1{}0000000000000000"] {
        add(&fixture, &format!("with the size `{}`", bad.escape_debug()), wrong, &head, &|body| {
            let bad = if bad == "0x" { format!("0x{}", size(body)) } else { bad.replace("{}", &size(body)) };
            [bad.as_bytes(), b"\r\n", body, b"\r\n", last].concat()
        });
    }
    // Sizes that are right in their last 32 or 64 bits only.
    for (what, digits) in [("2^32", 8), ("2^64", 16), ("2^128", 32)] {
        add(&fixture, &format!("with a size {what} too large"), wrong, &head, &|body| {
            [format!("1{:0digits$x}\r\n", body.len()).as_bytes(), body, b"\r\n", last].concat()
        });
    }
    add(&fixture, "with a size that is too small", wrong, &head, &|body| {
        [format!("{:x}\r\n", body.len() - 1).as_bytes(), body, b"\r\n", last].concat()
    });
    add(&fixture, "with a size that is too large", wrong, &head, &|body| {
        [format!("{:x}\r\n", body.len() + 20).as_bytes(), body, b"\r\n", last].concat()
    });
    add(&fixture, "without a last chunk", wrong, &head, &chunk);
    add(&fixture, "without sizes", wrong, &head, &<[u8]>::to_vec);
    add(&fixture, "that breaks off after a size", wrong, &head, &|body| format!("{:x}\r\n", body.len()).into_bytes());
    add(&fixture, "of which half came", wrong, &head, &|body| chunk(body)[..body.len() / 2].to_vec());
    fixture.run(probes).await?;
    Ok(())
}

async fn large_bodies(context: Context) -> Checked {
    const SIZE: usize = 5_000_000;
    let mut fixture = RawFixture::open(&context).await?;
    let head = fixture.raw.head("POST", PUSH).chunked();
    let mut probes = Vec::new();
    for (what, size) in [("64 KB", 65_536), ("1 KB", 1024), ("100 bytes", 100)] {
        let op = fixture.user.put("posts", what).field("content", serde_json::json!("x".repeat(SIZE)));
        let body = fixture.body(std::slice::from_ref(&op));
        let chunked: Vec<u8> = body.chunks(size).flat_map(chunk).chain(*b"0\r\n\r\n").collect();
        let what = format!("a body of 5 MB in chunks of {what}");
        probes.push(Probe::new(what, Validity::Unusual, push(head.with(&chunked))).permitted(&[op]));
        // Nobody knows when this one would have ended.
        let endless: Vec<u8> = b"[".repeat(SIZE).chunks(size).flat_map(chunk).collect();
        let talk = push(head.with(&endless)).ending(AfterSending::HalfClose);
        probes.push(Probe::new(format!("5 MB without an end, in chunks of {size}"), Validity::Wrong, talk));
    }
    for length in ["5000000000", "1000000000000", "9223372036854775807"] {
        let head = fixture.raw.head("POST", PUSH).header("Content-Type", "application/json");
        let talk = push(head.header("Content-Length", length).with(b"{\"scope\":")).ending(AfterSending::HalfClose);
        probes.push(Probe::new(format!("a body that says it has {length} bytes"), Validity::Wrong, talk));
    }
    fixture.run(probes).await?;
    Ok(())
}
