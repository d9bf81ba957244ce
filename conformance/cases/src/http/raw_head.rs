//! HTTP: request lines, headers and targets that no HTTP library sends.

use crate::prelude::*;
use crate::support::raw_http::{Probe, RawFixture, Validity};
use syncproof_harness::client::AfterSending;

const RULES: &[&str] = &["http.no-5xx", "http.no-internals", "http.json-errors"];
const SESSION: &str = endpoint::SESSION.path;

cases! {
    /// Garbage, TLS, HTTP/0.9, 2 and 3, odd versions, methods and blanks: refused or ended, and no harm done.
    "http/raw-request-lines" checks RULES by request_lines;
    /// No Host, two of them, bare line feeds, control characters, folded lines, lines without a colon.
    "http/raw-headers" checks RULES by headers;
    /// A header of 64 KiB, a thousand headers, a path and a query of 16 KiB, a method of 2 KiB.
    "http/raw-huge-heads" checks RULES by huge_heads;
    /// Absolute and authority forms, `%00`, `..`, `//`, fragments and encoded ids in the target, with any method.
    "http/raw-targets" checks RULES by targets;
}

fn wrong(what: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Probe {
    Probe::ask(what, Validity::Wrong, "RAW", SESSION, bytes.into()).ending(AfterSending::HalfClose)
}

fn unusual(what: impl Into<String>, bytes: Vec<u8>) -> Probe {
    Probe::ask(what, Validity::Unusual, "GET", SESSION, bytes)
}

async fn request_lines(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let head = fixture.raw.head("GET", SESSION);
    let target = fixture.raw.target(SESSION);
    let mut probes = vec![
        wrong("nothing at all", ""),
        wrong("line ends only", "\r\n\r\n\r\n\r\n"),
        wrong("binary garbage", (0..=255_u8).cycle().take(2000).collect::<Vec<u8>>()),
        wrong("a TLS greeting", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03".repeat(10)),
        wrong("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"),
        wrong("HTTP/0.9", format!("GET {target}\r\n")),
        wrong("a response instead of a request", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        wrong("a line of JSON", "{\"id\": 1}\r\n\r\n"),
        wrong("a line without an end", "G".repeat(100)),
        wrong("a long line without an end", "G".repeat(200_000)),
    ];
    for version in [
        "HTTP/2.0",
        "HTTP/3.0",
        "HTTP/1.2",
        "HTTP/9.9",
        "HTTP/0.9",
        "http/1.1",
        "HTTP/1",
        "HTTP/11",
        "HTCPCP/1.0",
        "HTTP/1.1 x",
        "HTTP/-1.1",
    ] {
        let bytes = head.clone().line(format!("GET {target} {version}")).bytes();
        probes.push(wrong(format!("the version {version}"), bytes));
    }
    let lines: [(&str, Vec<u8>); 9] = [
        ("two blanks", format!("GET  {target}  HTTP/1.1").into()),
        ("tabs for blanks", format!("GET\t{target}\tHTTP/1.1").into()),
        ("a blank in front", format!(" GET {target} HTTP/1.1").into()),
        ("a blank in the target", format!("GET {target} x HTTP/1.1").into()),
        ("no target", b"GET HTTP/1.1".to_vec()),
        ("a target without a slash", b"GET api HTTP/1.1".to_vec()),
        ("NUL in the target", format!("GET {target}\0 HTTP/1.1").into()),
        (
            "bytes that are no UTF-8 in the target",
            [format!("GET {target}?").as_bytes(), b"\xff\xfe\xc0 HTTP/1.1"].concat(),
        ),
        ("bytes that are no UTF-8 in the method", [b"G\xffT ".as_slice(), target.as_bytes(), b" HTTP/1.1"].concat()),
    ];
    probes.extend(lines.into_iter().map(|(what, line)| wrong(what, head.clone().line(line).bytes())));
    for method in ["get", "Get", "G@T", "(GET)", "GET,POST"] {
        let bytes = head.clone().line(format!("{method} {target} HTTP/1.1")).bytes();
        probes.push(wrong(format!("the method {method}"), bytes));
    }
    // An older version of HTTP is still HTTP.
    probes.push(unusual("HTTP/1.0", head.line(format!("GET {target} HTTP/1.0")).bytes()));
    fixture.run(probes).await.map(drop)
}

async fn headers(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let head = fixture.raw.head("GET", SESSION);
    let mut probes = vec![
        wrong("no Host", head.clone().without("host").bytes()),
        wrong("two Hosts", head.clone().header("Host", "elsewhere.test").bytes()),
        wrong("an empty Host", head.clone().without("host").header("Host", "").bytes()),
        wrong("a Host that is none", head.clone().without("host").header("Host", "a b/c@d:e").bytes()),
        wrong("bare line feeds", head.clone().line_end(b"\n").bytes()),
        wrong("bare carriage returns", head.clone().line_end(b"\r").bytes()),
        wrong("a line end before the request", [b"\r\n".to_vec(), head.bytes()].concat()),
        wrong("a head that ends within a header", head.bytes()[..head.bytes().len() - 4].to_vec()),
    ];
    let odd: [(&str, &[u8], &[u8]); 14] = [
        ("NUL in a header's value", b"X-Odd", b"a\0b"),
        ("NUL in a header's name", b"X-\0dd", b"a"),
        ("control characters in a value", b"X-Odd", b"a\x01\x02\x7fb"),
        ("a bare carriage return in a value", b"X-Odd", b"a\rb: c"),
        ("a bare line feed in a value", b"X-Odd", b"a\nb"),
        ("Latin-1 in a value", b"X-Odd", b"caf\xe9"),
        ("no UTF-8 in a value", b"X-Odd", b"\xff\xfe\xc0\xaf"),
        ("no UTF-8 in a name", b"X-\xff", b"a"),
        ("a blank in a name", b"X Odd", b"a"),
        ("a blank after a name", b"X-Odd ", b"a"),
        ("an empty name", b"", b"a"),
        ("a folded line", b"X-Odd", b"a\r\n  folded"),
        ("a line without a colon", b"X-Odd", b"a\r\nno colon here"),
        ("an odd Connection header", b"Connection", b"keep-alive, close, upgrade, \"x"),
    ];
    for (what, name, value) in odd {
        probes.push(wrong(what, head.clone().header(name, value).bytes()));
    }
    for (name, value) in [
        ("Upgrade", "h2c"),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade, HTTP2-Settings"),
        ("Accept", "text/html"),
        ("Accept", "*/*;q=nonsense,,;"),
        ("Accept-Encoding", "gzip;q=2, \u{1}"),
        ("Accept-Charset", "utf-16"),
        ("Range", "bytes=9-1,-,0-"),
        ("If-None-Match", "*"),
        ("If-Modified-Since", "the day before yesterday"),
        ("Cookie", "=;;=;a=%ff;\"="),
        ("X-Forwarded-For", "'; DROP TABLE users; --"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Origin", "null"),
        ("Expect", "the unexpected"),
        ("TE", "trailers, deflate;q=0.5"),
        ("Content-Length", "0"),
        ("Date", "\u{ff}"),
    ] {
        let what = format!("the header {name}: {}", value.escape_debug());
        probes.push(unusual(what, head.clone().header(name, value).bytes()));
    }
    // Credentials that are not valid, in raw bytes.
    let list = endpoint::LIST_WORKSPACES.path;
    for value in
        [&b""[..], b"Bearer", b"Bearer ", b"Bearer \xff\xfe", b"bearer a.b.c", b"Basic !!!", b"Bearer a b", b"Digest"]
    {
        let bytes = fixture.raw.anonymous().head("GET", list).header("Authorization", value).bytes();
        let what = format!("the credential `{}`", value.escape_ascii());
        probes.push(Probe::ask(what, Validity::Unusual, "GET", list, bytes));
    }
    fixture.run(probes).await.map(drop)
}

async fn huge_heads(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let head = fixture.raw.head("GET", SESSION);
    let target = fixture.raw.target(SESSION);
    let many = |count: usize, size: usize| {
        (0..count).fold(head.clone(), |head, number| head.header(format!("X-Filler-{number}"), "f".repeat(size)))
    };
    let path = |path: String| fixture.raw.head("GET", &path).bytes();
    let anonymous = fixture.raw.anonymous().head("GET", endpoint::LIST_WORKSPACES.path);
    let heads = [
        ("a header of 8 KiB", head.clone().header("X-Filler", "f".repeat(8 << 10)).bytes()),
        ("a header of 64 KiB", head.clone().header("X-Filler", "f".repeat(64 << 10)).bytes()),
        ("a header of 1 MiB", head.clone().header("X-Filler", "f".repeat(1 << 20)).bytes()),
        ("a header's name of 64 KiB", head.clone().header("X".repeat(64 << 10), "f").bytes()),
        (
            "a credential of 64 KiB",
            anonymous.header("Authorization", format!("Bearer {}", "a".repeat(64 << 10))).bytes(),
        ),
        ("99 headers", many(95, 10).bytes()),
        ("1000 headers", many(1000, 10).bytes()),
        ("200 headers of 1 KiB", many(200, 1 << 10).bytes()),
        ("1000 headers of one name", (0..1000).fold(head.clone(), |head, _| head.header("X-Same", "f")).bytes()),
        ("a path of 16 KiB", path(format!("/api/workspaces/{}", "a".repeat(16 << 10)))),
        ("a path of 4000 segments", path(format!("/api{}", "/a".repeat(4000)))),
        ("a path of 16 KiB of escapes", path(format!("/api/workspaces/{}", "%41".repeat(5500)))),
        ("a query of 16 KiB", path(format!("{SESSION}?q={}", "a".repeat(16 << 10)))),
        ("a query of 1000 parameters", path(format!("{SESSION}?{}", "a=b&".repeat(1000)))),
        ("a method of 2 KiB", head.clone().line(format!("{} {target} HTTP/1.1", "M".repeat(2 << 10))).bytes()),
    ];
    fixture.run(heads.into_iter().map(|(what, bytes)| unusual(what, bytes)).collect()).await.map(drop)
}

async fn targets(context: Context) -> Checked {
    let mut fixture = RawFixture::open(&context).await?;
    let home = fixture.user.home.to_string();
    let encoded: String = home.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let doubly = encoded.replace('%', "%25");
    let mut probes = Vec::new();
    let named = [
        format!("/api/workspaces/{encoded}/members"),
        format!("/api/workspaces/{doubly}/members"),
        format!("/api/workspaces/{home}%00/members"),
        format!("/api/workspaces/%00{home}/members"),
        format!("/api/workspaces/{home}%0d%0aX:%20y/members"),
        format!("/api/workspaces/{home}/../{home}/members"),
        format!("/api/workspaces/{home}/./members"),
        format!("/api/workspaces//{home}//members"),
        format!("/api/workspaces/{home}/members/"),
        format!("/api/workspaces/{home};a=b/members"),
        format!("/api/workspaces/{home}/members?a=b"),
        format!("/api/workspaces/{home}/members#part"),
        format!("/api/workspaces/{home}/members/%ff%fe"),
        format!("/api/workspaces/{home}/members/%"),
    ];
    let fixed = [
        "/api/workspaces/%E0%A4%A/members",
        "/api/workspaces/%c0%ae%c0%ae/members",
        "/api/workspaces/../../../../etc/passwd",
        "/api/workspaces/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "//api/workspaces",
        "/api//workspaces",
        "/api/./workspaces",
        "/api/x/../workspaces",
        "/%61%70%69/workspaces",
        "/API/Workspaces",
        "/api/workspaces%00",
        "/api/workspaces\\..\\x",
        "/api/workspaces?%",
        "/api/workspaces?%00=%ff&&==&[]=1&__proto__[x]=1",
        "/",
        "/?",
        "/.",
        "/..",
    ];
    for path in named.iter().map(String::as_str).chain(fixed) {
        for method in ["GET", "DELETE", "POST"] {
            let bytes = fixture.raw.head(method, path).header("Content-Length", "0").bytes();
            probes.push(Probe::ask(format!("{method} {path}"), Validity::Unusual, method, path, bytes));
        }
    }
    let authority = fixture.raw.authority().to_owned();
    let target = fixture.raw.target(SESSION);
    let lines = [
        format!("GET http://{authority}{target} HTTP/1.1"),
        format!("GET https://{authority}{target} HTTP/1.1"),
        format!("GET http://elsewhere.test{target} HTTP/1.1"),
        "GET http://[::1 HTTP/1.1".to_owned(),
        "GET http:// HTTP/1.1".to_owned(),
        "GET file:///etc/passwd HTTP/1.1".to_owned(),
        "GET * HTTP/1.1".to_owned(),
        format!("GET {authority} HTTP/1.1"),
        "OPTIONS * HTTP/1.1".to_owned(),
        format!("CONNECT {authority} HTTP/1.1"),
        "CONNECT elsewhere.test:443 HTTP/1.1".to_owned(),
        format!("CONNECT {target} HTTP/1.1"),
        format!("TRACE {target} HTTP/1.1"),
        format!("OPTIONS {target} HTTP/1.1"),
        format!("HEAD {target} HTTP/1.1"),
        format!("PURGE {target} HTTP/1.1"),
    ];
    for line in lines {
        let method = line.split(' ').next().unwrap_or_default().to_owned();
        let bytes = fixture.raw.head("GET", SESSION).line(line.as_str()).bytes();
        probes.push(Probe::ask(line, Validity::Unusual, &method, SESSION, bytes));
    }
    fixture.run(probes).await?;
    // The user still has a consistent session and list.
    fixture.user.place("http.no-5xx").await.map(drop)
}
