//! Time: the clock, and how a moment is written on the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, SecondsFormat};

/// The last moment with a four-digit year, in milliseconds since 1970.
const MAX_UNIX_MILLISECONDS: i64 = 253_402_300_799_999;

/// Now, in seconds since 1970. A clock set before 1970 counts as 1970.
pub(crate) fn unix_seconds() -> i64 {
    unix_milliseconds() / 1000
}

/// Now, in milliseconds since 1970. A clock set before 1970 counts as 1970.
fn unix_milliseconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.ok().and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0)
}

/// The clock by which entries age and credentials expire: the machine's, or one that tests set forward instead of
/// waiting.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_ms: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// A clock that is ahead of the machine's by this many milliseconds, which may change at any time.
    #[must_use]
    pub fn ahead(milliseconds: Arc<AtomicU64>) -> Self {
        Clock { ahead_ms: Some(milliseconds) }
    }

    /// Now, in milliseconds since 1970.
    pub(crate) fn unix_milliseconds(&self) -> i64 {
        let ahead_ms = self.ahead_ms.as_ref().map_or(0, |ahead_ms| ahead_ms.load(Ordering::Relaxed));
        unix_milliseconds().saturating_add_unsigned(ahead_ms)
    }
}

/// A moment as ISO 8601 in UTC with milliseconds, such as `2026-11-22T10:17:25.962Z`. Moments outside the years 1970
/// to 9999 are taken as the nearest one inside.
pub(crate) fn iso_8601(milliseconds: i64) -> String {
    let moment = DateTime::from_timestamp_millis(milliseconds.clamp(0, MAX_UNIX_MILLISECONDS));
    moment.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::iso_8601;

    #[test]
    fn known_moments_are_written_correctly() {
        assert_eq!(iso_8601(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso_8601(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(iso_8601(1_795_342_645_962), "2026-11-22T10:17:25.962Z");
        assert_eq!(iso_8601(4_107_542_399_999), "2100-02-28T23:59:59.999Z");
        assert_eq!(iso_8601(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
    }

    #[test]
    fn moments_beyond_four_digit_years_are_clamped() {
        assert_eq!(iso_8601(i64::MAX), "9999-12-31T23:59:59.999Z");
        assert_eq!(iso_8601(i64::MIN), "1970-01-01T00:00:00.000Z");
    }
}
