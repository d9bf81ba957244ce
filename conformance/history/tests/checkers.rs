//! The checkers on histories that were made by hand: good ones, and bad ones that differ from them in one place.

#![allow(clippy::unwrap_used, clippy::panic)] // tests may

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use syncproof_history::{CHECKERS, Verdict, anomaly::Anomalies, file, judge};

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
    let judged = |text: &str| judge(&file::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}")));
    let found = judged(text);
    // Bodies of lines whose endpoint does not stand near the beginning are parsed in a second step.
    let blanks = " ".repeat(1000);
    let late: String = text.lines().map(|line| format!("{blanks}{line}\n")).collect();
    assert_eq!(found.kept(), judged(&late).kept());
    found
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
        let found = judged(&text);
        assert_eq!((found.kept(), found.not_decided()), (&[][..], 0));
        looked_at += 1;
    }
    assert!(looked_at >= 10);
    for edit in edits().good {
        let found = judged(&edit.text());
        assert_eq!((found.kept(), found.not_decided()), (&[][..], 0), "{edit:?}");
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
fn what_is_not_decided_is_counted_and_no_contradiction() {
    let lost = |number: u32| {
        let began = 400 + number;
        format!(
            r#"{{"client":"c{number}","user":"ann","began_us":{began},"method":"PATCH","path":"/api/workspaces/w","sent":{{"name":"{number}"}}}}"#
        )
    };
    for (count, not_decided) in [(8, 0), (9, 1)] {
        let lines = (0..count).map(|number| lost(number) + "\n");
        let text: String = std::iter::once(good("one-workspace")).chain(lines).collect();
        let history = file::read(text.as_bytes()).unwrap();
        let found = judge(&history);
        assert_eq!((found.kept(), found.not_decided()), (&[][..], not_decided), "{count}");
        let verdict = Verdict::of(&history, &found);
        assert!(!verdict.is_bad());
        assert_eq!(verdict.text().contains("1 question was not decided"), not_decided == 1, "{}", verdict.text());
    }
}

#[test]
fn the_calls_that_matter_are_shown() {
    let edit = Edit {
        of: "one-workspace".to_owned(),
        line: 14,
        at: "/saw/workspaces/0/name".to_owned(),
        to: Some("Ann's plan".into()),
        breaks: String::new(),
    };
    let history = file::read(edit.text().as_bytes()).unwrap();
    let verdict = Verdict::of(&history, &judge(&history));
    let lines: Vec<usize> = verdict.broken[0].found[0].calls.iter().map(|call| call.line).collect();
    // The two renames at one time, who saw which was the last, and who saw the other afterwards.
    assert_eq!(lines, [11, 12, 13, 14], "{}", verdict.text());
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
