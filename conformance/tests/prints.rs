//! What the command prints: help texts, and the reports of a passing and a failing run.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic here is the report")]

mod command;

use command::{Specimen, syncproof};

/// Compares with `snapshots/` at the root; what differs from run to run is replaced first.
fn assert_prints(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r"http://127\.0\.0\.1:\d+", "http://[target]");
    settings.add_filter(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[uuid]");
    settings.add_filter(r"\((\d+) ms\)", "([time] ms)");
    settings.add_filter(r#""duration_ms": \d+"#, r#""duration_ms": "[time]""#);
    settings.add_filter(r#""date": "[^"]+""#, r#""date": "[time]""#);
    settings.add_filter(r"\d+\.\d s\)", "[time] s)");
    settings.bind(|| insta::assert_snapshot!(format!("suite__{name}"), text));
}

#[test]
fn help_texts() {
    assert_prints("help", &syncproof(&["--help"]).stdout);
    for subcommand in ["run", "list", "explain", "doctor", "serve", "mutants"] {
        assert_prints(&format!("help_{subcommand}"), &syncproof(&[subcommand, "--help"]).stdout);
    }
}

#[test]
fn the_report_of_a_passing_run() {
    let arguments = ["run", "--seed", "7", "--jobs", "1", "--filter", "isolation/same-pk-put-in-two-workspaces"];
    assert_prints("run_passing", &syncproof(&arguments).stdout);
    let json = syncproof(&[&arguments[..], &["--format", "json"]].concat());
    assert_prints("run_passing_json", &json.stdout);
}

#[test]
fn the_report_of_a_failing_run() {
    let specimen = Specimen::start(&["--mutant", "cursor-inclusive"]);
    let arguments = ["--seed", "7", "--jobs", "1", "--filter", "pull/empty-*", "--filter", "pull/from-every-cursor"];
    assert_prints("run_failing", &specimen.run(&arguments).stdout);
    let json = specimen.run(&[&arguments[..], &["--format", "json"]].concat());
    assert_prints("run_failing_json", &json.stdout);
}

#[test]
fn explanations() {
    assert_prints("explain_requirement", &syncproof(&["explain", "isolation.snapshot-token"]).stdout);
    assert_prints("explain_case", &syncproof(&["explain", "isolation/snapshot-token-opens-no-other-workspace"]).stdout);
}

#[test]
fn what_the_doctor_says() {
    assert_prints("doctor", &strip_counts(&syncproof(&["doctor"]).stdout));
}

/// The number of cases grows with the suite and is not what this is about.
fn strip_counts(text: &str) -> String {
    text.lines().filter(|line| !line.contains(" cases apply ")).map(|line| format!("{line}\n")).collect()
}
