//! Campaigns on servers with several faults at once: each is found once, and what is known is passed over.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use syncproof::in_process;
use syncproof_campaign::sequence::{Draft, Step};
use syncproof_campaign::{CampaignPlan, CampaignTarget, FindingEntry, Trial as _, absent_endpoints};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::wire::Operation;
use syncproof_specimen as specimen;

use super::{block_on, mutant, plan, run_on};

const BROKEN: &str = r#"{"statusCode": 500, "statusMessage": "Internal Server Error", "message": "it broke"}"#;

/// Four faults, and the requirement that each breaks.
const FAULTS: [(&str, &str); 4] = [
    ("name-may-be-blank", "workspace.name-rules"),
    ("next-cursor-one-past", "pull.next-cursor"),
    ("null-fields-dropped", "push.payload-round-trips"),
    ("list-owned-only", "workspace.list-order"),
];

fn wrong() -> CampaignTarget {
    let mutants = FAULTS.map(|(id, _)| *specimen::find(id).unwrap_or_else(|| panic!("no mutant {id}")));
    in_process::specimen(mutants, Vec::new())
}

fn going_on(cases: u64) -> CampaignPlan {
    CampaignPlan { fail_fast: false, ..plan(1, cases) }
}

#[test]
fn every_fault_is_found_once() {
    let state = run_on(&wrong(), &going_on(150));
    let mut found: Vec<&str> = state.findings.iter().map(|found| found.shrunk.finding.violation.requirement).collect();
    let mut expected = FAULTS.map(|(_, requirement)| requirement);
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{:#?}", state.findings);
    assert!(state.findings.iter().all(|found| found.shrunk.steps.len() <= 2), "{:#?}", state.findings);
    assert_eq!(state.progress.cases, 150, "the campaign ends with its count");
}

/// Faults that break several rules, at several endpoints or in several situations.
const FAULTS_OF_MANY_SIGNS: [&str; 4] =
    ["pull-open-to-all", "editor-manages", "payload-clock-decides", "replay-is-new"];

#[test]
fn one_fault_is_one_finding_whatever_rules_it_breaks() {
    let findings = FAULTS_OF_MANY_SIGNS.map(|id| (id, run_on(&mutant(id), &going_on(310)).findings));
    let several: Vec<_> = findings.iter().filter(|(_, findings)| findings.len() != 1).collect();
    assert!(several.is_empty(), "{several:#?}");
}

/// Faults of several kinds.
const FAULTS_OF_EVERY_KIND: [&str; 6] =
    ["text-trimmed", "list-owned-only", "viewer-pushes", "global-primary-key", "deletion-leaves-open", "replay-is-new"];

#[test]
fn a_fault_has_the_same_ids_whatever_the_seed() {
    let ids = |id: &str, seed: u64| -> BTreeSet<String> {
        let findings = run_on(&mutant(id), &CampaignPlan { seed, ..going_on(110) }).findings;
        findings.iter().map(CampaignTarget::found_id).collect()
    };
    let by_seed = FAULTS_OF_EVERY_KIND.map(|id| (id, [2, 6].map(|seed| ids(id, seed))));
    let different: Vec<_> = by_seed
        .iter()
        .filter(|(_, [first, rest @ ..])| first.is_empty() || rest.iter().any(|ids| ids != first))
        .collect();
    assert!(different.is_empty(), "{different:#?}");
}

#[test]
fn exchanges_and_steps_call_users_the_same() {
    let state = run_on(&mutant("viewer-pushes"), &plan(1, 300));
    let found = FindingEntry::of(state.findings.first().expect("a finding"));
    let actor = found.exchange.as_ref().map(|exchange| exchange.actor.clone()).expect("an exchange");
    assert!(actor.starts_with("user ") && found.text().contains(&format!(". {actor} pushes")), "{}", found.text());
}

#[test]
fn an_op_that_is_pushed_twice_is_simplified_in_both_places() {
    let findings = run_on(&mutant("replays-forgotten"), &plan(3, 150)).findings;
    let steps = &findings.first().expect("a finding").shrunk.steps;
    let ops: Vec<&Draft> = steps.iter().flat_map(Step::ops).collect();
    let is_plain = |op: &&Draft| **op == Draft::new(op.id, Operation::Put, "threads", "a", 1);
    assert!(ops.iter().all(is_plain), "{steps:#?}");
    assert!(ops.iter().any(|op| ops.iter().filter(|other| other.id == op.id).count() > 1), "{steps:#?}");
}

#[test]
fn what_is_known_is_passed_over() {
    let mut known = going_on(150);
    let found = run_on(&wrong(), &known).findings;
    let ids = found.iter().map(CampaignTarget::found_id);
    known.known = ids.collect();
    let state = run_on(&wrong(), &known);
    assert!(state.findings.is_empty(), "{:#?}", state.findings);
    assert!(state.known.keys().eq(&known.known), "{:?}", state.known);
}

async fn without_cursors(request: Request, next: Next) -> Response {
    match request.uri().path() {
        "/api/sync/update-cursor" | "/api/syncproof-asks-for-a-path-that-does-not-exist" => {
            (StatusCode::NOT_FOUND, BROKEN.replace("500", "404")).into_response()
        }
        _ => next.run(request).await,
    }
}

#[test]
fn a_missing_endpoint_is_left_out_beforehand() {
    let target = in_process::reference_behind(|router: Router| router.layer(from_fn(without_cursors)));
    let handle = target.open().unwrap();
    let absent = block_on(absent_endpoints(&handle)).unwrap();
    assert_eq!(absent.iter().map(|endpoint| endpoint.path).collect::<Vec<_>>(), ["/api/sync/update-cursor"]);
    let state = run_on(&CampaignTarget::One(handle.without(absent)), &going_on(60));
    assert!(state.findings.is_empty(), "{:#?}", state.findings);
    let lacking: Vec<&str> = state.progress.lacking.keys().map(String::as_str).collect();
    assert_eq!(lacking, ["endpoint POST /api/sync/update-cursor"]);
}

#[test]
fn a_missing_capability_is_left_out_beforehand() {
    let handle = in_process::reference().open().unwrap();
    let mut capabilities = handle.capabilities().clone();
    capabilities.remove(&Capability::Snapshot);
    let state = run_on(&CampaignTarget::One(handle.with_capabilities(capabilities)), &going_on(30));
    assert!(state.findings.is_empty(), "{:#?}", state.findings);
    assert!(state.progress.lacking.keys().eq(["capability snapshot"]), "{:?}", state.progress.lacking);
}
