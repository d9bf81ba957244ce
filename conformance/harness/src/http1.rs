//! Parses HTTP/1.1 messages from the bytes of a connection (RFC 9112). No other file does that.
//!
//! The raw client and the fault proxy need what an HTTP library hides: where a message ends, several answers in a row,
//! and answers to requests that no library would send. `httparse` parses heads and chunk sizes.

use std::io;

use tokio::net::TcpStream;

use crate::tls::{Connection, Tls};

/// The largest number of headers in a message.
const MAX_HEADERS: usize = 256;

/// The address of a server that is reached without an HTTP library.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    host: String,
    port: u16,
    /// Which certificates are accepted; None for plain HTTP.
    tls: Option<Tls>,
    /// Host and port, as the `Host` header names them.
    pub(crate) authority: String,
    /// The path before every path of the protocol.
    pub(crate) prefix: String,
}

impl Address {
    /// Parses an address such as `http://127.0.0.1:8787`.
    ///
    /// # Errors
    /// When it is not one.
    pub(crate) fn parse(base: &str, tls: &Tls) -> Result<Self, String> {
        let url = reqwest::Url::parse(base).map_err(|error| format!("{base} is not an address: {error}"))?;
        let tls = match url.scheme() {
            "http" => None,
            "https" => Some(tls.clone()),
            other => return Err(format!("raw connections use http or https, not {other}")),
        };
        let host = url.host_str().ok_or_else(|| format!("{base} names no host"))?;
        Ok(Address {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: url.port_or_known_default().unwrap_or(80),
            tls,
            authority: url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")),
            prefix: url.path().trim_end_matches('/').to_owned(),
        })
    }

    /// Opens a connection.
    pub(crate) async fn connect(&self) -> io::Result<Box<dyn Connection>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        // Otherwise bytes that are sent one by one could be combined into one packet.
        stream.set_nodelay(true)?;
        match &self.tls {
            Some(tls) => Ok(Box::new(tls.wrap(&self.host, stream).await?)),
            None => Ok(Box::new(stream)),
        }
    }
}

/// One message, and how many bytes of the connection it takes up.
#[derive(Debug, PartialEq)]
pub(crate) struct Message {
    /// The status of an answer.
    pub(crate) status: Option<u16>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The content, with chunks joined.
    pub(crate) body: Vec<u8>,
    /// The bytes of the head with its empty line.
    pub(crate) head_length: usize,
    /// The bytes of head and body.
    pub(crate) length: usize,
}

/// The first request in the bytes; None while it is incomplete.
///
/// # Errors
/// When the bytes are not HTTP.
pub(crate) fn first_request(bytes: &[u8]) -> io::Result<Option<Message>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    match head.parse(bytes).map_err(io::Error::other)? {
        httparse::Status::Complete(start) => {
            Message::new(None, head.headers, start).with_body(&bytes[start..], Some(0))
        }
        httparse::Status::Partial => Ok(None),
    }
}

/// The first answer in the bytes; None while it is incomplete. `ended` means that no more bytes will follow, `bodyless`
/// that the answer to this method has no body.
///
/// # Errors
/// When the bytes are not HTTP.
pub(crate) fn first_answer(bytes: &[u8], ended: bool, bodyless: bool) -> io::Result<Option<Message>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(start) = head.parse(bytes).map_err(io::Error::other)? else { return Ok(None) };
    let answer = Message::new(head.code, head.headers, start);
    if bodyless || answer.status.is_some_and(|status| status < 200 || status == 204 || status == 304) {
        return Ok(Some(answer));
    }
    let rest = &bytes[start..];
    answer.with_body(rest, ended.then_some(rest.len()))
}

