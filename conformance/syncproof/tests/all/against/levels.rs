//! Levels: a server that is finished up to one of them passes everything that is due by then, and nothing else is missing.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use serde_json::{Value, json};
use syncproof::cases;
use syncproof_harness::case::MILESTONE_EXCEPTIONS;
use syncproof_protocol::endpoint;
use syncproof_protocol::milestone::Milestone;
use syncproof_protocol::requirement::{self, LEDGER};

use super::BOTH_CORES;
use crate::command::{Specimen, bent, run_against};

/// The specimen without the endpoints that come after that level.
pub(crate) fn built_up_to(milestone: Milestone) -> String {
    let cut = from_fn(move |request: Request, next: Next| async move {
        let endpoint = endpoint::find(request.method().as_str(), request.uri().path());
        if endpoint.is_some_and(|endpoint| Milestone::of_endpoint(endpoint) > milestone) {
            return (StatusCode::NOT_FOUND, axum::Json(json!({"statusCode": 404}))).into_response();
        }
        next.run(request).await
    });
    bent::serve(syncproof_specimen::router(bent::specimen()).layer(cut))
}

fn report_up_to(base: &str, milestone: Milestone, flags: &[&str]) -> Value {
    let level = milestone.number().to_string();
    // Several runs share the cores with each other and with other tests.
    let arguments = [&["--format", "json", "--time-scale", "5", "--up-to", &level], flags].concat();
    let output = run_against(base, &arguments);
    serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// What failed or warned.
fn broken(report: &Value) -> Vec<String> {
    let cases = report["cases"].as_array().expect("cases").iter();
    let broken = cases.filter(|case| case["status"] == "failed" || case["status"] == "warned");
    broken.map(|case| format!("{}: {} {}", case["id"], case["requirement"], case["message"])).collect()
}

#[test]
fn a_server_that_has_the_endpoints_of_a_level_passes_what_is_due_there() {
    let _alone = BOTH_CORES.read().unwrap_or_else(PoisonError::into_inner);
    // Levels 4 and 7 add no endpoint; what is due at the others is due at one of these, too.
    std::thread::scope(|scope| {
        for milestone in [1, 3, 6].map(|number| Milestone::ALL[number - 1]) {
            scope.spawn(move || {
                let report = report_up_to(&built_up_to(milestone), milestone, &[]);
                assert_eq!(broken(&report), [""; 0], "{milestone}");
                assert!(report["summary"]["passed"].as_u64() >= Some(10), "{milestone}: {}", report["summary"]);
            });
        }
    });
}

#[test]
fn what_is_due_later_breaks_nothing_before() {
    let _alone = BOTH_CORES.read().unwrap_or_else(PoisonError::into_inner);
    let mutants: [(&[&str], Milestone); 3] = [
        (&["replay-is-new", "last-arrival-wins"], Milestone::ConflictsAndIdempotency),
        (&["global-primary-key"], Milestone::SeveralPeople),
        (&["snapshot-in-arrival-order"], Milestone::SnapshotsAndCollection),
    ];
    std::thread::scope(|scope| {
        for (mutants, due) in mutants {
            scope.spawn(move || {
                let start = |mutants: &[&str]| {
                    let arguments: Vec<&str> = mutants.iter().flat_map(|mutant| ["--mutant", mutant]).collect();
                    Specimen::start(&arguments)
                };
                let before = Milestone::ALL[due.number() - 2];
                assert_eq!(broken(&report_up_to(&start(mutants).base, before, &[])), [""; 0], "{mutants:?}");
                for mutant in mutants {
                    let found = broken(&report_up_to(&start(&[mutant]).base, due, &["--fail-fast"]));
                    assert_ne!(found, [""; 0], "{mutant}");
                }
            });
        }
    });
}

#[test]
fn every_exception_is_a_case_that_its_requirements_put_elsewhere() {
    let mut seen = BTreeSet::new();
    for exception in MILESTONE_EXCEPTIONS {
        for id in exception.cases {
            assert!(seen.insert(id), "{id} is listed twice");
            let case = cases::all().iter().find(|case| case.id == *id);
            let case = case.unwrap_or_else(|| panic!("there is no case {id}"));
            assert_ne!(case.implied_milestone(), exception.milestone, "{id} needs no exception");
            assert_eq!(case.milestone(), exception.milestone, "{id}");
        }
    }
}

#[test]
fn every_requirement_has_a_case_at_its_own_level() {
    let late = LEDGER.iter().filter_map(|requirement| {
        let of_it = cases::all().iter().filter(|case| case.requirements.contains(&requirement.id));
        let (first, due) = (of_it.map(|case| case.milestone()).min()?, requirement::milestone(requirement.id));
        (first > due).then(|| format!("{} is due at {due}, and no case before {first} looks at it", requirement.id))
    });
    assert_eq!(late.collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_run_up_to_a_level_says_which_one_is_reached_and_what_is_next() {
    let base = built_up_to(Milestone::Session);
    let output = run_against(&base, &["--up-to", "session"]);
    assert_eq!(output.code, 0, "{output:?}");
    for words in ["Reached level 1 of 7: session", "Next: level 2 of 7: workspaces: ", "Not a verdict: "] {
        assert!(output.stdout.contains(words), "{words}: {output:?}");
    }
    assert!(!output.stdout.contains("onformant"), "{output:?}");

    let (first, second) =
        (report_up_to(&base, Milestone::Session, &[]), report_up_to(&base, Milestone::Workspaces, &[]));
    for report in [&first, &second] {
        let ladder = report["ladder"].as_array().expect("a ladder");
        let reached: Vec<_> = ladder.iter().filter(|rung| rung["reached"] == true).map(|rung| &rung["name"]).collect();
        assert_eq!(reached, ["session"], "{ladder:?}");
    }
    assert!(second["ladder"][1]["blocked"].as_u64() > Some(0), "{}", second["ladder"]);
    assert_eq!((&first["ladder"][1]["failed"], &first["ladder"][6]["name"]), (&json!(0), &json!("races and crashes")));

    let output = run_against(&base, &["--up-to", "4th"]);
    assert!(output.code == 2 && output.stderr.contains("3 push and pull"), "{output:?}");
    // A part of the cases does not show which level is reached.
    let output = run_against(&base, &["--filter", "session/first-session*"]);
    assert!(!output.stdout.contains("level"), "{output:?}");
}
