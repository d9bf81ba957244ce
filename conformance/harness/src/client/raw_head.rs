//! The head of a request, line by line: right to begin with, and as wrong as a case makes it.

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

    /// The same head with that request line, whatever it is.
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

    /// The same head without the headers of that name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name.as_bytes()));
        self
    }

    /// The same head with a body of JSON of that length announced.
    #[must_use]
    pub fn json(self, length: usize) -> Self {
        self.header("Content-Type", "application/json").header("Content-Length", length.to_string())
    }

    /// The same head with a chunked body of JSON announced.
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

    /// The head as it goes over the wire, with the empty line.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = [&self.line, self.line_end].concat();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(&[name, b": ".as_slice(), value, self.line_end].concat());
        }
        bytes.extend_from_slice(self.line_end);
        bytes
    }

    /// The head and a body after it.
    #[must_use]
    pub fn with(&self, body: &[u8]) -> Vec<u8> {
        [&self.bytes(), body].concat()
    }
}
