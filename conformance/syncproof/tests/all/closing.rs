//! The closing cases judge what other cases received: the command in their report has to show the failure again.

use serde_json::Value;

use crate::command::{Output, Specimen, pasted};

/// What the JSON report says about that case.
fn reported(id: &str, output: &Output) -> Value {
    let report: Value = serde_json::from_str(&output.stdout).expect("a report");
    let case = report["cases"].as_array().expect("cases").iter().find(|case| case["id"] == id);
    case.cloned().expect("the case")
}

#[test]
fn the_command_of_a_closing_case_repeats_its_failure() {
    for (mutant, closing, status, code) in [
        ("malformed-json-breaks", "http/no-answer-was-a-5xx", "failed", 1),
        ("errors-as-text", "http/every-error-was-json", "failed", 1),
        ("internals-shown", "http/no-error-showed-internals", "failed", 1),
        ("answers-cacheable", "http/private-answers-were-not-stored", "warned", 0),
    ] {
        let specimen = Specimen::start(&["--mutant", mutant]);
        let output = specimen.run(&["--filter", "http/*", "--seed", "3", "--format", "json"]);
        let case = reported(closing, &output);
        assert_eq!(case["status"], status, "{mutant}: {case:#}");
        let line = case["repeat"].as_str().expect("a command");
        assert!(line.split(" --filter ").count() == 3, "the closing case and one more: {line}");
        let again = pasted(&format!("{line} --format json"));
        assert_eq!(again.code, code, "{line}: {again:?}");
        assert_eq!(reported(closing, &again)["status"], status, "{line}");
    }
}
