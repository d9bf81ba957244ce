//! What the number of a sequence stands for. A number says all that is needed to make the sequence again, so whoever chooses
//! numbers by what was reached so far takes nothing from a seed's power to repeat.

use syncproof_protocol::family::Family;

use super::theme::Theme;
use super::wrong::Wrong;
use crate::oracle::CoverageEvent;

/// The numbers of one kind of sequence: more than any campaign performs, and easy to read in a report.
const NUMBERS: u64 = 1_000_000_000_000;

/// Where the numbers of what is wrong begin, and those of sequences that are aimed at something, in ranges.
const WRONG: u64 = 3;
const AIMED: u64 = WRONG + Wrong::ALL.len() as u64;

/// More parts than anything that is wrong has.
const PARTS: u64 = 64;

/// How many families lie between the first one of a situation and that of the next.
const STRIDE: u64 = 5;

/// A kind of sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A few steps of everything.
    Usual,
    /// The life of a large world: it grows, ages and is collected, and all happens again.
    Life,
    /// Every value of a family in every place.
    Catalogue,
    /// All that is wrong, of that kind.
    Wrong(Wrong),
    /// Made to come to that situation.
    Aimed(CoverageEvent),
}

impl Kind {
    /// The number of the sequence of this kind that is the `turn`-th.
    #[must_use]
    pub fn number(self, turn: u64) -> u64 {
        let range = match self {
            Kind::Usual => 0,
            Kind::Life => 1,
            Kind::Catalogue => 2,
            Kind::Wrong(part) => WRONG + part as u64,
            Kind::Aimed(event) => AIMED + event as u64,
        };
        range * NUMBERS + turn % NUMBERS
    }

    /// The kind of the sequence with that number, and which it is of its kind.
    #[must_use]
    pub fn of(number: u64) -> (Kind, u64) {
        let at = |range: u64, first: u64| usize::try_from(range - first).unwrap_or(usize::MAX);
        let kind = match number / NUMBERS {
            0 => Kind::Usual,
            1 => Kind::Life,
            2 => Kind::Catalogue,
            range @ WRONG..AIMED => Wrong::ALL.get(at(range, WRONG)).copied().map_or(Kind::Usual, Kind::Wrong),
            range => CoverageEvent::ALL.get(at(range, AIMED)).copied().map_or(Kind::Usual, Kind::Aimed),
        };
        (kind, number % NUMBERS)
    }
}

/// What a sequence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Script {
    pub(super) kind: Kind,
    pub(super) theme: Theme,
    pub(super) family: Family,
    /// Which part of what is wrong it sends.
    pub(super) part: u64,
}

impl Script {
    /// What the sequence with that number is about. Of every two sequences of one kind and theme one has plain values, and
    /// the others have the families in turn, so that those come first that were not drawn yet.
    pub(super) fn of(number: u64) -> Self {
        let (kind, turn) = Kind::of(number);
        let (themes, start): (&[Theme], u64) = match kind {
            Kind::Usual => (&Theme::ALL, 0),
            // In the others, most sequences lose the workspace in which the world grows.
            Kind::Life => (&[Theme::Writes, Theme::Private], 0),
            Kind::Catalogue | Kind::Wrong(_) => (&[Theme::Writes], 0),
            // They are few: those of each situation begin with another family.
            Kind::Aimed(event) => (&[Theme::Writes], event as u64 * STRIDE),
        };
        let count = themes.len() as u64;
        let theme = themes[usize::try_from(turn % count).unwrap_or(0)];
        let round = turn / count;
        let in_turn = |turn: u64| Family::ALL[usize::try_from(turn % Family::ALL.len() as u64).unwrap_or(0)];
        let family = match (kind, round % 2) {
            (Kind::Catalogue, _) => in_turn(round),
            (_, 0) => Family::Plain,
            _ => in_turn(start + round / 2),
        };
        let part = if matches!(kind, Kind::Wrong(_)) { turn % PARTS } else { 0 };
        Script { kind, theme, family, part }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_its_kind_and_its_turn() {
        let (wrong, aimed) = (Wrong::ALL.map(Kind::Wrong), CoverageEvent::ALL.map(Kind::Aimed));
        for kind in [Kind::Usual, Kind::Life, Kind::Catalogue].into_iter().chain(wrong).chain(aimed) {
            assert_eq!(Kind::of(kind.number(17)), (kind, 17));
        }
        assert_eq!(Kind::Usual.number(17), 17);
    }
}
