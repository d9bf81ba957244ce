//! Wraps the lines of the report between words, at the width of the terminal.

use std::io::{self, Write};

use textwrap::Options;

use super::style::repeat;

/// A narrower terminal is written to as if it had this width, in columns.
const MIN_WIDTH: usize = 40;

/// Writes whole lines, wrapped if there is a width.
#[derive(Debug)]
pub(super) struct Wrapping<W> {
    out: W,
    width: Option<usize>,
    /// The begin of a line that has not ended yet.
    line: Vec<u8>,
}

impl<W: Write> Wrapping<W> {
    pub(super) fn new(out: W, width: Option<usize>) -> Self {
        Wrapping { out, width, line: Vec::new() }
    }

    pub(super) fn into_inner(self) -> W {
        self.out
    }

    fn write_lines(&mut self, width: usize) -> io::Result<()> {
        while let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
            let rest = self.line.split_off(end + 1);
            let line = std::mem::replace(&mut self.line, rest);
            self.out.write_all(wrapped(&String::from_utf8_lossy(&line), width).as_bytes())?;
        }
        Ok(())
    }
}

impl<W: Write> Write for Wrapping<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(width) = self.width else { return self.out.write(bytes) };
        self.line.extend_from_slice(bytes);
        self.write_lines(width).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.line);
        self.out.write_all(&rest)?;
        self.out.flush()
    }
}

/// The line, which ends with a line break, in lines of that width. Further lines are indented, and what a server sent
/// keeps its mark. A command stays in one line, so that it can be copied.
fn wrapped(line: &str, width: usize) -> String {
    if line.contains(&repeat()) {
        return line.to_owned();
    }
    let text = line.trim_start_matches(' ');
    let mark = ["> ", "< ", "| "].into_iter().find(|mark| text.starts_with(mark)).unwrap_or("  ");
    let indent = format!("{}{mark}", " ".repeat(line.len() - text.len()));
    let options = Options::new(width.max(MIN_WIDTH)).subsequent_indent(&indent).break_words(false);
    textwrap::fill(line, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, width: Option<usize>) -> String {
        let mut out = Wrapping::new(Vec::new(), width);
        // In pieces, as formatted text is written.
        text.as_bytes().chunks(7).for_each(|piece| out.write_all(piece).expect("written"));
        out.flush().expect("flushed");
        String::from_utf8(out.into_inner()).expect("text")
    }

    #[test]
    fn lines_are_wrapped_between_words_and_keep_their_indentation_and_mark() {
        let text = "  expected the two entries of the first page to be in order\n    > one two three four five six seven eight nine\n";
        let expected = "  expected the two entries of the first\n    page to be in order\n    > one two three four five six seven\n    > eight nine\n";
        assert_eq!(written(text, Some(40)), expected);
        assert_eq!(written(text, None), text);
    }

    #[test]
    fn a_command_stays_in_one_line_and_colours_take_no_room() {
        let command = format!("  {}   syncproof run --target http://127.0.0.1:8787 --seed 7\n", repeat());
        assert_eq!(written(&command, Some(40)), command);
        let coloured = "\u{1b}[31mexactly forty columns of text are in this\u{1b}[0m\n";
        assert_eq!(written(coloured, Some(41)), coloured);
    }
}
