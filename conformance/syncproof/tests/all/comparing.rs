//! `syncproof compare`: what was mended and what broke from one report to another.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::command::{Output, Specimen, syncproof};

fn report(mutants: &[&str], folder: &Path, name: &str) -> String {
    let specimen = Specimen::start(mutants);
    let path = folder.join(name).display().to_string();
    let filters = ["--filter", "pull/from-every-cursor", "--filter", "pull/empty-workspace", "--filter", "pull/limit*"];
    let output =
        specimen.run(&[&filters[..], &["--seed", "7", "--reruns", "0", "--report", &format!("json={path}")]].concat());
    assert!(output.code < 2, "{output:?}");
    path
}

/// The comparison as JSON, in its published form, and as text.
fn compare(old: &str, new: &str, code: i32) -> (Value, Output) {
    let output = syncproof(&["compare", old, new, "--format", "json"]);
    assert_eq!(output.code, code, "{output:?}");
    let comparison: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../report/compare.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).expect("the schema")).expect("JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("a sound schema");
    let errors: Vec<String> =
        validator.iter_errors(&comparison).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!((&comparison["exit"], &comparison["broke"]), (&code.into(), &(code == 1).into()));
    let text = syncproof(&["compare", old, new]);
    assert_eq!(text.code, code, "{text:?}");
    (comparison, text)
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|entry| entry["id"].as_str().expect("an id")).collect()
}

#[test]
fn what_broke_and_what_was_mended_is_shown_by_cause_requirement_and_case() {
    let folder = tempfile::tempdir().expect("a folder");
    let right = report(&[], folder.path(), "right.json");
    let wrong = report(&["--mutant", "cursor-inclusive"], folder.path(), "wrong.json");

    let (broken, text) = compare(&right, &wrong, 1);
    assert!(ids(&broken["cases"]["broke"]).contains(&"pull/from-every-cursor"), "{broken:#}");
    assert!(ids(&broken["requirements"]["broke"]).contains(&"pull.after-cursor"), "{broken:#}");
    assert_eq!(broken["causes"]["new"][0]["requirement"], "pull.after-cursor");
    for words in ["Broke: ", "MUST pull.after-cursor: held → broken", "New causes: 1 cause", "Something broke: "] {
        assert!(text.stdout.contains(words), "no `{words}`: {}", text.stdout);
    }
    assert!(text.stdout.contains("pull/from-every-cursor: passed → failed: pull.after-cursor: "), "{}", text.stdout);
    assert!(text.stdout.contains("NOTE the targets differ: http://"), "{}", text.stdout);

    let (mended, text) = compare(&wrong, &right, 0);
    assert_eq!(ids(&mended["cases"]["mended"]), ids(&broken["cases"]["broke"]));
    assert_eq!(ids(&mended["requirements"]["mended"]), ids(&broken["requirements"]["broke"]));
    assert_eq!(ids(&mended["causes"]["mended"]), ids(&broken["causes"]["new"]));
    assert!(text.stdout.contains("Nothing broke. Mended: "), "{}", text.stdout);
    let place = |words: &str| text.stdout.find(words).unwrap_or_else(|| panic!("no `{words}`: {}", text.stdout));
    assert!(place("Causes mended: 1 cause") < place("Mended: 1 requirement"), "{}", text.stdout);

    let (same, text) = compare(&wrong, &wrong, 0);
    assert_eq!(ids(&same["cases"]["remaining"]), ids(&broken["cases"]["broke"]));
    assert_eq!(ids(&same["causes"]["remaining"]).len(), 1);
    assert!(text.stdout.contains("Causes still there: 1 cause") && !text.stdout.contains("NOTE"), "{}", text.stdout);
}