impl Message {
    /// A message without a body.
    fn new(status: Option<u16>, headers: &[httparse::Header<'_>], length: usize) -> Self {
        let lower = |header: &httparse::Header<'_>| {
            (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
        };
        let headers = headers.iter().map(lower).collect();
        Message { status, headers, body: Vec::new(), head_length: length, length }
    }

    /// The message with the body at the start of `rest`; None while it is incomplete. `unframed` is the length of a body
    /// when no header gives it, if that length is known.
    fn with_body(mut self, rest: &[u8], unframed: Option<usize>) -> io::Result<Option<Self>> {
        let is_chunked =
            self.header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
        let body = if is_chunked {
            unchunked(rest)
        } else {
            let length = match self.header("content-length") {
                Some(text) => Some(text.trim().parse().map_err(io::Error::other)?),
                None => unframed,
            };
            length.and_then(|length| Some((rest.get(..length)?.to_vec(), length)))
        };
        Ok(body.map(|(body, length)| {
            self.body = body;
            self.length += length;
            self
        }))
    }

    /// Whether another answer to the same request follows (RFC 9110, section 15.2).
    pub(crate) fn is_interim(&self) -> bool {
        self.status.is_some_and(|status| (100..200).contains(&status) && status != 101)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A chunked body and its length on the wire; None while it is not whole.
fn unchunked(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    // Each round takes at least the three bytes of a size line.
    while let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(&bytes[at..]) {
        at += start;
        let size = usize::try_from(size).ok()?;
        if size == 0 {
            // Trailers, and the empty line that ends them.
            loop {
                let line = bytes.get(at..)?.windows(2).position(|pair| pair == b"\r\n")?;
                at += line + 2;
                if line == 0 {
                    return Some((body, at));
                }
            }
        }
        body.extend_from_slice(bytes.get(at..at.checked_add(size)?)?);
        at += size + 2;
        bytes.get(..at)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Message, first_answer, first_request};

    fn first(bytes: &[u8], ended: bool, bodyless: bool) -> Option<Message> {
        first_answer(bytes, ended, bodyless).expect("HTTP")
    }

    #[test]
    fn a_body_ends_where_its_length_says() {
        let bytes = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1";
        let answer = first(bytes, false, false).expect("whole");
        assert_eq!(
            (answer.status, answer.body.as_slice(), answer.length),
            (Some(400), b"{}".as_slice(), bytes.len() - 8)
        );
        assert_eq!(first(&bytes[..bytes.len() - 9], false, false), None, "one byte is missing");
    }

    #[test]
    fn a_chunked_body_is_put_together() {
        let bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{\"\r\n3;x=y\r\na\":\r\n2\r\n1}\r\n0\r\nA: b\r\n\r\n";
        assert_eq!(first(bytes, false, false).expect("whole").body, br#"{"a":1}"#);
        assert_eq!(first(&bytes[..bytes.len() - 2], true, false), None, "the last line is missing");
    }

    #[test]
    fn a_body_without_a_length_ends_with_the_connection() {
        let bytes = b"HTTP/1.0 200 OK\r\n\r\nall of it";
        assert_eq!(first(bytes, false, false), None);
        assert_eq!(first(bytes, true, false).expect("whole").body, b"all of it");
        assert_eq!(first(bytes, false, true).expect("an answer to HEAD").body, b"");
    }

    #[test]
    fn what_is_no_http_is_no_answer() {
        assert!(first_answer(b"<h1>Bad Request</h1>", true, false).is_err());
        assert!(first_answer(b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}", true, false).is_err());
    }

    #[test]
    fn a_request_ends_with_its_length_or_its_head() {
        let bytes = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}more";
        let request = first_request(bytes).expect("HTTP").expect("whole");
        assert_eq!((request.body.as_slice(), request.length), (b"{}".as_slice(), bytes.len() - 4));
        assert_eq!(first_request(&bytes[..bytes.len() - 5]).expect("HTTP"), None, "one byte is missing");
        let request = first_request(b"GET / HTTP/1.1\r\n\r\nmore").expect("HTTP").expect("whole");
        assert_eq!((request.body.as_slice(), request.length), (b"".as_slice(), request.head_length));
    }
}
