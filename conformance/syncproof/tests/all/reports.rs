//! Reports in files: every form at once, whole or not at all, in their published forms, and without secrets.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{Gate, Output, SECRET, Specimen, command, finish, run_against, syncproof};
use crate::hostile::{HOUSE_KEY, Hostile};
use crate::junit_form::{assert_junit, attribute};
use roxmltree::Document;
use serde_json::Value;

/// The flags for a report of every form in that folder.
fn all_reports(folder: &Path) -> Vec<String> {
    let forms = [
        ("json", "r.json"),
        ("junit", "r.xml"),
        ("github", "r.md"),
        ("html", "r.html"),
        ("human", "r.txt"),
        ("badge", "r.svg"),
        ("badge-json", "badge.json"),
    ];
    let flags = forms
        .iter()
        .flat_map(|(form, file)| ["--report".to_owned(), format!("{form}={}", folder.join(file).display())]);
    flags.collect()
}

/// Runs against a server with a report of every form.
fn run_with_all(base: &str, folder: &Path, arguments: &[&str]) -> Output {
    let reports = all_reports(folder);
    let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
    run_against(base, &[&reports, arguments].concat())
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

pub(crate) fn assert_valid(report: &str) -> Value {
    let schema: Value = serde_json::from_str(&published_schema()).expect("a schema");
    let validator = jsonschema::draft202012::new(&schema).expect("a sound schema");
    let report: Value = serde_json::from_str(report).expect("JSON");
    let errors: Vec<String> =
        validator.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    report
}

fn published_schema() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../report/report.schema.json");
    fs::read_to_string(path).expect("the published schema")
}

