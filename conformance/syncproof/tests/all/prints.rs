//! What the command prints: help texts, and the reports of a passing and a failing run.

use crate::command::{Specimen, syncproof};

fn assert_prints(name: &str, text: &str) {
    let further = [
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]"),
        (r"\b[0-9a-f]{64}\b", "[digest]"),
        (r"requirements [0-9a-f]{12}\b", "requirements [digest]"),
        (r"\b\d+ cases selected", "[all] cases selected"),
        (r#""all": \d+"#, r#""all": "[all]""#),
        (r"\((\d+) ms\)", "([time] ms)"),
        (r#""duration_ms": \d+"#, r#""duration_ms": "[time]""#),
        (r#""at_ms": \d+"#, r#""at_ms": "[time]""#),
        (r#""started_at": "[^"]+""#, r#""started_at": "[time]""#),
        // The ledger grows; what is said of its chapters is looked at where the reports are.
        (r#"(?s)"chapters": \[.*?\n  \]"#, r#""chapters": "[counts]""#),
        (r#"(?s)"ladder": \[.*?\n  \]"#, r#""ladder": "[counts]""#),
        (r#""date": "[^"]+""#, r#""date": "[time]""#),
        (r"\d+\.\d s([),])", "[time] s$1"),
    ];
    crate::command::printed::assert_prints(name, text, &further);
}

#[test]
fn help_texts() {
    assert_prints("help", &syncproof(&["--help"]).stdout);
    for subcommand in [
        "run",
        "list",
        "explain",
        "init",
        "fuzz",
        "exhaust",
        "replay",
        "diff",
        "doctor",
        "serve",
        "mutants",
        "variants",
        "schema",
        "completions",
        "man",
        "merge",
        "compare",
    ] {
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
    let arguments =
        ["--seed", "7", "--jobs", "1", "--filter", "pull/empty-workspace", "--filter", "pull/from-every-cursor"];
    assert_prints("run_failing", &specimen.run(&arguments).stdout);
    let json = specimen.run(&[&arguments[..], &["--format", "json"]].concat());
    assert_prints("run_failing_json", &json.stdout);
}

#[test]
fn explanations() {
    assert_prints("explain_requirement", &syncproof(&["explain", "isolation.snapshot-token"]).stdout);
    assert_prints("explain_endpoint", &syncproof(&["explain", "POST", "/api/sync/pull"]).stdout);
    let misspelt = syncproof(&["explain", "pul"]);
    assert!(misspelt.code == 2 && misspelt.stderr.contains("did you mean pull?"), "{misspelt:?}");
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
