//! The whole suite from outside: healthy servers pass, however they are reached and whoever logs in.

use std::io::Write as _;

use crate::command::{Specimen, run_against, syncproof};
use serde_json::Value;
use syncproof_harness::credential::{Identity, Minter};

fn report(stdout: &str) -> Value {
    serde_json::from_str(stdout).expect("a JSON report")
}

#[test]
fn the_reference_passes_every_case() {
    let output = syncproof(&["run", "--format", "json", "--jobs", "8"]);
    let report = report(&output.stdout);
    assert_eq!(output.code, 0, "{report:#}");
    let summary = &report["summary"];
    assert_eq!(summary["cases"], summary["passed"], "{summary}");
    assert!(summary["cases"].as_u64() >= Some(70), "{summary}");
}

#[test]
fn a_command_that_starts_a_server_is_a_target_with_start_up_checks() {
    let command =
        format!("{} serve --listen 127.0.0.1:{{port}} --gc-min-retention-seconds 1", env!("CARGO_BIN_EXE_syncproof"));
    let rewrite = |version: &str| {
        format!("{} serve --database {{database}} --rewrite-schema {version}", env!("CARGO_BIN_EXE_syncproof"))
    };
    let hooks = ["--hook-older", &rewrite("older"), "--hook-newer", &rewrite("newer")];
    // A graceful stop goes through the shell that the command is run by.
    let chapters = ["--filter", "startup/*", "--filter", "pull/*", "--filter", "durable/graceful-*"];
    let filters = [&["--format", "json"][..], &chapters].concat();
    let output = syncproof(&[&["run", "--exec", &command][..], &hooks, &filters[..]].concat());
    let report = report(&output.stdout);
    assert_eq!(output.code, 0, "{report:#}");
    assert_eq!(report["summary"]["cases"], report["summary"]["passed"], "{}", report["summary"]);
    let capabilities = report["capabilities"].as_array().expect("capabilities");
    assert!(capabilities.contains(&Value::from("launch")), "{capabilities:?}");
}

/// The status of each case of a run against a server that this command line starts, and why a case was skipped.
fn statuses_of(exec: &str, arguments: &[&str]) -> Vec<(String, String, String)> {
    let output = syncproof(&[&["run", "--exec", exec, "--format", "json"][..], arguments].concat());
    let report = report(&output.stdout);
    let text = |case: &Value, field: &str| case[field].as_str().unwrap_or_default().to_owned();
    let cases = report["cases"].as_array().expect("cases").iter();
    cases.map(|case| (text(case, "id"), text(case, "status"), text(case, "reason"))).collect()
}

#[test]
fn what_follows_from_how_a_server_is_started_need_not_be_declared() {
    let command = format!("{} serve --listen 127.0.0.1:{{port}}", env!("CARGO_BIN_EXE_syncproof"));
    let filters = ["--filter", "startup/needs-a-path", "--filter", "durable/restart-keeps-who-may-do-what"];
    for declared in [&[][..], &["--capabilities", "members"]] {
        let cases = statuses_of(&command, &[declared, &filters].concat());
        let passed = cases.iter().filter(|(_, status, _)| status == "passed").count();
        assert_eq!((cases.len(), passed), (2, 2), "{declared:?}: {cases:?}");
    }
}

#[test]
fn a_server_without_storage_in_memory_is_not_blamed_for_it() {
    let (program, case) = (env!("CARGO_BIN_EXE_syncproof"), "startup/memory-is-explicit-and-warned-of");
    let serve = format!("{program} serve --listen 127.0.0.1:{{port}}");
    let cases = statuses_of(&format!("env -u OR3_SQLITE_ALLOW_IN_MEMORY {serve}"), &["--filter", "startup/*memory*"]);
    for (id, status, reason) in cases {
        assert_eq!(status, if id == case { "skipped" } else { "passed" }, "{id}");
        assert!(status == "passed" || reason.contains("no in-memory storage"), "{reason}");
    }
    // One that has it, and does not start with it.
    let dies = format!("[ -z \"$OR3_SQLITE_ALLOW_IN_MEMORY\" ] || {{ echo out of memory; exit 1; }}; {serve}");
    let cases = statuses_of(&dies, &["--filter", case]);
    assert_eq!(cases[0].1, "failed", "{cases:?}");
}

