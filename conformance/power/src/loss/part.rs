//! What is left of one change of a file's content.

/// The size of a sector, in bytes: a disk writes one whole or not at all.
pub(crate) const SECTOR: u64 = 512;

/// What is left of a change that is not lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// All of it.
    Whole,
    /// Some sectors of a write, drawn with this seed. The file is as long as if all were there.
    Torn(u64),
}

impl Part {
    /// Whether that sector of the file is left.
    #[must_use]
    pub fn has(self, sector: u64) -> bool {
        match self {
            Part::Whole => true,
            Part::Torn(seed) => mixed(seed ^ sector.wrapping_mul(0x9e37_79b9_7f4a_7c15)) & 1 == 1,
        }
    }
}

/// Every bit of the result depends on every bit of the number (the finaliser of SplitMix64).
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
