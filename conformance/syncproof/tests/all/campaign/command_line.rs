//! `fuzz`, `replay` and `diff` from outside: exit codes, files, and what is printed.

use std::path::Path;

use serde_json::Value;
use syncproof_protocol::deep_json;

use crate::command::{self, Output, SECRET, Specimen, finish, syncproof};

/// A port that nothing listens on.
const NOBODY: &str = "http://127.0.0.1:9";

/// Runs a command that shares the tests' secret with its targets.
fn with_secret(arguments: &[&str]) -> Output {
    let mut command = command::command(arguments);
    finish(command.env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("the command starts"))
}

fn json(output: &Output) -> Value {
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Finds a bug of the specimen, and writes its trace into that folder. Returns the trace's path and the account.
fn found_in(folder: &Path, id: &str) -> (String, Value) {
    let trace = folder.join("found.json").to_string_lossy().into_owned();
    let output = syncproof(
        &[
            &["fuzz", "--in-process", "specimen", "--mutant", id][..],
            &["--seed", "1", "--cases", "2000", "--fail-fast", "--trace", &trace, "--format", "json"],
        ]
        .concat(),
    );
    assert_eq!(output.code, 1, "{output:?}");
    (trace, json(&output))
}

#[test]
fn a_silent_campaign_is_0_and_tells_what_it_did() {
    let specimen = Specimen::start(&[]);
    let arguments = ["fuzz", "--target", &specimen.base, "--seed", "3", "--cases", "60", "--format", "json"];
    let output = with_secret(&arguments);
    assert_eq!(output.code, 0, "{output:?}");
    let account = json(&output);
    assert_eq!(
        (&account["verdict"], &account["cases"], &account["findings"]),
        (&"silent".into(), &60.into(), &Value::Array(Vec::new()))
    );
    assert!(account["requests"].as_u64() > Some(600) && account["seconds"].as_f64() > Some(0.0), "{account:#}");
    assert!(account["counters"].as_object().is_some_and(|counters| !counters.is_empty()), "{account:#}");
    let repeat = account["repeat"].as_str().expect("a command");
    assert!(repeat.starts_with("syncproof fuzz --seed 3 --cases 60 "), "{repeat}");
    assert!(!output.stdout.contains(SECRET), "{output:?}");
}

#[test]
fn a_missing_endpoint_is_1_and_is_named() {
    let base = command::bent::start(|path, _| (path == "/api/sync/update-cursor").then_some(405));
    let output = with_secret(&["fuzz", "--target", &base, "--seed", "3", "--cases", "40", "--format", "json"]);
    assert_eq!(output.code, 1, "{output:?}");
    let report = json(&output);
    assert_eq!(report["verdict"], "blocked", "{report:#}");
    assert_eq!(report["missing_endpoints"], serde_json::json!(["POST /api/sync/update-cursor"]), "{report:#}");
    let never = report["never_reached"].to_string();
    assert!(!never.contains("cursor_back") && !never.contains("cursor_beyond_head"), "what cannot occur: {never}");
    let folder = tempfile::tempdir().expect("a folder");
    let (junit, page) = (folder.path().join("r.xml"), folder.path().join("r.html"));
    let files = [format!("junit={}", junit.display()), format!("html={}", page.display())];
    let arguments = ["fuzz", "--target", &base, "--seed", "3", "--cases", "40"];
    let human = with_secret(&[&arguments[..], &["--report", &files[0], "--report", &files[1]]].concat());
    assert!(human.stdout.contains("core endpoint missing: POST /api/sync/update-cursor"), "{human:?}");
    // Neither is green.
    let junit = std::fs::read_to_string(junit).expect("a report");
    assert!(junit.contains("failures=\"1\"") && junit.contains("POST /api/sync/update-cursor"), "{junit}");
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains("<h1>1 endpoint missing</h1>") && page.contains("verdict bad"), "{page}");
}

