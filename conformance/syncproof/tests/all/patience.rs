//! Other people's servers from outside: limits, rates and slowness.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use serde_json::Value;

use crate::command::{Specimen, bent, run_against};

fn report(stdout: &str) -> Value {
    serde_json::from_str(stdout).expect("a JSON report")
}

#[test]
fn a_rate_is_kept_over_all_cases_and_does_not_count_against_their_deadlines() {
    let specimen = Specimen::start(&[]);
    let begun = Instant::now();
    // With 40 requests a second each case takes longer than its deadline, most of it waiting.
    let output = specimen.run(&[
        "--rate",
        "40",
        "--deadline",
        "3",
        "--jobs",
        "8",
        "--format",
        "json",
        "--filter",
        "pull/pages-of-every-size",
        "--filter",
        "pull/from-every-cursor",
        "--filter",
        "pull/filters-that-look-like-a-table",
        "--filter",
        "session/*at-once",
    ]);
    let seconds = begun.elapsed().as_secs_f64();
    let report = report(&output.stdout);
    assert_eq!(output.code, 0, "{report:#}");
    let requests: u64 =
        report["cases"].as_array().expect("cases").iter().filter_map(|case| case["requests"].as_u64()).sum();
    let allowed = seconds * 40.0 + 1.0;
    assert!(requests > 200 && requests as f64 <= allowed, "{requests} requests in {seconds} s");
}

#[test]
fn a_server_that_never_stops_saying_429_is_waited_for_no_longer_than_said() {
    let specimen = Specimen::start(&["--variant", "rate-limited"]);
    let begun = Instant::now();
    let output = specimen.run(&["--max-wait", "0", "--jobs", "8", "--filter", "session/fifty*", "--format", "json"]);
    assert_eq!(output.code, 1, "without any wait a burst of fifty meets the limit: {output:?}");
    assert!(output.stdout.contains("429"), "{output:?}");
    assert!(begun.elapsed().as_secs() < 60);
    let output = specimen.run(&["--jobs", "8", "--filter", "session/fifty*", "--format", "json"]);
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn a_factor_of_time_stretches_and_shortens_deadlines() {
    let specimen = Specimen::start(&["--variant", "slow"]);
    let run = |scale: &str| {
        let flags = ["--deadline", "20", "--time-scale", scale, "--filter", "pull/pages*", "--format", "json"];
        specimen.run(&flags)
    };
    // That the server is slow breaks no rule: nothing is judged.
    let short = run("0.1");
    assert_eq!(short.code, 4, "{short:?}");
    assert!(short.stdout.contains("not finished within 8 s, 4 times its deadline"), "{short:?}");
    assert_eq!(run("10").code, 0);
    assert_eq!(run("0.01").code, 2);
}

#[test]
fn a_request_that_is_never_answered_fails_its_case_at_the_deadline() {
    let silent = from_fn(|request: Request, next: Next| async {
        if request.uri().path() == "/api/sync/update-cursor" {
            std::future::pending::<()>().await;
        }
        next.run(request).await
    });
    let base = bent::serve(syncproof_specimen::router(bent::specimen()).layer(silent));
    let flags = ["--capabilities", "none", "--deadline", "3", "--filter", "cursor/moves-forward", "--format", "json"];
    let output = run_against(&base, &flags);
    assert_eq!(output.code, 1, "{output:?}");
    let report = report(&output.stdout);
    let said = report["causes"][0]["summary"].as_str().expect("a sentence");
    assert!(said.contains("no answer to POST /api/sync/update-cursor within "), "{said}");
    assert!(said.contains("did not finish within 3 s"), "{said}");
}

#[test]
fn cases_about_expiry_wait_longer_on_request_and_say_so_when_they_are_repeated() {
    let specimen = Specimen::start(&["--mutant", "page-tokens-expire"]);
    let run = |seconds: &str| {
        specimen.run(&["--format", "json", "--filter", "snapshot/token-after-some-seconds", "--long", seconds])
    };
    // The token lives for four seconds.
    assert_eq!(report(&run("1").stdout)["summary"]["passed"], 1);
    let report = report(&run("5").stdout);
    assert_eq!(report["causes"][0]["requirement"], "snapshot.token-life", "{report:#}");
    assert!(report["causes"][0]["repeat"].as_str().expect("a command").contains("--long 5"), "{report:#}");
}
