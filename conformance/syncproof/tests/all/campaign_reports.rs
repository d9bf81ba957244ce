//! Reports of campaigns: each format says what it is of and how the campaign ended, and none has a secret.

use std::fs;
use std::path::Path;

use serde_json::Value;
use syncproof_protocol::deep_json;
use syncproof_report::requirements_digest;

use crate::command::{Gate, Output, SECRET, Specimen, bent, command, finish};

const FORMATS: [&str; 4] = ["html", "junit", "json", "human"];

/// Runs a campaign with a report of every format, which is named like the format, in that folder.
fn fuzz(folder: &Path, arguments: &[&str]) -> Output {
    let trace = folder.join("trace.json").display().to_string();
    let mut fuzz = command(&["fuzz", "--seed", "3", "--trace", &trace]);
    for format in FORMATS {
        fuzz.args(["--report", &format!("{format}={}", folder.join(format).display())]);
    }
    finish(fuzz.args(arguments).env("SYNCPROOF_JWT_SECRET", SECRET).spawn().expect("it starts"))
}

fn read(folder: &Path, format: &str) -> String {
    fs::read_to_string(folder.join(format)).expect("a report")
}

fn json(folder: &Path) -> Value {
    deep_json::read(read(folder, "json").as_bytes()).expect("JSON")
}

/// The value of a property of the JUnit report.
fn property(junit: &str, name: &str) -> String {
    let document = roxmltree::Document::parse(junit).expect("well-formed");
    let property = document.descendants().find(|node| node.attribute("name") == Some(name));
    property.and_then(|node| node.attribute("value")).unwrap_or_else(|| panic!("no {name} in {junit}")).to_owned()
}

#[test]
fn every_format_says_what_it_is_of_and_how_the_campaign_ended() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = fuzz(folder.path(), &["--in-process", "specimen", "--cases", "20", "--shrink", "5"]);
    assert_eq!(output.code, 0, "{output:?}");
    let digest = requirements_digest();
    let (settings, ending) = ("jobs 4, cases 20, shrink 5 s", "All 20 sequences were performed.");
    for format in ["html", "human"] {
        let text = read(folder.path(), format);
        for word in [&digest[..12], settings, ending, "the specimen, in process", env!("CARGO_PKG_VERSION")] {
            assert!(text.contains(word), "{format} does not say {word}: {text}");
        }
    }
    for word in [&digest[..12], settings, ending, "seed 3"] {
        assert!(output.stdout.contains(word), "the terminal does not say {word}: {output:?}");
    }
    let junit = read(folder.path(), "junit");
    let report = json(folder.path());
    for (name, value) in [("requirements", digest.as_str()), ("settings", settings), ("ending", ending), ("seed", "3")]
    {
        assert_eq!(property(&junit, name), value);
    }
    assert_eq!(property(&junit, "verdict"), "silent");
    assert_eq!((&report["requirements"], &report["ended_by"]), (&digest.into(), &"sequences".into()), "{report:#}");
    assert_eq!((&report["settings"]["jobs"], &report["settings"]["sequences"]), (&4.into(), &20.into()), "{report:#}");
    assert!(report["started"].as_str() <= report["ended"].as_str(), "{report:#}");
    assert!(read(folder.path(), "html").contains("verdict good"));
}

#[test]
fn an_end_by_time_or_by_the_first_finding_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = fuzz(folder.path(), &["--in-process", "specimen", "--time", "1"]);
    assert!(output.stdout.contains("The time was up (1 s)."), "{output:?}");
    assert_eq!(json(folder.path())["ended_by"], "time");
    let first = ["--in-process", "specimen", "--mutant", "viewer-pushes", "--fail-fast", "--cases", "2000"];
    let output = fuzz(folder.path(), &first);
    assert!(output.stdout.contains("The first finding ended it (--fail-fast)."), "{output:?}");
    let report = json(folder.path());
    assert_eq!(report["ended_by"], "finding");
    // A link to a finding still leads to it on the page of another campaign.
    let anchor = format!("id=\"finding-{}\"", report["findings"][0]["id"].as_str().expect("an id"));
    assert!(read(folder.path(), "html").contains(&anchor));
}

#[test]
fn a_blocked_campaign_is_blocked_in_every_format() {
    let base = bent::start(|path, _| (path == "/api/sync/update-cursor").then_some(405));
    let folder = tempfile::tempdir().expect("a folder");
    let output = fuzz(folder.path(), &["--target", &base, "--cases", "20"]);
    assert_eq!(output.code, 1, "{output:?}");
    assert_eq!(json(folder.path())["verdict"], "blocked");
    let junit = read(folder.path(), "junit");
    assert_eq!(property(&junit, "verdict"), "blocked");
    assert!(
        junit.contains("type=\"blocked\" message=\"core endpoint missing: POST /api/sync/update-cursor\""),
        "{junit}"
    );
    let page = read(folder.path(), "html");
    assert!(page.contains("verdict bad") && page.contains("Blocked: what needs the missing endpoint was not tried."));
    assert!(page.contains("max-wait "), "the settings of the target");
    assert!(read(folder.path(), "human").contains("BLOCKED core endpoint missing: POST /api/sync/update-cursor"));
}

#[test]
fn a_campaign_whose_target_dies_has_no_verdict_in_any_format() {
    let specimen = Specimen::start(&[]);
    let gate = Gate::in_front_of(&specimen.base, 300);
    let folder = tempfile::tempdir().expect("a folder");
    let output = fuzz(folder.path(), &["--target", &gate.base, "--jobs", "1", "--cases", "500", "--shrink", "1"]);
    assert_eq!(output.code, 3, "{output:?}");
    let sentence = "The target stopped answering, so the campaign ended early.";
    assert_eq!(json(folder.path())["ended_by"], "target_died");
    let junit = read(folder.path(), "junit");
    assert!(junit.contains("type=\"target died\"") && property(&junit, "ending") == sentence, "{junit}");
    let page = read(folder.path(), "html");
    assert!(page.contains(sentence) && !page.contains("verdict good"), "{page}");
    assert!(read(folder.path(), "human").contains(sentence) && output.stdout.contains(sentence), "{output:?}");
}

#[test]
fn a_secret_in_the_address_is_in_no_report_of_a_campaign() {
    let specimen = Specimen::start(&["--variant", "names-in-a-header"]);
    let target = specimen.base.replace("http://", "http://root:pa55word@");
    let folder = tempfile::tempdir().expect("a folder");
    let output = fuzz(folder.path(), &["--target", &target, "--cases", "5", "--header", "X-User: {user:percent}"]);
    assert_eq!(output.code, 0, "{output:?}");
    for format in FORMATS {
        assert!(!read(folder.path(), format).contains("pa55word"), "{format}: {}", read(folder.path(), format));
    }
    let refused = fuzz(folder.path(), &["--target", &target, "--cases", "5"]);
    assert!(refused.code != 0 && refused.stderr.contains("credentials"), "{refused:?}");
    for output in [output, refused] {
        assert!(!output.stdout.contains("pa55word") && !output.stderr.contains("pa55word"), "{output:?}");
    }
}
