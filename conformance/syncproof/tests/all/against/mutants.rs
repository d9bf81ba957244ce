//! Wrong servers: every mutant is killed, and what is said first about it is what it breaks.

use std::collections::BTreeSet;

use serde_json::Value;

use super::alone;
use crate::command::syncproof;

fn report(stdout: &str) -> Value {
    serde_json::from_str(stdout).expect("a JSON report")
}

/// Whether the first cause of the report names a requirement that the mutant breaks.
fn is_named_first(mutant: &Value) -> bool {
    mutant["requirements"].as_array().expect("requirements").contains(&mutant["causes"][0]["requirement"])
}

#[test]
fn every_mutant_is_killed_by_a_case_that_names_its_requirement_and_reported_first_under_it() {
    const MUTANTS: [&str; 5] = ["mutants", "--format", "json", "--mutants", "16"];
    let _alone = alone();
    let tried = syncproof(&[&MUTANTS[..], &["--first-kill"]].concat());
    assert!(tried.code <= 1, "{tried:?}");
    let report = report(&tried.stdout);
    let mutants = report["mutants"].as_array().expect("mutants");
    for survivor in mutants.iter().filter(|mutant| mutant["killed"] != true) {
        // A race may not come up in a crowd: alone it has to.
        let id = survivor["id"].as_str().expect("an id");
        let alone = syncproof(&["mutants", "--filter", id]);
        assert_eq!(alone.code, 0, "{id} survives: {alone:?}");
    }
    // Up to the first case that kills a mutant only some of the failures are known. Where they do not name it first, all
    // of them have to, in a crowd or alone. (`planning/first-names.md` is about every case of the suite.)
    let others = mutants.iter().filter(|mutant| mutant["killed"] == true && !is_named_first(mutant));
    let others = others.flat_map(|mutant| ["--filter", mutant["id"].as_str().expect("an id")]);
    let whole = self::report(&syncproof(&MUTANTS.iter().copied().chain(others).collect::<Vec<_>>()).stdout);
    let whole = whole["mutants"].as_array().expect("mutants");
    for other in whole.iter().filter(|mutant| !is_named_first(mutant)) {
        let id = other["id"].as_str().expect("an id");
        let alone = self::report(&syncproof(&["mutants", "--format", "json", "--filter", id]).stdout);
        let alone = &alone["mutants"][0];
        assert!(is_named_first(alone), "{id} breaks {}: {:#}", other["requirements"], alone["causes"]);
    }
    let findings: BTreeSet<u64> = mutants.iter().filter_map(|mutant| mutant["finding"].as_u64()).collect();
    assert_eq!(findings, BTreeSet::from([1, 2, 3, 4, 5, 6, 7]), "every finding of the review has a mutant");
}

#[test]
fn mutants_that_wait_for_a_collection_are_killed_by_the_cases_that_run_again_after_one() {
    let waiting =
        ["head-is-stale", "replay-is-new", "delete-always-wins", "pull-compacts", "snapshot-in-arrival-order"];
    let mut arguments = vec!["mutants", "--after-collection", "--first-kill", "--format", "json"];
    waiting.iter().for_each(|id| arguments.extend(["--filter", id]));
    arguments.extend(["--cases", "*-after-collection"]);
    let tried = syncproof(&arguments);
    let report = report(&tried.stdout);
    assert_eq!((tried.code, report["summary"]["killed"].as_u64()), (0, Some(waiting.len() as u64)), "{report:#}");
}
