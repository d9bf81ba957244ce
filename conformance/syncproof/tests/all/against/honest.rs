//! Honest servers from outside: whatever freedom of the protocol a server takes, no case fails it.

use super::BOTH_CORES;
use crate::command::{command, run_against, syncproof};
use std::sync::PoisonError;

use serde_json::Value;
use syncproof_specimen::variants;

fn report(stdout: &str) -> Value {
    serde_json::from_str(stdout).expect("a JSON report")
}

/// Tries these variants, and returns the report when every case passes on every server.
fn all_pass(arguments: &[&str]) -> Value {
    let arguments = [&["variants", "--format", "json"], arguments].concat();
    let output = syncproof(&arguments);
    assert_eq!(output.code, 0, "{}{}", output.stdout, output.stderr);
    report(&output.stdout)
}

/// Arguments that choose the variants that this accepts.
fn chosen(accepts: impl Fn(&str, bool) -> bool) -> Vec<String> {
    let of_this_kind = variants().iter().filter(|variant| !variant.slow);
    let wanted = of_this_kind.filter(|variant| accepts(variant.id, !variant.without.is_empty()));
    wanted.flat_map(|variant| ["--filter".to_owned(), variant.id.to_owned()]).collect()
}

/// Tries many at once: by themselves they take as many runs as there are, which is what the command is for.
fn pass_together(chosen: &[String], cases: &[&str]) -> Value {
    let mut arguments = vec!["--together", "--jobs", "8"];
    arguments.extend(chosen.iter().map(String::as_str));
    cases.iter().for_each(|glob| arguments.extend(["--cases", glob]));
    all_pass(&arguments)
}

#[test]
fn every_case_passes_the_variants_together() {
    let _without_mutants = BOTH_CORES.read().unwrap_or_else(PoisonError::into_inner);
    let report = pass_together(&chosen(|id, reduced| !reduced && id != "ids-to-escape"), &[]);
    let servers = report["servers"].as_array().expect("servers");
    assert!(servers.len() == 2 && report["summary"]["variants"].as_u64() > Some(60), "{}", report["summary"]);
    assert!(servers.iter().all(|server| server["summary"]["passed"].as_u64() > Some(200)), "{servers:#?}");
}

#[test]
fn servers_without_a_capability_pass() {
    let cases = ["lww/*", "op/*", "tombstone/*", "concurrent/*", "deletion/*", "push/*wrong-type", "gc/*"];
    let report = pass_together(&chosen(|_, reduced| reduced), &cases);
    assert_eq!(report["summary"]["servers"], 2, "{}", report["summary"]);
}

#[test]
fn a_server_with_names_in_a_header_and_little_else_gets_a_sensible_verdict() {
    let variants = ["names-in-a-header", "without-members", "without-snapshot", "without-gc"];
    let arguments: Vec<&str> = variants.iter().flat_map(|variant| ["--variant", variant]).collect();
    let specimen = crate::command::Specimen::start(&arguments);
    let run = ["run", "--format", "json", "--jobs", "16", "--target", &specimen.base, "--header", "X-User: {user}"];
    let output = syncproof(&run);
    let report = report(&output.stdout);
    assert_eq!(output.code, 0, "{report:#}");
    let summary = &report["summary"];
    assert!(summary["failed"] == 0 && summary["warned"] == 0 && summary["not_run"] == 0, "{summary}");
    assert!(summary["passed"].as_u64() > Some(150) && summary["not_applicable"].as_u64() > Some(100), "{summary}");
    let found: Vec<&str> =
        report["capabilities"].as_array().expect("capabilities").iter().filter_map(Value::as_str).collect();
    assert!(!["members", "snapshot", "gc"].iter().any(|missing| found.contains(missing)), "{found:?}");
}

#[test]
fn ids_that_a_path_has_to_escape_pass() {
    let cases = ["http/*", "session/first*", "workspace/*", "member/*", "isolation/*"];
    pass_together(&chosen(|id, _| id == "ids-to-escape"), &cases);
}

#[test]
fn slow_and_limiting_servers_pass() {
    let of_pulls = ["pull/shows-what-was-pushed*", "pull/pages-of-every-size", "pull/same-page-twice"];
    let others = ["session/*at-once", "session/anonymous*", "concurrent/*", "deletion/while*"];
    let mut arguments = vec!["--jobs", "16", "--servers", "4", "--filter", "slow", "--filter", "rate-limited*"];
    for case in of_pulls.into_iter().chain(others) {
        arguments.extend(["--cases", case]);
    }
    let report = all_pass(&arguments);
    assert_eq!(report["summary"]["servers"], 4, "{}", report["summary"]);
}

#[test]
fn a_variant_shows_on_the_wire() {
    let specimen =
        crate::command::Specimen::start(&["--variant", "second-deletion-gone", "--variant", "without-snapshot"]);
    let output =
        run_against(&specimen.base, &["--format", "json", "--filter", "snapshot/*", "--filter", "pull/pages*"]);
    let report = report(&output.stdout);
    let cases = report["cases"].as_array().expect("cases");
    let of_snapshots = |case: &&Value| case["id"].as_str().is_some_and(|id| id.starts_with("snapshot/"));
    assert!(cases.iter().filter(of_snapshots).all(|case| case["status"] == "not_applicable"), "{cases:#?}");
}

#[test]
fn variants_that_contradict_each_other_are_refused() {
    let serve = |ids: [&str; 2]| {
        let arguments = ["serve", "--specimen", "--variant", ids[0], "--variant", ids[1]];
        let child = command(&arguments).env("SYNCPROOF_JWT_SECRET", crate::command::SECRET).spawn().expect("a command");
        crate::command::finish(child)
    };
    let output = serve(["ids-as-numbers", "ids-with-prefix"]);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.stderr.contains("ids-as-numbers") && output.stderr.contains("ids-with-prefix"), "{output:?}");
    assert_eq!(serve(["slow", "no-such-variant"]).code, 2);
    assert_eq!(syncproof(&["variants", "--filter", "no-such-variant"]).code, 4);
}
