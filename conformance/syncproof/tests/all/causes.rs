//! The report of a server with twelve faults at once, one of each chapter: how many causes it names, and how.

use std::collections::BTreeSet;

use serde_json::Value;
use syncproof_specimen as specimen;

use crate::command::Specimen;

/// One fault of each chapter. None of them stops cases of other chapters, or what those look at could not be seen.
const PLANTED: [&str; 12] = [
    "trailing-garbage-accepted",
    "identity-case-folded",
    "name-may-be-long",
    "last-owner-demoted",
    "head-is-stale",
    "reuse-overwrites",
    "hlc-trimmed",
    "token-opens-foreign",
    "has-more-when-full",
    "snapshot-by-pk-only",
    "gap-untold",
    "notifications-pulled",
];
/// What a report may take of the screen, in lines.
const MAX_LINES: usize = 80;

#[test]
fn twelve_faults_are_some_twelve_causes_each_with_its_shortest_exchange() {
    let arguments: Vec<&str> = PLANTED.iter().flat_map(|id| ["--mutant", id]).collect();
    let specimen = Specimen::start(&arguments);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("report.json");
    let output = specimen.run(&["--seed", "1", "--report", &format!("json={}", file.display())]);
    assert_eq!(output.code, 1, "{output:?}");
    let report: Value = serde_json::from_slice(&std::fs::read(&file).expect("a report")).expect("JSON");
    let causes = report["causes"].as_array().expect("causes");
    let named: BTreeSet<&str> = causes.iter().filter_map(|cause| cause["requirement"].as_str()).collect();
    assert!((12..=15).contains(&causes.len()), "{} causes: {named:#?}", causes.len());
    for id in PLANTED {
        let mutant = specimen::mutants().iter().find(|mutant| mutant.id == id).expect("a mutant");
        assert!(mutant.requirements.iter().any(|broken| named.contains(broken)), "{id} is not named: {named:#?}");
    }
    for cause in causes {
        assert!(shown(cause) <= shortest(&report, cause), "a case shows {} in fewer bytes", cause["requirement"]);
    }
    let lines = output.stdout.lines().count();
    assert!(lines <= MAX_LINES, "{lines} lines:\n{}", output.stdout);
}

#[test]
fn what_differs_in_one_table_is_told_once_and_not_by_every_case_about_all_tables() {
    for id in ["notification-deletes-refused", "notification-deletes-hidden"] {
        let specimen = Specimen::start(&["--mutant", id]);
        let chapters =
            ["op/*", "isolation/*", "gc/*", "snapshot/*", "tombstone/*", "pull/p*", "lww/*", "combinations/*"];
        let of_push = ["push/all-tables", "push/results-mirror-ops", "push/generated-values-overwritten"];
        let filters: Vec<&str> = chapters.iter().chain(&of_push).flat_map(|glob| ["--filter", glob]).collect();
        let output = specimen.run(&[&["--format", "json"], &filters[..]].concat());
        let report: Value = serde_json::from_str(&output.stdout).expect("JSON");
        let cases = report["cases"].as_array().expect("cases").iter();
        let failed: Vec<&Value> = cases.filter(|case| case["status"] == "failed").collect();
        let ids: Vec<&str> = failed.iter().filter_map(|case| case["id"].as_str()).collect();
        assert_eq!(ids, ["push/all-tables"], "{id}: {failed:#?}");
    }
}

/// How much there is to read of the exchange, in characters.
fn shown(shows: &Value) -> usize {
    let exchange = &shows["exchange"];
    let length = |value: &Value| value.as_str().map_or_else(|| value.to_string().len(), str::len);
    ["request", "path", "response"].iter().map(|field| length(&exchange[*field])).sum()
}

/// The same of the shortest exchange of the cases that fail for the requirement of that cause.
fn shortest(report: &Value, cause: &Value) -> usize {
    let is_of_cause = |case: &&Value| {
        case["requirement"] == cause["requirement"]
            && cause["cases"].as_array().is_some_and(|cases| cases.contains(&case["id"]))
    };
    let cases = report["cases"].as_array().expect("cases").iter().filter(is_of_cause);
    cases.map(shown).min().unwrap_or(usize::MAX)
}
