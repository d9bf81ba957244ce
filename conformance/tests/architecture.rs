//! The walls of the house: what must stay true of the source, whoever adds to it.

#![allow(clippy::expect_used, clippy::panic, reason = "a panic here is the report")]

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
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

#[test]
fn only_the_serve_command_names_the_server_crate() {
    assert_nobody_names("src", &["syncproof_server"], &["cli/serve.rs", "cli/serve_wrongly.rs", "target/reference.rs"]);
}

#[test]
fn the_model_knows_neither_http_nor_sql_nor_the_clock() {
    assert_nobody_names("src/model", &["axum", "reqwest", "rusqlite", "http::", "tokio", "SystemTime", "Instant"], &[]);
}

#[test]
fn cases_never_print_nor_exit_nor_sleep() {
    let words = ["println!", "eprintln!", "print!", "process::exit", "sleep(", ".unwrap()", ".expect(", "panic!"];
    assert_nobody_names("src/cases", &words, &[]);
}

#[test]
fn only_main_turns_an_outcome_into_an_exit() {
    assert_nobody_names("src", &["process::exit"], &[]);
}

#[test]
fn the_server_knows_nothing_of_the_suite() {
    assert_nobody_names("../server/src", &["syncproof::"], &[]);
    assert_nobody_names("../server/src", &["rusqlite"], &sql_files());
}

fn sql_files() -> Vec<&'static str> {
    let files = sources("../server/src").into_iter().map(|(file, _)| file).filter(|file| file.starts_with("store/"));
    files.map(|file| &*file.leak()).collect()
}

#[test]
fn every_file_says_at_its_head_what_belongs_in_it() {
    for folder in ["src", "tests", "../server/src", "../server/tests"] {
        for (file, text) in sources(folder) {
            assert!(text.starts_with("//!"), "{folder}/{file} does not begin with a `//!` line");
        }
    }
}
