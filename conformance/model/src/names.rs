//! What a workspace may be called.

/// The longest name, after trimming (`workspace.name-rules`).
pub const MAX_NAME_CHARS: usize = 100;
/// The longest description (`workspace.name-rules`).
const MAX_DESCRIPTION_CHARS: usize = 1000;

/// The name as it is stored: trimmed, and `None` when it is blank or too long (`workspace.name-rules`).
pub fn name(given: &str) -> Option<String> {
    let trimmed = given.trim();
    let fits = !trimmed.is_empty() && trimmed.chars().count() <= MAX_NAME_CHARS;
    fits.then(|| trimmed.to_owned())
}

/// The description as it is stored: trimmed, a blank one being none. `Err` when it is too long.
///
/// # Errors
/// The description has more than 1000 characters.
pub fn description(given: &str) -> Result<Option<String>, TooLong> {
    let trimmed = given.trim();
    if trimmed.chars().count() > MAX_DESCRIPTION_CHARS {
        return Err(TooLong);
    }
    Ok((!trimmed.is_empty()).then(|| trimmed.to_owned()))
}

/// A description was too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at most {MAX_DESCRIPTION_CHARS} characters")]
pub struct TooLong;

#[cfg(test)]
mod tests {
    use super::{description, name};

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("  a b "), Some("a b".into()));
        assert_eq!(name(" \t\n"), None);
        assert_eq!(name(&"ü".repeat(100)), Some("ü".repeat(100)));
        assert_eq!(name(&"x".repeat(101)), None);
    }

    #[test]
    fn descriptions_are_bounded_and_may_be_blank() {
        assert_eq!(description("  "), Ok(None));
        assert!(description(&"x".repeat(1001)).is_err());
    }
}
