//! The gate from outside: baseline, level, shards, early ends, and what is reported of them, with the exit code.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::command::{Output, Specimen, bent, finish, run_against, syncproof};
use serde_json::Value;

/// A mutant that breaks pulls, the two cases of this test that it fails, and one that it passes.
const MUTANT: &str = "cursor-inclusive";
const FAILING: &str = "pull/from-every-cursor";
const PASSING: &str = "session/stable*";

struct File {
    folder: tempfile::TempDir,
}

impl File {
    fn new(text: &str) -> Self {
        let file = File { folder: tempfile::tempdir().expect("a folder") };
        std::fs::write(file.path(), text).expect("written");
        file
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("known.toml")
    }

    fn name(&self) -> String {
        self.path().to_string_lossy().into_owned()
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).expect("read")
    }
}

fn entry(case: &str, expires: &str) -> String {
    format!("[[known]]\ncase = \"{case}\"\nreason = \"agreed\"\nowner = \"ops\"\nexpires = {expires}\n\n")
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// The cases in one list of the report's `baseline`.
fn listed(report: &Value, list: &str) -> Vec<String> {
    let entries = report["baseline"][list].as_array().unwrap_or_else(|| panic!("no {list}: {report:#}"));
    entries.iter().map(|entry| entry["case"].as_str().expect("a case").to_owned()).collect()
}

/// Runs with the baseline, once for people and once for programs: exit code, verdict and report have to agree.
fn assert_judged(specimen: &Specimen, file: &File, further: &[&str], code: i32, words: &str) -> Value {
    let name = file.name();
    let arguments = [&["--baseline", &name, "--seed", "1"], further].concat();
    let human = specimen.run(&arguments);
    assert_eq!(human.code, code, "{human:?}");
    assert!(human.stdout.contains(words), "no `{words}`: {human:?}");
    let output = specimen.run(&[&arguments[..], &["--format", "json"]].concat());
    let report = json(&output);
    assert_eq!((output.code, report["exit"].as_i64()), (code, Some(i64::from(code))), "{report:#}");
    assert!(human.stdout.contains(report["verdict"].as_str().expect("a verdict")), "{human:?} {report:#}");
    report
}

#[test]
fn a_run_in_which_only_known_failures_happen_is_accepted_and_says_so() {
    let specimen = Specimen::start(&["--mutant", MUTANT]);
    let other = syncproof::cases::all().iter().find(|case| case.chapter() == "snapshot").expect("a case").id;
    let file = File::new(&(entry(FAILING, "2999-12-31") + &entry(other, "'2999-12-31'")));
    let words = format!("KNOWN {FAILING}: agreed (ops, until 2999-12-31)");
    let report = assert_judged(&specimen, &file, &["--filter", FAILING, "--filter", PASSING], 0, &words);
    assert_eq!(listed(&report, "known"), [FAILING]);
    assert_eq!(listed(&report, "not_judged"), [other], "what was not selected is neither good nor bad");
    let (name, folder) = (file.name(), file.folder.path().display());
    let junit = format!("junit={folder}/junit");
    let flags = ["--baseline", &name, "--filter", FAILING, "--report", "github=-", "--report", &junit];
    let human = specimen.run(&flags).stdout;
    let junit = std::fs::read_to_string(file.folder.path().join("junit")).expect("a report");
    assert!(human.contains("1. MUST pull.after-cursor (known): "), "{human}");
    assert!(!human.contains("::error") && human.contains("::notice title=baseline::1 known failure "), "{human}");
    assert!(junit.contains("message=\"known failure: agreed (ops, until 2999-12-31)\""), "{junit}");
    for list in ["fixed", "expired", "unknown", "unlisted", "incomplete"] {
        assert!(listed(&report, list).is_empty(), "{list}: {report:#}");
    }
    assert!(
        report["verdict"].as_str().expect("a verdict").contains("every failure (1) is known"),
        "{}",
        report["verdict"]
    );
}

#[test]
fn an_entry_for_another_requirement_does_not_accept_a_failure() {
    let specimen = Specimen::start(&["--mutant", MUTANT]);
    let listed_for = |requirement: &str| {
        entry(FAILING, "2999-12-31").replacen("reason", &format!("requirement = '{requirement}'\nreason"), 1)
    };
    let file = File::new(&listed_for("pull.after-cursor"));
    let report = assert_judged(&specimen, &file, &["--filter", FAILING], 0, "KNOWN");
    assert_eq!(report["baseline"]["known"][0]["requirement"], "pull.after-cursor");

    let file = File::new(&listed_for("pull.complete"));
    let words = format!("known.toml:1: {FAILING} is listed for pull.complete, fails for pull.after-cursor: fix it");
    let report = assert_judged(&specimen, &file, &["--filter", FAILING], 1, &words);
    assert_eq!(listed(&report, "unlisted"), [FAILING]);
    assert_eq!(report["baseline"]["unlisted"][0]["listed_for"], "pull.complete");
    assert_eq!(listed(&report, "known"), Vec::<String>::new());

    // It also ends a run that ends with the first failure, and an update replaces the entry.
    let name = file.name();
    let output = specimen.run(&["--baseline", &name, "--fail-fast", "--filter", FAILING]);
    assert_eq!(output.code, 1, "{output:?}");
    let output = specimen.run(&["--baseline", &name, "--update-baseline", "--filter", FAILING]);
    assert!(output.stderr.contains("1 added, 1 dropped, 0 kept"), "{output:?}");
    let text = file.text();
    assert!(text.contains("requirement = \"pull.after-cursor\"") && text.contains("TODO"), "{text}");
}

#[test]
fn an_entry_of_a_blocked_case_names_the_requirement_of_what_blocks_it() {
    let base = bent::start(|path, _| (path == "/api/sync/update-cursor").then_some(404));
    let file = File::new("");
    let name = file.name();
    let arguments = ["--baseline", &name, "--filter", "cursor/*"];
    let signed = ["--update-baseline", "--baseline-owner", "ops", "--baseline-reason", "agreed"];
    let output = run_against(&base, &[&arguments[..], &signed].concat());
    assert_eq!(output.code, 0, "{output:?}");
    assert!(file.text().contains("requirement = \"cursor.forward-only\""), "{}", file.text());
    assert_eq!(run_against(&base, &arguments).code, 0);
    std::fs::write(file.path(), file.text().replace("cursor.forward-only", "cursor.beyond-head")).expect("written");
    let output = run_against(&base, &arguments);
    assert!(output.stdout.contains("is listed for cursor.beyond-head, fails for cursor.forward-only"), "{output:?}");
}

#[test]
fn a_failure_that_is_not_listed_breaks_the_run() {
    let specimen = Specimen::start(&["--mutant", MUTANT]);
    let report = assert_judged(&specimen, &File::new(""), &["--filter", FAILING], 1, "is not listed: fix it");
    assert_eq!(listed(&report, "unlisted"), [FAILING]);
}

#[test]
fn a_listed_case_that_passes_breaks_the_run() {
    let specimen = Specimen::start(&[]);
    let file = File::new(&format!("# head\n{}", entry(FAILING, "2999-12-31")));
    let words = format!("known.toml:2: {FAILING} passes now: remove the entry");
    let report = assert_judged(&specimen, &file, &["--filter", FAILING], 1, &words);
    assert_eq!(listed(&report, "fixed"), [FAILING]);
}

#[test]
fn an_expired_entry_breaks_the_run_even_where_its_case_is_not_selected() {
    let specimen = Specimen::start(&["--mutant", MUTANT]);
    let file = File::new(&entry(FAILING, "2001-02-03"));
    for filter in [FAILING, PASSING] {
        let words = format!("the entry for {FAILING} expired after 2001-02-03");
        let report = assert_judged(&specimen, &file, &["--filter", filter], 1, &words);
        assert_eq!(listed(&report, "expired"), [FAILING]);
    }
}

#[test]
fn an_entry_that_names_no_case_breaks_the_run() {
    let specimen = Specimen::start(&[]);
    let file = File::new(&entry("pull/from-evry-cursor", "2999-12-31"));
    let report = assert_judged(&specimen, &file, &["--filter", PASSING], 1, "did you mean pull/from-every-cursor?");
    assert_eq!(listed(&report, "unknown"), ["pull/from-evry-cursor"]);
}

#[test]
fn a_baseline_that_cannot_be_read_is_2() {
    let file = File::new(&entry(FAILING, "2999-12-31").replace("owner", "onwer"));
    let output = syncproof(&["run", "--baseline", &file.name()]);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.stderr.contains("line 4") && output.stderr.contains("onwer"), "{output:?}");
    let output = syncproof(&["run", "--baseline", "/no/such.toml"]);
    assert!(output.code == 2 && output.stderr.contains("no baseline /no/such.toml"), "{output:?}");
    assert!(output.stderr.contains("--baseline /no/such.toml --update-baseline"), "{output:?}");
    let output = syncproof(&["run", "--update-baseline"]);
    assert!(output.code == 2 && output.stderr.contains("--baseline"), "{output:?}");
    let output = syncproof(&["run", "--update-baseline", "--baseline", "/no/such/folder/known.toml"]);
    assert!(output.code == 2 && output.stderr.contains("folder"), "{output:?}");
}

