//! The revision: the total order that decides which write wins.

/// The triple that orders writes: `clock` first, then `hlc`, then `opId`.
///
/// The derived order is the rule itself: fields are compared in the order of their declaration
/// (`lww.higher-clock`, `lww.hlc-breaks-tie`, `lww.op-id-breaks-tie`), and `String` compares by UTF-8 bytes, which
/// is the order of code points (`lww.code-point-order`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision {
    /// The client's logical clock.
    pub clock: u64,
    /// The client's hybrid logical clock, opaque text.
    pub hlc: String,
    /// The op's id, the last tie-break.
    pub op_id: String,
}

impl Revision {
    /// The revision with these three parts.
    pub fn new(clock: u64, hlc: impl Into<String>, op_id: impl Into<String>) -> Self {
        Self { clock, hlc: hlc.into(), op_id: op_id.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::Revision;

    #[test]
    fn a_higher_clock_wins_whatever_the_rest_says() {
        assert!(Revision::new(10, "a", "a") > Revision::new(9, "z", "z"));
    }

    #[test]
    fn hlc_then_op_id_break_ties() {
        assert!(Revision::new(1, "b", "a") > Revision::new(1, "a", "z"));
        assert!(Revision::new(1, "a", "b") > Revision::new(1, "a", "a"));
    }

    #[test]
    fn a_supplementary_character_is_greater_than_the_last_of_the_basic_plane() {
        assert!(Revision::new(1, "\u{10000}", "a") > Revision::new(1, "\u{ffff}", "a"));
    }
}
