//! Capabilities that are probed: a fault is not taken for a missing capability, and a missing one fails nothing.

use serde_json::Value;

use crate::command::{SECRET, Specimen, command, finish};

/// The exit code and the report of a run that declares nothing, with these arguments of `serve` and these filters.
fn probed(served: &[&str], filters: &[&str]) -> (i32, Value) {
    let specimen = Specimen::start(served);
    let filters = filters.iter().flat_map(|filter| ["--filter", filter]);
    let output = specimen.run(&["--format", "json"].into_iter().chain(filters).collect::<Vec<_>>());
    (output.code, serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}")))
}

/// Whether a cause of the report names that requirement.
fn names(report: &Value, requirement: &str) -> bool {
    report["causes"].as_array().expect("causes").iter().any(|cause| cause["requirement"] == requirement)
}

#[test]
fn what_a_server_shows_a_part_of_is_judged() {
    for (mutant, requirement) in [
        ("notification-forged", "notification.no-forging"),
        ("owner-forges", "notification.no-forging"),
        ("forgery-is-invalid", "notification.no-forging"),
        ("empty-snapshot-not-found", "snapshot.complete"),
    ] {
        let (code, report) = probed(&["--mutant", mutant], &[requirement]);
        assert!(code == 1 && names(&report, requirement), "{mutant}: {:#}", report["causes"]);
    }
    // Where nobody can be added to a workspace, the user's own log still shows it.
    for mutant in ["notification-forged", "owner-forges"] {
        let served = ["--mutant", mutant, "--variant", "without-members"];
        let (code, report) = probed(&served, &["notification/*"]);
        assert!(code == 1 && names(&report, "notification.no-forging"), "{mutant}: {:#}", report["causes"]);
    }
}

#[test]
fn what_no_request_can_tell_is_named_in_the_verdict() {
    let sentence = "Not judged: op_id_tie_break; declare with --capabilities bad_credentials,providers,members,snapshot,\
                    gc,applied,private_notifications,op_id_tie_break if your server has it.";
    for arguments in [
        ["--mutant", "op-id-tie-first"],
        ["--mutant", "op-id-tie-last"],
        ["--variant", "ties-to-the-first"],
        ["--variant", "ties-to-the-last"],
    ] {
        let (code, report) = probed(&arguments, &["lww/*"]);
        let verdict = report["verdict"].as_str().expect("a verdict");
        assert!(code == 0 && verdict.ends_with(sentence), "{arguments:?}: {verdict}");
    }
    // What it asks for finds the mutant.
    let specimen = Specimen::start(&["--mutant", "op-id-tie-first"]);
    let declared = ["--capabilities", "applied,op_id_tie_break", "--filter", "lww/*", "--format", "json"];
    let report: Value = serde_json::from_str(&specimen.run(&declared).stdout).expect("a report");
    assert!(names(&report, "lww.op-id-breaks-tie"), "{:#}", report["causes"]);
    assert!(!report["verdict"].as_str().expect("a verdict").contains("Not judged"), "{}", report["verdict"]);
    let (code, report) = probed(&["--mutant", "op-id-tie-last"], &["lww.op-id-breaks-tie"]);
    assert!(code == 4 && report["verdict"].as_str().expect("a verdict").ends_with(sentence), "{}", report["verdict"]);
}

#[test]
fn without_applied_a_snapshot_shows_which_op_wins() {
    let (code, report) = probed(&["--variant", "without-applied"], &["lww/*"]);
    let names: Vec<_> = report["capabilities"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert!(code == 0 && names.contains(&"op_id_tie_break") && !names.contains(&"applied"), "{names:?}");
    let served = ["--variant", "without-applied", "--variant", "without-snapshot"];
    let (code, report) = probed(&served, &["lww/*"]);
    let verdict = report["verdict"].as_str().expect("a verdict");
    assert!(code == 0 && verdict.contains("Not judged: op_id_tie_break;"), "{verdict}");
}

#[test]
fn what_is_absent_fails_nothing_and_is_not_asked_for() {
    for variant in ["notifications-for-all", "without-members", "without-snapshot"] {
        let (code, report) = probed(&["--variant", variant], &["notification/*", "snapshot/*", "push/*"]);
        let verdict = report["verdict"].as_str().expect("a verdict");
        assert!(code == 0 && !verdict.contains("Not judged"), "{variant}: {verdict}");
    }
}

#[test]
fn the_doctor_and_its_file_say_what_is_not_known() {
    let specimen = Specimen::start(&["--variant", "ties-to-the-last", "--mutant", "owner-forges"]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("syncproof.toml");
    let arguments = ["doctor", "--target", &specimen.base, "--write", &file.to_string_lossy()];
    let output = finish(command(&arguments).env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("a command"));
    assert_eq!(output.code, 1, "{output:?}");
    let line = "op_id_tie_break        not known (the last op to arrive won two ties of clock and hlc)";
    assert!(output.stdout.contains(line), "{output:?}");
    assert!(output.stdout.contains("TROUBLE private_notifications is there and does not work"), "{output:?}");
    let text = std::fs::read_to_string(file).expect("the file");
    let listed = text.lines().find(|line| line.contains("\"op_id_tie_break\"")).expect("a line");
    assert!(listed.trim_start().starts_with('#') && listed.contains("not known"), "{listed}");
}
