//! Points: the moments at which the power is lost, and what is lost then.

use std::fmt;
use std::str::FromStr;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::change::Change;
use crate::loss::Draw;
use crate::recording::Recording;

/// How far behind what matters a point may lie, in changes.
const NEAR: usize = 3;

/// A moment and a draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Point {
    /// How many changes were made before the power was lost.
    pub at: usize,
    /// Which of those that were not synced are lost.
    pub draw: Draw,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.at, self.draw)
    }
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (at, draw) = text.split_at(text.find('.').unwrap_or(text.len()));
        let wrong =
            |_| "a point is a number of changes, such as 120, or 120.7 with the seed of what is lost".to_owned();
        Ok(Point { at: at.parse().map_err(wrong)?, draw: draw.parse().map_err(wrong)? })
    }
}

/// As many points as that, by a seed: most of them just behind acknowledgements and on both sides of syncs, and at each the
/// harshest loss before random ones.
#[must_use]
pub fn points(recording: &Recording, count: usize, seed: u64) -> Vec<Point> {
    let mut random = StdRng::seed_from_u64(seed);
    let end = recording.changes.len();
    let syncs = recording.changes.iter().enumerate().filter(|(_, change)| matches!(change, Change::Sync { .. }));
    let syncs: Vec<usize> = syncs.map(|(place, _)| place).filter(|place| *place >= recording.ready).collect();
    let acknowledged: Vec<usize> = recording.acknowledgements().collect();
    let mut points = Vec::with_capacity(count);
    while points.len() < count {
        let one_of = |places: &[usize], random: &mut StdRng| {
            places.get(random.random_range(0..places.len().max(1))).map(|place| place + random.random_range(0..NEAR))
        };
        let near = match random.random_range(0..20) {
            0..9 => one_of(&acknowledged, &mut random),
            9..16 => one_of(&syncs, &mut random),
            _ => None,
        };
        let at = near.unwrap_or_else(|| random.random_range(recording.ready..=end)).clamp(recording.ready, end);
        points.push(Point { at, draw: Draw::Harshest });
        if points.len() < count {
            points.push(Point { at, draw: Draw::Chance(random.random_range(0..1_000_000)) });
        }
    }
    points
}