/// A file with so many users, and tokens that the tests' servers take.
fn list_of_users(count: usize) -> tempfile::NamedTempFile {
    let minter = Minter::new(crate::command::SECRET.as_bytes().to_vec());
    let people: Vec<Value> = (0..count)
        .map(|number| {
            let subject = format!("person-{number}");
            let email = format!("{subject}@example.test");
            let identity = Identity { provider: "list".into(), subject: subject.clone(), email, name: "P".into() };
            let (name, value) = minter.authorization(&identity).expect("a token");
            serde_json::json!({"provider": "list", "user": subject, "headers": {name: value}})
        })
        .collect();
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(Value::from(people).to_string().as_bytes()).expect("written");
    file
}

#[test]
fn a_fixed_list_of_six_users_serves_one_case_after_the_other() {
    // Whichever of their workspaces a user is put into when one goes, those that they had before are not the suite's.
    let specimen = Specimen::start(&["--variant", "rehomes-to-oldest", "--variant", "joining-activates"]);
    let list = list_of_users(6);
    let path = list.path().to_string_lossy().into_owned();
    let mut arguments = vec!["run", "--target", &specimen.base, "--credentials", &path, "--format", "json"];
    for chapter in ["session/*", "workspace/*", "deletion/*", "member/*", "isolation/*", "pull/*", "cursor/*"] {
        arguments.extend(["--filter", chapter]);
    }
    // Twice, since users whom the target knows from an earlier run are as good.
    for _ in 0..2 {
        let output = syncproof(&arguments);
        let report = report(&output.stdout);
        assert_eq!(output.code, 0, "{report:#}");
        assert!(report["summary"]["passed"].as_u64() > Some(60), "{}", report["summary"]);
        let cases = report["cases"].as_array().expect("cases");
        for case in cases.iter().filter(|case| case["status"] == "skipped") {
            let reason = case["reason"].as_str().expect("a reason");
            assert!(reason.contains("list") || reason.contains("credentials"), "{case:#}");
        }
    }
}

#[test]
fn a_credential_command_logs_users_in() {
    let specimen = Specimen::start(&[]);
    let list = list_of_users(30);
    // Hands out the tokens of the list, one a call: as good as a login service.
    let folder = tempfile::tempdir().expect("a folder");
    let people: Value = serde_json::from_slice(&std::fs::read(list.path()).expect("a list")).expect("people");
    for (number, person) in people.as_array().expect("people").iter().enumerate() {
        let line = format!("Authorization: {}\n", person["headers"]["authorization"].as_str().expect("a header"));
        std::fs::write(folder.path().join(number.to_string()), line).expect("written");
    }
    let line = format!(
        "cd {} && for n in $(seq 0 29); do mv $n taken-$n 2>/dev/null && exec cat taken-$n; done",
        folder.path().display()
    );
    let arguments =
        ["run", "--target", &specimen.base, "--credential-command", &line, "--filter", "isolation/same-pk-put*"];
    let output = syncproof(&arguments);
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn a_server_with_a_bug_is_reported_with_its_requirement_and_evidence() {
    let specimen = Specimen::start(&["--mutant", "global-primary-key"]);
    let output = run_against(&specimen.base, &["--format", "json", "--filter", "isolation/*"]);
    assert_eq!(output.code, 1, "{output:?}");
    let report = report(&output.stdout);
    let failed = report["cases"].as_array().expect("cases").iter().find(|case| case["status"] == "failed");
    let failed = failed.expect("a failed case");
    assert_eq!(failed["requirement"], "isolation.same-pk", "{failed:#}");
    assert_eq!(failed["exchange"]["status"], 500, "{failed:#}");
    for field in ["expected", "actual", "repeat", "level", "duration_ms", "requirements"] {
        assert!(!failed[field].is_null(), "no {field}: {failed:#}");
    }
    assert!(!output.stdout.contains("Bearer"), "a credential is in the report");
}

#[test]
fn a_framing_fault_is_reported_with_the_bytes_that_were_sent() {
    for mutant in ["first-length-counts", "last-length-counts"] {
        let specimen = Specimen::start(&["--mutant", mutant]);
        let output = run_against(&specimen.base, &["--format", "json", "--filter", "http/raw-smuggled-pushes"]);
        let report = report(&output.stdout);
        let failed = &report["cases"][0];
        assert_eq!(failed["requirement"], "http.framing", "{mutant}: {failed:#}");
        let sent = failed["exchange"]["request"].as_str().expect("what was sent");
        let head = sent.split("\r\n\r\n").next().unwrap_or_default();
        assert_eq!(head.matches("Content-Length: ").count(), 2, "{mutant}: {sent}");
    }
}
