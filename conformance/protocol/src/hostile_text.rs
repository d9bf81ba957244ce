//! Texts that are known to break servers, in groups by what they attack. The texts are in `hostile_texts.txt`.

use std::sync::LazyLock;

/// What a text attacks: the groups of `hostile_texts.txt`, where each is described.
#[allow(missing_docs, reason = "the file has a comment on each")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    Prototypes,
    Sql,
    Patterns,
    Templates,
    Paths,
    Markup,
    Values,
    Controls,
    Unicode,
    Ids,
}

impl Group {
    /// Every group that is hostile anywhere. [`Group::Ids`] is hostile only where an id is expected.
    pub const ANYWHERE: [Group; 9] = {
        use Group::{Controls, Markup, Paths, Patterns, Prototypes, Sql, Templates, Unicode, Values};
        [Prototypes, Sql, Patterns, Templates, Paths, Markup, Values, Controls, Unicode]
    };

    /// Every group.
    fn all() -> impl Iterator<Item = Group> {
        Group::ANYWHERE.into_iter().chain([Group::Ids])
    }
}

const FILE: &str = include_str!("../hostile_texts.txt");

/// The texts of the file, each with its group.
static TEXTS: LazyLock<Vec<(Group, String)>> = LazyLock::new(|| {
    let mut current = None;
    let mut texts = Vec::new();
    for line in FILE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            current = Group::all().find(|group| format!("{group:?}").eq_ignore_ascii_case(name));
        } else if let (Some(group), Ok(text)) = (current, serde_json::from_str(line)) {
            // A test reads every line.
            texts.push((group, text));
        }
    }
    texts
});

/// The texts of these groups, in the order of the file.
pub fn hostile_texts(groups: &[Group]) -> impl Iterator<Item = &'static str> {
    TEXTS.iter().filter(|(group, _)| groups.contains(group)).map(|(_, text)| text.as_str())
}

/// Whether the text can be a name: not so long that a server may refuse it, and without white space or control characters at
/// an end, since the protocol does not say which of them are trimmed.
#[must_use]
pub fn is_name(text: &str) -> bool {
    const LONGEST: usize = 90;
    let is_blank = |end: char| end.is_whitespace() || end.is_control() || end == '\u{feff}';
    !text.is_empty() && text.chars().count() <= LONGEST && !text.starts_with(is_blank) && !text.ends_with(is_blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_none_is_repeated() {
        let lines = FILE.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '[']));
        assert_eq!(lines.count(), TEXTS.len(), "a line is not a JSON string, or is in no group");
        for (number, (_, text)) in TEXTS.iter().enumerate() {
            assert!(TEXTS[..number].iter().all(|(_, other)| other != text), "{text:?} is repeated");
        }
    }

    #[test]
    fn every_group_has_texts() {
        assert!(Group::all().all(|group| hostile_texts(&[group]).next().is_some()));
    }
}
