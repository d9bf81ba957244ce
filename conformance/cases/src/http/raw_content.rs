//! HTTP: content types, encodings, charsets, expectations, and bodies where none belong.

use std::time::Duration;

use crate::prelude::*;
use crate::support::raw_http::Validity::{Right, Unusual, Wrong};
use crate::support::raw_http::{Probe, RawFixture};
use syncproof_harness::client::{AfterSending, RawExchange, Step};
use syncproof_protocol::gzip::gzip;

const REQUEST_TYPE: &str = "http.request-content-type";
const MALFORMED: &str = "http.malformed-json";
const PUSH: &str = endpoint::PUSH.path;

cases! {
    /// Right pushes under missing, wrong and odd content types are taken or refused; under that of JSON they are taken.
    "http/raw-content-types"
        checks ["http.no-5xx", "http.json-errors", "http.no-internals", "push.bad-batch-changes-nothing", REQUEST_TYPE]
        by content_types;
    /// Content-Encoding gzip that is gzip, that is none, that is cut, and encodings that nobody knows.
    "http/raw-encodings"
        checks ["http.no-5xx", "http.json-errors", "http.no-internals", "push.bad-batch-changes-nothing"] by encodings;
    /// Bodies in UTF-16 and Latin-1, and bodies of blanks, are refused; one with a mark in front may be taken.
    "http/raw-charsets" checks [MALFORMED, "http.no-5xx", "http.json-errors"] by charsets;
    /// GET, HEAD and DELETE with bodies of JSON, garbage and 100 KB, and POST without any.
    "http/raw-bodies-where-none-belong" checks ["http.no-5xx", "http.json-errors"] by bodies_where_none_belong;
    /// Expect: 100-continue with the body at once, later and never, and expectations that nobody knows.
    "http/raw-expectations" checks ["http.no-5xx", "push.bad-batch-changes-nothing"] by expectations;
}

