//! The head of a request, line by line: valid at first, and then changed by a case in any way.

/// A request line and header lines, in the order in which they are sent.
#[derive(Debug, Clone)]
pub struct RequestHead {
    line: Vec<u8>,
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    line_end: &'static [u8],
}

impl RequestHead {
    /// A head of HTTP/1.1 without headers.
    pub(super) fn new(method: &str, target: &str) -> Self {
        RequestHead { line: format!("{method} {target} HTTP/1.1").into_bytes(), headers: Vec::new(), line_end: b"\r\n" }
    }

    /// The same head with that request line, which need not be valid.
    #[must_use]
    pub fn line(mut self, line: impl Into<Vec<u8>>) -> Self {
        self.line = line.into();
        self
    }

    /// The same head with that header after the others.
    #[must_use]
    pub fn header(mut self, name: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same head without the headers with that name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name.as_bytes()));
        self
    }

    /// The same head with the headers for a JSON body of that length.
    #[must_use]
    pub fn json(self, length: usize) -> Self {
        self.header("Content-Type", "application/json").header("Content-Length", length.to_string())
    }

    /// The same head with the headers for a chunked JSON body.
    #[must_use]
    pub fn chunked(self) -> Self {
        self.header("Content-Type", "application/json").header("Transfer-Encoding", "chunked")
    }

    /// The same head with those bytes at the end of each line.
    #[must_use]
    pub fn line_end(mut self, line_end: &'static [u8]) -> Self {
        self.line_end = line_end;
        self
    }

    /// The head as it is sent, with the empty line.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = [&self.line, self.line_end].concat();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(&[name, b": ".as_slice(), value, self.line_end].concat());
        }
        bytes.extend_from_slice(self.line_end);
        bytes
    }

    /// The head, followed by a body.
    #[must_use]
    pub fn with(&self, body: &[u8]) -> Vec<u8> {
        [&self.bytes(), body].concat()
    }
}
