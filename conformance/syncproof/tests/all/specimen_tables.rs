//! The tables of the mutants and variants: how they are read, and that each row is real and looked at.

#[path = "../../../specimen/build/catalogue.rs"]
mod catalogue;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use syncproof_specimen::{find, mutants, variants};

#[test]
fn mutants_have_unique_kebab_case_ids_and_name_real_requirements() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../planning/requirements.md");
    let page = std::fs::read_to_string(page).unwrap();
    let known: HashSet<&str> = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()).collect();
    let mut ids = HashSet::new();
    for mutant in mutants() {
        assert!(ids.insert(mutant.id), "{} comes twice", mutant.id);
        let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(mutant.id.chars().all(is_kebab) && !mutant.id.starts_with('-') && !mutant.id.ends_with('-'));
        assert!(!mutant.summary.is_empty() && !mutant.requirements.is_empty(), "{}", mutant.id);
        for requirement in mutant.requirements {
            assert!(known.contains(requirement), "{}: {requirement} is not in the page", mutant.id);
        }
        assert_eq!(find(mutant.id), Some(mutant));
    }
    assert!(ids.len() >= 34);
    for finding in 1..=6 {
        assert!(mutants().iter().any(|mutant| mutant.finding == Some(finding)), "finding {finding} has no mutant");
    }
}

#[test]
fn every_switch_and_every_freedom_is_looked_at() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../specimen/src")];
    let mut source = String::new();
    while let Some(folder) = folders.pop() {
        let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (inner, files): (Vec<PathBuf>, Vec<PathBuf>) = paths.partition(|path| path.is_dir());
        folders.extend(inner);
        let files = files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs"));
        files.for_each(|file| source.push_str(&std::fs::read_to_string(file).unwrap()));
    }
    let is_of_word = |letter: char| letter.is_ascii_alphanumeric();
    let named: HashSet<&str> = source.split(|letter: char| !is_of_word(letter) && letter != ':').collect();
    let ids = mutants().iter().map(|mutant| ("Switch", mutant.id));
    for (name, id) in ids.chain(variants().iter().map(|variant| ("Freedom", variant.id))) {
        let name = format!("{name}::{}", catalogue::pascal_case(id));
        let is_looked_at =
            named.iter().any(|path| path.strip_suffix(&name).is_some_and(|module| !module.ends_with(is_of_word)));
        assert!(is_looked_at, "{id}: the specimen never looks at {name}");
    }
}

#[test]
fn a_row_that_cannot_be_read_names_its_line() {
    let good =
        "# Mutants\n\n| id | breaks | sentence |\n|---|---|---|\n| a-b `[finding: 3]` | push.a, pull.b | Is wrong. |\n";
    let read = catalogue::mutants(good).unwrap();
    assert!(read.names.contains("    AB,\n"), "{}", read.names);
    assert!(read.list.contains(r#"requirements: &["push.a", "pull.b"], finding: Some(3), switch: Switch::AB"#));
    for (row, complaint) in [
        ("| a-b | push.a | There already. |", "there already"),
        ("| A-b | push.a | Capital. |", "kebab-case"),
        ("| a--b | push.a | Two hyphens. |", "kebab-case"),
        ("| c | push.a |", "three cells"),
        ("| c | push.a | One | more. |", "three cells"),
        ("| c | push.a | |", "sentence is missing"),
        ("| c | | No requirement. |", "names requirements"),
        ("| c | push.a push.b | No comma. |", "names requirements"),
        ("| c `[slow]` | push.a | Of variants. |", "no mark but"),
        ("| c `finding: 3` | push.a | No brackets. |", "a mark is written"),
        ("| c `[finding: x]` | push.a | No number. |", "is a number"),
    ] {
        let error = catalogue::mutants(&format!("{good}{row}\n")).unwrap_err();
        assert!(error.starts_with("line 6: ") && error.contains(complaint) && error.ends_with(row), "{error}");
    }
    for (row, complaint) in [
        ("| a | pace | Alone. |", "at least two variants"),
        ("| a `[quick]` | | Unknown mark. |", "no marks but"),
        ("| a `[without]` | | Without what? |", "no marks but"),
    ] {
        let error = catalogue::variants(&format!("{row}\n")).unwrap_err();
        assert!(error.starts_with("line 1: ") && error.contains(complaint), "{error}");
    }
    let rows = "| a `[slow]` `[without: gc, op_id_tie_break]` `[warns: op.a, gc.b]` | pace | One. |\n| b | pace | Two. |\n| c | | Three. |\n";
    let list = catalogue::variants(rows).unwrap().list;
    assert!(
        list.contains(
            "without: &[Capability::Gc, Capability::OpIdTieBreak], warned: &[\"op.a\", \"gc.b\"], slow: true"
        )
    );
    assert!(list.contains("choice: Some(\"pace\")"));
    assert!(catalogue::mutants("# Mutants\n").is_err());
}
