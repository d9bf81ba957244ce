//! Cuts long texts at a character.

/// The text, cut to that many characters.
#[must_use]
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The text, cut near that many characters, at the end of a line or a word if one is near; and how many characters more
/// there are.
#[must_use]
pub(super) fn cut_near(text: &str, most: usize) -> (&str, usize) {
    let Some((end, _)) = text.char_indices().nth(most) else { return (text, 0) };
    let near = text[..end].rfind(char::is_whitespace).filter(|place| place * 4 > end * 3);
    let kept = text[..near.unwrap_or(end)].trim_end();
    (kept, text[kept.len()..].chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters_and_near_a_word() {
        assert_eq!((cut("überall", 1), cut("über", 4)), ("ü…".to_owned(), "über".to_owned()));
        assert_eq!(cut_near("one two three", 40), ("one two three", 0));
        assert_eq!(cut_near("one two three", 9), ("one two", 6));
        assert_eq!(cut_near("äääääääääääää", 9), ("äääääääää", 4));
    }
}
