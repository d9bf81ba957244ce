//! Retention: what garbage collection may remove.

use super::cursors::Cursors;

/// What a collection may remove: only what every device has read and what is old enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// The last version that every device has read (`gc.keeps-unseen`). Without devices there is no limit, and a later device
    /// learns of the gap (`gc.no-devices`, `gc.gap-is-told`).
    pub seen: u64,
    /// The latest time of acceptance that is old enough, in milliseconds of the log (`gc.keeps-young`).
    pub accepted_by_ms: u64,
}

impl Horizon {
    /// The horizon of a collection now.
    pub fn of(cursors: &Cursors, retention_s: u64, now_ms: u64) -> Self {
        Self {
            seen: cursors.lowest().unwrap_or(u64::MAX),
            accepted_by_ms: now_ms.saturating_sub(retention_s.saturating_mul(1000)),
        }
    }

    /// Whether an entry with this version and time of acceptance may be removed.
    pub fn admits(self, version: u64, accepted_at_ms: u64) -> bool {
        version <= self.seen && accepted_at_ms <= self.accepted_by_ms
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursors, Horizon};

    #[test]
    fn what_is_old_and_seen_by_all_may_go() {
        let mut cursors = Cursors::default();
        cursors.advance("u", "d", 5, 10);
        cursors.advance("u", "e", 7, 10);
        let horizon = Horizon::of(&cursors, 2, 10_000);
        assert!(horizon.admits(5, 8_000));
        assert!(!horizon.admits(6, 8_000), "one device has not seen it");
        assert!(!horizon.admits(5, 8_001), "too young");
    }

    #[test]
    fn without_devices_age_alone_counts() {
        let horizon = Horizon::of(&Cursors::default(), 2, 10_000);
        assert!(horizon.admits(1_000, 8_000) && !horizon.admits(1, 8_001));
    }

    #[test]
    fn a_retention_longer_than_time_keeps_everything_but_the_beginning() {
        assert!(!Horizon::of(&Cursors::default(), u64::MAX, 10_000).admits(1, 1));
    }
}
