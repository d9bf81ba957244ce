//! One request and one answer, read whole from one side and written to the other.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// More headers than any request or answer has.
const MAX_HEADERS: usize = 256;
/// No message that passes is longer, in bytes.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A message as it came: the head with its empty line, and the body.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) head: Vec<u8>,
    pub(super) body: Vec<u8>,
}

/// Reads one request. The suite's client sends lengths only, never chunks.
///
/// # Errors
/// When the connection ends or breaks first, or when what comes is no request.
pub(super) async fn read_request(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Message> {
    let mut bytes = Vec::new();
    loop {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let parsed = request.parse(&bytes).map_err(io::Error::other)?;
        if let httparse::Status::Complete(start) = parsed {
            let length = length(request.headers)?.unwrap_or(0);
            if bytes.len() >= start + length {
                let body = bytes[start..start + length].to_vec();
                bytes.truncate(start);
                return Ok(Message { head: bytes, body });
            }
        }
        if !more(reader, &mut bytes).await? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Reads one answer to the end of its connection, which the request has asked to end.
///
/// # Errors
/// When the connection breaks, or when what comes is no answer.
pub(super) async fn read_answer(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Message> {
    let mut bytes = Vec::new();
    let mut ended = false;
    loop {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut answer = httparse::Response::new(&mut headers);
        let parsed = answer.parse(&bytes).map_err(io::Error::other)?;
        if let httparse::Status::Complete(start) = parsed {
            let whole = length(answer.headers)?.is_some_and(|length| bytes.len() >= start + length);
            if ended || whole {
                let body = bytes.split_off(start);
                return Ok(Message { head: bytes, body });
            }
        } else if ended {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        ended = !more(reader, &mut bytes).await?;
    }
}

/// The same head, for the server at that authority, with a connection that ends after the answer.
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

fn length(headers: &[httparse::Header<'_>]) -> io::Result<Option<usize>> {
    let Some(header) = headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length")) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(header.value).map_err(io::Error::other)?;
    text.trim().parse().map(Some).map_err(io::Error::other)
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
        assert_eq!(request.body, b"{}");
        assert!(read_request(&mut &bytes[..bytes.len() - 5]).await.is_err(), "a byte is missing");
    }

    #[tokio::test]
    async fn an_answer_ends_with_its_length_or_its_connection() {
        let answer = read_answer(&mut &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"[..]).await.expect("whole");
        assert_eq!(answer.body, b"{}");
        let answer = read_answer(&mut &b"HTTP/1.1 200 OK\r\n\r\nall"[..]).await.expect("whole");
        assert_eq!(answer.body, b"all");
    }

    #[test]
    fn a_head_is_sent_on_to_the_target_itself() {
        let head =
            readdressed(b"GET /x HTTP/1.1\r\nhost: proxy:1\r\nA: b\r\nConnection: keep-alive\r\n\r\n", "target:2");
        let expected = "GET /x HTTP/1.1\r\nHost: target:2\r\nConnection: close\r\nA: b\r\n\r\n";
        assert_eq!(String::from_utf8_lossy(&head), expected);
    }
}
