//! Texts that have broken servers before, grouped by what they attack. The texts are in `hostile_texts.txt`.

use std::sync::LazyLock;

/// What a text attacks; `hostile_texts.txt` says what each group is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Objects that have keys of their own.
    Prototypes,
    /// Databases.
    Sql,
    /// Wildcards of queries.
    Patterns,
    /// Templates, formats and loggers.
    Templates,
    /// Paths.
    Paths,
    /// Pages, and readers of JSON.
    Markup,
    /// Readers that take a text for a value of another type.
    Values,
    /// Whatever obeys control characters.
    Controls,
    /// Whatever knows plain letters only.
    Unicode,
    /// Lookups by id.
    Ids,
}

impl Group {
    /// Every group that is hostile anywhere; [`Group::Ids`] is so only where an id is asked for.
    pub const ANYWHERE: [Group; 9] = [
        Group::Prototypes,
        Group::Sql,
        Group::Patterns,
        Group::Templates,
        Group::Paths,
        Group::Markup,
        Group::Values,
        Group::Controls,
        Group::Unicode,
    ];

    const fn name(self) -> &'static str {
        match self {
            Group::Prototypes => "prototypes",
            Group::Sql => "sql",
            Group::Patterns => "patterns",
            Group::Templates => "templates",
            Group::Paths => "paths",
            Group::Markup => "markup",
            Group::Values => "values",
            Group::Controls => "controls",
            Group::Unicode => "unicode",
            Group::Ids => "ids",
        }
    }
}

const FILE: &str = include_str!("../hostile_texts.txt");

/// The texts of the file, each with the name of its group.
static TEXTS: LazyLock<Vec<(&str, String)>> = LazyLock::new(|| {
    let mut group = "";
    let mut texts = Vec::new();
    for line in FILE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            group = name;
        } else if let Ok(text) = serde_json::from_str(line) {
            // A test reads every line.
            texts.push((group, text));
        }
    }
    texts
});

/// The texts of these groups, in the order of the file.
pub fn hostile_texts(groups: &[Group]) -> impl Iterator<Item = &'static str> {
    TEXTS.iter().filter(|(name, _)| groups.iter().any(|group| group.name() == *name)).map(|(_, text)| text.as_str())
}

/// What can be the name of something: not so long that a name may be refused for it, and without a blank at an end, or
/// what some take for one, since nobody says which blanks are trimmed.
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
    fn every_line_is_read_and_none_is_there_twice() {
        let lines = FILE.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '[']));
        assert_eq!(lines.count(), TEXTS.len(), "a line is no JSON string");
        for (number, (_, text)) in TEXTS.iter().enumerate() {
            assert!(TEXTS[..number].iter().all(|(_, other)| other != text), "{text:?} is there twice");
        }
    }

    #[test]
    fn every_group_has_texts_and_every_text_has_a_group() {
        let groups = [&Group::ANYWHERE[..], &[Group::Ids]].concat();
        assert!(groups.iter().all(|group| hostile_texts(&[*group]).next().is_some()));
        assert_eq!(hostile_texts(&groups).count(), TEXTS.len());
    }
}
