//! Covering arrays: as few rows as a greedy search finds in which every pair of levels stands in some row.
//!
//! One row at a time, as in AETG (Cohen, Dalal, Fredman, Patton: The AETG System, IEEE TSE 23(7), 1997), but without chance:
//! the same numbers give the same rows.

use std::collections::BTreeSet;

/// A level of one factor: the number of the factor, and that of the level.
type Level = (usize, usize);

/// Rows in which every pair of levels of two factors stands, where each factor has so many levels. A row has one level of each.
pub(super) fn pairwise<const N: usize>(levels: [usize; N]) -> Vec<[usize; N]> {
    let mut left = pairs(levels);
    let mut rows = Vec::new();
    // Each row takes at least the pair with which it begins.
    while let Some(&pair) = left.first() {
        let row = row(levels, pair, &left);
        covered(row).for_each(|pair| _ = left.remove(&pair));
        rows.push(row);
    }
    rows
}

/// Every pair, the smaller factor first.
fn pairs<const N: usize>(levels: [usize; N]) -> BTreeSet<[Level; 2]> {
    let all = levels.into_iter().enumerate().flat_map(|(factor, count)| (0..count).map(move |level| (factor, level)));
    let all: Vec<Level> = all.collect();
    let pairs = all.iter().flat_map(|first| all.iter().map(|second| [*first, *second]));
    pairs.filter(|[first, second]| first.0 < second.0).collect()
}

/// The pairs of a row.
fn covered<const N: usize>(row: [usize; N]) -> impl Iterator<Item = [Level; 2]> {
    let levels = move |from: usize| row.into_iter().enumerate().skip(from);
    levels(0).flat_map(move |first| levels(first.0 + 1).map(move |second| [first, second]))
}

/// A row with that pair. Each other factor, one after the other, gets the level that takes the most pairs with those before it.
fn row<const N: usize>(levels: [usize; N], pair: [Level; 2], left: &BTreeSet<[Level; 2]>) -> [usize; N] {
    let mut chosen = pair.to_vec();
    let others: Vec<_> =
        levels.into_iter().enumerate().filter(|(factor, _)| pair.iter().all(|(of, _)| of != factor)).collect();
    for (factor, count) in others {
        let taken = |level: &usize| {
            let with = |other: &&Level| left.contains(&ascending(**other, (factor, *level)));
            chosen.iter().filter(with).count()
        };
        // Of equal ones, the first.
        let best = (0..count).rev().max_by_key(taken).unwrap_or_default();
        chosen.push((factor, best));
    }
    let mut row = [0; N];
    chosen.into_iter().for_each(|(factor, level)| row.iter_mut().skip(factor).take(1).for_each(|place| *place = level));
    row
}

fn ascending(one: Level, other: Level) -> [Level; 2] {
    if one < other { [one, other] } else { [other, one] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_stands_in_a_row_and_there_are_few_rows() {
        for (levels, most) in [([2; 4].to_vec(), 6), ([3; 4].to_vec(), 12), (vec![7, 5, 3, 2], 36)] {
            let levels: [usize; 4] = levels.try_into().expect("four");
            let rows = pairwise(levels);
            let seen: BTreeSet<_> = rows.iter().flat_map(|row| covered(*row)).collect();
            assert_eq!(seen, pairs(levels), "{levels:?}: {rows:?}");
            assert!(rows.len() <= most, "{levels:?}: {} rows", rows.len());
        }
    }

    #[test]
    fn a_factor_with_one_level_and_one_with_none_are_no_harm() {
        assert_eq!(pairwise([1, 2, 1]).len(), 2);
        assert_eq!(pairwise([0, 2]), [[0; 2]; 0]);
    }
}
