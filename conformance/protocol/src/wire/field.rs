//! Deserializers for fields: whole numbers in any notation, and fields that may be null but not missing.

use serde::{Deserialize, Deserializer};

/// A whole number that is not negative. JSON has no integer type, so `3.0` is the same as `3`.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    whole_number(&number).ok_or_else(|| serde::de::Error::custom(format!("{number} is not a whole number from 0 on")))
}

/// Reads a whole number in any notation (`3`, `3.0`), which may be missing or null.
///
/// # Errors
/// When it is anything else.
pub fn optional_whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    number
        .map(|number| {
            whole_number(&number)
                .ok_or_else(|| serde::de::Error::custom(format!("{number} is not a whole number from 0 on")))
        })
        .transpose()
}

fn whole_number(number: &serde_json::Number) -> Option<u64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0;
    number.as_u64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && (0.0..=LIMIT).contains(float))?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked just above
        Some(float as u64)
    })
}

/// For a field that may be null but not missing.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}
