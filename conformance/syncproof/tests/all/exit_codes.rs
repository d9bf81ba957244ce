//! The command from outside: every way to end has its own exit code and one clear sentence.

use crate::command::{Gate, Specimen, run_against, syncproof};

/// Asserts on code and sentence, and that the sentence stands alone.
fn assert_ends(arguments: &[&str], code: i32, words: &[&str]) {
    let output = syncproof(arguments);
    assert_eq!(output.code, code, "{arguments:?}: {output:?}");
    for word in words {
        assert!(output.stderr.contains(word), "{arguments:?} does not say `{word}`: {output:?}");
    }
}

#[test]
fn a_target_that_is_down_is_3() {
    let arguments = ["run", "--target", "http://127.0.0.1:9", "--header", "Authorization: Bearer {user}"];
    assert_ends(&arguments, 3, &["http://127.0.0.1:9", "cannot be reached"]);
    assert_ends(&["doctor", "--target", "http://127.0.0.1:9", "--header", "X: {user}"], 3, &["cannot be reached"]);
}

#[test]
fn a_refused_connection_is_reported_at_once() {
    // Nobody listens at a port that was bound and given back.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let started = std::time::Instant::now();
    assert_ends(&["run", "--target", &format!("http://{free}"), "--header", "X: {user}"], 3, &["Connection refused"]);
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_server_that_does_not_start_is_3() {
    assert_ends(&["run", "--exec", "echo no luck; exit 7"], 3, &["ended at once", "no luck"]);
}

#[test]
fn wrong_usage_is_2() {
    assert_ends(&["run", "--no-such-flag"], 2, &["--no-such-flag"]);
    assert_ends(&["run", "--jobs", "0"], 2, &["--jobs"]);
    assert_ends(&["run", "--target", "nonsense", "--header", "X: {user}"], 2, &["nonsense"]);
    for address in ["127.0.0.1:8799", "localhost:8799", "localhost"] {
        assert_ends(
            &["run", "--target", address, "--header", "X: {user}"],
            2,
            &[&format!("did you mean http://{address}?")],
        );
    }
    assert_ends(&["run", "--target", "http://127.0.0.1:9"], 2, &["no credentials"]);
    assert_ends(&["run", "--target", "http://127.0.0.1:9", "--header", "X: fixed"], 2, &["{user}"]);
    assert_ends(&["run", "--target", "http://127.0.0.1:9", "--jwt-secret-file", "/no/such"], 2, &["/no/such"]);
    assert_ends(&["run", "--config", "/no/such.toml"], 2, &["/no/such.toml"]);
    assert_ends(&["run", "--capabilities", "snapshots"], 2, &["snapshots"]);
    assert_ends(&["explain", "no.such-thing"], 2, &["no.such-thing"]);
    assert_ends(&["explain", "pul"], 2, &["did you mean pull"]);
    assert_ends(&["serve", "--mutant", "no-such-mutant"], 2, &["no-such-mutant"]);
    let two = |one, two| [&["serve", "--specimen"][..], &["--mutant", one, "--mutant", two]].concat();
    assert_ends(&two("head-is-stale", "no-such-mutant"), 2, &["no-such-mutant"]);
    assert_ends(
        &["serve", "--mutant", "startup-falls-back", "--mutant", "head-is-stale"],
        2,
        &["head-is-stale", "--specimen"],
    );
    assert_ends(&["serve", "--mutant", "startup-falls-back", "--mutant", "startup-ends-with-one"], 2, &["only once"]);
    assert_ends(&[], 2, &["Usage"]);
}

#[test]
fn a_filter_that_matches_nothing_is_4() {
    assert_ends(&["run", "--filter", "no-such-*"], 4, &["no-such-*"]);
    assert_ends(&["list", "--filter", "no-such-*"], 4, &["no-such-*"]);
    assert_ends(&["mutants", "--filter", "no-such-*"], 4, &["no-such-*"]);
    assert_ends(&["run", "--filter", "pul/*"], 4, &["pul/*", "did you mean pull"]);
    assert_ends(&["mutants", "--filter", "cursor-inclusiv"], 4, &["did you mean cursor-inclusive?"]);
}

#[test]
fn a_run_in_which_nothing_applies_is_4() {
    let specimen = Specimen::start(&[]);
    let output = specimen.run(&["--capabilities", "none", "--filter", "snapshot/*"]);
    assert_eq!(output.code, 4, "{output:?}");
    assert!(output.stdout.contains("No verdict"), "{output:?}");
}

#[test]
fn credentials_that_the_target_does_not_take_are_2() {
    let specimen = Specimen::start(&[]);
    let output = syncproof(&["run", "--target", &specimen.base, "--header", "Authorization: Bearer {user}"]);
    assert_eq!(output.code, 2, "{output:?}");
    assert!(output.stderr.contains("does not take the credentials"), "{output:?}");
}

#[test]
fn a_server_of_another_kind_is_3() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        // Each connection is answered once, and the loop ends with the test's process.
        for stream in listener.incoming().take(200).flatten() {
            let mut stream = stream;
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
            let _ = std::io::Write::write_all(&mut stream, answer.as_bytes());
        }
    });
    let output = syncproof(&["run", "--target", &base, "--header", "X: {user}"]);
    assert_eq!(output.code, 3, "{output:?}");
    assert!(output.stderr.contains("does not speak this protocol"), "{output:?}");
}

#[test]
fn a_target_that_dies_half_way_is_3_and_the_rest_is_not_run() {
    let specimen = Specimen::start(&[]);
    // Enough reads for the look at the target and some cases, and far from enough for all.
    let gate = Gate::in_front_of(&specimen.base, 400);
    let output = run_against(&gate.base, &["--jobs", "2", "--format", "json", "--seed", "1"]);
    assert_eq!(output.code, 3, "{output:?}");
    let report: serde_json::Value = serde_json::from_str(&output.stdout).expect("a report");
    let summary = &report["summary"];
    assert!(summary["not_run"].as_u64().expect("a count") > 0, "{summary}");
    let counts = ["passed", "failed", "warned", "skipped", "not_applicable", "not_run"];
    let sum: u64 = counts.iter().map(|name| summary[*name].as_u64().expect("a count")).sum();
    assert_eq!(summary["cases"].as_u64(), Some(sum), "every case is reported once: {summary}");
    assert!(report["verdict"].as_str().expect("a verdict").contains("died"), "{}", report["verdict"]);
}
