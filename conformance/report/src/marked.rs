//! Divides two texts into the parts that are equal and those that differ.

use std::time::{Duration, Instant};

use similar::{Algorithm, ChangeTag, capture_diff_slices_deadline};

/// Longest time for one comparison. After it, the rest counts as different.
const COMPARING: Duration = Duration::from_millis(200);

/// More than this much that differs, in characters, is marked only in a text that is mostly equal.
const LONG: usize = 80;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The text of the part.
    pub(super) text: String,
    /// Whether the other text differs there.
    pub(super) differs: bool,
}

/// The parts of each text.
#[must_use]
pub(super) fn marked(expected: &str, actual: &str) -> (Vec<Part>, Vec<Part>) {
    let (left, right) = (words(expected), words(actual));
    let deadline = Instant::now() + COMPARING;
    let (mut expected, mut actual) = (Vec::new(), Vec::new());
    for op in capture_diff_slices_deadline(Algorithm::Myers, &left, &right, Some(deadline)) {
        for change in op.iter_changes(&left, &right) {
            match change.tag() {
                ChangeTag::Equal => {
                    push(&mut expected, change.value(), false);
                    push(&mut actual, change.value(), false);
                }
                ChangeTag::Delete => push(&mut expected, change.value(), true),
                ChangeTag::Insert => push(&mut actual, change.value(), true),
            }
        }
    }
    if is_mostly_different(&expected) || is_mostly_different(&actual) {
        let unmarked = |parts: Vec<Part>| match parts.iter().map(|part| part.text.as_str()).collect::<String>() {
            text if text.is_empty() => Vec::new(),
            text => vec![Part { text, differs: false }],
        };
        return (unmarked(expected), unmarked(actual));
    }
    (joined(expected), joined(actual))
}

/// Whether a longer text has so little in common with the other one that marks would hide what matters.
fn is_mostly_different(parts: &[Part]) -> bool {
    let length = |differs: bool| -> usize {
        parts.iter().filter(|part| part.differs == differs).map(|part| part.text.chars().count()).sum()
    };
    let (equal, different) = (length(false), length(true));
    different > LONG && different > 2 * equal
}

/// Joins parts that differ and are separated only by a space or a comma that is equal in both texts.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    let mut parts = parts.into_iter().peekable();
    while let Some(part) = parts.next() {
        let bridge = !part.differs
            && part.text.len() < 3
            && !part.text.contains(char::is_alphanumeric)
            && joined.last().is_some_and(|last| last.differs)
            && parts.peek().is_some_and(|next| next.differs);
        push(&mut joined, &part.text, part.differs || bridge);
    }
    joined
}

fn push(parts: &mut Vec<Part>, word: &str, differs: bool) {
    match parts.last_mut() {
        Some(last) if last.differs == differs => last.text.push_str(word),
        _ => parts.push(Part { text: word.to_owned(), differs }),
    }
}

/// Words of letters and digits; every other character is a word of its own.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut previous: Option<char> = None;
    for (place, letter) in text.char_indices() {
        let joined = previous.is_some_and(|previous| previous.is_alphanumeric() && letter.is_alphanumeric());
        if place > start && !joined {
            words.push(&text[start..place]);
            start = place;
        }
        previous = Some(letter);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: &[Part]) -> String {
        parts.iter().map(|part| if part.differs { format!("<{}>", part.text) } else { part.text.clone() }).collect()
    }

    #[test]
    fn what_differs_is_marked_on_either_side() {
        let (expected, actual) = marked("[1,2,3]", "[1,9,3]");
        assert_eq!((shown(&expected).as_str(), shown(&actual).as_str()), ("[1,<2>,3]", "[1,<9>,3]"));
        let (expected, actual) = marked("status 403 or 404", "status 200");
        assert_eq!((shown(&expected).as_str(), shown(&actual).as_str()), ("status <403 or 404>", "status <200>"));
        let (expected, actual) = marked("[no, none]", "[yes, some]");
        assert_eq!((shown(&expected).as_str(), shown(&actual).as_str()), ("[<no, none>]", "[<yes, some>]"));
        assert_eq!(marked("", "").0, []);
    }

    #[test]
    fn long_texts_with_little_in_common_are_not_marked() {
        let actual = format!("status 200: {}", r#"{"user": {"id": "a", "name": "b"}, "workspace": null} "#.repeat(3));
        let (expected, actual) = marked("a session with a user and a workspace", &actual);
        assert!(expected.iter().chain(&actual).all(|part| !part.differs), "{expected:?} {actual:?}");
        let entries = "an entry, ".repeat(30);
        let (expected, actual) = marked(&format!("{entries}one"), &format!("{entries}two"));
        assert!(expected.iter().any(|part| part.differs) && actual.iter().any(|part| part.differs));
    }
}
