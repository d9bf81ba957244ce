//! Which cases a run is about.

use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::case::Case;
use crate::exit::{Exit, Trouble};

/// The cases whose id, or one of whose requirements, matches any of the globs; all cases when there is no glob.
///
/// # Errors
/// When a glob cannot be read, or when a glob matches nothing (that it would silently check less than was asked for).
pub fn select(cases: &'static [Case], filters: &[String]) -> Result<Vec<&'static Case>, Trouble> {
    if filters.is_empty() {
        return Ok(cases.iter().collect());
    }
    let mut globs = GlobSetBuilder::new();
    for filter in filters {
        let glob = Glob::new(filter).map_err(|error| Trouble::usage(format!("--filter `{filter}`: {error}")))?;
        let alone = GlobSet::builder().add(glob.clone()).build();
        let alone = alone.map_err(|error| Trouble::usage(format!("--filter `{filter}`: {error}")))?;
        if !cases.iter().any(|case| matches(&alone, case)) {
            let message = format!("--filter `{filter}` matches no case and no requirement that a case covers");
            return Err(Trouble { exit: Exit::NothingSelected, message });
        }
        globs.add(glob);
    }
    let globs = globs.build().map_err(|error| Trouble::usage(format!("--filter: {error}")))?;
    Ok(cases.iter().filter(|case| matches(&globs, case)).collect())
}

fn matches(globs: &GlobSet, case: &Case) -> bool {
    globs.is_match(case.id) || case.requirements.iter().any(|id| globs.is_match(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases;

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