#[test]
fn no_baseline_excuses_a_run_that_judged_nothing() {
    let specimen = Specimen::start(&[]);
    let file = File::new(&entry("snapshot/no-case", "2001-02-03"));
    let name = file.name();
    let arguments = ["--baseline", &name, "--update-baseline", "--capabilities", "none", "--filter", "snapshot/*"];
    let output = specimen.run(&arguments);
    assert_eq!(output.code, 4, "{output:?}");
    assert!(output.stderr.contains("was not written"), "{output:?}");
    assert_eq!(file.text(), entry("snapshot/no-case", "2001-02-03"));
}

#[test]
fn no_baseline_excuses_a_target_that_died() {
    let specimen = Specimen::start(&[]);
    let gate = crate::command::Gate::in_front_of(&specimen.base, 60);
    let file = File::new("");
    let arguments = ["--baseline", &file.name(), "--update-baseline", "--jobs", "1", "--filter", "pull/*"];
    let output = run_against(&gate.base, &arguments);
    assert_eq!(output.code, 3, "{output:?}");
    assert!(output.stderr.contains("was not written"), "{output:?}");
    assert_eq!(file.text(), "");
}

#[test]
fn updating_writes_what_fails_drops_what_passes_and_asks_for_a_reason() {
    let specimen = Specimen::start(&["--mutant", MUTANT]);
    let kept = entry(FAILING, "2999-12-31").replace("case = ", "case=") + "# About the next.\n";
    let text = format!("# Known.\n\n{kept}{}", entry("pull/no-such", "2999-12-31"));
    let file = File::new(&text);
    let name = file.name();
    let arguments = ["--baseline", &name, "--filter", "pull/*", "--update-baseline"];
    let output = specimen.run(&arguments);
    assert_eq!(output.code, 1, "placeholders break the run: {output:?}");
    assert!(output.stdout.contains("is incomplete"), "{output:?}");
    let text = file.text();
    assert!(
        text.starts_with("# Known.\n\n[[known]]\ncase=\"pull/from-every-cursor\"\nreason = \"agreed\"\n"),
        "{text}"
    );
    assert!(text.contains("TODO") && !text.contains("pull/no-such"), "{text}");
    // Filled in, they are accepted; the healthy server then empties the file.
    std::fs::write(file.path(), text.replace("TODO", "done")).expect("written");
    let output = specimen.run(&["--baseline", &name, "--filter", "pull/*"]);
    assert_eq!(output.code, 0, "{output:?}");
    let healthy = Specimen::start(&[]);
    assert_eq!(healthy.run(&["--baseline", &name, "--filter", "pull/*"]).code, 1);
    let output = healthy.run(&arguments);
    assert_eq!(output.code, 0, "{output:?}");
    assert_eq!(file.text().trim(), "# Known.");
}