async fn content_types(context: Context) -> Checked {
    const TYPES: [Option<&str>; 19] = [
        None,
        Some(""),
        Some("text/plain"),
        Some("text/html"),
        Some("text/plain; charset=utf-8"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data"),
        Some("multipart/form-data; boundary=x"),
        Some("application/octet-stream"),
        Some("application/xml"),
        Some("application/vnd.api+json"),
        Some("application/json, text/plain"),
        Some("APPLICATION/JSON"),
        Some("application/json; charset=utf-8"),
        Some("application/json; charset=\"UTF-8\"; x=y"),
        Some("application/json; charset=bogus"),
        Some("application/json; charset="),
        Some("application/json;;;"),
        Some("/;="),
    ];
    const JSON_TYPES: [&str; 2] = ["APPLICATION/JSON", "application/json; charset=utf-8"];
    let mut fixture = RawFixture::open(&context).await?;
    let probe = |kind: Option<&str>| {
        fixture.push(format!("the content type {kind:?}"), Right, |body| {
            let head = fixture.push_head().header("Content-Length", body.len().to_string());
            kind.into_iter().fold(head, |head, kind| head.header("Content-Type", kind)).with(body)
        })
    };
    let mut probes: Vec<Probe> = TYPES.into_iter().map(probe).collect();
    probes.push(fixture.push("two content types", Unusual, |body| {
        fixture.push_head().json(body.len()).header("Content-Type", "text/plain").with(body)
    }));
    let outcomes = fixture.run(probes).await?;
    for (kind, outcome) in TYPES.into_iter().zip(outcomes) {
        let kind = kind.unwrap_or_default();
        if JSON_TYPES.contains(&kind) {
            let message = format!("a right push with the content type {kind} is refused");
            context.check_should(outcome.first.expect_one_of(REQUEST_TYPE, &[200], message));
        }
    }
    Ok(())
}

/// What is sent for a body.
type Form = fn(&[u8]) -> Vec<u8>;

async fn encodings(context: Context) -> Checked {
    const FORMS: [(&str, &str, Form); 12] = [
        ("gzip that is gzip", "gzip", gzip),
        ("gzip twice", "gzip, gzip", |body| gzip(&gzip(body))),
        ("gzip that is plain", "gzip", <[u8]>::to_vec),
        ("gzip that is cut", "gzip", |body| gzip(body)[..40].to_vec()),
        ("gzip with a wrong checksum", "gzip", |body| gzip(body).iter().map(|byte| byte ^ 0x55).collect()),
        ("gzip that is empty", "gzip", |_| Vec::new()),
        ("gzip without saying so", "identity", gzip),
        ("deflate that is plain", "deflate", <[u8]>::to_vec),
        ("br that is plain", "br", <[u8]>::to_vec),
        ("zstd that is plain", "zstd", <[u8]>::to_vec),
        ("an unknown encoding", "rot13", <[u8]>::to_vec),
        ("no name of an encoding", ",;\"", <[u8]>::to_vec),
    ];
    let mut fixture = RawFixture::open(&context).await?;
    let probe = |(what, encoding, form): (&str, &str, Form)| {
        fixture.push(format!("the encoding {what}"), Right, |body| {
            let body = form(body);
            fixture.push_head().json(body.len()).header("Content-Encoding", encoding).with(&body)
        })
    };
    fixture.run(FORMS.into_iter().map(probe).collect()).await.map(drop)
}

/// The text in UTF-16, with or without a byte order mark.
fn utf16(body: &[u8], mark: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let text = format!("{mark}{}", String::from_utf8_lossy(body));
    text.encode_utf16().flat_map(bytes).collect()
}

fn little_endian(body: &[u8]) -> Vec<u8> {
    utf16(body, "", u16::to_le_bytes)
}

fn latin1(body: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(body).chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

async fn charsets(context: Context) -> Checked {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    const JSON: &str = "application/json";
    const FORMS: [(&str, &str, Form); 10] = [
        ("UTF-16", JSON, little_endian),
        ("UTF-16 with a mark", JSON, |body| utf16(body, "\u{feff}", u16::to_le_bytes)),
        ("UTF-16, with its charset", "application/json; charset=utf-16le", little_endian),
        ("big-endian UTF-16", "application/json; charset=utf-16", |body| utf16(body, "\u{feff}", u16::to_be_bytes)),
        ("Latin-1", JSON, latin1),
        ("Latin-1, with its charset", "application/json; charset=iso-8859-1", latin1),
        ("blanks only", JSON, |_| b" \t  ".to_vec()),
        ("line ends only", JSON, |_| b"\r\n\r\n".to_vec()),
        ("NUL only", JSON, |_| b"\0\0\0".to_vec()),
        ("a mark only", JSON, |_| MARK.to_vec()),
    ];
    let mut fixture = RawFixture { refusal: MALFORMED, ..RawFixture::open(&context).await? };
    let probe = |(what, kind, form): (&str, &str, Form)| {
        let op = fixture.op(what).mark("caf\u{e9}");
        let bytes = |body: &[u8]| {
            let body = form(body);
            let head = fixture.push_head().header("Content-Type", kind);
            head.header("Content-Length", body.len().to_string()).with(&body)
        };
        fixture.push_of(format!("a body in {what}"), Right, &[op], bytes).forbidden()
    };
    for outcome in fixture.run(FORMS.into_iter().map(probe).collect()).await? {
        outcome.first.expect_status(MALFORMED, &[400, 415])?;
    }
    // A byte order mark at the start may be ignored (RFC 8259, section 8.1).
    let marked = |body: &[u8]| fixture.request_with(&[MARK, body].concat());
    let probe = fixture.push("a body with a mark in front", Right, marked);
    fixture.run(vec![probe]).await.map(drop)
}

async fn bodies_where_none_belong(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let unknown = format!("/api/workspaces/{}", fixture.user.home.unknown_alike());
    let mut probes = Vec::new();
    let bodies: [(&str, Vec<u8>); 5] = [
        ("of JSON", json!({"name": "x"}).to_string().into_bytes()),
        ("of broken JSON", b"{\"name\":".to_vec()),
        ("of garbage", b"\xff\xfe\0GET / HTTP/1.1\r\n\r\n".to_vec()),
        ("of 100 KB", b"[".repeat(100_000)),
        ("of nothing", Vec::new()),
    ];
    for (method, path) in [
        ("GET", endpoint::SESSION.path),
        ("HEAD", endpoint::SESSION.path),
        ("GET", endpoint::LIST_WORKSPACES.path),
        ("DELETE", &unknown),
    ] {
        for (what, body) in &bodies {
            let bytes = fixture.raw.head(method, path).json(body.len()).with(body);
            // A server may close the connection instead of reading it, and a gateway may see only that.
            let http = if body.len() > 1000 { Wrong } else { Unusual };
            probes.push(Probe::ask(format!("{method} {path} with a body {what}"), http, method, path, bytes));
        }
    }
    fixture.run(probes).await?;
    let mut probes = Vec::new();
    for (what, length) in [("without a length", None), ("of length 0", Some("0"))] {
        for path in [PUSH, endpoint::PULL.path, endpoint::CREATE_WORKSPACE.path, endpoint::ACTIVATE.path] {
            let head = fixture.raw.head("POST", path).header("Content-Type", "application/json");
            let head = length.iter().fold(head, |head, length| head.header("Content-Length", *length));
            probes.push(Probe::ask(format!("POST {path} {what}"), Right, "POST", path, head.bytes()));
        }
    }
    for outcome in fixture.run(probes).await? {
        outcome.first.expect_status(MALFORMED, &[400, 411, 415])?;
    }
    Ok(())
}

async fn expectations(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let head = |expectation: &str, body: &[u8]| fixture.push_head().json(body.len()).header("Expect", expectation);
    let mut probes = Vec::new();
    for (what, expectation) in [
        ("with the body at once", "100-continue"),
        ("in capitals", "100-CONTINUE"),
        ("of an unknown kind", "200-ok"),
        ("of several", "100-continue, x=y"),
        ("that is empty", ""),
    ] {
        let bytes = |body: &[u8]| head(expectation, body).with(body);
        probes.push(fixture.push(format!("an expectation {what}"), Unusual, bytes));
    }
    // The body begins slowly, so that there is time to answer before it comes.
    let op = fixture.op("later");
    let body = fixture.body(op.as_ref());
    let mut exchange = RawExchange::ask("POST", PUSH, head("100-continue", &body).bytes());
    exchange.steps.push(Step::Trickle(body[..10].to_vec(), Duration::from_millis(50)));
    exchange.steps.push(Step::Send(body[10..].to_vec()));
    probes.push(Probe::new("an expectation with the body later", Unusual, exchange).permitted(&[op]));
    let never = fixture.push("an expectation and no body", Wrong, |body| head("100-continue", body).bytes());
    probes.push(never.ending(AfterSending::HalfClose).forbidden());
    fixture.run(probes).await.map(drop)
}
