//! Integers on the wire.

use serde::Deserialize;
use serde_json::Number;

/// The largest integer that every JSON implementation keeps exactly, 2^53−1 (RFC 8259 §6).
pub(crate) const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// An integer from 0 to 2^53−1. JSON has one type of number, so `1.0` and `1e0` are the integer 1 as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Number")]
pub(crate) struct SafeInteger(pub(crate) u64);

impl TryFrom<Number> for SafeInteger {
    type Error = &'static str;

    fn try_from(number: Number) -> Result<Self, Self::Error> {
        let integer = number.as_u64().or_else(|| whole(number.as_f64()?));
        let safe = integer.filter(|integer| *integer <= MAX_SAFE_INTEGER);
        safe.map(Self).ok_or("a number that is not an integer from 0 to 2^53−1")
    }
}

/// The integer that a double in the range of [`SafeInteger`] is, if it is one. There the conversion is exact.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn whole(number: f64) -> Option<u64> {
    (number.fract() == 0.0 && (0.0..=MAX_SAFE_INTEGER as f64).contains(&number)).then_some(number as u64)
}

/// The number of entries on a page, from 1 to 1000 (requirement `pull.limit-range`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SafeInteger")]
pub(crate) struct PageSize(pub(crate) usize);

impl TryFrom<SafeInteger> for PageSize {
    type Error = &'static str;

    fn try_from(SafeInteger(number): SafeInteger) -> Result<Self, Self::Error> {
        match usize::try_from(number) {
            Ok(size @ 1..=1000) => Ok(Self(size)),
            _ => Err("a page size is from 1 to 1000"),
        }
    }
}

/// A duration in whole seconds, at least 1 (requirement `gc.bad-retention`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SafeInteger")]
pub(crate) struct Seconds(pub(crate) u64);

impl TryFrom<SafeInteger> for Seconds {
    type Error = &'static str;

    fn try_from(SafeInteger(number): SafeInteger) -> Result<Self, Self::Error> {
        if number > 0 { Ok(Self(number)) } else { Err("a duration is at least one second") }
    }
}

#[cfg(test)]
mod tests {
    use super::{PageSize, SafeInteger, Seconds};
    use serde_json::from_str;

    #[test]
    fn integers_up_to_the_largest_safe_one_are_read_in_any_notation() {
        for (text, number) in
            [("0", 0), ("-0.0", 0), ("1.0", 1), ("1e3", 1000), ("9007199254740991", 9_007_199_254_740_991)]
        {
            assert_eq!(from_str::<SafeInteger>(text).unwrap(), SafeInteger(number), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in
            ["-1", "0.5", "9007199254740992", "9007199254740992.0", "1e300", "-1e300", "\"1\"", "null", "true", "[1]"]
        {
            assert!(from_str::<SafeInteger>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_at_least_a_second() {
        assert_eq!(from_str::<Seconds>("1.0").unwrap(), Seconds(1));
        assert!(from_str::<Seconds>("0").is_err() && from_str::<Seconds>("0.9").is_err());
    }

    #[test]
    fn page_sizes_are_from_1_to_1000() {
        assert!(from_str::<PageSize>("1").is_ok() && from_str::<PageSize>("1000").is_ok());
        assert!(from_str::<PageSize>("0").is_err() && from_str::<PageSize>("1001").is_err());
    }
}
