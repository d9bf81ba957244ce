//! A healthy server passes every case, and every case has records of its own: a server that shares keys between workspaces
//! fails only the cases about that.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use syncproof::cases;
use syncproof_protocol::endpoint;

use super::BOTH_CORES;
use crate::command::{bent, run_against};

/// The cases that pushed a record of that table and pk.
type Records = BTreeMap<(String, String), BTreeSet<&'static str>>;

/// The case whose user sent the request: its id is in the name that the suite gave the user.
fn case_of(headers: &HeaderMap, ids: &[(String, &'static str)]) -> Option<&'static str> {
    let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let (name, _number) = claims["sub"].as_str()?.rsplit_once('-')?;
    let named = ids.iter().filter(|(in_names, _)| name.ends_with(in_names.as_str()));
    named.max_by_key(|(in_names, _)| in_names.len()).map(|(_, id)| *id)
}

/// The table and the pk of each op of a push.
fn pushed(body: &[u8]) -> Vec<(String, String)> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |op: &Value, field: &str| Some(op[field].as_str()?.to_owned());
    let ops = body["ops"].as_array().into_iter().flatten();
    ops.filter_map(|op| Some((text(op, "tableName")?, text(op, "pk")?))).collect()
}

/// A specimen that notes what is pushed.
fn noting(records: Arc<Mutex<Records>>) -> String {
    let of_case = |case: &'static syncproof_harness::case::Case| {
        // A case that runs again after a collection pushes what it pushed before.
        (format!("-{}", case.id.replace(|c: char| !c.is_ascii_alphanumeric(), "-")), case.first_id())
    };
    let ids: Arc<[(String, &'static str)]> = cases::all().iter().map(of_case).collect();
    let notes = from_fn(move |request: Request, next: Next| {
        let (records, ids) = (Arc::clone(&records), Arc::clone(&ids));
        async move {
            if request.uri().path() != endpoint::PUSH.path {
                return next.run(request).await;
            }
            let (head, body) = request.into_parts();
            let Ok(body) = to_bytes(body, 64 << 20).await else { return StatusCode::BAD_REQUEST.into_response() };
            if let Some(case) = case_of(&head.headers, &ids) {
                let mut records = records.lock().unwrap_or_else(PoisonError::into_inner);
                pushed(&body).into_iter().for_each(|record| _ = records.entry(record).or_default().insert(case));
            }
            next.run(Request::from_parts(head, Body::from(body))).await
        }
    });
    bent::serve(syncproof_specimen::router(bent::specimen()).layer(notes))
}

#[test]
fn the_healthy_specimen_passes_every_case_that_applies_and_no_two_push_the_same_record() {
    let records: Arc<Mutex<Records>> = Arc::default();
    let base = noting(Arc::clone(&records));
    let _without_mutants = BOTH_CORES.read().unwrap_or_else(PoisonError::into_inner);
    let output = run_against(&base, &["--format", "json", "--jobs", "16"]);
    let report: Value = serde_json::from_str(&output.stdout).expect("a JSON report");
    assert_eq!(output.code, 0, "{report:#}");
    let summary = &report["summary"];
    for word in ["failed", "warned", "skipped", "not_run"] {
        assert_eq!(summary[word], 0, "{summary}");
    }
    // Only what has to start the server itself, or to look into its store, does not apply to one that runs already.
    for case in report["cases"].as_array().expect("cases").iter().filter(|case| case["status"] == "not_applicable") {
        let id = case["id"].as_str().expect("an id");
        let of_the_suite = ["startup/", "durable/", "instances/", "tombstone/count-", "gc/restart-"];
        assert!(of_the_suite.iter().any(|chapter| id.starts_with(chapter)), "{id} does not apply");
    }
    let records = records.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(records.len() > 10_000, "{} records: {summary}", records.len());
    // No case does so on purpose: those about equal keys use the same ones in several workspaces of their own.
    let shared = records.iter().filter(|(_, cases)| cases.len() > 1);
    let shared = shared.map(|((table, pk), cases)| format!("{table} `{}`: {cases:?}", pk.escape_debug()));
    assert_eq!(shared.collect::<Vec<_>>(), [""; 0]);
}
