//! What happened to each generated mutant, kept in a file as it comes, so that a run that was stopped goes on where it was.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What happened to a mutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub(crate) enum Fate {
    /// This case failed, for this requirement.
    Killed {
        /// The requirement that the case told.
        requirement: String,
        /// The first case that failed.
        case: String,
    },
    /// The suite could not go on: the server did not start, or died, or took nobody in. That counts as killed.
    Stopped {
        /// What the suite said.
        said: String,
    },
    /// Nothing failed.
    Survives,
    /// The suite did not end, or not as it should.
    NoVerdict {
        /// What the suite said.
        said: String,
    },
    /// It does not compile.
    Unviable {
        /// What the compiler said.
        said: String,
    },
    /// It cannot have a switch.
    NotSwitchable {
        /// Why not.
        reason: String,
    },
}

impl Fate {
    /// Whether the suite noticed it.
    pub(crate) fn is_killed(&self) -> bool {
        matches!(self, Self::Killed { .. } | Self::Stopped { .. })
    }
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed { requirement, case } => write!(f, "killed by {case} ({requirement})"),
            Self::Stopped { said } => write!(f, "killed: the suite cannot go on ({said})"),
            Self::Survives => f.write_str("SURVIVES"),
            Self::NoVerdict { said } => write!(f, "NO VERDICT: {said}"),
            Self::Unviable { said } => write!(f, "unviable: {said}"),
            Self::NotSwitchable { reason } => write!(f, "not switchable: {reason}"),
        }
    }
}

/// The first line of the file.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// What the fates are of: they say nothing about another server, or another suite.
    of: String,
}

/// Any other line.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    mutant: String,
    #[serde(flatten)]
    fate: Fate,
}

/// The file, and what is in it.
#[derive(Debug)]
pub(crate) struct Fates {
    file: File,
    by_mutant: BTreeMap<String, Fate>,
}

impl Fates {
    /// The fates that the file has; `None` if there is no file, or one of another server or suite.
    pub(crate) fn go_on(path: &Path, of: &str) -> Result<Option<Self>, String> {
        let Ok(text) = fs::read_to_string(path) else { return Ok(None) };
        let mut lines = text.lines();
        let head = lines.next().and_then(|line| serde_json::from_str::<Head>(line).ok());
        if head != Some(Head { of: of.to_owned() }) {
            return Ok(None);
        }
        // A line that was not written to its end is none, and what has no verdict is tried again.
        let lines = lines.filter_map(|line| serde_json::from_str::<Line>(line).ok());
        let lines = lines.filter(|line| !matches!(line.fate, Fate::NoVerdict { .. }));
        let by_mutant = lines.map(|line| (line.mutant, line.fate)).collect();
        let mut file = OpenOptions::new().append(true).open(path).map_err(|error| told(path, &error))?;
        if !text.ends_with('\n') {
            writeln!(file).map_err(|error| told(path, &error))?;
        }
        Ok(Some(Self { file, by_mutant }))
    }

    /// An empty file in place of what may be there.
    pub(crate) fn begin(path: &Path, of: &str) -> Result<Self, String> {
        let mut file = File::create(path).map_err(|error| told(path, &error))?;
        let head = serde_json::to_string(&Head { of: of.to_owned() }).map_err(|error| error.to_string())?;
        writeln!(file, "{head}").map_err(|error| told(path, &error))?;
        Ok(Self { file, by_mutant: BTreeMap::new() })
    }

    /// What is known of a mutant.
    pub(crate) fn of(&self, mutant: &str) -> Option<&Fate> {
        self.by_mutant.get(mutant)
    }

    /// Writes down what happened.
    pub(crate) fn add(&mut self, mutant: &str, fate: Fate) -> Result<(), String> {
        let line = Line { mutant: mutant.to_owned(), fate };
        let text = serde_json::to_string(&line).map_err(|error| error.to_string())?;
        writeln!(self.file, "{text}").map_err(|error| error.to_string())?;
        self.by_mutant.insert(line.mutant, line.fate);
        Ok(())
    }
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test says by panicking what is wrong")]
mod tests {
    use std::io::Write;

    use super::{Fate, Fates};

    #[test]
    fn a_stopped_run_goes_on_unless_the_server_is_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("fates.jsonl");
        assert!(Fates::go_on(&path, "one").expect("no file").is_none());
        let mut fates = Fates::begin(&path, "one").expect("a file");
        let killed = Fate::Killed { requirement: "a.b".into(), case: "a/b".into() };
        fates.add("first", killed.clone()).expect("a line");
        fates.file.write_all(br#"{"mutant": "sec"#).expect("half a line");
        let mut again = Fates::go_on(&path, "one").expect("a file").expect("of the same");
        assert_eq!(again.of("first"), Some(&killed));
        again.add("second", Fate::Survives).expect("a line");
        again.add("third", Fate::NoVerdict { said: String::new() }).expect("a line");
        let third = Fates::go_on(&path, "one").expect("a file").expect("of the same");
        assert_eq!((third.of("first"), third.of("second")), (Some(&killed), Some(&Fate::Survives)));
        assert_eq!(third.of("third"), None);
        assert!(Fates::go_on(&path, "two").expect("a file").is_none());
    }
}