#[test]
fn the_published_schemas_are_those_of_the_types() {
    for (of, file) in [("report", "report.schema.json"), ("compare", "compare.schema.json")] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../report").join(file);
        let now = syncproof(&["schema", of]).stdout;
        let published = fs::read_to_string(path).expect("the published schema");
        assert!(now == published, "write it anew: syncproof schema {of} > conformance/report/{file}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let specimen = Specimen::start(&[]);
    let output = specimen.run(&["--format", "json", "--filter", "pull/empty-workspace"]);
    let mut report = assert_valid(&output.stdout);
    let schema: Value = serde_json::from_str(&published_schema()).expect("a schema");
    let validator = jsonschema::draft202012::new(&schema).expect("a sound schema");
    report["cases"][0]["status"] = "fine".into();
    assert!(!validator.is_valid(&report));
    report["cases"][0]["status"] = "passed".into();
    report["schema"] = 3.into();
    assert!(!validator.is_valid(&report));
}

#[test]
fn a_passing_and_a_failing_run_are_reported_in_every_format_at_once() {
    for (arguments, code, verdict) in
        [(&[][..], 0, " selected: passed. Not a verdict."), (&["--mutant", "cursor-inclusive"], 1, "Not a verdict.")]
    {
        let specimen = Specimen::start(arguments);
        let folder = tempfile::tempdir().expect("a folder");
        let output = run_with_all(&specimen.base, folder.path(), &["--filter", "pull/*", "--seed", "7"]);
        assert_eq!(output.code, code, "{output:?}");
        assert!(output.stdout.contains(verdict), "standard output has the report for people: {output:?}");
        for file in ["r.json", "r.xml", "r.md", "r.html", "r.txt"] {
            let text = read(folder.path(), file).replace("&#58;", ":").replace("&#42;", "*");
            assert!(text.contains(verdict), "{file} does not say that it has no verdict");
            let filter = text.contains("Selected by --filter 'pull/*'") || text.contains("--filter &#39;pull/*&#39;");
            assert!(filter || text.contains("--filter &apos;pull/*&apos;"), "{file} does not name the filter");
        }
        assert_eq!(files(folder.path()).len(), 7, "nothing else is left: {:?}", files(folder.path()));
        let report = assert_valid(&read(folder.path(), "r.json"));
        assert_eq!(report["exit"], code, "{report:#}");
        assert_junit(&read(folder.path(), "r.xml"), &report);
        assert_stories(&report, code != 0);
        assert_badges(folder.path(), &report);
    }
}

/// Every case with a failure, and no other, has its requests in order; the one in the failure is marked.
fn assert_stories(report: &Value, is_failing: bool) {
    let cases = report["cases"].as_array().expect("cases");
    let failed: Vec<&Value> = cases.iter().filter(|case| case["message"].is_string()).collect();
    assert!(failed.is_empty() != is_failing, "{report:#}");
    assert_eq!(cases.iter().filter(|case| case["story"].is_object()).count(), failed.len(), "{report:#}");
    for case in failed {
        let requests = case["story"]["requests"].as_array().expect("requests");
        let numbers: Vec<u64> = requests.iter().filter_map(|request| request["number"].as_u64()).collect();
        assert!(numbers.is_sorted() && numbers.first() == Some(&1), "{case:#}");
        assert!(case["story"]["sent"].as_u64() >= numbers.last().copied(), "{case:#}");
        let marked = requests.iter().find(|request| request["shows_failure"] == true);
        let marked = marked.unwrap_or_else(|| panic!("no request shows the failure: {case:#}"));
        for field in ["method", "path", "status"] {
            assert_eq!(marked[field], case["exchange"][field], "{case:#}");
        }
    }
}

/// Both badges are well-formed and say how many causes there are. (A part of the cases reaches no level.)
fn assert_badges(folder: &Path, report: &Value) {
    let badge: Value = serde_json::from_str(&read(folder, "badge.json")).expect("JSON");
    let (message, color) = match report["causes"].as_array().expect("causes").len() {
        0 => ("not a verdict".to_owned(), "lightgrey"),
        1 => ("1 cause".to_owned(), "red"),
        count => (format!("{count} causes"), "red"),
    };
    let expected = serde_json::json!({"schemaVersion": 1, "label": "syncproof", "message": message, "color": color});
    assert_eq!(badge, expected);
    let picture = read(folder, "r.svg");
    let picture = Document::parse(&picture).unwrap_or_else(|error| panic!("{error} in {picture}"));
    assert_eq!(attribute(picture.root_element(), "aria-label"), format!("syncproof: {message}"));
}

#[test]
fn a_run_whose_target_dies_is_reported_in_every_format() {
    let specimen = Specimen::start(&[]);
    // Enough reads for the look at the target and some cases, and far from enough for all.
    let gate = Gate::in_front_of(&specimen.base, 400);
    let folder = tempfile::tempdir().expect("a folder");
    let output = run_with_all(&gate.base, folder.path(), &["--jobs", "2", "--seed", "1"]);
    assert_eq!(output.code, 3, "{output:?}");
    let report = assert_valid(&read(folder.path(), "r.json"));
    assert!(report["summary"]["not_run"].as_u64() > Some(0) && report["aborted"].is_string(), "{report:#}");
    assert_junit(&read(folder.path(), "r.xml"), &report);
    for file in ["r.md", "r.html", "r.txt"] {
        assert!(read(folder.path(), file).contains("No verdict"), "{file}");
    }
}

#[test]
fn a_target_that_is_down_leaves_reports_that_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("r.json"), "the report of last week").expect("written");
    let output = run_with_all("http://127.0.0.1:9", folder.path(), &["--filter", "pull/*"]);
    assert_eq!(output.code, 3, "{output:?}");
    let report = assert_valid(&read(folder.path(), "r.json"));
    assert_eq!(report["summary"]["not_run"], report["summary"]["cases"], "{report:#}");
    assert_eq!(report["exit"], 3);
    assert_junit(&read(folder.path(), "r.xml"), &report);
}

#[test]
fn an_interrupted_run_is_reported_in_every_format() {
    let specimen = Specimen::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = command(&["run", "--target", &specimen.base, "--jobs", "1"]);
    let mut child =
        run.args(all_reports(folder.path())).env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("it starts");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("the head of the report");
    let stopped = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
    assert!(stopped.success());
    std::io::copy(&mut stdout.by_ref(), &mut std::io::sink()).expect("the rest");
    assert_eq!(finish(child).code, 3);
    let report = assert_valid(&read(folder.path(), "r.json"));
    assert!(report["summary"]["not_run"].as_u64() > Some(0), "{report:#}");
    assert!(report["verdict"].as_str().expect("a verdict").contains("interrupted"), "{report:#}");
    assert_eq!(files(folder.path()).len(), 7, "{:?}", files(folder.path()));
}

