//! How fields are read: whole numbers however they are written, and fields that may be null and may not be missing.

use serde::{Deserialize, Deserializer};

/// A whole number that is not negative. JSON knows no integers, so `3.0` is as good as `3`.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    whole_number(&number).ok_or_else(|| serde::de::Error::custom(format!("{number} is no whole number from 0 on")))
}

/// Reads a whole number that may be missing or null, however it is written (`3`, `3.0`).
///
/// # Errors
/// When it is anything else.
pub fn optional_whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    number
        .map(|number| {
            whole_number(&number)
                .ok_or_else(|| serde::de::Error::custom(format!("{number} is no whole number from 0 on")))
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

/// For a field that may be null and may not be missing.
pub(super) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}
