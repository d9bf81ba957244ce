//! Reads a baseline. Errors name the file and the line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate as Date;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::entry::Entry;
use super::list::Baseline;
use crate::exit::CliError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<Spanned<Raw>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    case: Spanned<String>,
    reason: Spanned<String>,
    owner: Spanned<String>,
    expires: Spanned<Value>,
}

impl Baseline {
    /// Reads the file.
    ///
    /// # Errors
    /// A sentence with the file, the line and what is wrong there.
    pub fn read(path: PathBuf, today: Date, known: Vec<&'static str>) -> Result<Self, CliError> {
        let text = std::fs::read_to_string(&path)
            .map_err(|error| CliError::usage(format!("the baseline {} cannot be read: {error}", path.display())))?;
        let entries = entries(&text).map_err(|BaselineError { line, what }| {
            CliError::usage(format!("the baseline {} is wrong: line {line}: {what}", path.display()))
        })?;
        Ok(Baseline { path, entries, today, known })
    }

    /// A baseline whose file does not exist yet.
    ///
    /// # Errors
    /// When its folder does not exist.
    pub fn empty(path: PathBuf, today: Date, known: Vec<&'static str>) -> Result<Self, CliError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            let message = format!("the baseline {} cannot be written: its folder does not exist", path.display());
            return Err(CliError::usage(message));
        }
        Ok(Baseline { path, entries: Vec::new(), today, known })
    }
}

/// An error in the file, and its line.
#[derive(Debug)]
struct BaselineError {
    line: usize,
    what: String,
}

fn entries(text: &str) -> Result<Vec<Entry>, BaselineError> {
    let line_of = |offset: usize| text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    let file: File = toml::from_str(text).map_err(|error| BaselineError {
        line: error.span().map_or(1, |span| line_of(span.start)),
        what: format!("{} (an entry has exactly case, reason, owner and expires)", error.message().trim_end()),
    })?;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut entries = Vec::with_capacity(file.known.len());
    for raw in file.known {
        let line = line_of(raw.span().start);
        let Raw { case, reason, owner, expires } = raw.into_inner();
        for (name, field) in [("case", &case), ("reason", &reason), ("owner", &owner)] {
            if field.get_ref().trim().is_empty() {
                return Err(BaselineError { line: line_of(field.span().start), what: format!("`{name}` is blank") });
            }
        }
        let wrong_date = |what| BaselineError { line: line_of(expires.span().start), what };
        let expires = date(expires.get_ref()).map_err(wrong_date)?;
        let (case, case_line) = (case.get_ref().clone(), line_of(case.span().start));
        if let Some(first) = seen.insert(case.clone(), case_line) {
            let what = format!("`{case}` is listed twice, first in line {first}");
            return Err(BaselineError { line: case_line, what });
        }
        let (reason, owner) = (reason.into_inner(), owner.into_inner());
        entries.push(Entry { case, reason, owner, expires, line });
    }
    Ok(entries)
}

/// A TOML date, or a text in the same form.
fn date(value: &Value) -> Result<Date, String> {
    let text = match value {
        Value::Datetime(date) => date.to_string(),
        Value::String(text) => text.clone(),
        other => other.type_str().to_owned(),
    };
    let parsed = (text.len() == "YYYY-MM-DD".len()).then(|| Date::parse_from_str(&text, "%Y-%m-%d").ok()).flatten();
    parsed.ok_or_else(|| format!("`expires` is `{text}`, which is no day of the calendar of the form YYYY-MM-DD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# why\n[[known]]\ncase = 'a/b'\nreason = 'r'\nowner = 'o'\nexpires = 2026-10-01\n";

    #[test]
    fn an_entry_has_four_fields_and_a_line() {
        let text = format!("{GOOD}\n[[known]]\ncase = 'c/d'\nreason = 'r'\nowner = 'o'\nexpires = '2028-02-29'\n");
        let read = entries(&text).expect("entries");
        assert_eq!(read.iter().map(|entry| entry.line).collect::<Vec<_>>(), [2, 8]);
        assert_eq!(read[0].expires, Date::from_ymd_opt(2026, 10, 1).expect("a day"));
        assert_eq!(read[1].expires, Date::from_ymd_opt(2028, 2, 29).expect("a day"));
        assert!(entries("").expect("an empty file lists nothing").is_empty());
    }

    #[test]
    fn an_error_names_its_line() {
        let wrong = |text: &str| {
            let BaselineError { line, what } = entries(text).expect_err("wrong");
            (line, what)
        };
        let assert_wrong = |from: &str, to: &str, line: usize, word: &str| {
            let (found, what) = wrong(&GOOD.replace(from, to));
            assert!(found == line && what.contains(word), "{from} -> {to}: line {found}: {what}");
        };
        for field in ["case", "reason", "owner", "expires"] {
            let lines: Vec<&str> = GOOD.lines().filter(|line| !line.starts_with(field)).collect();
            let (line, what) = wrong(&lines.join("\n"));
            assert!(line == 2 && what.contains(field) && what.contains("missing"), "line {line}: {what}");
        }
        assert_wrong("owner =", "onwer =", 5, "onwer");
        assert_wrong("owner = 'o'", "owner = ' '", 5, "blank");
        assert_wrong("owner = 'o'", "owner = 7", 5, "string");
        assert_wrong("owner = 'o'", "owner = 'o", 5, "");
        assert_wrong("[[known]]", "[[knwon]]", 2, "knwon");
        for bad in ["2026-02-30", "'2026-02-30'", "'2026-1-1'", "'soon'", "7", "2026-10-01T00:00:00Z", "'20261001'"] {
            assert_wrong("expires = 2026-10-01", &format!("expires = {bad}"), 6, "");
        }
        let (line, what) = wrong(&format!("{GOOD}{GOOD}"));
        assert!(line == 9 && what.contains("twice") && what.contains("line 3"), "line {line}: {what}");
    }
}