#[test]
fn what_is_not_judged_any_more_and_what_is_new_is_neither_broken_nor_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = report(&[], folder.path(), "old.json");
    let change = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut report: Value = serde_json::from_str(&fs::read_to_string(&old).expect("a report")).expect("JSON");
        change(&mut report);
        let path = folder.path().join(name).display().to_string();
        fs::write(&path, report.to_string()).expect("written");
        path
    };
    let not_run = change("not-run.json", &|report| report["cases"][0]["status"] = "not_run".into());
    let (comparison, text) = compare(&old, &not_run, 0);
    assert_eq!(ids(&comparison["cases"]["not_judged"]).len(), 1);
    assert!(text.stdout.contains("No longer judged: "), "{}", text.stdout);

    // The new run has filters, so a case that it does not have may exist.
    let fewer = change("fewer.json", &|report| drop(report["cases"].as_array_mut().expect("cases").remove(0)));
    assert_eq!(ids(&compare(&old, &fewer, 0).0["cases"]["not_judged"]).len(), 1);
    assert_eq!(ids(&compare(&fewer, &old, 0).0["cases"]["new"]).len(), 1);
    let all = change("all.json", &|report| {
        report["cases"].as_array_mut().expect("cases").remove(0);
        report["selection"]["filters"] = serde_json::json!([]);
    });
    assert_eq!(ids(&compare(&old, &all, 0).0["cases"]["gone"]).len(), 1);

    let warned = change("warned.json", &|report| report["cases"][0]["status"] = "warned".into());
    let (_, text) = compare(&old, &warned, 0);
    assert!(text.stdout.contains("Only what is a SHOULD broke: 1 case"), "{}", text.stdout);
    let strict = change("strict.json", &|report| {
        report["cases"][0]["status"] = "warned".into();
        report["level"] = "should".into();
    });
    let (_, text) = compare(&old, &strict, 1);
    assert!(text.stdout.contains("NOTE the levels differ: must and should"), "{}", text.stdout);
}

#[test]
fn a_cause_whose_cases_were_not_all_judged_again_is_not_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = report(&["--mutant", "cursor-inclusive"], folder.path(), "wrong.json");
    let right = report(&[], folder.path(), "right.json");
    let edit = |from: &str, name: &str, change: &dyn Fn(&mut Value)| {
        let mut report: Value = serde_json::from_str(&fs::read_to_string(from).expect("a report")).expect("JSON");
        change(&mut report);
        let path = folder.path().join(name).display().to_string();
        fs::write(&path, report.to_string()).expect("written");
        path
    };
    let judged = |new: &str| {
        let (comparison, text) = compare(&wrong, new, 0);
        let list = |name: &str| ids(&comparison["causes"][name]).len();
        (list("mended"), list("not_judged"), text.stdout)
    };
    let (mended, not_judged, text) = judged(&right);
    assert_eq!((mended, not_judged), (1, 0), "{text}");

    let case = "pull/from-every-cursor";
    let place = |report: &Value| {
        let cases = report["cases"].as_array().expect("cases");
        cases.iter().position(|entry| entry["id"] == case).expect("the case")
    };
    let without = edit(&right, "without.json", &|report| {
        let place = place(report);
        report["cases"].as_array_mut().expect("cases").remove(place);
    });
    let skipped = edit(&right, "skipped.json", &|report| {
        let place = place(report);
        report["cases"][place]["status"] = "skipped".into();
    });
    for new in [&without, &skipped] {
        let (mended, not_judged, text) = judged(new);
        assert_eq!((mended, not_judged), (0, 1), "{text}");
        assert!(text.contains("Causes not judged again: 1 cause") && !text.contains("Causes mended"), "{text}");
    }

    // The other way round: the old run may not have come to the cause.
    for (old, code, list, title) in [
        (&right, 1, "new", "New causes: 1 cause"),
        (&skipped, 0, "found", "Causes that the old run may not have come to: 1 cause"),
    ] {
        let (comparison, text) = compare(old, &wrong, code);
        assert_eq!(ids(&comparison["causes"][list]).len(), 1, "{comparison:#}");
        assert!(text.stdout.contains(title), "{}", text.stdout);
    }
}
