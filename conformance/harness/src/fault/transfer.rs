//! One complete request or answer, read from one side and written to the other.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::http1::{self, Message};

/// The longest message that is forwarded, in bytes.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A message, with its bytes as they were received.
#[derive(Debug)]
pub(super) struct Transfer {
    bytes: Vec<u8>,
    message: Message,
}

impl Transfer {
    /// The head with its empty line.
    pub(super) fn head(&self) -> &[u8] {
        &self.bytes[..self.message.head_length]
    }

    /// The body as it was received.
    pub(super) fn body(&self) -> &[u8] {
        &self.bytes[self.message.head_length..self.message.length]
    }

    /// The content of the body, with chunks joined.
    pub(super) fn content(&self) -> &[u8] {
        &self.message.body
    }
}

/// Reads one request.
///
/// # Errors
/// When the connection ends or fails first, or when the bytes are not a request.
pub(super) async fn read_request(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Transfer> {
    read(reader, |bytes, _| http1::first_request(bytes)).await
}

/// Reads the final answer.
///
/// # Errors
/// When the connection ends or fails first, or when the bytes are not an answer.
pub(super) async fn read_answer(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Transfer> {
    // No HEAD request is sent through the proxy.
    read(reader, |bytes, ended| http1::first_answer(bytes, ended, false)).await
}

async fn read(
    reader: &mut (impl AsyncRead + Unpin),
    first: impl Fn(&[u8], bool) -> io::Result<Option<Message>>,
) -> io::Result<Transfer> {
    let mut bytes = Vec::new();
    let mut ended = false;
    loop {
        match first(&bytes, ended)? {
            Some(message) if message.is_interim() => drop(bytes.drain(..message.length)),
            Some(message) => return Ok(Transfer { bytes, message }),
            None if ended => return Err(io::ErrorKind::UnexpectedEof.into()),
            None => ended = !more(reader, &mut bytes).await?,
        }
    }
}

/// The same head, addressed to that authority, which asks the server to close the connection after the answer.
pub(super) fn readdressed(head: &[u8], authority: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
    let mut readdressed = format!("{}\r\nHost: {authority}\r\nConnection: close\r\n", lines.next().unwrap_or_default());
    for line in lines {
        let name = line.split(':').next().unwrap_or_default();
        if !name.eq_ignore_ascii_case("host") && !name.eq_ignore_ascii_case("connection") {
            readdressed.push_str(line);
            readdressed.push_str("\r\n");
        }
    }
    readdressed.push_str("\r\n");
    readdressed.into_bytes()
}

async fn more(reader: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> io::Result<bool> {
    if bytes.len() > MAX_BYTES {
        return Err(io::Error::other("the message is too long"));
    }
    let mut buffer = vec![0; 64 * 1024];
    let count = reader.read(&mut buffer).await?;
    bytes.extend_from_slice(&buffer[..count]);
    Ok(count > 0)
}

#[cfg(test)]
mod tests {
    use super::{read_answer, read_request, readdressed};

    #[tokio::test]
    async fn a_request_is_read_to_the_end_of_its_body() {
        let bytes = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}more";
        let request = read_request(&mut &bytes[..]).await.expect("a request");
        assert_eq!(request.body(), b"{}");
        assert!(read_request(&mut &bytes[..bytes.len() - 5]).await.is_err(), "a byte is missing");
    }

    #[tokio::test]
    async fn an_answer_ends_with_its_length_or_its_connection() {
        let answer = read_answer(&mut &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"[..]).await.expect("whole");
        assert_eq!(answer.body(), b"{}");
        let answer = read_answer(&mut &b"HTTP/1.1 200 OK\r\n\r\nall"[..]).await.expect("whole");
        assert_eq!(answer.body(), b"all");
        let bytes =
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        let answer = read_answer(&mut &bytes[..]).await.expect("whole");
        assert_eq!((answer.content(), answer.body()), (b"{}".as_slice(), b"2\r\n{}\r\n0\r\n\r\n".as_slice()));
    }

    #[test]
    fn a_forwarded_head_is_addressed_to_the_target() {
        let head =
            readdressed(b"GET /x HTTP/1.1\r\nhost: proxy:1\r\nA: b\r\nConnection: keep-alive\r\n\r\n", "target:2");
        let expected = "GET /x HTTP/1.1\r\nHost: target:2\r\nConnection: close\r\nA: b\r\n\r\n";
        assert_eq!(String::from_utf8_lossy(&head), expected);
    }
}
