//! HTTP: bodies under other names, encodings and in places where none belong.

use serde_json::json;

use crate::support::raw_http::{Probe, RawFixture, Validity};
use syncproof_harness::cases;
use syncproof_harness::client::{AfterSending, RawExchange, Step};
use syncproof_harness::world::Context;
use syncproof_protocol::endpoint;
use syncproof_protocol::failure::Checked;

const MALFORMED: &str = "http.malformed-json";
const PUSH: &str = endpoint::PUSH.path;

cases! {
    /// Right pushes under missing, wrong and odd content types are taken or refused.
    "http/raw-content-types"
        checks ["http.no-5xx", "http.json-errors", "http.no-internals", "push.bad-batch-changes-nothing"]
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
    const TYPES: [&str; 16] = [
        "text/plain",
        "text/html",
        "text/plain; charset=utf-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/xml",
        "application/vnd.api+json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "application/json; charset=\"UTF-8\"; x=y",
        "application/json; charset=bogus",
        "application/json; charset=",
        "application/json;;;",
        "/;=",
    ];
    let mut fixture = RawFixture::open(&context).await?;
    let mut probes = Vec::new();
    for kind in TYPES.into_iter().map(Some).chain([None, Some(""), Some("application/json, text/plain")]) {
        let op = fixture.op(kind.unwrap_or("none"));
        let body = fixture.body(std::slice::from_ref(&op));
        let mut head = fixture.raw.head("POST", PUSH).header("Content-Length", body.len().to_string());
        if let Some(kind) = kind {
            head = head.header("Content-Type", kind);
        }
        let what = format!("the content type {kind:?}");
        probes
            .push(Probe::new(what, Validity::Right, RawExchange::ask("POST", PUSH, head.with(&body))).permitted(&[op]));
    }
    let op = fixture.op("two types");
    let body = fixture.body(std::slice::from_ref(&op));
    let head = fixture.raw.head("POST", PUSH).json(body.len()).header("Content-Type", "text/plain");
    let talk = RawExchange::ask("POST", PUSH, head.with(&body));
    probes.push(Probe::new("two content types", Validity::Unusual, talk).permitted(&[op]));
    fixture.run(probes).await?;
    Ok(())
}

/// The bytes as gzip (RFC 1952) in one stored block; for less than 64 KiB.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let checksum = bytes.iter().fold(u32::MAX, |checksum, byte| {
        (0..8).fold(checksum ^ u32::from(*byte), |rest, _| (rest >> 1) ^ (0xedb8_8320 * (rest & 1)))
    });
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    let lengths = [length.to_le_bytes(), (!length).to_le_bytes()].concat();
    let tail = [(!checksum).to_le_bytes(), u32::from(length).to_le_bytes()].concat();
    [&head[..], &lengths, bytes, &tail].concat()
}

/// What an encoding makes of a body.
type Form = fn(Vec<u8>) -> Vec<u8>;

async fn encodings(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let mut probes = Vec::new();
    let forms: [(&str, &str, Form); 12] = [
        ("gzip that is gzip", "gzip", |body| gzip(&body)),
        ("gzip twice", "gzip, gzip", |body| gzip(&gzip(&body))),
        ("gzip that is plain", "gzip", |body| body),
        ("gzip that is cut", "gzip", |body| gzip(&body)[..40].to_vec()),
        ("gzip with a wrong checksum", "gzip", |body| gzip(&body).iter().map(|byte| byte ^ 0x55).collect()),
        ("gzip that is empty", "gzip", |_| Vec::new()),
        ("gzip without saying so", "identity", |body| gzip(&body)),
        ("deflate that is plain", "deflate", |body| body),
        ("br that is plain", "br", |body| body),
        ("zstd that is plain", "zstd", |body| body),
        ("an encoding that nobody knows", "rot13", |body| body),
        ("no encoding's name", ",;\"", |body| body),
    ];
    for (what, encoding, form) in forms {
        let op = fixture.op(what);
        let body = form(fixture.body(std::slice::from_ref(&op)));
        let head = fixture.raw.head("POST", PUSH).json(body.len()).header("Content-Encoding", encoding);
        let talk = RawExchange::ask("POST", PUSH, head.with(&body));
        probes.push(Probe::new(format!("the encoding {what}"), Validity::Right, talk).permitted(&[op]));
    }
    fixture.run(probes).await?;
    Ok(())
}

