//! `planning/first-names.md`: the requirement that a report names first for each mutant is one that the mutant breaks.

use std::collections::BTreeMap;
use std::path::Path;

use crate::command::syncproof;

/// The cells of the table by mutant: what it breaks, and its first name by `run`.
fn table() -> BTreeMap<String, [String; 2]> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../planning/first-names.md");
    let page = std::fs::read_to_string(page).expect("the table");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let mut table = BTreeMap::new();
    for row in rows.filter(|row| !row.starts_with("mutant |")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [id, breaks, run, _] = cells[..] else { panic!("not four cells: {row}") };
        let before = table.insert(id.to_owned(), [breaks.to_owned(), run.to_owned()]);
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
        let [listed, run] = table.remove(*id).unwrap_or_else(|| panic!("{id} is missing: .ci/first-names"));
        assert_eq!(listed, breaks, "{id} breaks other requirements by now: .ci/first-names {id}");
        let is_broken = |name: &str| breaks.split(", ").any(|broken| broken == name);
        assert!(is_broken(&run), "{id} is reported first as {run} by `run`");
    }
    assert!(table.is_empty(), "no such mutants: {:?}", table.keys());
}
