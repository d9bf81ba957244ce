//! The README and the guide: every command line in them works as written. A line that is new needs an entry in `line.rs`.

mod line;
mod markdown;
mod stage;

use std::collections::BTreeSet;
use std::process::Command;

use line::lines;
use markdown::{documents, inline_commands, kinds, root, shell_lines};

/// Lines at once.
const JOBS: usize = 3;

#[test]
fn every_line_has_an_entry_and_every_entry_a_line() {
    let written: BTreeSet<String> = documents().iter().flat_map(|(_, text)| shell_lines(text)).collect();
    let known: BTreeSet<String> = lines().iter().map(|line| line.text.to_owned()).collect();
    assert_eq!(known.len(), lines().len(), "an entry is there twice");
    let unknown: Vec<&String> = written.difference(&known).collect();
    assert!(unknown.is_empty(), "say in documents/line.rs how to run these lines: {unknown:#?}");
    let gone: Vec<&String> = known.difference(&written).collect();
    assert!(gone.is_empty(), "no document has these lines any more: {gone:#?}");
}

#[test]
fn every_line_works_as_written() {
    let lines = lines();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failures = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..JOBS {
            scope.spawn(|| {
                while let Some(line) = lines.get(next.fetch_add(1, std::sync::atomic::Ordering::SeqCst)) {
                    failures.lock().expect("a list").extend(stage::run(line).err());
                }
            });
        }
    });
    let failures = failures.into_inner().expect("a list");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn lines_for_a_shell_stand_in_blocks_that_are_read() {
    for (path, text) in documents() {
        for kind in kinds(&text) {
            assert!(["sh", "text", "toml", "json"].contains(&kind.as_str()), "{path}: a block of `{kind}`");
        }
    }
}

#[test]
fn commands_in_sentences_are_known() {
    for (path, text) in documents() {
        for command in inline_commands(&text) {
            if let Some(arguments) = command.strip_prefix("syncproof ") {
                // What stands before `--help` is parsed, and nothing is done.
                let words: Vec<&str> = arguments.split_whitespace().filter(|word| *word != "--help").collect();
                let output = crate::command::syncproof(&[&words[..], &["--help"]].concat());
                assert_eq!(output.code, 0, "{path}: `{command}`: {output:?}");
            } else if let Some(package) = command.strip_prefix("cargo install --path ") {
                let words: Vec<&str> = package.split_whitespace().collect();
                let manifest = std::fs::read_to_string(root().join(words[0]).join("Cargo.toml")).expect("a package");
                let features = words.iter().skip_while(|word| **word != "--features").skip(1);
                assert!(manifest.contains("name = \"syncproof\""), "{path}: `{command}`");
                for feature in features {
                    assert!(manifest.contains(&format!("\n{feature} = [")), "{path}: `{command}`");
                }
            } else {
                let known = ["cargo test", "cargo +nightly fuzz run body"];
                assert!(known.contains(&command.as_str()), "{path}: say here what is known of `{command}`");
            }
        }
    }
}

/// `cargo run` and nothing more says which of several binaries is meant.
#[test]
fn cargo_runs_the_command() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let metadata = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo");
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let defaults: Vec<&str> = packages.iter().filter_map(|package| package["default_run"].as_str()).collect();
    assert_eq!(defaults, ["syncproof"]);
}
