//! Repro bundles: the script shows the failure again on the same kind of server, and not on a healthy one.
//! Needs curl, jq and openssl.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::{Output, SECRET, Specimen, run_against, syncproof};
use crate::hostile::{HOUSE_KEY, Hostile};

/// A script whose header template encodes names fills them in as the run did.
#[test]
fn encoded_names_are_filled_into_a_header_template() {
    let serve = |mutant: &[&str]| Specimen::start(&[mutant, &["--trust-header"]].concat());
    let (wrong, healthy) = (serve(&["--mutant", "cursor-inclusive"]), serve(&[]));
    for template in ["Authorization: Bearer {user:base64}", "Authorization: Bearer {provider:percent}|{user:percent}"] {
        let folder = tempfile::tempdir().expect("a folder");
        let repro = folder.path().join("repro");
        let case = ["--filter", "pull/from-every-cursor", "--repro", repro.to_str().expect("a path")];
        let output = syncproof(&[&["run", "--target", &wrong.base, "--header", template][..], &case].concat());
        assert_eq!(output.code, 1, "{output:?}");
        let bundle = repro.join("pull-from-every-cursor");
        let again = repeat(&bundle, &wrong.base, None);
        assert!(again.code == 1 && again.stdout.contains("\nSAME:"), "{template}: {again:?}");
        let right = repeat(&bundle, &healthy.base, None);
        assert!(right.code == 0 && right.stdout.contains("\nDIFFERENT:"), "{template}: {right:?}");
    }
}

/// Runs a script against that server.
fn repeat(bundle: &Path, target: &str, secret: Option<&str>) -> Output {
    let mut command = Command::new("sh");
    command.arg(bundle.join("repro.sh")).env("SYNCPROOF_TARGET", target).env_remove("SYNCPROOF_JWT_SECRET");
    if let Some(secret) = secret {
        command.env("SYNCPROOF_JWT_SECRET", secret);
    }
    let output = command.output().expect("a shell");
    Output {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The bundles of a run against a specimen with that bug, and what became of each script there and on a healthy one.
fn assert_repeats(mutant: &str, filter: &str, case: &str) {
    let (wrong, healthy) = (Specimen::start(&["--mutant", mutant]), Specimen::start(&[]));
    let folder = tempfile::tempdir().expect("a folder");
    let repro = folder.path().join("repro");
    let output =
        run_against(&wrong.base, &["--repro", &repro.display().to_string(), "--filter", filter, "--seed", "7"]);
    assert_eq!(output.code, 1, "{output:?}");
    let bundle = repro.join(case.replace('/', "-"));
    let failure = fs::read(bundle.join("failure.json")).expect("a failure");
    let failure: serde_json::Value = serde_json::from_slice(&failure).expect("JSON");
    assert_eq!(failure["case"], case);
    assert!(failure["failures"][0]["text"].as_str().is_some_and(|text| !text.is_empty()), "{failure:#}");
    let readme = fs::read_to_string(bundle.join("README.md")).expect("a readme");
    assert!(readme.contains(&format!("syncproof run --target {} --seed 7 --filter {case}", wrong.base)), "{readme}");

    let again = repeat(&bundle, &wrong.base, Some(SECRET));
    assert_eq!(again.code, 1, "{mutant}: {again:?}");
    assert!(again.stdout.contains("\nSAME:"), "{again:?}");
    // A second time on the same server: names and op ids are fresh.
    assert_eq!(repeat(&bundle, &wrong.base, Some(SECRET)).code, 1, "{mutant}");
    let right = repeat(&bundle, &healthy.base, Some(SECRET));
    assert_eq!(right.code, 0, "{mutant}: {right:?}");
    assert!(right.stdout.contains("\nDIFFERENT:"), "{right:?}");
    // A case looks at refusals, too; nothing is left without an answer, and nothing breaks.
    let steps: Vec<&str> = right.stdout.lines().filter(|line| line.contains(" -> ")).collect();
    let before = steps.split_last().map_or(&[][..], |(_, before)| before);
    assert!(before.iter().all(|step| step.contains(" -> 2") || step.contains(" -> 4")), "a step went wrong: {right:?}");

    let unset = repeat(&bundle, &wrong.base, None);
    assert_eq!(unset.code, 2, "{unset:?}");
    assert!(unset.stderr.contains("SYNCPROOF_JWT_SECRET"), "{unset:?}");
}

#[test]
fn a_wrong_page_is_seen_again() {
    assert_repeats("cursor-inclusive", "pull/from-every-cursor", "pull/from-every-cursor");
}

#[test]
fn an_error_between_two_workspaces_is_seen_again() {
    assert_repeats("global-primary-key", "isolation/same-pk-put*", "isolation/same-pk-put-in-two-workspaces");
}

#[test]
fn tokens_of_a_snapshot_are_taken_from_the_answers_of_the_run() {
    assert_repeats(
        "token-opens-foreign",
        "isolation/snapshot-token*",
        "isolation/snapshot-token-opens-no-other-workspace",
    );
}

#[test]
fn a_second_run_takes_the_place_of_the_first() {
    let (wrong, healthy) = (Specimen::start(&["--mutant", "cursor-inclusive"]), Specimen::start(&[]));
    let folder = tempfile::tempdir().expect("a folder");
    let repro = folder.path().display().to_string();
    let bundles = || {
        let entries = fs::read_dir(folder.path()).expect("a folder");
        entries.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir())).count()
    };
    let arguments = ["--repro", repro.as_str(), "--filter", "pull/from-every-cursor"];
    assert_eq!(run_against(&wrong.base, &arguments).code, 1);
    assert_eq!(bundles(), 1);
    assert_eq!(run_against(&healthy.base, &arguments).code, 0);
    assert_eq!(bundles(), 0, "an old failure would be taken for a new one");
}

/// Runs with these credentials against a server that takes no tokens, and then the script, with and without what it asks
/// for in the environment.
fn assert_asks_for(flag: &str, credentials: &str, variable: &str) {
    let specimen = Specimen::start(&[]);
    let hostile = Hostile::in_front_of(&specimen.base, "nothing");
    let target = format!("http://{}", hostile.address);
    let folder = tempfile::tempdir().expect("a folder");
    let repro = folder.path().join("repro").display().to_string();
    let case = ["--filter", "pull/empty-workspace", "--repro", &repro];
    let output = syncproof(&[&["run", "--target", &target, flag, credentials][..], &case].concat());
    assert_eq!(output.code, 1, "{output:?}");
    let script = Path::new(&repro).join("pull-empty-workspace/repro.sh");
    assert!(!fs::read_to_string(&script).expect("a script").contains(HOUSE_KEY));
    let run = |set: bool| {
        let mut command = Command::new("sh");
        command.arg(&script).env_remove(variable);
        if set {
            command.env(variable, credentials);
        }
        let output = command.output().expect("a shell");
        (
            output.status.code(),
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)),
        )
    };
    let (code, words) = run(true);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("GET /api/auth/session -> 200") && words.contains("-> 418"), "{words}");
    let (code, words) = run(false);
    assert_eq!(code, Some(2), "{words}");
    assert!(words.contains(variable), "{words}");
}

#[test]
fn a_header_template_with_a_secret_comes_from_the_environment() {
    assert_asks_for("--header", &format!("X-Key: {HOUSE_KEY} {{user}}"), "SYNCPROOF_HEADER");
}

#[test]
fn a_credential_command_comes_from_the_environment() {
    let line = format!("echo 'X-Key: {HOUSE_KEY} '{{user}}");
    assert_asks_for("--credential-command", &line, "SYNCPROOF_CREDENTIAL_COMMAND");
}
