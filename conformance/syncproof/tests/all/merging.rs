//! `syncproof merge`: the report of the whole from those of its shards, and what it refuses to merge.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use syncproof::{Stage, cases};

use crate::command::{Output, Specimen, syncproof};
use crate::reports::assert_valid;

/// A server that breaks a requirement of the first level, in one case of one shard.
const MUTANT: &str = "identity-case-folded";

/// Runs every shard of the first level, with the reports `0.json`, `1.json`, … in the folder.
fn run_shards(specimen: &Specimen, folder: &Path, count: usize, further: &[&str]) {
    for number in 1..=count {
        let (shard, path) = (format!("{number}/{count}"), folder.join(format!("{}.json", number - 1)));
        let report = format!("json={}", path.display());
        let output =
            specimen.run(&[&["--up-to", "1", "--seed", "7", "--shard", &shard, "--report", &report], further].concat());
        let verdict = format!("Not a verdict. Selected by --up-to 1 --shard {shard}.");
        assert!(output.stdout.contains(&verdict), "{output:?}");
    }
}

fn merge(folder: &Path, files: &[&str], further: &[&str]) -> Output {
    let files: Vec<String> = files.iter().map(|file| folder.join(file).display().to_string()).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    syncproof(&[&["merge"], &files[..], further].concat())
}

/// The status of each case but the closing ones, which judge the answers of their own shard only, if it has any.
fn statuses(report: &Value) -> Vec<(&str, &str)> {
    let is_closing = |id: &str| cases::all().iter().any(|case| case.id == id && case.stage == Stage::Closing);
    let cases = report["cases"].as_array().expect("cases").iter();
    let statuses = cases.map(|case| (case["id"].as_str().expect("an id"), case["status"].as_str().expect("a status")));
    statuses.filter(|(id, _)| !is_closing(id)).collect()
}

#[test]
fn the_shards_of_a_run_are_merged_into_one_report_with_a_verdict() {
    let specimen = Specimen::start(&["--mutant", MUTANT]);
    let folder = tempfile::tempdir().expect("a folder");
    let whole = specimen.run(&["--up-to", "1", "--seed", "7", "--format", "json"]);
    let whole = assert_valid(&whole.stdout);
    run_shards(&specimen, folder.path(), 3, &[]);
    let (xml, json) = (folder.path().join("r.xml"), folder.path().join("r.json"));
    let reports = ["--report", &format!("junit={}", xml.display()), "--report", &format!("json={}", json.display())];
    let output = merge(folder.path(), &["2.json", "0.json", "1.json"], &reports);
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("\nNot conformant: "), "{output:?}");
    let merged = assert_valid(&fs::read_to_string(&json).expect("a report"));
    assert!(merged["verdict"].as_str().expect("a verdict").starts_with("Not conformant: 1 of "), "{merged:#}");
    assert_eq!(statuses(&merged), statuses(&whole));
    assert_eq!(merged["selection"], whole["selection"]);
    assert_eq!(merged["summary"]["cases"], whole["summary"]["cases"]);
    let cause = |report: &Value| report["causes"][0].clone();
    assert_eq!(cause(&merged)["id"], cause(&whole)["id"]);
    assert_eq!(cause(&merged)["repeat"], cause(&whole)["repeat"], "the command of the shard");
    assert_eq!(cause(&merged)["exchange"]["path"], cause(&whole)["exchange"]["path"]);
    assert!(fs::read_to_string(&xml).expect("a report").contains("Not conformant: "));
}