#[test]
fn a_bad_report_option_is_reported_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("r.xml").display().to_string();
    let same = folder.path().join("./r.xml").display().to_string();
    let dead = ["run", "--target", "http://127.0.0.1:9", "--header", "X: {user}"];
    let twice = [format!("junit={file}"), format!("json={same}")];
    let no_folder = [format!("json={}/none/r.json", folder.path().display())];
    let a_folder = [format!("json={}", folder.path().display())];
    let both = ["json=-".to_owned(), "html=-".to_owned()];
    for (reports, word) in [
        (&["xml=a.xml".to_owned()][..], "unknown format `xml`"),
        (&["junit".to_owned()], "FORMAT=FILE"),
        (&twice, "another report"),
        (&no_folder, "cannot be opened"),
        (&a_folder, "is a folder"),
        (&both, "only one report"),
    ] {
        let flags: Vec<&str> = reports.iter().flat_map(|report| ["--report", report]).collect();
        let output = syncproof(&[&dead[..], &flags].concat());
        assert_eq!(output.code, 2, "{reports:?}: {output:?}");
        assert!(output.stderr.contains(word), "{reports:?} does not say `{word}`: {output:?}");
    }
    fs::write(folder.path().join("precious"), "mine").expect("written");
    let repro = folder.path().display().to_string();
    let output = syncproof(&[&dead[..], &["--repro", &repro]].concat());
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.stderr.contains("files that are not bundles"), "{output:?}");
    assert_eq!(read(folder.path(), "precious"), "mine");
}

#[test]
fn a_report_that_cannot_be_written_at_the_end_is_70_and_the_others_are_written() {
    let specimen = Specimen::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let junit = format!("junit={}/r.xml", folder.path().display());
    let output = specimen.run(&["--filter", "pull/empty-workspace", "--report", "json=/dev/full", "--report", &junit]);
    assert_eq!(output.code, 70, "{output:?}");
    assert!(output.stderr.contains("json=/dev/full"), "{output:?}");
    assert!(read(folder.path(), "r.xml").contains("pull/empty-workspace"));
}

#[test]
fn a_reader_who_goes_away_ends_the_report_for_people_only() {
    let specimen = Specimen::start(&["--mutant", "cursor-inclusive"]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut run = command(&["run", "--target", &specimen.base, "--filter", "pull/*"]);
    let mut child =
        run.args(all_reports(folder.path())).env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("it starts");
    drop(child.stdout.take());
    let output = finish(child);
    assert_eq!(output.code, 141, "{output:?}");
    assert_eq!(output.stderr, "");
    let report = assert_valid(&read(folder.path(), "r.json"));
    assert_eq!(report["summary"]["not_run"], 0, "{report:#}");
}

#[test]
fn reports_can_be_asked_for_in_the_configuration_file() {
    let specimen = Specimen::start(&[]);
    let folder = tempfile::tempdir().expect("a folder");
    let path = |file: &str| folder.path().join(file).display().to_string();
    let config = format!("[reports]\njunit = {:?}\nhtml = {:?}\n", path("c.xml"), path("c.html"));
    fs::write(folder.path().join("s.toml"), config).expect("written");
    let output = specimen.run(&["--config", &path("s.toml"), "--filter", "pull/empty-workspace"]);
    assert_eq!(output.code, 0, "{output:?}");
    assert!(read(folder.path(), "c.xml").contains("<testsuites") && read(folder.path(), "c.html").contains("<h1>"));
}

#[test]
fn github_gets_annotations_and_a_summary() {
    let specimen = Specimen::start(&["--mutant", "global-primary-key"]);
    let folder = tempfile::tempdir().expect("a folder");
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "of another step\n").expect("written");
    let mut run = command(&["run", "--target", &specimen.base, "--report", "github=-", "--filter", "isolation/*"]);
    let run = run.args(["--filter", "push/*"]).env("SYNCPROOF_JWT_SECRET", SECRET).env("GITHUB_STEP_SUMMARY", &summary);
    let output = finish(run.spawn().expect("it starts"));
    assert_eq!(output.code, 1, "{output:?}");
    let errors: Vec<&str> = output.stdout.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 10, "no more than GitHub shows: {output:?}");
    assert!(errors.iter().all(|line| line.contains("::error title=") && line.contains("%0A")), "{errors:#?}");
    assert!(errors.iter().all(|line| line.contains("%3A MUST ") && line.len() < 2500), "{errors:#?}");
    assert!(output.stdout.contains("::notice title=more cases::"), "{output:?}");
    let summary = read(folder.path(), "summary.md");
    assert!(summary.starts_with("of another step\n## syncproof"), "{summary}");
    assert!(summary.contains("| Isolation |") && summary.contains("<details>"), "{summary}");
}

