//! Which cases a run includes, and in which order they start.

use std::fmt;
use std::str::FromStr;

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::case::{Case, Homes, Stage};
use crate::exit::{CliError, Exit};
use crate::suggestion::suggestion;

/// The cases whose id, or one of whose requirements, matches any of the globs; all cases when there is no glob.
///
/// # Errors
/// When a filter is not a glob, or matches no case.
pub fn select(
    cases: impl IntoIterator<Item = &'static Case>,
    filters: &[String],
) -> Result<Vec<&'static Case>, CliError> {
    let cases: Vec<&'static Case> = cases.into_iter().collect();
    let names = |case: &&'static Case| [&[case.id], case.requirements].concat();
    chosen(&cases, filters, "case and no requirement that a case covers", names)
}

/// The items with a name that matches any of the globs, in their order; all of them when there is no glob. `what` names
/// them in errors.
///
/// # Errors
/// When a glob cannot be parsed, or when it matches nothing: then less would be checked than the user asked for.
pub fn chosen<T: Copy>(
    all: &[T],
    filters: &[String],
    what: &str,
    names: impl Fn(&T) -> Vec<&'static str>,
) -> Result<Vec<T>, CliError> {
    if filters.is_empty() {
        return Ok(all.to_vec());
    }
    let matches = |globs: &GlobSet, one: &T| names(one).iter().any(|name| globs.is_match(name));
    let mut globs = GlobSetBuilder::new();
    for filter in filters {
        let glob = Glob::new(filter).map_err(|error| CliError::usage(format!("--filter `{filter}`: {error}")))?;
        let alone = GlobSet::builder().add(glob.clone()).build();
        let alone = alone.map_err(|error| CliError::usage(format!("--filter `{filter}`: {error}")))?;
        if !all.iter().any(|one| matches(&alone, one)) {
            let hint = suggestion(filter, all.iter().flat_map(&names));
            let message = format!("--filter `{filter}` matches no {what}{hint}");
            return Err(CliError { exit: Exit::NothingSelected, message });
        }
        globs.add(glob);
    }
    let globs = globs.build().map_err(|error| CliError::usage(format!("--filter: {error}")))?;
    Ok(all.iter().filter(|one| matches(&globs, one)).copied().collect())
}

/// The cases in the order in which they start. Those that wait for seconds begin, and of those that first of all wait for a
/// collection one begins with every few others. At the end of a run they would wait while the processor has nothing to do.
#[must_use]
pub fn start_order(cases: &[&'static Case]) -> Vec<&'static Case> {
    const OTHERS: usize = 3;
    let is_waiting = |case: &&'static Case| case.homes == Homes::Collected;
    let (early, cases): (Vec<&'static Case>, Vec<&'static Case>) =
        cases.iter().copied().partition(|case| case.stage == Stage::Early && case.homes == Homes::New);
    let (waiting, others): (Vec<&'static Case>, Vec<&'static Case>) = cases.into_iter().partition(is_waiting);
    let mut waiting = waiting.into_iter();
    let mut ordered = early;
    for chunk in others.chunks(OTHERS) {
        ordered.extend(chunk.iter().copied().chain(waiting.next()));
    }
    ordered.extend(waiting);
    ordered
}

/// One of several parts into which the cases are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1.
    number: usize,
    /// How many parts there are.
    count: usize,
}

/// The largest number of parts: more than enough for real use, and small enough that a typing mistake is noticed.
pub const MAX_SHARDS: usize = 1000;

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

    /// The selected cases that belong to this part. A case belongs to the same part whatever else is selected. The parts
    /// differ by one case at most, in total and in each chapter.
    #[must_use]
    pub fn part_of(self, all: &'static [Case], selected: Vec<&'static Case>) -> Vec<&'static Case> {
        let mut dealt: Vec<&Case> = all.iter().collect();
        // The files of a chapter need not be listed side by side. The sort is stable.
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
            Some((Ok(number), Ok(count))) if (1..=count).contains(&number) && count <= MAX_SHARDS => {
                Ok(Shard { number, count })
            }
            _ => Err(format!("a shard is I/N with I from 1 to N and N at most {MAX_SHARDS}, such as 2/4")),
        }
    }
}
