//! The checkers on histories that were made by hand: good ones, and bad ones that differ from them in one place.

#![allow(clippy::unwrap_used, clippy::panic)] // tests may

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use syncproof_history::{CHECKERS, anomaly::Anomalies, file, judge};

#[derive(Deserialize)]
struct Edits {
    bad: Vec<Edit>,
    good: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    of: String,
    line: usize,
    at: String,
    to: Option<Value>,
    #[serde(default)]
    breaks: String,
}

fn edits() -> Edits {
    toml::from_str(include_str!("edits.toml")).unwrap()
}

fn good(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/histories/{name}.jsonl"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn judged(text: &str) -> Anomalies {
    judge(&file::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}")))
}

impl Edit {
    /// The history with that one change.
    fn text(&self) -> String {
        let text = good(&self.of);
        let mut lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let before = lines.clone();
        if self.at.is_empty() {
            lines.remove(self.line - 1);
        } else {
            let (parent, field) = self.at.rsplit_once('/').unwrap();
            let parent = lines[self.line - 1].pointer_mut(parent).unwrap_or_else(|| panic!("nothing there: {self:?}"));
            match (&self.to, parent) {
                (Some(to), Value::Object(fields)) => drop(fields.insert(field.to_owned(), to.clone())),
                (Some(to), Value::Array(items)) => items[field.parse::<usize>().unwrap()] = to.clone(),
                (None, Value::Object(fields)) => drop(fields.remove(field).unwrap()),
                (None, Value::Array(items)) => drop(items.remove(field.parse().unwrap())),
                _ => panic!("nothing to change: {self:?}"),
            }
        }
        assert_ne!(before, lines, "nothing was changed: {self:?}");
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

#[test]
fn good_histories_are_good() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    let mut looked_at = 0;
    for file in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        assert_eq!(judged(&text).kept(), []);
        looked_at += 1;
    }
    assert!(looked_at >= 9);
    for edit in edits().good {
        assert_eq!(judged(&edit.text()).kept(), [], "{edit:?}");
    }
}

#[test]
fn bad_histories_are_bad() {
    let mut wrong = Vec::new();
    for edit in edits().bad {
        let found = judged(&edit.text());
        let first = found.kept().first().map(|anomaly| anomaly.requirement);
        if first != Some(edit.breaks.as_str()) {
            wrong.push(format!("{edit:?}: {:?}", found.kept()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_of_every_checker_has_a_bad_history() {
    let broken: BTreeSet<String> = edits().bad.into_iter().map(|edit| edit.breaks).collect();
    let told = CHECKERS.iter().flat_map(|checker| checker.requirements);
    let missing: Vec<&&str> = told.filter(|requirement| !broken.contains(**requirement)).collect();
    assert!(missing.is_empty(), "no bad history for {missing:?}");
}

#[test]
fn a_line_that_is_none_is_named() {
    for (text, reason) in [
        ("", "line 1: the first line of a history is {\"syncproof_history\": 1}"),
        ("{\"client\":\"a\"}\n", "line 1: the first line"),
        ("{\"syncproof_history\":2}\n", "line 1: format 2 is unknown, 1 is known"),
        ("{\"syncproof_history\":1}\n\nnonsense\n", "line 3: expected"),
        ("{\"syncproof_history\":1}\n{\"client\":\"a\"}\n", "line 2: the field `began_us` is missing"),
        (
            "{\"syncproof_history\":1}\n{\"client\":\"a\",\"began_us\":5,\"ended_us\":4,\"method\":\"GET\",\"path\":\"/\"}",
            "line 2: it ended at 4 µs, before it began at 5 µs",
        ),
        ("{\"syncproof_history\":1}\n{\"clinet\":\"a\",\"began_us\":5}\n", "line 2: unknown field `clinet`"),
    ] {
        let error = file::read(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(reason), "{text}: {error}");
    }
}
