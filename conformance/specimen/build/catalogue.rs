//! Turns the tables of mutants and of variants into Rust: an enum with one name for each row, and the list of the rows.
//!
//! A row has three cells: an id, with marks like `` `[slow]` `` or `` `[finding: 3]` `` after it, what it is about, and
//! a sentence. A row that cannot be read stops the build.

use std::collections::HashSet;
use std::fmt::Write;

/// The source that is generated from a page.
#[derive(Debug)]
pub(super) struct Catalogue {
    /// The source of the enum.
    pub(super) names: String,
    /// The source of a `&[…]` with an element a row.
    pub(super) list: String,
}

/// One row of a table.
struct Row<'a> {
    number: usize,
    line: &'a str,
    id: &'a str,
    /// The marks in brackets after the id: their first words and the rest.
    marks: Vec<(&'a str, &'a str)>,
    about: &'a str,
    sentence: &'a str,
}

impl Row<'_> {
    fn fail<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("line {}: {what}: {}", self.number, self.line))
    }
}

/// Reads the page of mutants: the second cell names the requirements that one breaks.
pub(super) fn mutants(page: &str) -> Result<Catalogue, String> {
    let rows = rows(page)?;
    let mut list = String::new();
    for row in &rows {
        let requirements: Vec<&str> = row.about.split(", ").collect();
        let is_requirement = |text: &&str| text.split_once('.').is_some_and(|(a, b)| is_kebab(a) && is_kebab(b));
        if !requirements.iter().all(is_requirement) {
            return row.fail("the second cell names requirements, with a comma between them");
        }
        let finding = match row.marks[..] {
            [] => None,
            [("finding", number)] => match number.parse::<u8>() {
                Ok(number) => Some(number),
                Err(_) => return row.fail("a finding is a number"),
            },
            _ => return row.fail("a mutant has no mark but `[finding: N]`"),
        };
        let (id, sentence, switch) = (row.id, row.sentence, pascal_case(row.id));
        let element = format_args!(
            "Mutant {{ id: {id:?}, summary: {sentence:?}, requirements: &{requirements:?}, finding: {finding:?}, switch: Switch::{switch} }},"
        );
        writeln!(list, "{element}").map_err(|error| error.to_string())?;
    }
    let doc = "The one behaviour in which a specimen differs from the protocol; `mutants.md` says what each is about.";
    let all: Vec<String> = rows.iter().map(|row| format!("Switch::{}", pascal_case(row.id))).collect();
    let all = format!(
        "impl Switch {{\n/// Every switch, in the order of the page.\npub(crate) const ALL: &[Switch] = &[{}];\n}}\n",
        all.join(", ")
    );
    Ok(Catalogue { names: names("Switch", doc, &rows) + &all, list: format!("&[\n{list}]") })
}

/// Reads the page of variants: the second cell names the choice that one makes, if others make it differently.
pub(super) fn variants(page: &str) -> Result<Catalogue, String> {
    let rows = rows(page)?;
    let mut list = String::new();
    for row in &rows {
        let is_alone = rows.iter().filter(|other| other.about == row.about).count() == 1;
        if !row.about.is_empty() && (is_alone || !is_kebab(row.about)) {
            return row.fail("the second cell is empty, or names a choice that at least two variants make");
        }
        let choice = Some(row.about).filter(|choice| !choice.is_empty());
        let (mut slow, mut without, mut warned) = (false, Vec::new(), Vec::new());
        for mark in &row.marks {
            match *mark {
                ("slow", "") => slow = true,
                ("without", names) if !names.is_empty() => without.extend(names.split(", ").map(pascal_case)),
                ("warns", ids) if !ids.is_empty() => warned.extend(ids.split(", ")),
                _ => {
                    return row.fail(
                        "a variant has no marks but `[slow]`, `[without: CAPABILITY, …]` and `[warns: REQUIREMENT, …]`",
                    );
                }
            }
        }
        let without = without.iter().map(|name| format!("Capability::{name}")).collect::<Vec<_>>().join(", ");
        let (id, sentence, freedom) = (row.id, row.sentence, pascal_case(row.id));
        let element = format_args!(
            "Variant {{ id: {id:?}, summary: {sentence:?}, without: &[{without}], warned: &{warned:?}, slow: {slow}, choice: {choice:?}, freedom: Freedom::{freedom} }},"
        );
        writeln!(list, "{element}").map_err(|error| error.to_string())?;
    }
    let doc = "One behaviour in which conformant servers differ; `variants.md` says what each is about.";
    Ok(Catalogue { names: names("Freedom", doc, &rows), list: format!("&[\n{list}]") })
}

fn rows(page: &str) -> Result<Vec<Row<'_>>, String> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut seen = HashSet::new();
    for (index, line) in page.lines().enumerate() {
        if !line.starts_with('|') || line.starts_with("|---") || line.starts_with("| id |") {
            continue;
        }
        let mut row = Row { number: index + 1, line, id: "", marks: Vec::new(), about: "", sentence: "" };
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, about, sentence] = cells[..] else { return row.fail("a row has three cells") };
        let (id, marks) = id.split_once(' ').unwrap_or((id, ""));
        for mark in marks.split("` `").filter(|mark| !mark.is_empty()) {
            let mark = mark.trim_matches('`').strip_prefix('[').and_then(|mark| mark.strip_suffix(']'));
            let Some(mark) = mark else { return row.fail("a mark is written `[like this]`") };
            row.marks.push(mark.split_once(": ").unwrap_or((mark, "")));
        }
        (row.id, row.about, row.sentence) = (id, about, sentence);
        if !is_kebab(id) {
            return row.fail("the id is not in kebab-case");
        }
        // `a-1b` and `a1-b` are different ids, and one name in Rust.
        if !seen.insert(pascal_case(id)) {
            return row.fail("the id is there already");
        }
        if sentence.is_empty() {
            return row.fail("the sentence is missing");
        }
        rows.push(row);
    }
    if rows.is_empty() { Err("no row found".to_owned()) } else { Ok(rows) }
}

/// The source of an enum of these rows.
fn names(name: &str, doc: &str, rows: &[Row<'_>]) -> String {
    let names: Vec<String> = rows.iter().map(|row| format!("    {},\n", pascal_case(row.id))).collect();
    let derived = "#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]";
    format!("/// {doc}\n{derived}\npub(crate) enum {name} {{\n{}}}\n", names.concat())
}

fn is_kebab(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    text.starts_with(|letter: char| letter.is_ascii_lowercase()) && text.split('-').all(is_word)
}

/// The name in Rust of what has this name in a table.
pub(super) fn pascal_case(name: &str) -> String {
    let capitalised = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split(['-', '_']).map(capitalised).collect()
}
