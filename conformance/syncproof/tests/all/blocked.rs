//! Core operations that do not work at all, from outside: reported once, and blocking what needs them.

use serde_json::Value;

use crate::command::{Specimen, bent, run_against};

fn report(base: &str, filter: &str) -> (i32, Value) {
    let output = run_against(base, &["--format", "json", "--filter", filter]);
    (output.code, serde_json::from_str(&output.stdout).expect("a report"))
}

#[test]
fn a_missing_core_endpoint_is_one_cause_and_no_broken_requirement_of_another_chapter() {
    let base = bent::start(|path, _| (path == "/api/sync/update-cursor").then_some(404));
    let (code, report) = report(&base, "cursor/*");
    assert_eq!(code, 1, "{report:#}");
    let causes = report["causes"].as_array().expect("causes");
    let [cause] = &causes[..] else { panic!("one cause: {causes:#?}") };
    assert_eq!(cause["summary"], "core endpoint missing: POST /api/sync/update-cursor");
    let blocked = cause["blocked"].as_array().expect("cases").len();
    assert!(blocked > 3, "{cause:#}");
    assert_eq!(report["summary"]["blocked"], blocked, "{:#}", report["summary"]);
    assert_eq!(report["summary"]["failed"], 0, "{:#}", report["summary"]);
    for case in report["cases"].as_array().expect("cases") {
        let is_blocked = case["status"] == "blocked";
        assert!(!is_blocked || case["reason"] == cause["summary"], "{case:#}");
    }
}

#[test]
fn an_endpoint_that_always_errs_blocks_and_the_others_are_judged() {
    let base = bent::start(|path, _| (path == "/api/sync/snapshot").then_some(500));
    let output = run_against(&base, &["--filter", "snapshot/*", "--filter", "pull/*"]);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("POST /api/sync/snapshot always answers 500"), "{output:?}");
    assert!(output.stdout.contains("1 cause"), "{output:?}");
    assert!(output.stdout.contains("blocked"), "{output:?}");
}

#[test]
fn a_collection_that_takes_nothing_blocks_what_needs_one() {
    let specimen = Specimen::start(&["--mutant", "gc-never"]);
    let (code, report) = report(&specimen.base, "gc/a-*");
    assert_eq!(code, 1, "{report:#}");
    let causes = report["causes"].as_array().expect("causes");
    let [cause] = &causes[..] else { panic!("one cause: {causes:#?}") };
    assert_eq!(cause["summary"], "a collection succeeds and takes nothing");
    assert_eq!(cause["requirement"], "gc.collects");
    assert!(report["summary"]["blocked"].as_u64() > Some(5), "{:#}", report["summary"]);
    assert_eq!(report["summary"]["failed"], 0, "{:#}", report["summary"]);
    // One that leaves a part is judged as before.
    let specimen = Specimen::start(&["--mutant", "gc-two-too-few"]);
    let (_, report) = self::report(&specimen.base, "gc/what-every-device-has-seen-goes");
    assert_eq!(report["summary"]["blocked"], 0, "{:#}", report["summary"]);
    assert_eq!(report["causes"][0]["requirement"], "gc.collects", "{:#}", report["causes"]);
}

#[test]
fn a_server_without_blockers_has_none() {
    let base = bent::start(|_, _| None);
    let (code, report) = report(&base, "cursor/*");
    assert_eq!((code, &report["causes"]), (0, &serde_json::json!([])), "{report:#}");
}

#[test]
fn an_endpoint_that_fails_for_an_empty_log_only_blocks_nothing() {
    let specimen = Specimen::start(&["--mutant", "empty-log-not-found"]);
    let (_, report) = report(&specimen.base, "pull/*");
    assert_eq!(report["summary"]["blocked"], 0, "{:#}", report["summary"]);
    assert!(report["summary"]["failed"].as_u64() > Some(0), "{:#}", report["summary"]);
}