async fn charsets(context: Context) -> Checked {
    let mut fixture = RawFixture { refusal: MALFORMED, ..RawFixture::open(&context).await? };
    let utf16 = |body: &[u8], big: bool| -> Vec<u8> {
        let text = String::from_utf8_lossy(body).into_owned();
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    let mut probes = Vec::new();
    let json = "application/json";
    for (what, kind) in [
        ("UTF-16", json),
        ("UTF-16 with a mark", json),
        ("UTF-16, and says so", "application/json; charset=utf-16le"),
        ("UTF-16, the other way round", "application/json; charset=utf-16"),
        ("Latin-1", json),
        ("Latin-1, and says so", "application/json; charset=iso-8859-1"),
        ("blanks only", json),
        ("line ends only", json),
        ("NUL only", json),
        ("a mark only", json),
    ] {
        let op = fixture.op(what).mark("caf\u{e9}");
        let body = fixture.body(std::slice::from_ref(&op));
        let body = match what {
            "UTF-16 with a mark" => [b"\xff\xfe".to_vec(), utf16(&body, false)].concat(),
            "UTF-16, the other way round" => [b"\xfe\xff".to_vec(), utf16(&body, true)].concat(),
            "blanks only" => b" \t  ".to_vec(),
            "line ends only" => b"\r\n\r\n".to_vec(),
            "NUL only" => b"\0\0\0".to_vec(),
            "a mark only" => b"\xef\xbb\xbf".to_vec(),
            _ if what.starts_with("Latin-1") => {
                String::from_utf8_lossy(&body).chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
            }
            _ => utf16(&body, false),
        };
        let head = fixture
            .raw
            .head("POST", PUSH)
            .header("Content-Type", kind)
            .header("Content-Length", body.len().to_string());
        let talk = RawExchange::ask("POST", PUSH, head.with(&body));
        probes.push(Probe::new(format!("a body in {what}"), Validity::Right, talk).forbidden(&[op]));
    }
    for heard in fixture.run(probes).await? {
        heard.first.expect_status(MALFORMED, &[400, 415])?;
    }
    // A mark in front may be ignored (RFC 8259, section 8.1).
    let op = fixture.op("marked");
    let body = [b"\xef\xbb\xbf".to_vec(), fixture.body(std::slice::from_ref(&op))].concat();
    let talk = RawExchange::ask("POST", PUSH, fixture.raw.head("POST", PUSH).json(body.len()).with(&body));
    fixture.run(vec![Probe::new("a body with a mark in front", Validity::Right, talk).permitted(&[op])]).await?;
    Ok(())
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
            let head = fixture.raw.head(method, path).json(body.len());
            let talk = RawExchange::ask(method, path, head.with(body));
            // A server may end the connection over what it has no use for, and a gateway may see that end only.
            let http = if body.len() > 1000 { Validity::Wrong } else { Validity::Unusual };
            probes.push(Probe::new(format!("{method} {path} with a body {what}"), http, talk));
        }
    }
    for (what, length) in [("without a length", None), ("of length 0", Some("0"))] {
        for path in [PUSH, endpoint::PULL.path, endpoint::CREATE_WORKSPACE.path, endpoint::ACTIVATE.path] {
            let head = fixture.raw.head("POST", path).header("Content-Type", "application/json");
            let head = length.iter().fold(head, |head, length| head.header("Content-Length", *length));
            let talk = RawExchange::ask("POST", path, head.bytes());
            probes.push(Probe::new(format!("POST {path} {what}"), Validity::Right, talk));
        }
    }
    let (with_bodies, without) = probes.split_at(probes.len() - 8);
    fixture.run(with_bodies.to_vec()).await?;
    for heard in fixture.run(without.to_vec()).await? {
        heard.first.expect_status("http.malformed-json", &[400, 411, 415])?;
    }
    Ok(())
}

async fn expectations(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let mut probes = Vec::new();
    for (what, expectation) in [
        ("at once", "100-continue"),
        ("later", "100-continue"),
        ("in capitals", "100-CONTINUE"),
        ("of nobody's", "200-ok"),
        ("of many", "100-continue, x=y"),
        ("empty", ""),
    ] {
        let op = fixture.op(what);
        let body = fixture.body(std::slice::from_ref(&op));
        let head = fixture.raw.head("POST", PUSH).json(body.len()).header("Expect", expectation).bytes();
        let mut talk = RawExchange::ask("POST", PUSH, Vec::new());
        talk.steps = if what == "later" {
            // The head goes slowly at its end, so that there is time to answer before the body comes.
            vec![
                Step::Send(head),
                Step::Trickle(body[..10].to_vec(), std::time::Duration::from_millis(50)),
                Step::Send(body[10..].to_vec()),
            ]
        } else {
            vec![Step::Send([head, body].concat())]
        };
        probes.push(Probe::new(format!("an expectation {what}"), Validity::Unusual, talk).permitted(&[op]));
    }
    let op = fixture.op("never");
    let body = fixture.body(std::slice::from_ref(&op));
    let head = fixture.raw.head("POST", PUSH).json(body.len()).header("Expect", "100-continue");
    let talk = RawExchange::ask("POST", PUSH, head.bytes()).ending(AfterSending::HalfClose);
    probes.push(Probe::new("an expectation and no body", Validity::Wrong, talk).forbidden(&[op]));
    fixture.run(probes).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::gzip;

    #[test]
    fn gzip_has_the_checksum_of_the_standard() {
        // The checksum of "123456789" is 0xcbf43926 (RFC 1952's polynomial).
        let packed = gzip(b"123456789");
        assert_eq!(packed[packed.len() - 8..packed.len() - 4], 0xcbf4_3926_u32.to_le_bytes());
    }
}
