//! `planning/first-names.md`: the requirement under which each mutant is reported first, by `run` and by `fuzz`, is one that
//! the mutant breaks.

use std::collections::BTreeMap;
use std::path::Path;

use crate::command::syncproof;

/// The cells of the table by mutant: what it breaks, and its first names by `run` and by `fuzz`.
fn table() -> BTreeMap<String, [String; 3]> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../planning/first-names.md");
    let page = std::fs::read_to_string(page).expect("the table");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let mut table = BTreeMap::new();
    for row in rows.filter(|row| !row.starts_with("mutant |")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [id, breaks, run, fuzz] = cells[..] else { panic!("not four cells: {row}") };
        let before = table.insert(id.to_owned(), [breaks, run, fuzz].map(str::to_owned));
        assert!(before.is_none(), "{id} comes twice");
    }
    table
}

#[test]
fn every_mutant_is_reported_first_under_a_requirement_that_it_breaks() {
    let listed = syncproof(&["mutants", "--list"]).stdout;
    let lines: Vec<&str> = listed.lines().collect();
    let mut table = table();
    for mutant in lines.chunks(2) {
        let [id, about] = mutant else { panic!("half an entry: {mutant:?}") };
        let breaks = about.rsplit_once(" (").map(|(_, ids)| ids.trim_end_matches(')')).expect("requirements");
        let [listed, run, fuzz] = table.remove(*id).unwrap_or_else(|| panic!("{id} is missing: .ci/first-names"));
        assert_eq!(listed, breaks, "{id} breaks other requirements by now: .ci/first-names {id}");
        let is_broken = |name: &str| breaks.split(", ").any(|broken| broken == name);
        assert!(is_broken(&run), "{id} is reported first as {run} by `run`");
        // It is empty where sequences do not find the mutant.
        let fuzz = fuzz.trim_end_matches(" (earlier)");
        let is_named = fuzz.is_empty() || is_broken(fuzz);
        assert!(is_named, "{id} is reported first as {fuzz} by `fuzz`, and breaks {breaks}");
    }
    assert!(table.is_empty(), "no such mutants: {:?}", table.keys());
}
