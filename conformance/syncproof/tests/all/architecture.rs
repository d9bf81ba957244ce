//! The walls of the house: what must stay true of the source, whoever adds to it.

mod circles;

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let root = root().join(folder);
    let mut folders = vec![root.clone()];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "no source in {}", root.display());
    let name = |path: &Path| path.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned();
    files.into_iter().map(|path| (name(&path), fs::read_to_string(&path).expect("a text"))).collect()
}

fn assert_nobody_names(folder: &str, words: &[&str], except: &[&str]) {
    for (file, text) in sources(folder) {
        if except.contains(&file.as_str()) {
            continue;
        }
        // What stands below is a unit test, where a panic is the report.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in words {
            assert!(!text.contains(word), "{folder}/{file} names `{word}`");
        }
    }
}

/// The crates of the suite, each with those of its own that it may know: arrows only point down.
const FLOORS: [(&str, &[&str]); 11] = [
    ("protocol", &[]),
    ("model", &["protocol"]),
    ("specimen", &["protocol", "model"]),
    ("harness", &["protocol", "model"]),
    ("campaign", &["protocol", "model", "harness"]),
    ("history", &["protocol", "model"]),
    ("soak", &["protocol", "harness", "campaign", "history"]),
    ("power", &["protocol", "harness", "campaign"]),
    ("report", &["protocol", "harness", "campaign", "history"]),
    ("cases", &["protocol", "model", "harness"]),
    (
        "syncproof",
        &[
            "protocol", "model", "specimen", "harness", "report", "campaign", "cases", "server", "history", "soak",
            "power",
        ],
    ),
];

/// What the crate in that folder depends on, without what only its tests need.
fn dependencies(folder: &str) -> Vec<String> {
    let path = root().join(folder).join("Cargo.toml");
    let manifest = fs::read_to_string(&path).expect("a manifest").parse::<toml::Table>().expect("TOML");
    manifest["dependencies"].as_table().expect("a table").keys().cloned().collect()
}

#[test]
fn crates_know_only_those_below_them() {
    let folders = fs::read_dir(root().join("conformance")).expect("a folder");
    let crates = folders.filter(|folder| folder.as_ref().expect("an entry").path().join("Cargo.toml").exists());
    assert_eq!(crates.count(), FLOORS.len(), "a crate of conformance/ has no floor");
    for (floor, below) in FLOORS {
        let own = dependencies(&format!("conformance/{floor}"));
        for name in own.iter().filter_map(|name| name.strip_prefix("syncproof-")) {
            assert!(below.contains(&name), "{floor} knows {name}");
        }
    }
    assert!(!dependencies("server").iter().any(|name| name.starts_with("syncproof")), "the server knows the suite");
}

#[test]
fn the_model_knows_neither_http_nor_sql_nor_the_clock() {
    assert_eq!(dependencies("conformance/model"), ["serde_json", "syncproof-protocol", "thiserror"]);
    assert_nobody_names("conformance/model/src", &["SystemTime", "Instant"], &[]);
}

#[test]
fn cases_never_print_nor_exit_nor_sleep() {
    let words = ["println!", "eprintln!", "print!", "process::exit", "sleep(", ".unwrap()", ".expect(", "panic!"];
    assert_nobody_names("conformance/cases/src", &words, &[]);
}

#[test]
fn every_file_of_a_chapter_has_cases_and_is_listed() {
    let files = sources("conformance/cases/src");
    let list = &files.iter().find(|(file, _)| file == "lib.rs").expect("the list").1;
    for (file, text) in &files {
        let Some((folder, name)) = file.strip_suffix(".rs").and_then(|file| file.split_once('/')) else { continue };
        if name == "mod" {
            continue;
        }
        let listed = list.contains(&format!("{folder}::{name}::CASES"));
        assert_eq!(folder != "support", listed, "{file} is not in its place");
        assert_eq!(
            listed,
            text.contains("\ncases! {"),
            "{file}: cases stand in chapters, and what they share in support/"
        );
    }
}

