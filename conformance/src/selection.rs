//! Which cases a run is about.

use std::fmt;
use std::str::FromStr;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::case::Case;
use crate::exit::{Exit, Trouble};

/// The cases whose id, or one of whose requirements, matches any of the globs; all cases when there is no glob.
///
/// # Errors
/// When a filter is no glob, or matches no case.
pub fn select(cases: &'static [Case], filters: &[String]) -> Result<Vec<&'static Case>, Trouble> {
    let cases: Vec<&'static Case> = cases.iter().collect();
    let matches = |globs: &GlobSet, case: &&'static Case| {
        globs.is_match(case.id) || case.requirements.iter().any(|id| globs.is_match(id))
    };
    chosen(&cases, filters, "case and no requirement that a case covers", matches)
}

/// What matches any of the globs, in its order; everything when there is no glob. `what` names it in errors.
///
/// # Errors
/// When a glob cannot be read, or when a glob matches nothing (that it would silently check less than was asked for).
pub(crate) fn chosen<T: Copy>(
    all: &[T],
    filters: &[String],
    what: &str,
    matches: impl Fn(&GlobSet, &T) -> bool,
) -> Result<Vec<T>, Trouble> {
    if filters.is_empty() {
        return Ok(all.to_vec());
    }
    let mut globs = GlobSetBuilder::new();
    for filter in filters {
        let glob = Glob::new(filter).map_err(|error| Trouble::usage(format!("--filter `{filter}`: {error}")))?;
        let alone = GlobSet::builder().add(glob.clone()).build();
        let alone = alone.map_err(|error| Trouble::usage(format!("--filter `{filter}`: {error}")))?;
        if !all.iter().any(|one| matches(&alone, one)) {
            let message = format!("--filter `{filter}` matches no {what}");
            return Err(Trouble { exit: Exit::NothingSelected, message });
        }
        globs.add(glob);
    }
    let globs = globs.build().map_err(|error| Trouble::usage(format!("--filter: {error}")))?;
    Ok(all.iter().filter(|one| matches(&globs, one)).copied().collect())
}

/// One of several parts of the cases, which together are the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    number: usize,
    /// How many parts there are.
    count: usize,
}

/// More parts than anybody has machines, and few enough that a slip of the pen is noticed.
const MOST_SHARDS: usize = 1000;

impl Shard {
    /// Which part it is, from 0.
    #[must_use]
    pub fn place(self) -> u64 {
        self.number as u64 - 1
    }

    /// How many parts there are.
    #[must_use]
    pub fn count(self) -> u64 {
        self.count as u64
    }

    /// The selected cases that belong to this part. A case belongs to the same part whatever else is selected, and each
    /// chapter is dealt out evenly: parts differ by one case at most, in all and in each chapter.
    #[must_use]
    pub fn part_of(self, all: &'static [Case], selected: Vec<&'static Case>) -> Vec<&'static Case> {
        let mut dealt: Vec<&Case> = all.iter().collect();
        // Files of one chapter need not stand side by side; the sort is stable.
        dealt.sort_by_key(|case| case.chapter());
        let mine = |case: &&'static Case| {
            let place = dealt.iter().position(|other| other.id == case.id);
            place.is_some_and(|place| place % self.count == self.number - 1)
        };
        selected.into_iter().filter(mine).collect()
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').map(|(number, count)| (number.parse(), count.parse()));
        match numbers {
            Some((Ok(number), Ok(count))) if (1..=count).contains(&number) && count <= MOST_SHARDS => {
                Ok(Shard { number, count })
            }
            _ => Err(format!("a shard is I/N with I from 1 to N and N at most {MOST_SHARDS}, such as 2/4")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::cases;

    #[test]
    fn shards_neither_drop_nor_double_a_case_and_are_even() {
        let all: Vec<&'static Case> = cases::all().iter().collect();
        for count in (1..=40).chain([all.len() - 1, all.len(), all.len() + 1, MOST_SHARDS]) {
            let mut dealt: BTreeMap<&str, usize> = BTreeMap::new();
            let (mut sizes, mut chapters) = (Vec::new(), BTreeMap::<&str, Vec<usize>>::new());
            for number in 1..=count {
                let shard: Shard = format!("{number}/{count}").parse().expect("a shard");
                let part = shard.part_of(cases::all(), all.clone());
                sizes.push(part.len());
                for case in &part {
                    *dealt.entry(case.id).or_default() += 1;
                    chapters.entry(case.chapter()).or_insert_with(|| vec![0; count])[number - 1] += 1;
                }
            }
            assert!(dealt.len() == all.len() && dealt.values().all(|times| *times == 1), "{count} shards");
            for (name, sizes) in chapters.into_iter().chain([("all", sizes)]) {
                let (least, most) = (sizes.iter().min(), sizes.iter().max());
                assert!(most <= least.map(|least| least + 1).as_ref(), "{name} in {count} shards: {sizes:?}");
            }
        }
    }

    #[test]
    fn a_case_stays_in_its_shard_whatever_else_is_selected() {
        let some = select(cases::all(), &["pull/*".to_owned()]).expect("cases");
        for number in 1..=3 {
            let shard: Shard = format!("{number}/3").parse().expect("a shard");
            let whole = shard.part_of(cases::all(), cases::all().iter().collect());
            for case in shard.part_of(cases::all(), some.clone()) {
                assert!(whole.iter().any(|other| other.id == case.id), "{} is elsewhere", case.id);
            }
        }
    }

    #[test]
    fn a_shard_that_is_none_is_refused() {
        for text in ["0/8", "9/8", "x/y", "1", "1/0", "0/0", "-1/2", "1/2/3", "", "1/1001", " 1/2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    fn selected(filter: &str) -> Result<usize, Exit> {
        select(cases::all(), &[filter.to_owned()]).map(|cases| cases.len()).map_err(|trouble| trouble.exit)
    }

    #[test]
    fn globs_match_cases_and_requirements() {
        assert_eq!(select(cases::all(), &[]).expect("all").len(), cases::all().len());
        assert!(selected("isolation/*").expect("cases") > 0);
        assert!(selected("isolation.same-pk").expect("a requirement") > 0);
        assert_eq!(selected("no-such-thing"), Err(Exit::NothingSelected));
        assert_eq!(selected("["), Err(Exit::Usage));
    }
}
