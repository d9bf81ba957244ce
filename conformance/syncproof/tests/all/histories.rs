//! Histories from outside: the published form, what `judge` says of files, and what `soak` finds.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use syncproof::in_process;
use syncproof_soak::{Faults, Plan, simulate};
use syncproof_specimen as specimen;

use crate::command::syncproof;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../history"))
}

fn published() -> String {
    fs::read_to_string(folder().join("history.schema.json")).expect("the published schema")
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let now = syncproof(&["schema", "history"]).stdout;
    assert!(now == published(), "write it anew: syncproof schema history > conformance/history/history.schema.json");
}

/// What is wrong with the lines of a history, by the schema.
fn faults_of_form(text: &str) -> Vec<String> {
    let validator = jsonschema::draft202012::new(&serde_json::from_str(&published()).unwrap()).expect("a sound schema");
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter_map(|line| validator.validate(&line).err().map(|error| format!("{error}: {line}"))).collect()
}

#[test]
fn histories_made_by_hand_have_that_form() {
    let mut looked_at = 0;
    for file in fs::read_dir(folder().join("tests/histories")).unwrap() {
        assert_eq!(faults_of_form(&fs::read_to_string(file.unwrap().path()).unwrap()), Vec::<String>::new());
        looked_at += 1;
    }
    assert!(looked_at > 0);
}

#[test]
fn races_are_found_named_and_kept() {
    for id in ["commits-out-of-order", "batches-interleave", "role-cached", "read-then-insert-two-workspaces"] {
        let kept = tempfile::tempdir().unwrap();
        let file = kept.path().join("history.jsonl");
        let file = file.to_str().unwrap();
        let soaked = syncproof(&[
            "soak",
            "--seed",
            "1",
            "--time",
            "60",
            "--fail-fast",
            "--history",
            file,
            "--format",
            "json",
            "--in-process",
            "specimen",
            "--mutant",
            id,
        ]);
        assert_eq!(soaked.code, 1, "{id}: {}{}", soaked.stdout, soaked.stderr);
        let totals: Value = serde_json::from_str(&soaked.stdout).unwrap();
        let broken = totals["broken"].as_array().unwrap();
        let told = |broken: &Value| broken["found"]["requirement"].as_str().unwrap().to_owned();
        let told: BTreeSet<String> = broken.iter().map(told).collect();
        let breaks = specimen::find(id).unwrap().requirements;
        assert!(breaks.iter().any(|requirement| told.contains(*requirement)), "{id}: {told:?}");
        // The arguments that it names make the same smallest round again.
        let smallest = &broken[0]["smallest"];
        assert!(smallest["calls"].as_u64().unwrap() < 200, "{id}: {smallest}");
        let again = smallest["arguments"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("again.jsonl");
        let mut words = vec!["soak", "--seed", "1", "--format", "json", "--in-process", "specimen", "--mutant", id];
        words.extend(["--history", other.to_str().unwrap()]);
        words.extend(again);
        let repeated = syncproof(&words);
        assert_eq!(repeated.code, 1, "{id}: {words:?}: {}{}", repeated.stdout, repeated.stderr);
        let repeated: Value = serde_json::from_str(&repeated.stdout).unwrap();
        assert_eq!(repeated["calls"], smallest["calls"], "{id}: {words:?}");
        // The histories that are kept show the same again, in the published form.
        let files = fs::read_dir(kept.path()).unwrap().map(|file| file.unwrap().path());
        let (pages, histories): (Vec<_>, Vec<_>) = files.partition(|path| path.extension() == Some("html".as_ref()));
        let mut judged = String::new();
        for history in histories {
            assert_eq!(faults_of_form(&fs::read_to_string(&history).unwrap()), Vec::<String>::new());
            let verdict = syncproof(&["judge", history.to_str().unwrap()]);
            assert_eq!(verdict.code, 1, "{}", verdict.stderr);
            judged += &verdict.stdout;
        }
        assert!(told.iter().all(|requirement| judged.contains(requirement.as_str())), "{id}: {judged}");
        // So do the pages beside them: each has a picture with the calls that contradict each other in it.
        let pages: Vec<String> = pages.iter().map(|page| fs::read_to_string(page).unwrap()).collect();
        for requirement in &told {
            let parts = pages.iter().flat_map(|page| page.split("<article"));
            let mut parts = parts.filter(|part| part.contains(&format!("<h3>{requirement}</h3>")));
            assert!(parts.any(|part| part.contains("<rect class=\"wrong\"")), "{id}: {requirement}: {pages:?}");
        }
    }
}

#[tokio::test]
async fn a_seed_repeats_a_simulated_round_to_the_byte() {
    let (calm, bad) = (0, 1);
    for (mutant, number) in
        [(None, calm), (None, bad), (Some("commits-out-of-order"), calm), (Some("role-cached"), bad)]
    {
        let mutant = mutant.map(|id| *specimen::find(id).unwrap());
        let target = Arc::new(in_process::specimen(mutant, Vec::new()));
        let plan = Plan::of_simulated_round(7, number, Faults { network: true, process: false });
        let history = async |plan: &Plan| {
            let round = simulate(&target, "the specimen", plan.clone()).await.unwrap();
            String::from_utf8(round.file).unwrap()
        };
        let (first, again) = (history(&plan).await, history(&plan).await);
        let differs = first.lines().zip(again.lines()).find(|(first, again)| first != again);
        assert!(first == again, "{mutant:?}: {differs:?}");
        assert!(first != history(&Plan { schedule: 1, ..plan.clone() }).await, "{mutant:?}");
        assert!(first != history(&Plan { seed: plan.seed + 1, ..plan.clone() }).await, "{mutant:?}");
    }
}

#[test]
fn a_good_history_has_a_page_without_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let history = self::folder().join("tests/histories/a-kill.jsonl");
    let judged = syncproof(&["judge", history.to_str().unwrap(), "--html", page.to_str().unwrap()]);
    assert_eq!(judged.code, 0, "{}", judged.stderr);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains("<h1>No contradiction</h1>") && page.contains("a-kill.jsonl"), "{page}");
    assert!(!page.contains("<svg"), "{page}");
}

#[test]
fn a_history_is_written_for_other_checkers() {
    let history = folder().join("tests/histories/writers-and-readers.jsonl");
    let history = history.to_str().unwrap();
    for (to, says) in [("elle", ":type :ok"), ("plume", "w(0,"), ("dbcop", "[w0:=")] {
        let exported = syncproof(&["export", history, "--to", to]);
        assert_eq!(exported.code, 0, "{}", exported.stderr);
        assert!(exported.stdout.contains(says), "{to}: {}", exported.stdout);
    }
    let refused = syncproof(&["export", "no such file", "--to", "elle"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("no such file: "), "{}", refused.stderr);
}

#[test]
fn a_healthy_server_contradicts_nothing() {
    let soaked = syncproof(&["soak", "--time", "4", "--in-process", "specimen"]);
    assert_eq!(soaked.code, 0, "{}{}", soaked.stdout, soaked.stderr);
}

#[test]
fn a_file_that_is_no_history_is_refused_and_an_empty_one_is_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("history.jsonl");
    let judge = || syncproof(&["judge", file.to_str().unwrap()]);
    assert_eq!(judge().code, 2);
    fs::write(&file, "{\"syncproof_history\": 1}\nnonsense\n").unwrap();
    let refused = judge();
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("history.jsonl: line 2: "), "{}", refused.stderr);
    fs::write(&file, "{\"syncproof_history\": 1}\n").unwrap();
    assert_eq!(judge().code, 4);
}
