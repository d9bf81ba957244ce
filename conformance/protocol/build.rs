//! Turns the tables of `planning/requirements.md` into the ledger that `src/requirement.rs` includes, and the names of the
//! families in `values.txt` into the enum that `src/family.rs` includes.
//!
//! Requirements are written only on that page, and values only in that file. A row that cannot be parsed stops the build
//! with an error that names the line.

#[path = "build/family.rs"]
mod family;

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
    let values = Path::new(&manifest).join("values.txt");
    println!("cargo::rerun-if-changed={}", values.display());
    let families = family::families(&fs::read_to_string(&values)?);
    let families = families.map_err(|error| format!("{}: {error}", values.display()))?;
    fs::write(Path::new(&out).join("family.rs"), families)?;
    Ok(())
}

/// The source of a `&[Requirement]`, one element for each table row of section 3.
fn ledger(page: &str) -> Result<String, String> {
    let mut source = String::from("&[\n");
    let mut in_requirements = false;
    let mut chapter = String::new();
    let mut chapter_capabilities = Vec::new();
    let mut chapter_milestone = None;
    let mut count = 0;
    for (index, line) in page.lines().enumerate() {
        let fail = |what: &str| format!("line {}: {what}: {line}", index + 1);
        if let Some(title) = line.strip_prefix("## ") {
            in_requirements = title.contains("Requirements");
        } else if !in_requirements {
            continue;
        } else if let Some(title) = line.strip_prefix("### ") {
            let (title, markers) = title.split_once('`').unwrap_or((title, ""));
            chapter = title.trim().to_owned();
            chapter_capabilities = capabilities(markers).ok_or_else(|| fail(UNCLOSED))?;
            chapter_milestone = marker(markers, "milestone").map_err(|()| fail(UNCLOSED))?;
        } else if line.starts_with('|') && !line.starts_with("|---") && !line.starts_with("| id |") {
            let cells: Vec<&str> = line.trim_matches('|').splitn(3, '|').map(str::trim).collect();
            let [id, level, text] = cells[..] else { return Err(fail("a row must have an id, a level and a text")) };
            let (level, markers) = level.split_once('`').unwrap_or((level, ""));
            let mut capabilities = capabilities(markers).ok_or_else(|| fail(UNCLOSED))?;
            let milestone = marker(markers, "milestone").map_err(|()| fail(UNCLOSED))?.or(chapter_milestone);
            let milestone = milestone.ok_or_else(|| fail("neither the row nor its chapter has a `[milestone: …]`"))?;
            let milestone = pascal_case(milestone);
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
                "Requirement {{ id: {id:?}, chapter: {chapter:?}, level: Level::{level}, \
                 milestone: Milestone::{milestone}, capabilities: &[{variants}], text: {text:?} }},"
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

const UNCLOSED: &str = "a marker has no end";

/// The names of the capabilities in ``[cap: snapshot or inspect]``; None when the marker has no end.
fn capabilities(markers: &str) -> Option<Vec<String>> {
    let names = marker(markers, "cap").ok()?;
    Some(names.map_or(Vec::new(), |names| names.split(" or ").map(|name| name.trim().to_owned()).collect()))
}

/// The text of the marker `[name: text]`, if it is there.
fn marker<'a>(markers: &'a str, name: &str) -> Result<Option<&'a str>, ()> {
    let Some((_, rest)) = markers.split_once(&format!("[{name}: ")) else { return Ok(None) };
    rest.split_once(']').map(|(text, _)| Some(text)).ok_or(())
}

fn pascal_case(name: &str) -> String {
    name.split(['_', ' '])
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
        })
        .collect()
}
