//! The mutants that cargo-mutants finds, and where they are.

use std::ops::Range;

use serde::Deserialize;

/// A line and a column in characters, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Position {
    line: usize,
    column: usize,
}

/// From a position to that behind the last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Span {
    start: Position,
    end: Position,
}

impl Span {
    /// The bytes that it covers; `None` where the text has no such place.
    pub(crate) fn bytes(self, text: &str) -> Option<Range<usize>> {
        Some(self.start.byte(text)?..self.end.byte(text)?)
    }
}

impl Position {
    fn byte(self, text: &str) -> Option<usize> {
        let line = self.line.checked_sub(1)?;
        let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let line = text.split_inclusive('\n').nth(line)?;
        let column = line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(self.column.checked_sub(1)?)?;
        Some(before + column)
    }
}

/// What is changed: cargo-mutants' kinds, as it writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Genre {
    /// A function returns something at once.
    FnValue,
    /// An operator between two operands is another one.
    BinaryOperator,
    /// `!` or `-` is left out.
    UnaryOperator,
    /// An arm of a `match` is left out.
    MatchArm,
    /// The guard of an arm is always true, or never.
    MatchArmGuard,
    /// A field is left out of an expression, and taken from the base.
    StructField,
    /// One that this program does not know.
    #[serde(other)]
    Other,
}

/// A change to one place of the source.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Mutant {
    /// From the root of the workspace.
    pub(crate) file: String,
    pub(crate) genre: Genre,
    /// `file:line:column: description`
    pub(crate) name: String,
    /// What stands at `span` then.
    pub(crate) replacement: String,
    pub(crate) span: Span,
}

impl Mutant {
    /// Reads what `cargo mutants --list --json` has said.
    pub(crate) fn read(said: &str) -> Result<Vec<Self>, String> {
        let start = said.find('[').ok_or("cargo-mutants has listed nothing")?;
        let mut values = serde_json::Deserializer::from_str(said.get(start..).unwrap_or_default()).into_iter();
        let list = values.next().ok_or("cargo-mutants has listed nothing")?;
        list.map_err(|error| format!("the list of cargo-mutants cannot be read: {error}"))
    }

    /// What is done to it, and in which function.
    pub(crate) fn description(&self) -> &str {
        self.name.splitn(4, ':').nth(3).unwrap_or(&self.name).trim()
    }

    /// The file from the folder of the server's source.
    pub(crate) fn short_file(&self) -> &str {
        self.file.strip_prefix("server/src/").unwrap_or(&self.file)
    }

    /// `file:line: description`
    pub(crate) fn title(&self) -> String {
        format!("{}:{}: {}", self.file, self.span.start.line, self.description())
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test says by panicking what is wrong")]
pub(crate) mod tests {
    use super::{Genre, Mutant};

    /// The mutant of this genre that replaces the only `part` of a text, as cargo-mutants would list it.
    pub(crate) fn listed(text: &str, genre: &str, part: &str, replacement: &str) -> Mutant {
        let at = text.find(part).expect("a part of the text");
        let position = |byte: usize| {
            let before = text.get(..byte).expect("a place");
            let line = before.rsplit('\n').next().unwrap_or_default();
            serde_json::json!({ "line": before.matches('\n').count() + 1, "column": line.chars().count() + 1 })
        };
        let span = serde_json::json!({ "start": position(at), "end": position(at + part.len()) });
        let name = format!("server/src/a.rs:1:2: replace {part} with {replacement}");
        let mutant = serde_json::json!({
            "file": "server/src/a.rs", "genre": genre, "name": name, "replacement": replacement, "span": span,
        });
        serde_json::from_value(mutant).expect("a mutant")
    }

    #[test]
    fn a_list_is_read_with_its_places() {
        let said = r#"[{"diff": "-", "file": "server/src/a.rs", "function": null, "genre": "BinaryOperator",
            "name": "server/src/a.rs:2:9: replace == with != in a::b", "package": "p", "replacement": "!=",
            "span": {"start": {"line": 2, "column": 9}, "end": {"line": 2, "column": 11}}}]"#;
        let mutants = Mutant::read(said).expect("a list");
        let mutant = mutants.first().expect("a mutant");
        assert_eq!(mutant.description(), "replace == with != in a::b");
        assert_eq!(mutant.title(), "server/src/a.rs:2: replace == with != in a::b");
        assert_eq!((mutant.short_file(), mutant.genre), ("a.rs", Genre::BinaryOperator));
        let text = "fn b() {\n    'ü' == 'ö'\n}\n";
        assert_eq!(mutant.span.bytes(text).and_then(|range| text.get(range)), Some("=="));
        assert_eq!(mutant.span.bytes("one line"), None);
        assert!(Mutant::read("error: no").is_err() && Mutant::read("[{}]").is_err());
    }
}