#[test]
fn what_is_found_is_1_and_its_trace_fails_there_and_is_fixed_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let (trace, account) = found_in(folder.path(), "text-trimmed");
    let finding = &account["findings"][0];
    assert_eq!(account["verdict"], "found");
    let requirement = finding["requirement"].as_str().unwrap_or_default();
    assert!(["push.payload-round-trips", "snapshot.complete"].contains(&requirement), "{finding:#}");
    assert_eq!(finding["trace"], trace.as_str());
    assert!(finding["steps"].as_array().is_some_and(|steps| steps.len() <= 3), "{finding:#}");
    let specimen = Specimen::start(&["--mutant", "text-trimmed"]);
    let fails = with_secret(&["replay", &trace, "--target", &specimen.base, "--format", "json"]);
    assert_eq!((fails.code, &json(&fails)[0]["verdict"]), (1, &"fails".into()), "{fails:?}");
    let fixed = syncproof(&["replay", &trace, "--in-process", "reference"]);
    assert_eq!(fixed.code, 0, "{fixed:?}");
    assert!(fixed.stdout.starts_with(&format!("fixed {trace}")), "{fixed:?}");
}

#[test]
fn a_known_finding_is_passed_over_until_its_last_day() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, account) = found_in(folder.path(), "list-owned-only");
    let finding = &account["findings"][0];
    let (id, requirement) = (finding["id"].as_str().expect("an id"), finding["requirement"].as_str().expect("a name"));
    let known = |expires: &str| {
        let path = folder.path().join("known.toml");
        let entry =
            format!("finding = '{requirement}'\nsymptom = '{id}'\nreason = 'r'\nowner = 'o'\nexpires = {expires}");
        std::fs::write(&path, format!("[[known]]\n{entry}\n")).expect("written");
        let trace = folder.path().join("t.json").to_string_lossy().into_owned();
        let path = path.to_string_lossy().into_owned();
        syncproof(
            &[
                &["fuzz", "--in-process", "specimen", "--mutant", "list-owned-only", "--seed", "1", "--cases", "200"][..],
                &["--known", &path, "--trace", &trace, "--format", "json"],
            ]
            .concat(),
        )
    };
    let output = known("2999-01-01");
    let account = json(&output);
    assert_eq!((output.code, &account["verdict"]), (0, &"known".into()), "{output:?}");
    assert!(account["known"][id].as_u64() > Some(0), "{account:#}");
    let output = known("2001-01-01");
    assert_eq!((output.code, &json(&output)["verdict"]), (1, &"found".into()), "{output:?}");
    assert!(output.stderr.contains("expired after 2001-01-01"), "{output:?}");
}

#[test]
fn a_campaign_has_reports_for_programs_and_a_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let reports = ["html", "junit", "json"].map(|format| format!("{format}={}", file(format)));
    let output = syncproof(
        &[
            &["fuzz", "--in-process", "specimen", "--mutant", "viewer-pushes", "--seed", "1", "--cases", "300"][..],
            &[
                "--trace",
                &file("trace.json"),
                "--report",
                &reports[0],
                "--report",
                &reports[1],
                "--report",
                &reports[2],
            ],
        ]
        .concat(),
    );
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains(" pushes a put of "), "plain words: {output:?}");
    let read = |name: &str| std::fs::read_to_string(file(name)).expect("a report");
    let report: Value = serde_json::from_str(&read("json")).expect("JSON");
    let findings = report["findings"].as_array().expect("findings");
    let published = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../campaign/fuzz.schema.json"));
    let published = std::fs::read_to_string(published).expect("the published schema");
    assert!(
        syncproof(&["schema", "fuzz"]).stdout == published,
        "write it anew: syncproof schema fuzz > conformance/campaign/fuzz.schema.json"
    );
    let schema = jsonschema::draft202012::new(&serde_json::from_str(&published).unwrap()).expect("a sound schema");
    schema.validate(&report).unwrap_or_else(|error| panic!("{}: {error}", error.instance_path()));
    let xml = read("junit");
    let document = roxmltree::Document::parse(&xml).expect("well-formed XML");
    let failures = document.descendants().filter(|node| node.has_tag_name("failure")).count();
    assert_eq!(failures, findings.len(), "{xml}");
    let page = read("html");
    assert_eq!(page.matches("<svg ").count(), findings.len(), "a diagram for each finding");
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("http://"), "one page, no scripts");
    let refused = syncproof(&["fuzz", "--in-process", "specimen", "--cases", "1", "--report", "github=-"]);
    assert_eq!(refused.code, 2, "{refused:?}");
}

