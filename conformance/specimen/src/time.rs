//! The clock, and the ISO 8601 form of a moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};
use syncproof_protocol::simulation;

/// The last second of the year 9999: the format has four digits for the year.
const LAST_S: u64 = 253_402_300_799;
const DAY_S: u64 = 86_400;

/// How far a clock is ahead of the machine's, in milliseconds. It is shared with whoever sets the clock forward.
pub(crate) type Ahead = Arc<AtomicU64>;

/// The time now, by a clock that is this far ahead.
pub(super) fn now(ahead: &Ahead) -> Duration {
    let since = simulation::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.saturating_add(Duration::from_millis(ahead.load(Ordering::Relaxed)))
}

/// A moment in ISO 8601, as `2026-11-22T10:17:25.000Z`.
pub(super) fn iso(moment_s: u64) -> String {
    let moment_s = moment_s.min(LAST_S);
    let (year, month, day) = date(moment_s / DAY_S);
    let second = moment_s % DAY_S;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000Z")
}

/// The Gregorian date of a day since 1970, computed in eras of 400 years that begin on the first of March.
fn date(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (era, day_of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::iso;

    #[test]
    fn known_moments_have_their_known_form() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(iso(1_795_342_645), "2026-11-22T10:17:25.000Z");
        assert_eq!(iso(u64::MAX), "9999-12-31T23:59:59.000Z");
    }
}