/// Runs against a server that gives everything away, and looks for the secrets in whatever was written.
fn assert_keeps_secrets(target: &str, arguments: &[&str], environment: &[(&str, &str)], secrets: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let repro = folder.path().join("repro").display().to_string();
    let mut run = command(&["run", "--target", target, "--filter", "pull/*", "--repro", &repro]);
    let output =
        run.args(arguments).args(all_reports(folder.path())).envs(environment.iter().copied()).spawn().map(finish);
    let output = output.expect("it starts");
    assert_eq!(output.code, 1, "{output:?}");
    let mut all = format!("{}{}", output.stdout, output.stderr);
    let written = files(folder.path());
    assert!(written.len() > 7 + 3, "reports and bundles: {written:?}");
    for path in written {
        let text = fs::read_to_string(&path).expect("a text");
        for secret in secrets {
            assert!(!text.contains(secret), "{} shows {secret}", path.display());
        }
        all.push_str(&text);
    }
    for secret in secrets {
        assert!(!all.contains(secret), "the terminal shows {secret}");
    }
    assert!(all.contains("[redacted]"), "the server gave nothing away, so nothing was tested: {output:?}");
    assert!(!all.contains("eyJ"), "a token is left");
    all
}

#[test]
fn minted_tokens_and_their_secret_are_in_no_report() {
    let specimen = Specimen::start(&[]);
    let hostile = Hostile::in_front_of(&specimen.base, &format!("{SECRET} and t0ken-of-the-house"));
    let environment = [("SYNCPROOF_JWT_SECRET", SECRET), ("OTHER_API_TOKEN", "t0ken-of-the-house")];
    let secrets = [SECRET, "t0ken-of-the-house", "c00kie-of-the-house"];
    assert_keeps_secrets(&format!("http://{}", hostile.address), &[], &environment, &secrets);
}

#[test]
fn header_templates_and_addresses_are_redacted_and_the_command_names_variables() {
    let specimen = Specimen::start(&[]);
    let hostile = Hostile::in_front_of(&specimen.base, "pa55word");
    let target = format!("http://root:pa55word@{}", hostile.address);
    let header = format!("X-Key: {HOUSE_KEY} {{user}}");
    let all =
        assert_keeps_secrets(&target, &["--header", &header], &[], &[HOUSE_KEY, "pa55word", "cm9vdDpwYTU1d29yZA"]);
    assert!(all.contains(r#"--target "$SYNCPROOF_TARGET""#), "{all}");
    assert!(all.contains(r#"--header "$SYNCPROOF_HEADER""#), "{all}");
}

#[test]
fn credential_commands_are_redacted() {
    let specimen = Specimen::start(&[]);
    let hostile = Hostile::in_front_of(&specimen.base, "hunter22-of-the-house");
    let line = format!("V=hunter22-of-the-house; echo 'X-Key: {HOUSE_KEY} '{{user}}");
    let all = assert_keeps_secrets(
        &format!("http://{}", hostile.address),
        &["--credential-command", &line],
        &[],
        &[HOUSE_KEY, "hunter22-of-the-house"],
    );
    assert!(all.contains(r#"--credential-command "$SYNCPROOF_CREDENTIAL_COMMAND""#), "{all}");
}
