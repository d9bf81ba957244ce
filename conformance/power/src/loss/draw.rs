//! The draw: which of the changes that may be lost are lost.

use std::fmt;
use std::str::FromStr;

/// How it is decided what is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Draw {
    /// All that was not synced is lost.
    Harshest,
    /// What is lost is drawn with this seed.
    Chance(u64),
}

/// As in `--point 120` and `--point 120.7`: the part behind the point.
impl fmt::Display for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Draw::Harshest => Ok(()),
            Draw::Chance(seed) => write!(f, ".{seed}"),
        }
    }
}

impl FromStr for Draw {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Draw::Harshest);
        }
        text.strip_prefix('.').unwrap_or(text).parse().map(Draw::Chance)
    }
}
