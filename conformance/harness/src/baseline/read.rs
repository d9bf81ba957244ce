//! Reads a baseline. Errors name the file and the line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::NaiveDate as Date;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::entry::{Entry, KnownFinding};
use super::list::Baseline;
use crate::exit::CliError;
use syncproof_protocol::requirement;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known: Vec<Spanned<Raw>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// The case that fails; or else `finding` and `symptom`.
    case: Option<Spanned<String>>,
    /// The requirement that generated sequences find broken.
    finding: Option<Spanned<String>>,
    /// The id of what they find.
    symptom: Option<Spanned<String>>,
    /// The requirement that the case fails for.
    requirement: Option<Spanned<String>>,
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
        let (entries, findings) = entries(&text).map_err(|BaselineError { line, what }| {
            CliError::usage(format!("the baseline {} is wrong: line {line}: {what}", path.display()))
        })?;
        Ok(Baseline { path, entries, findings, today, known })
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
        Ok(Baseline { path, entries: Vec::new(), findings: Vec::new(), today, known })
    }
}

/// The fields of an entry.
const FIELDS: &str = "an entry has case, reason, owner and expires, and may have requirement; \
    one for a finding has finding and symptom in place of case and requirement";

/// An error in the file, and its line.
#[derive(Debug)]
struct BaselineError {
    line: usize,
    what: String,
}

fn entries(text: &str) -> Result<(Vec<Entry>, Vec<KnownFinding>), BaselineError> {
    let line_of = |offset: usize| text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    let file: File = toml::from_str(text).map_err(|error| BaselineError {
        line: error.span().map_or(1, |span| line_of(span.start)),
        what: format!("{} ({FIELDS})", error.message().trim_end()),
    })?;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let (mut entries, mut findings) = (Vec::with_capacity(file.known.len()), Vec::new());
    for raw in file.known {
        let line = line_of(raw.span().start);
        let Raw { case, finding, symptom, requirement, reason, owner, expires } = raw.into_inner();
        let named = [("case", &case), ("finding", &finding), ("symptom", &symptom), ("requirement", &requirement)];
        let given = named.into_iter().filter_map(|(name, field)| Some((name, field.as_ref()?)));
        for (name, field) in given.chain([("reason", &reason), ("owner", &owner)]) {
            if field.get_ref().trim().is_empty() {
                return Err(BaselineError { line: line_of(field.span().start), what: format!("`{name}` is blank") });
            }
        }
        let name = match (&case, &finding, &symptom) {
            (Some(case), None, None) => case.get_ref().clone(),
            (None, Some(finding), Some(symptom)) => format!("{} {}", finding.get_ref(), symptom.get_ref()),
            (None, None, None) => {
                return Err(BaselineError { line, what: format!("`case` is missing, or `finding` ({FIELDS})") });
            }
            (Some(_), _, _) => {
                return Err(BaselineError { line, what: format!("an entry for a case has no `finding` ({FIELDS})") });
            }
            (None, ..) => {
                let what = format!("`finding` and `symptom` belong together, and one is missing ({FIELDS})");
                return Err(BaselineError { line, what });
            }
        };
        let named_line = case.as_ref().or(finding.as_ref()).map_or(line, |field| line_of(field.span().start));
        if let (Some(_), Some(field)) = (&finding, &requirement) {
            let what = format!("an entry for a finding has no `requirement` ({FIELDS})");
            return Err(BaselineError { line: line_of(field.span().start), what });
        }
        for field in finding.iter().chain(&requirement) {
            if requirement::find(field.get_ref()).is_none() {
                let what = format!("there is no requirement `{}`", field.get_ref());
                return Err(BaselineError { line: line_of(field.span().start), what });
            }
        }
        let wrong_date = |what| BaselineError { line: line_of(expires.span().start), what };
        let expires = date(expires.get_ref()).map_err(wrong_date)?;
        if let Some(first) = seen.insert(name.clone(), named_line) {
            let what = format!("`{name}` is listed twice, first in line {first}");
            return Err(BaselineError { line: named_line, what });
        }
        let (reason, owner) = (reason.into_inner(), owner.into_inner());
        match (finding, symptom) {
            (Some(finding), Some(symptom)) => {
                let (requirement, id) = (finding.into_inner(), symptom.into_inner());
                findings.push(KnownFinding { requirement, id, reason, owner, expires, line });
            }
            _ => {
                let requirement = requirement.map(Spanned::into_inner);
                entries.push(Entry { case: name, requirement, reason, owner, expires, line });
            }
        }
    }
    Ok((entries, findings))
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
        let (read, _) = entries(&text).expect("entries");
        assert_eq!(read.iter().map(|entry| entry.line).collect::<Vec<_>>(), [2, 8]);
        assert_eq!(read[0].expires, Date::from_ymd_opt(2026, 10, 1).expect("a day"));
        assert_eq!(read[1].expires, Date::from_ymd_opt(2028, 2, 29).expect("a day"));
        assert!(entries("").expect("an empty file lists nothing").0.is_empty());
    }

    #[test]
    fn an_entry_may_name_the_requirement_that_its_case_fails_for() {
        let (read, _) = entries(&format!("{GOOD}requirement = 'pull.complete'\n")).expect("entries");
        assert_eq!(read[0].requirement.as_deref(), Some("pull.complete"));
        let BaselineError { line, what } =
            entries(&format!("{GOOD}requirement = 'pull.complet'\n")).expect_err("wrong");
        assert!(line == 7 && what.contains("no requirement `pull.complet`"), "line {line}: {what}");
        let finding = GOOD.replace("case = 'a/b'", "finding = 'http.no-5xx'\nsymptom = '1f2e3d4c'");
        let BaselineError { line, what } =
            entries(&format!("{finding}requirement = 'pull.complete'\n")).expect_err("wrong");
        assert!(line == 8 && what.contains("no `requirement`"), "line {line}: {what}");
    }

    #[test]
    fn an_entry_may_name_a_finding_instead_of_a_case() {
        let finding = "finding = 'http.no-5xx'\nsymptom = '1f2e3d4c'";
        let text = format!("{GOOD}\n{}", GOOD.replace("case = 'a/b'", finding));
        let (cases, findings) = entries(&text).expect("entries");
        assert_eq!((cases.len(), findings.len()), (1, 1));
        let KnownFinding { requirement, id, line, .. } = &findings[0];
        assert_eq!((requirement.as_str(), id.as_str(), *line), ("http.no-5xx", "1f2e3d4c", 9));
        let day = |day| Date::from_ymd_opt(2026, 10, day).expect("a day");
        assert_eq!(findings[0].objection(day(1)), None);
        assert!(findings[0].objection(day(2)).is_some_and(|why| why.contains("expired")));
        for (from, to, word) in [
            ("finding = 'http.no-5xx'\n", "", "belong together"),
            ("\nsymptom = '1f2e3d4c'", "", "belong together"),
            ("symptom = '1f2e3d4c'", "symptom = ' '", "blank"),
            ("http.no-5xx", "http.no-9xx", "no requirement `http.no-9xx`"),
            ("finding =", "case = 'a/b'\nfinding =", "no `finding`"),
        ] {
            let wrong = GOOD.replace("case = 'a/b'", &finding.replace(from, to));
            let BaselineError { what, .. } = entries(&wrong).expect_err("wrong");
            assert!(what.contains(word), "{from} -> {to}: {what}");
        }
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