#[test]
fn updating_with_an_owner_and_a_reason_makes_a_file_that_the_next_run_accepts() {
    let specimen = Specimen::start(&["--mutant", MUTANT]);
    let file = File::new("");
    std::fs::remove_file(file.path()).expect("removed");
    let name = file.name();
    let arguments = ["--baseline", &name, "--filter", FAILING];
    let signed = ["--update-baseline", "--baseline-owner", "ops", "--baseline-reason", "a \"quoted\" one"];
    let output = specimen.run(&[&arguments[..], &signed].concat());
    assert_eq!(output.code, 0, "{output:?}");
    assert!(output.stderr.contains("1 added"), "{output:?}");
    let output = specimen.run(&[&arguments[..], &["--format", "json"]].concat());
    assert_eq!(output.code, 0, "{output:?}");
    let known = json(&output)["baseline"]["known"][0].clone();
    assert_eq!((known["owner"].as_str(), known["reason"].as_str()), (Some("ops"), Some("a \"quoted\" one")));
}

#[test]
fn the_baseline_may_stand_in_the_configuration() {
    let specimen = Specimen::start(&["--mutant", MUTANT]);
    let baseline = File::new(&entry(FAILING, "2999-12-31"));
    let config = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(config.path(), format!("[gate]\nbaseline = '{}'\nreruns = 0\n", baseline.name())).expect("written");
    let output = specimen.run(&["--config", &config.path().to_string_lossy(), "--filter", FAILING]);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(!output.stdout.contains("deterministic"), "{output:?}");
}

