//! What the documents say: their shell lines and the commands inside their sentences.

use std::path::{Path, PathBuf};

/// The folder of the repository.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository")
}

/// The README and the pages of the guide, each with its path.
pub(super) fn documents() -> Vec<(String, String)> {
    let guide = std::fs::read_dir(root().join("planning/guide")).expect("the guide");
    let pages =
        guide.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some_and(|e| e == "md"));
    let mut paths: Vec<PathBuf> = pages.chain([root().join("README.md")]).collect();
    paths.sort();
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).expect("a document"));
    paths.into_iter().map(read).collect()
}

/// The fenced blocks, each with what stands behind its opening fence, and the text without them.
fn parts(text: &str) -> (Vec<(String, Vec<&str>)>, String) {
    let (mut blocks, mut prose) = (Vec::new(), String::new());
    let mut open: Option<(String, Vec<&str>)> = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), open.take()) {
            (Some(kind), None) => open = Some((kind.trim().to_owned(), Vec::new())),
            (Some(_), Some(block)) => blocks.push(block),
            (None, Some((kind, mut lines))) => {
                lines.push(line);
                open = Some((kind, lines));
            }
            (None, None) => prose = prose + line + "\n",
        }
    }
    assert!(open.is_none(), "a block is not closed: {open:?}");
    (blocks, prose)
}

/// The kinds of its blocks.
pub(super) fn kinds(text: &str) -> Vec<String> {
    parts(text).0.into_iter().map(|(kind, _)| kind).collect()
}

/// The lines of its `sh` blocks without their comments; a line that goes on after a backslash is one with the next.
pub(super) fn shell_lines(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (_, lines) in parts(text).0.into_iter().filter(|(kind, _)| kind == "sh") {
        let mut line = String::new();
        for part in lines {
            match part.strip_suffix('\\') {
                Some(part) => line.push_str(part),
                None => found.push(without_comment(&(std::mem::take(&mut line) + part)).trim().to_owned()),
            }
        }
        assert!(line.is_empty(), "a block ends in the middle of a line: {line}");
    }
    found.retain(|line| !line.is_empty());
    found
}

/// The commands between backticks in sentences. An ellipsis makes one an abbreviation, which nobody can run.
pub(super) fn inline_commands(text: &str) -> Vec<String> {
    let prose = parts(text).1.replace('\n', " ");
    let spans = prose.split('`').skip(1).step_by(2).map(str::trim);
    let is_command = |span: &&str| span.starts_with("syncproof ") || span.starts_with("cargo ");
    spans.filter(is_command).filter(|span| !span.contains('…')).map(str::to_owned).collect()
}

/// A `#` begins a comment at the beginning of a word that no quotes hold.
fn without_comment(line: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '#') if before.is_whitespace() => return &line[..at],
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
        before = c;
    }
    line
}

#[test]
fn lines_are_read_as_a_shell_reads_them() {
    let text = "a `syncproof list`\n`cargo\ntest` `x` `syncproof …`\n```sh\n# nothing\na '#b' c#d  # e\nf \\\n  g\n\n```\n```toml\nh = 1\n```\n";
    assert_eq!(shell_lines(text), ["a '#b' c#d", "f   g"]);
    assert_eq!(kinds(text), ["sh", "toml"]);
    assert_eq!(inline_commands(text), ["syncproof list", "cargo test"]);
}
