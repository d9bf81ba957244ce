//! Turns the tables of `planning/requirements.md` into the ledger that `src/requirement.rs` includes.
//!
//! Requirements are written only on that page. A row that cannot be parsed stops the build with an error that names the
//! line.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let manifest = env::var("CARGO_MANIFEST_DIR")?;
    let page = Path::new(&manifest).join("../../planning/requirements.md");
    println!("cargo::rerun-if-changed={}", page.display());
    let text = fs::read_to_string(&page).map_err(|error| format!("{}: {error}", page.display()))?;
    let ledger = ledger(&text).map_err(|error| format!("{}: {error}", page.display()))?;
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("ledger.rs"), ledger)?;
    Ok(())
}

/// The source of a `&[Requirement]`, one element for each table row of section 3.
fn ledger(page: &str) -> Result<String, String> {
    let mut source = String::from("&[\n");
    let mut in_requirements = false;
    let mut chapter = String::new();
    let mut chapter_capabilities = Vec::new();
    let mut count = 0;
    for (index, line) in page.lines().enumerate() {
        let fail = |what: &str| format!("line {}: {what}: {line}", index + 1);
        if let Some(title) = line.strip_prefix("## ") {
            in_requirements = title.contains("Requirements");
        } else if !in_requirements {
            continue;
        } else if let Some(title) = line.strip_prefix("### ") {
            let (title, capabilities) = split_capabilities(title).ok_or_else(|| fail("unclosed `[cap: …]`"))?;
            chapter = title.trim().to_owned();
            chapter_capabilities = capabilities;
        } else if line.starts_with('|') && !line.starts_with("|---") && !line.starts_with("| id |") {
            let cells: Vec<&str> = line.trim_matches('|').splitn(3, '|').map(str::trim).collect();
            let [id, level, text] = cells[..] else { return Err(fail("a row must have an id, a level and a text")) };
            let (level, mut capabilities) = split_capabilities(level).ok_or_else(|| fail("unclosed `[cap: …]`"))?;
            let level = match level.trim() {
                "MUST" => "Must",
                "SHOULD" => "Should",
                "MAY" => "May",
                _ => return Err(fail("the level must be MUST, SHOULD or MAY")),
            };
            if capabilities.is_empty() {
                capabilities.clone_from(&chapter_capabilities);
            }
            let variants = capabilities.iter().map(|name| format!("Capability::{}", pascal_case(name)));
            let variants = variants.collect::<Vec<_>>().join(", ");
            writeln!(
                source,
                "Requirement {{ id: {id:?}, chapter: {chapter:?}, level: Level::{level}, capabilities: &[{variants}], text: {text:?} }},"
            )
            .map_err(|error| error.to_string())?;
            count += 1;
        }
    }
    if count == 0 {
        return Err("no requirement found".to_owned());
    }
    source.push(']');
    Ok(source)
}

/// Splits ``MUST `[cap: snapshot or inspect]` `` into the text before and the names of the capabilities.
fn split_capabilities(text: &str) -> Option<(String, Vec<String>)> {
    let Some((before, after)) = text.split_once("`[cap:") else { return Some((text.to_owned(), Vec::new())) };
    let (names, _) = after.split_once("]`")?;
    Some((before.to_owned(), names.split(" or ").map(|name| name.trim().to_owned()).collect()))
}

fn pascal_case(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
        })
        .collect()
}
