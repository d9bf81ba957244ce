//! The form of traces: what is published is that of the types, and every trace has it.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use syncproof_campaign::generator;
use syncproof_campaign::sequence::{TRACE_VERSION, Trace};

use crate::command::syncproof;

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../campaign"))
}

fn published() -> String {
    fs::read_to_string(folder().join("trace.schema.json")).expect("the published schema")
}

fn is_valid() -> impl Fn(&Value) -> Result<(), String> {
    let validator = jsonschema::draft202012::new(&serde_json::from_str(&published()).unwrap()).expect("a sound schema");
    move |trace| validator.validate(trace).map_err(|error| format!("{}: {error}", error.instance_path()))
}

#[test]
fn the_published_schema_is_that_of_the_types() {
    let now = syncproof(&["schema", "trace"]).stdout;
    assert!(now == published(), "write it anew: syncproof schema trace > conformance/campaign/trace.schema.json");
}

#[test]
fn every_regression_and_every_generated_sequence_has_that_form() {
    let is_valid = is_valid();
    let files: Vec<PathBuf> =
        fs::read_dir(folder().join("regressions")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        let trace: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        is_valid(&trace).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    for number in 0..200 {
        let steps = generator::sequence(7, number).unwrap();
        let trace =
            Trace { syncproof_trace: TRACE_VERSION, summary: String::new(), requirement: None, origin: None, steps };
        is_valid(&serde_json::to_value(trace).unwrap()).unwrap_or_else(|error| panic!("{number}: {error}"));
    }
}

#[test]
fn what_is_no_trace_has_another() {
    let is_valid = is_valid();
    let trace = |steps: Value| json!({"syncproof_trace": 1, "summary": "", "steps": steps});
    assert_eq!(is_valid(&trace(json!([{"do": "list", "by": 0}]))), Ok(()));
    for steps in [
        json!([{"do": "dance", "by": 0}]),
        json!([{"do": "list"}]),
        json!([{"do": "list", "by": 0, "odd": 1}]),
        json!([{"do": "delete", "by": 0, "at": "here"}]),
        json!({}),
    ] {
        assert!(is_valid(&trace(steps.clone())).is_err(), "{steps}");
    }
    assert!(is_valid(&json!({"syncproof_trace": 2, "summary": "", "steps": []})).is_err());
}
