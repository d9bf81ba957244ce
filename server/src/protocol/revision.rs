//! The total order of writes: which of two writes wins.

use std::cmp::Ordering;

use serde::Serialize;

/// The triple that decides which write wins (requirements `lww.*`).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(utoipa::ToSchema))]
pub(crate) struct Revision {
    /// From 0 to 2^53−1.
    pub(crate) clock: u64,
    /// The client's hybrid logical clock, an opaque string.
    pub(crate) hlc: String,
    /// The op id in the client's spelling.
    pub(crate) op_id: String,
}

/// The op id in the spelling that it is compared by: the case of a UUID does not matter (RFC 9562 §4).
pub(crate) fn op_key(op_id: &str) -> String {
    op_id.to_ascii_lowercase()
}

impl Revision {
    /// Whether this write wins over one of revision `other`.
    pub(crate) fn beats(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Greater
    }
}

/// By `clock`, then `hlc`, then op id. Rust compares strings by UTF-8 byte, which is the order of the code points.
impl Ord for Revision {
    fn cmp(&self, other: &Self) -> Ordering {
        self.clock
            .cmp(&other.clock)
            .then_with(|| self.hlc.cmp(&other.hlc))
            .then_with(|| op_key(&self.op_id).cmp(&op_key(&other.op_id)))
    }
}

impl PartialOrd for Revision {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Revision {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Revision {}

#[cfg(test)]
mod tests {
    use super::Revision;

    fn revision(clock: u64, hlc: &str, op_id: &str) -> Revision {
        Revision { clock, hlc: hlc.into(), op_id: op_id.into() }
    }

    #[test]
    fn the_clock_decides_before_the_hlc_and_the_hlc_before_the_op_id() {
        assert!(revision(2, "a", "a").beats(&revision(1, "z", "z")));
        assert!(revision(1, "b", "a").beats(&revision(1, "a", "z")));
        assert!(revision(1, "a", "b").beats(&revision(1, "a", "a")));
    }

    #[test]
    fn a_revision_does_not_beat_itself_in_another_case() {
        assert!(!revision(1, "a", "AB").beats(&revision(1, "a", "ab")));
        assert_eq!(revision(1, "a", "AB"), revision(1, "a", "ab"));
    }

    #[test]
    fn text_compares_by_code_point_and_not_by_utf_16_unit() {
        assert!(revision(1, "\u{10000}", "a").beats(&revision(1, "\u{ffff}", "a")));
    }

    #[test]
    fn clocks_compare_as_numbers() {
        assert!(revision(10, "", "").beats(&revision(9, "", "")));
    }
}
