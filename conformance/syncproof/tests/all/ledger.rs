//! The ledger is closed: every requirement has a case, or a written reason why it has none.

use std::collections::BTreeSet;

use syncproof::cases;
use syncproof_harness::coverage::{Chapter, EXEMPTIONS, ledger};
use syncproof_protocol::requirement::{self, Level};

#[test]
fn every_must_and_should_has_a_case_or_a_reason_for_having_none() {
    let bare: Vec<_> = ledger(cases::all())
        .into_iter()
        .filter(|covered| covered.requirement.level != Level::May && covered.cases.is_empty())
        .filter(|covered| covered.exemption().is_none())
        .map(|covered| covered.requirement.id)
        .collect();
    assert!(bare.is_empty(), "no case looks at {bare:?}: write one, or excuse it in coverage.rs with the reason");
}

#[test]
fn no_excuse_is_stale_or_without_a_reason() {
    let mut seen = BTreeSet::new();
    for excused in EXEMPTIONS {
        assert!(seen.insert(excused.id), "{} is excused twice", excused.id);
        assert!(requirement::find(excused.id).is_some(), "{} is excused, and not in the ledger", excused.id);
        assert!(excused.reason.trim().len() > 5, "{} is excused without a reason", excused.id);
        let case = cases::all().iter().find(|case| case.requirements.contains(&excused.id));
        assert!(case.is_none(), "{} is excused although {} looks at it", excused.id, case.map_or("", |case| case.id));
    }
}

#[test]
fn every_case_names_requirements_of_the_ledger_only() {
    for case in cases::all() {
        for id in case.requirements {
            assert!(requirement::find(id).is_some(), "{} names {id}, which the ledger does not know", case.id);
        }
    }
}

#[test]
fn the_chapters_add_up_to_the_ledger() {
    let chapters = Chapter::all(cases::all());
    let titles: BTreeSet<_> = chapters.iter().map(|chapter| chapter.chapter).collect();
    assert_eq!(titles.len(), chapters.len(), "a chapter stands in two places");
    assert_eq!(chapters.iter().map(|chapter| chapter.requirements).sum::<usize>(), requirement::LEDGER.len());
    for chapter in chapters {
        assert!(chapter.musts_covered <= chapter.musts && chapter.shoulds_covered <= chapter.shoulds, "{chapter:?}");
    }
}
