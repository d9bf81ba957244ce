//! Answers read out of the bytes of a connection, as far as they are HTTP.

/// More headers than any answer has.
const MAX_HEADERS: usize = 256;

/// One answer and how many bytes of the connection it takes up.
#[derive(Debug, PartialEq)]
pub(super) struct RawAnswer {
    pub(super) status: u16,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) length: usize,
}

impl RawAnswer {
    /// Whether another answer to the same request follows (RFC 9110, section 15.2).
    pub(super) fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The first answer in the bytes; None while it is not whole, or when it is no HTTP. `ended` says that nothing more will
/// come, `bodyless` that the answer to this method has no body.
pub(super) fn first(bytes: &[u8], ended: bool, bodyless: bool) -> Option<RawAnswer> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let start = match head.parse(bytes) {
        Ok(httparse::Status::Complete(start)) => start,
        _ => return None,
    };
    let lower = |header: &httparse::Header<'_>| {
        (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
    };
    let mut answer = RawAnswer {
        status: head.code?,
        headers: head.headers.iter().map(lower).collect(),
        body: Vec::new(),
        length: start,
    };
    let rest = &bytes[start..];
    if bodyless || answer.status < 200 || answer.status == 204 || answer.status == 304 {
        return Some(answer);
    }
    let is_chunked =
        answer.header("transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().contains("chunked"));
    let length = answer.header("content-length").map(|value| value.trim().parse::<usize>().ok());
    let (body, length) = match length {
        _ if is_chunked => unchunked(rest)?,
        Some(length) => (rest.get(..length?)?.to_vec(), length?),
        None if ended => (rest.to_vec(), rest.len()),
        None => return None,
    };
    answer.body = body;
    answer.length += length;
    Some(answer)
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
    use super::first;

    #[test]
    fn a_body_ends_where_its_length_says() {
        let bytes = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1";
        let answer = first(bytes, false, false).expect("whole");
        assert_eq!((answer.status, answer.body.as_slice(), answer.length), (400, b"{}".as_slice(), bytes.len() - 8));
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
        assert_eq!(first(b"<h1>Bad Request</h1>", true, false), None);
    }
}
