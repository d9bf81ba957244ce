//! Which names a misspelt one could stand for, for error messages.

/// The largest edit distance at which a misspelt name is still recognised.
const MAX_TYPOS: usize = 4;
/// The smallest similarity (Jaro-Winkler, from 0 to 1) of a name that is suggested.
const MIN_SIMILARITY: f64 = 0.75;
/// The largest number of names in a suggestion.
const MAX_SUGGESTIONS: usize = 3;

/// The name that is most similar to a misspelt one; None when none is similar enough.
#[must_use]
pub fn nearest<'a>(misspelt: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let misspelt = plain(misspelt);
    let distances = names.map(|name| (strsim::osa_distance(&misspelt, &plain(name)), name));
    let (distance, name) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= MAX_TYPOS.min(misspelt.chars().count() / 3)).then_some(name)
}

/// The end of an error about a misspelt or incomplete name or glob, such as `; did you mean a, b or c?`. It is empty when
/// no name is similar.
#[must_use]
pub fn suggestion<'a>(misspelt: &str, names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let misspelt = misspelt.replace('*', "");
    let similar = match nearest(&misspelt, names.iter().copied()) {
        Some(name) => vec![name],
        None => most_similar(&misspelt, names.into_iter()),
    };
    match similar.split_last() {
        None => String::new(),
        Some((only, [])) => format!("; did you mean {only}?"),
        Some((last, others)) => format!("; did you mean {} or {last}?", others.join(", ")),
    }
}

fn most_similar<'a>(misspelt: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let misspelt = plain(misspelt);
    let similarity = |name: &str| match plain(name) {
        name if !misspelt.is_empty() && name.starts_with(&misspelt) => 1.0,
        name => strsim::jaro_winkler(&misspelt, &name),
    };
    let similarities = names.map(|name| (similarity(name), name));
    let mut similar: Vec<_> = similarities.filter(|(similarity, _)| *similarity >= MIN_SIMILARITY).collect();
    similar.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let mut names = Vec::new();
    for (_, name) in similar {
        if names.len() < MAX_SUGGESTIONS && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A dot typed in place of a slash is no spelling mistake.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('/', ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 5] =
        ["isolation.same-pk", "isolation/same-pk-put", "op.replay-same-version", "pull/pages", "pull.limit"];

    #[test]
    fn a_typing_mistake_is_recognised_and_a_guess_is_not() {
        let near = |text: &str| nearest(text, NAMES.into_iter());
        assert_eq!(near("isolatoin.same-pk"), Some("isolation.same-pk"));
        assert_eq!(near("isolation/same-pk"), Some("isolation.same-pk"));
        assert_eq!(near("op.replay_same-verson"), Some("op.replay-same-version"));
        assert_eq!(near("something else"), None);
        assert_eq!(near("op"), None);
        assert_eq!(near(""), None);
    }

    #[test]
    fn a_suggestion_names_the_one_that_was_meant_or_those_that_begin_alike() {
        let suggestion = |text: &str| suggestion(text, NAMES.into_iter());
        assert_eq!(suggestion("isolatoin.same-pk"), "; did you mean isolation.same-pk?");
        assert_eq!(suggestion("pul"), "; did you mean pull/pages or pull.limit?");
        assert_eq!(suggestion("pul/*"), suggestion("pul/"));
        assert_eq!(suggestion("op"), "; did you mean op.replay-same-version?");
        assert_eq!(suggestion("something else"), "");
        assert_eq!(suggestion(""), "");
    }
}
