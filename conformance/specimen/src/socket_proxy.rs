//! A proxy in front of the specimen, for mutants that go wrong with the bytes of a request before it is parsed.
//!
//! It changes or answers the first request of a connection, and forwards everything else unchanged.

use super::switch::{Switch, Switches, deviation};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// The longest head that is read.
const MAX_BYTES: usize = 2 * 1024 * 1024;
/// How long a hanging server takes: longer than any client waits.
const HANG: Duration = Duration::from_secs(60);

/// The switches of mutants that need the proxy.
pub(super) const PROXIED: &[Switch] = &[
    Switch::LengthBeforeChunks,
    Switch::FirstLengthCounts,
    Switch::LastLengthCounts,
    Switch::BadLengthBreaks,
    Switch::BodyOfGetRuns,
    Switch::BodyOfStrangersRuns,
    Switch::HeadHasBody,
    Switch::PipelineReversed,
    Switch::HeadsReadInTurn,
    Switch::SplitHeadBreaks,
    Switch::GarbageBreaks,
    Switch::GarbageHangs,
    Switch::GarbagePoisons,
    Switch::GarbageShowsInternals,
];

/// State that all connections of a proxy share.
#[derive(Debug, Default)]
struct Shared {
    reading: Mutex<()>,
    poisoned: AtomicBool,
}

/// What the proxy does with a connection.
enum Verdict {
    Forward(Vec<u8>),
    Answer(&'static str),
    Hang,
}

/// Forwards connections to the server at that address, until its task is aborted.
pub(super) async fn pass(listener: TcpListener, inner: SocketAddr, switches: Switches) -> io::Result<()> {
    let shared = Arc::new(Shared::default());
    loop {
        let (stream, _) = listener.accept().await?;
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // An error means that the client or the specimen has disconnected, and ends this connection only.
            let _ = connection(stream, inner, switches, &shared).await;
        });
    }
}

async fn connection(mut client: TcpStream, inner: SocketAddr, switches: Switches, shared: &Shared) -> io::Result<()> {
    client.set_nodelay(true)?;
    let turn = if switches.has(Switch::HeadsReadInTurn) { Some(shared.reading.lock().await) } else { None };
    let (bytes, in_one) = head(&mut client).await?;
    drop(turn);
    match deviate(switches, bytes, in_one, shared) {
        Verdict::Forward(bytes) => {
            let mut server = TcpStream::connect(inner).await?;
            server.set_nodelay(true)?;
            server.write_all(&bytes).await?;
            copy_bidirectional(&mut client, &mut server).await?;
        }
        Verdict::Answer(answer) => client.write_all(answer.as_bytes()).await?,
        Verdict::Hang => tokio::time::sleep(HANG).await,
    }
    Ok(())
}

/// Reads until the head of a request is complete or the client stops sending, and tells whether that took one read.
async fn head(client: &mut TcpStream) -> io::Result<(Vec<u8>, bool)> {
    let (mut bytes, mut buffer, mut reads) = (Vec::new(), vec![0; 256 * 1024], 0);
    while end_of_head(&bytes).is_none() && bytes.len() < MAX_BYTES {
        let count = client.read(&mut buffer).await?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&buffer[..count]);
        reads += 1;
    }
    Ok((bytes, reads <= 1))
}

const BROKEN: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
const DOWN: &str = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
const TRACE: &str =
    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nParse Error\n    at parserOnError (node:internal/http:81:9)";