#[test]
fn a_shard_performs_its_part_and_says_so_in_the_command_that_repeats_it() {
    let count = |shard: &str| {
        let output =
            syncproof(&["fuzz", "--in-process", "specimen", "--cases", "5", "--shard", shard, "--format", "json"]);
        assert_eq!(output.code, 0, "{output:?}");
        let account = json(&output);
        assert!(account["repeat"].as_str().is_some_and(|repeat| repeat.contains(shard)), "{account:#}");
        account["cases"].as_u64()
    };
    assert_eq!((count("1/3"), count("3/3")), (Some(5), Some(5)));
    assert_eq!(syncproof(&["fuzz", "--in-process", "specimen", "--shard", "4/3"]).code, 2);
}

#[test]
fn a_bad_trace_ends_with_2_and_the_place_of_the_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let (trace, _) = found_in(folder.path(), "text-trimmed");
    let whole: Value = serde_json::from_slice(&std::fs::read(&trace).expect("a trace")).expect("JSON");
    let bend = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    };
    let mut newer = whole.clone();
    newer["syncproof_trace"] = 99.into();
    let mut unknown = whole.clone();
    unknown["steps"][0]["do"] = "levitate".into();
    let bad = [
        (bend("text.json", "not json".into()), "line 1"),
        (bend("other.json", "{\"cases\": []}".into()), "syncproof_trace"),
        (bend("newer.json", newer.to_string()), "99"),
        (bend("unknown.json", unknown.to_string()), "levitate"),
        (folder.path().join("none.json").to_string_lossy().into_owned(), "none.json"),
    ];
    for (path, word) in &bad {
        let output = syncproof(&["replay", &trace, path, "--in-process", "reference"]);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "nothing is performed: {output:?}");
        assert!(output.stderr.contains(word) && output.stderr.contains(path.as_str()), "no `{word}`: {output:?}");
        let output = syncproof(&["diff", "reference", "specimen", "--replay", path]);
        assert_eq!(output.code, 2, "{output:?}");
    }
}

#[test]
fn targets_that_cannot_be_reached_are_3_and_wrong_flags_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let (trace, _) = found_in(folder.path(), "viewer-pushes");
    let down = ["--target", NOBODY, "--header", "X: {user}"];
    for begun in [&["fuzz", "--cases", "1"][..], &["replay", &trace]] {
        let output = syncproof(&[begun, &down[..]].concat());
        assert_eq!(output.code, 3, "{output:?}");
        assert!(output.stderr.contains("cannot be reached"), "{output:?}");
    }
    let output = syncproof(&["diff", "reference", NOBODY, "--header", "X: {user}", "--cases", "1"]);
    assert_eq!(output.code, 3, "{output:?}");
    for (arguments, word) in [
        (&["diff", "reference", "nonsense"][..], "nonsense"),
        (&["diff", "reference", "specimen:no-such-bug"], "no-such-bug"),
        (&["diff", "reference", "specimen:text-trimmed+no-such-bug"], "no-such-bug"),
        (&["diff", NOBODY, NOBODY, "--header", "X: {user}"], "compare two"),
        (&["diff", "reference"], "<RIGHT>"),
        (&["fuzz", "--in-process", "specimen", "--mutant", "no-such-bug"], "no-such-bug"),
        (&["fuzz", "--in-process", "reference", "--cases", "0"], "--cases"),
        (&["fuzz", "--in-process", "reference", "--target", NOBODY], "--in-process"),
    ] {
        let output = syncproof(arguments);
        assert_eq!(output.code, 2, "{arguments:?}: {output:?}");
        assert!(output.stderr.contains(word), "{arguments:?} does not say `{word}`: {output:?}");
    }
}

#[test]
fn a_target_that_dies_under_a_campaign_is_3() {
    let specimen = Specimen::start(&[]);
    let gate = command::Gate::in_front_of(&specimen.base, 300);
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("death.json").to_string_lossy().into_owned();
    let arguments =
        ["fuzz", "--target", &gate.base, "--jobs", "1", "--cases", "500", "--shrink", "1", "--trace", &trace];
    let output = with_secret(&arguments);
    assert_eq!(output.code, 3, "{output:?}");
}

