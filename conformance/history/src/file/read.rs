//! Reads the file of a history, a line at a time.

use std::io::{BufRead, Read as _};

use super::builder::Builder;
use crate::history::History;

/// The longest line, in bytes: a request and an answer of some megabytes each.
const MAX_LINE: u64 = 64 << 20;

/// Why a history cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("line {line}: {error}")]
    Io {
        /// The line, from 1.
        line: u32,
        /// Why.
        error: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("line {line}: {reason}")]
    Line {
        /// The line, from 1.
        line: u32,
        /// What is wrong with it.
        reason: String,
    },
}

/// Reads a history. Memory is bounded by what its calls sent and saw, without payloads.
///
/// # Errors
/// When the file cannot be read, or a line in it is no line of a history: the error names the line.
pub fn read(mut file: impl BufRead) -> Result<History, ReadError> {
    let mut builder = Builder::default();
    let (mut bytes, mut line) = (Vec::new(), 0_u32);
    loop {
        bytes.clear();
        let wrong = |reason: String| ReadError::Line { line: line.saturating_add(1), reason };
        let length = file
            .by_ref()
            .take(MAX_LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(|error| ReadError::Io { line: line.saturating_add(1), error })?;
        if length == 0 {
            break;
        }
        if length as u64 == MAX_LINE {
            return Err(wrong(format!("it is longer than {} MiB", MAX_LINE >> 20)));
        }
        if !bytes.trim_ascii().is_empty() {
            let text = std::str::from_utf8(&bytes).map_err(|error| wrong(error.to_string()))?;
            builder.add(line.saturating_add(1), text).map_err(wrong)?;
        }
        line = line.checked_add(1).ok_or_else(|| wrong("a history has at most 2^32 lines".to_owned()))?;
    }
    builder.built().map_err(|reason| ReadError::Line { line: 1, reason })
}