fn deviate(switches: Switches, bytes: Vec<u8>, in_one: bool, shared: &Shared) -> Verdict {
    let is_garbage = !bytes.first().is_some_and(u8::is_ascii_uppercase);
    let lengths = values(&bytes, "content-length");
    deviation!(match switches {
        Switch::GarbageBreaks if is_garbage => Verdict::Answer(BROKEN),
        Switch::GarbageHangs if is_garbage => Verdict::Hang,
        Switch::GarbageShowsInternals if is_garbage => Verdict::Answer(TRACE),
        Switch::GarbagePoisons => {
            if is_garbage {
                shared.poisoned.store(true, Ordering::Relaxed);
            }
            if shared.poisoned.load(Ordering::Relaxed) { Verdict::Answer(DOWN) } else { Verdict::Forward(bytes) }
        }
        Switch::SplitHeadBreaks if !in_one => Verdict::Answer(BROKEN),
        Switch::BadLengthBreaks if lengths.iter().any(|length| length.parse::<u64>().is_err()) => {
            Verdict::Answer(BROKEN)
        }
        Switch::LengthBeforeChunks if !lengths.is_empty() => {
            Verdict::Forward(without(&bytes, |name| name == "transfer-encoding"))
        }
        Switch::FirstLengthCounts | Switch::LastLengthCounts if lengths.len() > 1 => {
            let kept = if switches.has(Switch::FirstLengthCounts) { 0 } else { lengths.len() - 1 };
            let mut seen = 0;
            Verdict::Forward(without(&bytes, |name| {
                let is_length = name == "content-length";
                seen += usize::from(is_length);
                is_length && seen - 1 != kept
            }))
        }
        Switch::BodyOfGetRuns if bytes.starts_with(b"GET ") => {
            Verdict::Forward(without(&bytes, |name| name == "content-length"))
        }
        Switch::BodyOfStrangersRuns if values(&bytes, "authorization").is_empty() => {
            Verdict::Forward(without(&bytes, |name| name == "content-length"))
        }
        Switch::HeadHasBody if bytes.starts_with(b"HEAD ") => {
            Verdict::Forward([b"GET ", &bytes[b"HEAD ".len()..]].concat())
        }
        Switch::PipelineReversed => Verdict::Forward(reversed(bytes)),
        _ => Verdict::Forward(bytes),
    })
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4)
}

/// The header lines of the first head.
fn lines(bytes: &[u8]) -> Vec<String> {
    let head = &bytes[..end_of_head(bytes).unwrap_or(0)];
    String::from_utf8_lossy(head).split("\r\n").skip(1).map(str::to_owned).collect()
}

fn name_of(line: &str) -> String {
    line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn values(bytes: &[u8], name: &str) -> Vec<String> {
    let lines = lines(bytes).into_iter().filter(|line| name_of(line) == name);
    lines.map(|line| line.split_once(':').map_or("", |(_, value)| value).trim().to_owned()).collect()
}

/// The bytes without the header lines of the first head that `drop` selects.
fn without(bytes: &[u8], mut drop: impl FnMut(&str) -> bool) -> Vec<u8> {
    let Some(end) = end_of_head(bytes) else { return bytes.to_vec() };
    let start = bytes.windows(2).position(|window| window == b"\r\n").map_or(end, |at| at + 2);
    let mut kept = bytes[..start].to_vec();
    for line in lines(bytes).iter().filter(|line| !line.is_empty()) {
        if !drop(&name_of(line)) {
            kept.extend_from_slice(line.as_bytes());
            kept.extend_from_slice(b"\r\n");
        }
    }
    kept.extend_from_slice(b"\r\n");
    kept.extend_from_slice(&bytes[end..]);
    kept
}

/// The bytes with the first two requests swapped, if both are complete. What is in chunks, or has two lengths, is left as
/// it is.
fn reversed(bytes: Vec<u8>) -> Vec<u8> {
    let whole = |bytes: &[u8]| {
        let lengths = values(bytes, "content-length");
        if lengths.len() > 1 || !values(bytes, "transfer-encoding").is_empty() {
            return None;
        }
        let length = lengths.first().map_or(Some(0), |length| length.parse::<usize>().ok())?;
        end_of_head(bytes).map(|end| end + length).filter(|end| *end <= bytes.len())
    };
    let Some(first) = whole(&bytes) else { return bytes };
    let Some(second) = whole(&bytes[first..]) else { return bytes };
    [&bytes[first..first + second], &bytes[..first], &bytes[first + second..]].concat()
}
