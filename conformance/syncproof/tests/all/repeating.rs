//! The commands that repeat a failure: short, without secrets, and they repeat it.

use std::fs;

use serde_json::Value;

use crate::command::{SECRET, Specimen, command, finish, pasted};

#[test]
fn the_settings_stand_in_a_file_beside_the_report_and_the_command_that_names_it_repeats_the_failure() {
    let specimen = Specimen::start(&["--mutant", "cursor-inclusive"]);
    let folder = tempfile::tempdir().expect("a folder");
    let json = format!("json={}", folder.path().join("r.json").display());
    let hook = "echo a hook that is long enough to make the command line unreadable";
    let settings = ["--hook-count-tombstones", hook, "--max-wait", "30", "--provider", "house"];
    let output = specimen.run(&[&["--filter", "pull/from-every-cursor", "--report", &json], &settings[..]].concat());
    assert_eq!(output.code, 1, "{output:?}");
    let report: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("r.json")).expect("a report")).expect("JSON");
    let line = report["cases"][0]["repeat"].as_str().expect("a command");
    let file = folder.path().join("r.repeat.toml");
    let expected = format!("syncproof run --config {} --seed {} ", file.display(), report["seed"]);
    assert_eq!(line, expected + "--filter pull/from-every-cursor");
    let written = fs::read_to_string(&file).expect("the settings");
    assert!(written.contains(&specimen.base) && written.contains("provider = \"house\""), "{written}");
    assert!(!written.contains(SECRET), "{written}");
    let again = pasted(&format!("{line} --format json"));
    assert_eq!(again.code, 1, "{line}: {again:?}");
    let again: Value = serde_json::from_str(&again.stdout).expect("JSON");
    let of = |report: &Value| (report["cases"][0]["requirement"].clone(), report["settings"]["provider"].clone());
    assert_eq!(of(&again), of(&report));
    assert!(again["verdict"].as_str().is_some_and(|verdict| verdict.contains("Not a verdict.")), "{again:#}");
}

#[test]
fn a_run_from_a_configuration_file_alone_names_that_file() {
    let specimen = Specimen::start(&["--mutant", "cursor-inclusive"]);
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("s.toml").display().to_string();
    fs::write(&config, format!("target = '{}'\n", specimen.base)).expect("written");
    let mut run = command(&["run", "--config", &config, "--filter", "pull/from-every-cursor", "--seed", "7"]);
    let output = finish(run.args(["--format", "json"]).env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("it starts"));
    let report: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let expected = format!("syncproof run --config {config} --seed 7 --filter pull/from-every-cursor");
    assert_eq!(report["cases"][0]["repeat"], expected);
    assert_eq!(pasted(&expected).code, 1);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is written that nobody asked for");
}