#[test]
fn a_failure_that_goes_away_is_reported_as_flaky_and_stays_a_failure() {
    // The doctor pulls three times, so the fourth pull is that of the case.
    let base = bent::start(|path, number| (path == "/api/sync/pull" && number == 3).then_some(400));
    let arguments = ["--jobs", "1", "--filter", "pull/from-every-cursor"];
    let output = run_against(&base, &[&arguments[..], &["--format", "json"]].concat());
    let report = json(&output);
    assert_eq!(output.code, 1, "{report:#}");
    let case = &report["cases"][0];
    assert_eq!((case["status"].as_str(), case["stability"].as_str()), (Some("failed"), Some("flaky")), "{case:#}");
    assert_eq!(case["reruns"], serde_json::json!(["passed"]), "{case:#}");

    let base = bent::start(|path, number| (path == "/api/sync/pull" && number >= 3).then_some(400));
    let output = run_against(&base, &[&arguments[..], &["--verbose"]].concat());
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("deterministic: 2 of 2"), "{output:?}");
}

#[test]
fn at_level_should_a_broken_should_breaks_the_run() {
    let specimen = Specimen::start(&["--mutant", "answers-cacheable"]);
    let filter = ["--filter", "http.no-store", "--filter", PASSING];
    let counts = |arguments: &[&str], code: i32| {
        let output = specimen.run(&[&filter[..], arguments, &["--format", "json"]].concat());
        assert_eq!(output.code, code, "{output:?}");
        json(&output)["summary"].clone()
    };
    let lenient = counts(&["--level", "must"], 0);
    assert!(lenient["warned"].as_u64() > Some(0), "{lenient}");
    assert_eq!(lenient, counts(&["--level", "should"], 1), "the level selects nothing");
}

