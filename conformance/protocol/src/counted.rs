//! A number with its noun in the singular or the plural, for messages.

use std::fmt::Display;

/// `1 case`, `2 cases`. The plural of the noun has to be formed with an `s`.
#[must_use]
pub fn counted(count: impl Display, noun: &str) -> String {
    let count = count.to_string();
    let ending = if count == "1" { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn only_one_is_singular() {
        assert_eq!([0, 1, 2, 11].map(|count| counted(count, "case")), ["0 cases", "1 case", "2 cases", "11 cases"]);
    }
}