#[test]
fn only_main_turns_an_outcome_into_an_exit() {
    for (floor, _) in FLOORS {
        assert_nobody_names(&format!("conformance/{floor}/src"), &["process::exit"], &[]);
    }
}

#[test]
fn only_the_store_of_the_server_knows_sql() {
    assert_nobody_names("server/src", &["rusqlite"], &sql_files());
}

fn sql_files() -> Vec<&'static str> {
    let files = sources("server/src").into_iter().map(|(file, _)| file).filter(|file| file.starts_with("store/"));
    files.map(|file| &*file.leak()).collect()
}

#[test]
fn every_file_says_at_its_head_what_belongs_in_it() {
    for folder in ["conformance", "server"] {
        for (file, text) in sources(folder) {
            assert!(text.starts_with("//!"), "{folder}/{file} does not begin with a `//!` line");
        }
    }
}

/// The crates in which no modules import each other in a circle.
const WITHOUT_CIRCLES: [&str; 11] = [
    "campaign",
    "cases",
    "harness",
    "history",
    "model",
    "power",
    "protocol",
    "report",
    "soak",
    "specimen",
    "syncproof",
];

#[test]
fn modules_have_no_circles() {
    let mut found = Vec::new();
    for folder in WITHOUT_CIRCLES {
        let circles = circles::circles(&sources(&format!("conformance/{folder}/src")), "");
        found.extend(circles.into_iter().map(|circle| format!("{folder}: {circle}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn circles_are_found_in_every_layout_and_spelling() {
    let found = |files: &[(&str, &str)]| {
        let files: Vec<_> = files.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        circles::circles(&files, "")
    };
    let sibling = ("a/two.rs", "pub fn two() { super::one::one() }");
    let circle = ["a/one.rs → a/two.rs → a/one.rs (of 2 files: a/one.rs, a/two.rs)"];
    for text in [
        "use super::two::two;",
        "use super::{three::Three, two};\nfn one() { two::two() }",
        "use crate::{b::B, a::{self, two::{Two as Other, three}}};",
        "pub(super) use super::two;",
        "use crate::a::two::*;",
        "fn one() { crate::a::two::two() }",
        "fn one() { call!(\"text\", 'c', super::two::CONST) }",
        "mod inner { fn one<'a>() { super::super::two::two() } }",
        "use crate::a as parent;\nfn one() { parent::two::two() }",
    ] {
        assert_eq!(
            found(&[("lib.rs", ""), ("a/mod.rs", "pub mod one;"), ("a/one.rs", text), sibling]),
            circle,
            "{text}"
        );
        assert_eq!(found(&[("lib.rs", ""), ("a.rs", "pub mod one;"), ("a/one.rs", text), sibling]), circle, "{text}");
    }
    for text in [
        "// use super::two::two;",
        "/* /* */ use super::two::two; */",
        "const TEXT: &str = \"use super::two::two;\";",
        "const TEXT: &str = r#\"\"use super::two::two;\"#;",
        "use super::two;",
        "#[cfg(test)]\nmod tests { use super::super::two::two; }",
        "pub(in super::two) struct One;",
        "use other::a::two::two;",
        "struct One; impl One { fn new() -> Self { Self::two(Vec::new()) } }",
    ] {
        assert_eq!(found(&[("a/mod.rs", "pub mod one;"), ("a/one.rs", text), sibling]), [""; 0], "{text}");
    }
    // A parent that re-exports its child depends on it; the child may not name the parent's items then.
    let parent = ("a/mod.rs", "mod one;\npub use one::One;\npub struct Parent;");
    assert_eq!(found(&[parent, ("a/one.rs", "pub struct One;"), ("b.rs", "use crate::a::One;")]), [""; 0]);
    let circle = ["a/mod.rs → a/one.rs → a/mod.rs (of 2 files: a/mod.rs, a/one.rs)"];
    assert_eq!(found(&[parent, ("a/one.rs", "use super::Parent;")]), circle);
    assert_eq!(found(&[("a/mod.rs", "mod one;\npub struct Parent;"), ("a/one.rs", "use super::*;")]), [""; 0]);
}