#[test]
fn fail_fast_ends_the_run_with_1_and_tells_the_rest_as_not_run() {
    let specimen = Specimen::start(&["--mutant", MUTANT]);
    let output = specimen.run(&["--fail-fast", "--jobs", "1", "--filter", "pull/*", "--format", "json"]);
    let report = json(&output);
    assert_eq!(output.code, 1, "{report:#}");
    let cases = report["cases"].as_array().expect("cases");
    assert_eq!(report["summary"]["failed"], 1, "{report:#}");
    let not_run: Vec<&Value> = cases.iter().filter(|case| case["status"] == "not_run").collect();
    assert!(!not_run.is_empty());
    for case in not_run {
        assert!(case["reason"].as_str().expect("a reason").contains("--fail-fast"), "{case:#}");
    }
}

#[test]
fn shards_make_up_the_whole() {
    let specimen = Specimen::start(&[]);
    let ids = |arguments: &[&str]| -> Vec<String> {
        let output = specimen.run(&[&["--filter", "session/*", "--format", "json"], arguments].concat());
        let report = json(&output);
        assert_eq!(output.code, 0, "{report:#}");
        let cases = report["cases"].as_array().expect("cases").clone();
        cases.iter().map(|case| case["id"].as_str().expect("an id").to_owned()).collect()
    };
    let (one, two) = (ids(&["--shard", "1/2"]), ids(&["--shard", "2/2"]));
    let both: BTreeSet<&String> = one.iter().chain(&two).collect();
    assert_eq!(both.len(), one.len() + two.len(), "a case stands in two shards");
    assert_eq!(both, ids(&[]).iter().collect());
    for wrong in ["0/8", "9/8", "x/y", "3"] {
        let output = syncproof(&["run", "--shard", wrong]);
        assert!(output.code == 2 && output.stderr.contains("--shard"), "{output:?}");
    }
    let output = syncproof(&["run", "--filter", FAILING, "--shard", "999/1000"]);
    assert!(output.code == 4 && output.stderr.contains("empty"), "{output:?}");
}

#[test]
fn an_interrupted_run_is_3_and_says_so() {
    // All cases one after the other take far longer than the signal.
    let specimen = Specimen::start(&[]);
    let mut child = crate::command::command(&["run", "--target", &specimen.base, "--jobs", "1", "--format", "human"])
        .env("SYNCPROOF_JWT_SECRET", crate::command::SECRET)
        .spawn()
        .expect("the command starts");
    // The head of the report is printed when the cases start.
    let mut reader = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    let mut text = String::new();
    std::io::BufRead::read_line(&mut reader, &mut text).expect("a line");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a signal");
    std::io::Read::read_to_string(&mut reader, &mut text).expect("the rest");
    let output = finish(child);
    assert_eq!(output.code, 3, "{text} {output:?}");
    assert!(text.contains("No verdict: the run was interrupted."), "{text}");
}

#[test]
fn a_capability_that_is_shown_and_not_declared_is_a_warning() {
    let specimen = Specimen::start(&[]);
    let arguments = ["--capabilities", "members", "--filter", PASSING, "--level", "should"];
    let output = specimen.run(&arguments);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        output
            .stdout
            .contains("WARNING the target shows snapshot, gc, op_id_tie_break, applied, private_notifications and"),
        "{output:?}"
    );
    let report = json(&specimen.run(&[&arguments[..], &["--format", "json"]].concat()));
    assert_eq!(
        report["undeclared"],
        serde_json::json!(["snapshot", "gc", "op_id_tie_break", "applied", "private_notifications"])
    );
    let report = json(&specimen.run(&["--filter", PASSING, "--format", "json"]));
    assert_eq!(report["undeclared"], serde_json::json!([]), "what is probed is in force");
}

#[test]
fn a_capability_that_is_declared_and_missing_fails() {
    let base = bent::start(|path, _| (path == "/api/sync/snapshot").then_some(404));
    let output = run_against(&base, &["--capabilities", "snapshot", "--filter", "snapshot/*"]);
    assert_eq!(output.code, 1, "{output:?}");
    let output = run_against(&base, &["--filter", "snapshot/*"]);
    assert_eq!(output.code, 4, "undeclared and absent is not applicable: {output:?}");
}
