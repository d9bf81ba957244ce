//! What may be garbage-collected, and what a device misses once it was (requirements `gc.*`).

/// The bounds of one garbage collection: what lies within both of them may be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Horizon {
    /// The last version that every registered device has read.
    pub(crate) seen_version: u64,
    /// Entries from this moment on are too young, in milliseconds since 1970.
    pub(crate) young_from_ms: i64,
}

impl Horizon {
    /// The bounds at `now_ms`, in milliseconds since 1970, given the cursor of the device that is furthest behind.
    /// `None` without a registered device: nothing may be collected, since no device has reported what it has read
    /// (requirement `gc.no-devices`).
    pub(crate) fn new(now_ms: i64, retention_seconds: u64, least_cursor: Option<u64>) -> Option<Self> {
        let retention_ms = i64::try_from(retention_seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        let young_from_ms = now_ms.saturating_sub(retention_ms);
        least_cursor.map(|seen_version| Self { seen_version, young_from_ms })
    }

    /// Whether an entry with this version, received at this moment, may be collected.
    pub(crate) fn may_collect(self, version: u64, at_ms: i64) -> bool {
        version <= self.seen_version && at_ms < self.young_from_ms
    }
}

/// Whether a log that begins with version `oldest` lacks changes after `cursor` (requirement `gc.gap-is-told`).
pub(crate) fn has_gap(cursor: u64, oldest: u64) -> bool {
    cursor.saturating_add(1) < oldest
}

#[cfg(test)]
mod tests {
    use super::{Horizon, has_gap};

    #[test]
    fn only_old_entries_that_all_devices_read_may_be_collected() {
        let horizon = Horizon::new(100_000, 10, Some(5)).unwrap();
        assert!(horizon.may_collect(5, 89_999));
        assert!(!horizon.may_collect(5, 90_000), "exactly as old as the retention");
        assert!(!horizon.may_collect(6, 0), "not read by every device");
        assert_eq!(Horizon::new(100_000, 10, None), None);
    }

    #[test]
    fn the_longest_retention_keeps_everything() {
        for retention_seconds in [(1 << 53) - 1, u64::MAX] {
            assert!(!Horizon::new(1_795_342_645_962, retention_seconds, Some(5)).unwrap().may_collect(1, 0));
        }
    }

    #[test]
    fn a_cursor_right_before_the_oldest_version_misses_nothing() {
        assert!(has_gap(0, 2) && has_gap(8, 10));
        assert!(!has_gap(0, 1) && !has_gap(9, 10) && !has_gap(10, 10) && !has_gap(u64::MAX, 10));
    }
}