#[test]
fn the_death_of_a_target_is_one_finding() {
    let specimen = Specimen::start(&[]);
    let gate = command::Gate::in_front_of(&specimen.base, 900);
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("death.json").to_string_lossy().into_owned();
    let output = with_secret(
        &[
            &["fuzz", "--target", &gate.base, "--jobs", "4", "--time", "300", "--shrink", "5", "--seed", "8"][..],
            &["--trace", &trace, "--format", "json"],
        ]
        .concat(),
    );
    assert_eq!(output.code, 3, "{output:?}");
    assert!(output.stderr.contains("the target does not answer any more"), "{output:?}");
    // What could not be shrunk may be nested deep.
    let report: Value = deep_json::read(output.stdout.as_bytes()).expect("JSON");
    assert_eq!(report["ended_by"], "target_died");
    let findings = report["findings"].as_array().expect("findings");
    let [death] = &findings[..] else { panic!("{findings:#?}") };
    assert_eq!(death["requirement"], "http.no-5xx");
    assert!(death["message"].as_str().is_some_and(|message| message.contains("the target has died")), "{death:#}");
    // The last step of the trace is the one that got no answer.
    let steps = death["steps"].as_array().map_or(0, Vec::len);
    assert!(steps > 0 && death["exchange"]["status"].is_null() && death["repeats"].is_null(), "{death:#}");
}

#[test]
fn a_difference_is_1_shown_side_by_side_and_repeated_by_its_file() {
    let (left, right) = (Specimen::start(&[]), Specimen::start(&["--mutant", "text-trimmed"]));
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("difference.json").to_string_lossy().into_owned();
    let arguments = ["diff", &left.base, &right.base, "--seed", "1", "--trace", &trace, "--format", "json"];
    let output = with_secret(&arguments);
    assert_eq!(output.code, 1, "{output:?}");
    let comparison = json(&output);
    assert_eq!((&comparison["verdict"], &comparison["exit"]), (&"different".into(), &1.into()));
    let difference = &comparison["difference"];
    for side in ["left", "right"] {
        assert!(difference[side]["exchange"]["status"].is_u64(), "{difference:#}");
    }
    assert_eq!(difference["right"]["broken"], "push.payload-round-trips", "{difference:#}");
    assert_eq!(difference["left"]["broken"], Value::Null);
    let again = syncproof(&["diff", "specimen", "specimen:text-trimmed", "--replay", &trace, "--trace", &trace]);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.stdout.starts_with("DIFFERENT ") && again.stdout.contains("right answer"), "{again:?}");
    let both = syncproof(&[
        "diff",
        "specimen",
        "specimen:head-overstated+text-trimmed",
        "--replay",
        &trace,
        "--trace",
        &trace,
    ]);
    assert_eq!(both.code, 1, "{both:?}");
    let alike = syncproof(&["diff", "reference", "specimen", "--replay", &trace, "--format", "json"]);
    assert_eq!((alike.code, &json(&alike)["verdict"]), (0, &"alike".into()), "{alike:?}");
}

#[test]
fn names_that_a_header_cannot_carry_are_left_out_and_counted() {
    let specimen = Specimen::start(&["--variant", "names-in-a-header"]);
    let fuzz = |header: &str| {
        let target = ["--target", &specimen.base, "--header", header];
        let output = syncproof(&[&["fuzz", "--cases", "400", "--seed", "1", "--format", "json"], &target[..]].concat());
        assert_eq!(output.code, 0, "{} {}", output.stdout, output.stderr);
        let report: Value = serde_json::from_str(&output.stdout).expect("a report");
        report["left_out"].as_u64().expect("a count")
    };
    let plain = fuzz("X-User: {user}");
    let one_provider = fuzz("X-User: {user:percent}");
    assert!(0 < one_provider && one_provider < plain, "{one_provider} of {plain}");
    assert_eq!(fuzz("X-User: {provider:base64}.{user:base64}"), 0);
}

#[test]
fn a_trace_of_people_who_cannot_be_named_is_undecided() {
    let specimen = Specimen::start(&["--variant", "names-in-a-header"]);
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("t.json");
    let steps = r#"[{"do": "session", "by": 0}, {"do": "session", "by": 4}]"#;
    std::fs::write(&trace, format!(r#"{{"syncproof_trace": 1, "summary": "look-alikes", "steps": {steps}}}"#)).unwrap();
    let trace = trace.to_str().unwrap();
    let replay = |header: &str| syncproof(&["replay", trace, "--target", &specimen.base, "--header", header]);
    let output = replay("X-User: {user}");
    assert!(
        output.code == 4 && output.stdout.contains("undecided") && output.stdout.contains("1 step of users"),
        "{output:?}"
    );
    let output = replay("X-User: {user:percent}");
    assert!(output.code == 0 && output.stdout.contains("fixed"), "{output:?}");
}
