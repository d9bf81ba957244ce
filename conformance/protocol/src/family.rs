//! Families of values that servers change, refuse or confuse. The values are in `values.txt`, from whose names the build
//! makes [`Family`].

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;

include!(concat!(env!("OUT_DIR"), "/family.rs"));

const FILE: &str = include_str!("../values.txt");

/// What the file says about one family.
#[derive(Debug, Default)]
struct Members {
    sets: Vec<Vec<String>>,
    values: Vec<Value>,
}

/// The members of each family, in the order of [`Family::ALL`].
static MEMBERS: LazyLock<Vec<Members>> = LazyLock::new(|| {
    let mut families: Vec<Members> = Vec::new();
    for line in FILE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            families.push(Members::default());
        } else if let (Some(family), Ok(entry)) = (families.last_mut(), Entry::read(line)) {
            // A test reads every line.
            match entry {
                Entry::Sets(sets) => family.sets.extend(sets),
                Entry::Values(values) => family.values.extend(values),
            }
        }
    }
    families
});

/// What one line says.
#[derive(Debug)]
enum Entry {
    Sets(Vec<Vec<String>>),
    Values(Vec<Value>),
}

impl Entry {
    fn read(line: &str) -> Result<Self, serde_json::Error> {
        if let Some(values) = line.strip_prefix("= ") {
            return serde_json::Deserializer::from_str(values).into_iter().collect::<Result<_, _>>().map(Entry::Values);
        }
        let (length, texts) = match line.split_once(' ') {
            Some((number, texts)) if number.parse::<usize>().is_ok() => (number.parse().ok(), texts),
            _ => (None, line),
        };
        let texts = serde_json::Deserializer::from_str(texts).into_iter().collect::<Result<Vec<String>, _>>()?;
        Ok(Entry::Sets(match length {
            None => vec![texts],
            Some(length) => texts.iter().map(|text| around(length, text)).collect(),
        }))
    }
}

/// Texts whose lengths are around that one, of which longer ones begin alike.
fn around(length: usize, unit: &str) -> Vec<String> {
    let full = unit.repeat(length);
    vec![unit.repeat(length.saturating_sub(1)), full.clone(), format!("{full}1"), format!("{full}2")]
}

impl Family {
    fn members(self) -> &'static Members {
        &MEMBERS[self as usize]
    }

    /// Its texts, those together that a careless server takes for one another.
    #[must_use]
    pub fn sets(self) -> &'static [Vec<String>] {
        &self.members().sets
    }

    /// Its texts.
    pub fn texts(self) -> impl Iterator<Item = &'static str> {
        self.sets().iter().flatten().map(String::as_str)
    }

    /// Its values that are no texts.
    #[must_use]
    pub fn values(self) -> &'static [Value] {
        &self.members().values
    }

    /// The families with texts.
    pub fn of_texts() -> impl Iterator<Item = Family> {
        Family::ALL.into_iter().filter(|family| !family.sets().is_empty())
    }
}

/// Every text, each once, and whether a server may refuse it as a key, a name or a stamp: one that is in a family without
/// that mark, too, has to be accepted.
pub fn every_text() -> impl Iterator<Item = (&'static str, bool)> {
    let (refusable, kept): (Vec<Family>, Vec<Family>) = Family::of_texts().partition(|family| family.may_be_refused());
    let all = kept.into_iter().chain(refusable).flat_map(|family| family.texts().map(move |text| (family, text)));
    let mut seen = HashSet::new();
    all.filter(move |(_, text)| seen.insert(*text)).map(|(family, text)| (text, family.may_be_refused()))
}

/// Whether a server may refuse that text of a family as a key, a name or a stamp.
#[must_use]
pub fn may_be_refused(text: &str) -> bool {
    static REFUSABLE: LazyLock<HashSet<&str>> =
        LazyLock::new(|| every_text().filter(|(_, refusable)| *refusable).map(|(text, _)| text).collect());
    REFUSABLE.contains(text)
}

/// Texts that break servers anywhere, for places where each costs requests of its own.
pub fn hostile_texts() -> impl Iterator<Item = &'static str> {
    use Family::{Astral, Directions, Empty, Lengths, LineEnds, Patterns, Words, ZeroWidth};
    let others = [Patterns, Words, LineEnds, ZeroWidth, Directions, Astral];
    let is_hostile =
        move |family: &Family| family.may_be_refused() && ![Lengths, Empty].contains(family) || others.contains(family);
    let mut seen = HashSet::new();
    Family::of_texts().filter(is_hostile).flat_map(Family::texts).filter(move |text| seen.insert(*text))
}

/// Whether the text can be a name: not so long that a server may refuse it, and without white space or control characters at
/// an end, since the protocol does not say which of them are trimmed.
#[must_use]
pub fn is_name(text: &str) -> bool {
    const LONGEST: usize = 90;
    let is_blank = |end: char| end.is_whitespace() || end.is_control() || "\u{feff}\u{200b}".contains(end);
    !text.is_empty() && text.chars().count() <= LONGEST && !text.starts_with(is_blank) && !text.ends_with(is_blank)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_no_text_is_twice_in_one() {
        for line in FILE.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '['])) {
            let Entry::Sets(sets) = Entry::read(line).expect(line) else { continue };
            for (place, text) in
                sets.iter().flat_map(|set| set.iter().enumerate().map(move |(n, text)| ((set, n), text)))
            {
                assert!(!text.is_empty() || line == "\"\"", "{line}");
                assert!(!place.0[..place.1].contains(text), "{text:?} is twice in {line}");
            }
        }
    }

    #[test]
    fn every_family_has_texts_or_values_under_its_name() {
        assert_eq!(MEMBERS.len(), Family::ALL.len());
        for family in Family::ALL {
            assert!(!family.sets().is_empty() || !family.values().is_empty(), "{family:?}");
            assert!(FILE.contains(&format!("[{}]", family.name())));
            assert_eq!(serde_json::to_value(family).ok(), Some(serde_json::json!(family.name())));
        }
        assert!(Family::Sql.may_be_refused() && !Family::Plain.may_be_refused());
    }

    #[test]
    fn a_length_gives_texts_below_at_and_beyond_it() {
        let lengths: Vec<usize> = Family::Lengths.sets()[1].iter().map(|text| text.chars().count()).collect();
        assert_eq!(lengths, [63, 64, 65, 65]);
        assert!(Family::Lengths.texts().all(|text| text.len() < 70_000));
    }

    #[test]
    fn every_text_is_there_once_and_a_plain_one_may_not_be_refused() {
        let all: Vec<(&str, bool)> = every_text().collect();
        assert!(all.len() > 300 && all.contains(&("a\0", true)) && all.contains(&("a", false)), "{}", all.len());
        let texts: HashSet<&str> = all.iter().map(|(text, _)| *text).collect();
        assert_eq!(texts.len(), all.len());
        assert!(may_be_refused("__proto__") && !may_be_refused("%") && !may_be_refused("of no family"));
        let hostile: Vec<&str> = hostile_texts().collect();
        assert!(hostile.len() < 300 && hostile.iter().all(|text| texts.contains(text)), "{}", hostile.len());
    }
}