#[test]
fn a_merged_report_keeps_the_requests_of_each_failed_case() {
    let specimen = Specimen::start(&["--mutant", MUTANT]);
    let folder = tempfile::tempdir().expect("a folder");
    run_shards(&specimen, folder.path(), 2, &[]);
    let (page, json) = (folder.path().join("r.html"), folder.path().join("r.json"));
    let reports = ["--report", &format!("html={}", page.display()), "--report", &format!("json={}", json.display())];
    let output = merge(folder.path(), &["0.json", "1.json"], &[&["--verbose"], &reports[..]].concat());
    assert_eq!(output.code, 1, "{output:?}");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).expect("a report");
    let merged = assert_valid(&read("r.json"));
    let stories = |report: &Value| -> Vec<Value> {
        let cases = report["cases"].as_array().expect("cases").iter();
        cases.map(|case| case["story"].clone()).filter(|story| !story.is_null()).collect()
    };
    let of_shards: Vec<Value> =
        ["0.json", "1.json"].iter().flat_map(|file| stories(&assert_valid(&read(file)))).collect();
    assert!(!of_shards.is_empty());
    assert_eq!(stories(&merged).len(), of_shards.len());
    assert!(stories(&merged).iter().all(|story| of_shards.contains(story)), "{merged:#}");
    assert!(output.stdout.contains("; ✗ shows the failure"), "{}", output.stdout);
    let page = read("r.html");
    assert!(page.contains("class=\"timeline\"") && page.contains("this one shows the failure"), "no story on the page");
}

#[test]
fn what_is_not_all_shards_of_one_run_is_refused_by_file_and_field() {
    let specimen = Specimen::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    run_shards(&specimen, folder.path(), 2, &[]);
    let merged = merge(folder.path(), &["0.json", "1.json"], &[]);
    assert_eq!(merged.code, 0, "{merged:?}");
    assert!(merged.stdout.contains("Not a verdict: only the cases up to a level were judged"), "{merged:?}");

    let refused = |files: &[&str], words: &[&str]| {
        let output = merge(folder.path(), files, &[]);
        assert_eq!(output.code, 2, "{files:?}: {output:?}");
        words.iter().for_each(|word| assert!(output.stderr.contains(word), "no {word}: {output:?}"));
    };
    refused(&["0.json"], &["shard 2/2 is missing"]);
    refused(&["0.json", "0.json"], &["0.json: `selection.shard`: 1/2 is also that of"]);
    let one = fs::read_to_string(folder.path().join("1.json")).expect("a report");
    let one: Value = serde_json::from_str(&one).expect("JSON");
    let changes: [(&str, &str, Value, &str); 9] = [
        ("/syncproof", "`syncproof`", json!("0.0.1"), "0.0.1"),
        ("/requirements", "`requirements`", json!("abc"), "abc"),
        ("/target", "`target`", json!("another"), "another"),
        ("/seed", "`seed`", json!(8), "it is `8`, and `7` in"),
        ("/settings/jobs", "`settings`", json!(99), "jobs 99"),
        ("/level", "`level`", json!("should"), "should"),
        ("/selection/filters", "`selection.filters`", json!(["pull/*"]), "pull/*"),
        ("/selection/shard", "`selection.shard`", Value::Null, "no shard of a run"),
        ("/selection/shard", "`selection.shard`", json!("2/3"), "2/3"),
    ];
    for (pointer, field, value, word) in changes {
        let mut changed = one.clone();
        *changed.pointer_mut(pointer).expect("a field") = value;
        fs::write(folder.path().join("changed.json"), changed.to_string()).expect("written");
        refused(&["0.json", "changed.json"], &["changed.json: ", field, word]);
    }
    let mut short = one.clone();
    short["cases"].as_array_mut().expect("cases").remove(0);
    fs::write(folder.path().join("short.json"), short.to_string()).expect("written");
    refused(&["0.json", "short.json"], &["short.json: `cases`", "is missing, which belongs to shard 2/2"]);
    for (name, text, word) in [
        ("text.json", "hello", "is no JSON report of `syncproof run`"),
        ("other.json", "{\"schema\": 2}", "has no `syncproof`"),
        ("newer.json", "{\"schema\": 9, \"syncproof\": \"9\"}", "`schema` 9"),
        ("older.json", "{\"schema\": 1, \"syncproof\": \"0\"}", "`schema` 1"),
        ("half.json", "{\"schema\": 2, \"syncproof\": \"0\", \"causes\": []}", "missing field"),
    ] {
        fs::write(folder.path().join(name), text).expect("written");
        refused(&["0.json", name], &[name, word]);
        let old = folder.path().join("0.json").display().to_string();
        let output = syncproof(&["compare", &old, &folder.path().join(name).display().to_string()]);
        assert!(output.code == 2 && output.stderr.contains(word) && output.stderr.contains(name), "{output:?}");
    }
    refused(&["0.json", "none.json"], &["none.json cannot be read"]);
}
