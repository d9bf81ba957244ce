//! Every case: those of the chapters, those of combinations, and one for each trace of a past finding.
//!
//! Internal: public for the command and the project's own tests and benchmarks only.

use std::sync::LazyLock;

use syncproof_harness::case::Case;

/// Every case, chapter by chapter, with the combinations and the regressions last.
#[must_use]
pub fn all() -> &'static [Case] {
    static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let of_sequences = [syncproof_campaign::combinations::cases(), syncproof_campaign::regression::cases()];
        syncproof_cases::all().into_iter().chain(of_sequences.into_iter().flatten()).collect()
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::all;
    use syncproof_protocol::capability::{Capabilities, Capability};
    use syncproof_protocol::requirement;

    #[test]
    fn ids_are_unique_and_of_the_form_chapter_slash_subject() {
        let mut seen = BTreeSet::new();
        for case in all() {
            assert!(seen.insert(case.id), "{} is listed twice", case.id);
            let (chapter, subject) = case.id.split_once('/').expect("chapter/subject");
            assert!(!chapter.is_empty() && !subject.is_empty() && !subject.contains('/'), "{}", case.id);
        }
    }

    #[test]
    fn every_case_names_requirements_that_the_ledger_knows() {
        for case in all() {
            assert!(!case.requirements.is_empty(), "{} checks nothing", case.id);
            let distinct: BTreeSet<_> = case.requirements.iter().collect();
            assert_eq!(distinct.len(), case.requirements.len(), "{} names a requirement twice", case.id);
            for id in case.requirements {
                assert!(requirement::find(id).is_some(), "{} names {id}, which the ledger does not know", case.id);
            }
        }
    }

    #[test]
    fn a_case_needs_what_its_main_requirement_applies_to() {
        for case in all() {
            let main = requirement::find(case.requirements[0]).expect("known");
            // A need may also be met by less: what is about roles can be judged where hooks change them.
            let is_needed =
                |one: &Capability| case.needs.iter().any(|need| need.is_met_by(&Capabilities::from([*one])));
            let met = main.capabilities.is_empty() || main.capabilities.iter().any(is_needed);
            assert!(met, "{} needs none of {:?}, which {} is about", case.id, main.capabilities, main.id);
        }
    }
}
