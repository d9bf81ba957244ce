//! The table of patches, `teeth/patches.toml`: what each gets wrong, and what has to happen to it.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use syncproof_protocol::requirement;

/// What has to happen when the suite runs against a patched server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Expected {
    /// A case fails.
    Killed,
    /// None does, and `reason` says why.
    Survives,
    /// Whether a case fails depends on how the processes happen to run; `reason` says why. Nothing is compared.
    ByChance,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Killed => "killed",
            Self::Survives => "survives",
            Self::ByChance => "by chance",
        })
    }
}

/// A row: one mistake in the server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Patch {
    /// Its name; the patch is `patches/ID.patch`.
    pub(crate) id: String,
    /// What it gets wrong, in a sentence.
    pub(crate) wrong: String,
    /// The requirements that it breaks.
    pub(crate) breaks: Vec<String>,
    /// What has to happen.
    pub(crate) run: Expected,
    /// What has to happen when the power is lost; absent where nobody looked.
    #[serde(default)]
    pub(crate) power: Option<Expected>,
    /// Why nothing notices it, or why that depends.
    #[serde(default)]
    pub(crate) reason: String,
    /// Further arguments of the server, for what is off by default.
    #[serde(default)]
    pub(crate) arguments: Vec<String>,
    /// What `run` did when the patch was new: the requirement that it told, or nothing. It is history, and stays as it is.
    #[serde(default, rename = "first-run")]
    pub(crate) first_run: String,
    /// The same of a campaign of a minute; absent where none was run.
    #[serde(default, rename = "first-fuzz")]
    pub(crate) first_fuzz: Option<String>,
}

impl Patch {
    /// The patterns of the cases in the chapters of what it breaks.
    pub(crate) fn chapters(&self) -> Vec<String> {
        let chapters: BTreeSet<_> =
            self.breaks.iter().filter_map(|id| id.split_once('.')).map(|(name, _)| name).collect();
        chapters.into_iter().map(|chapter| format!("{chapter}.*")).collect()
    }

    /// The file with its changes.
    pub(crate) fn file(&self, root: &Path) -> PathBuf {
        root.join("teeth/patches").join(format!("{}.patch", self.id))
    }

    /// What is wrong with the row, if anything is.
    fn fault(&self) -> Option<String> {
        let unknown = self.breaks.iter().find(|id| requirement::find(id).is_none());
        if let Some(id) = unknown {
            return Some(format!("it breaks {id}, which is no requirement"));
        }
        let needs_a_reason = self.run != Expected::Killed;
        match () {
            () if self.breaks.is_empty() => Some("it breaks no requirement".into()),
            () if !self.wrong.ends_with('.') => Some("`wrong` is no sentence".into()),
            () if needs_a_reason && self.reason.is_empty() => Some(format!("{}, and no reason says why", self.run)),
            () if !needs_a_reason && !self.reason.is_empty() => {
                Some("it is killed, and has a reason for surviving".into())
            }
            () => None,
        }
    }
}

/// All rows, in the order of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    #[serde(rename = "patch")]
    pub(crate) patches: Vec<Patch>,
}

impl Table {
    /// Reads and checks the table of the repository at `root`.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let path = root.join("teeth/patches.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let table: Self = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut seen = BTreeSet::new();
        for patch in &table.patches {
            let twice = || (!seen.insert(&patch.id)).then(|| "it has two rows".to_owned());
            let missing = || (!patch.file(root).is_file()).then(|| "it has no file in patches/".to_owned());
            if let Some(fault) = patch.fault().or_else(twice).or_else(missing) {
                return Err(format!("{}: {}: {fault}", path.display(), patch.id));
            }
        }
        Ok(table)
    }
}

/// The rows as a table in Markdown, with what happened when each was new.
pub(crate) fn markdown(patches: &[Patch]) -> String {
    let first = |told: &str| if told.is_empty() { "survived".to_owned() } else { format!("`{told}`") };
    let mut text =
        String::from("| patch | what it gets wrong | first `run` | first `fuzz` | now |\n|---|---|---|---|---|\n");
    for Patch { id, wrong, run, power, reason, first_run, first_fuzz, .. } in patches {
        let fuzz = first_fuzz.as_deref().map_or_else(|| "–".to_owned(), first);
        let power = power.map(|power| format!(" (`power-loss`: {power})")).unwrap_or_default();
        let now = if reason.is_empty() { run.to_string() } else { format!("{run}: {reason}") };
        text.push_str(&format!("| `{id}` | {wrong} | {} | {fuzz} | {now}{power} |\n", first(first_run)));
    }
    text
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test says by panicking what is wrong")]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;
    use std::process::Command;

    use super::Table;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    #[test]
    fn every_row_is_sound_and_every_patch_has_one() {
        let table = Table::read(root()).unwrap_or_else(|fault| panic!("{fault}"));
        let named: BTreeSet<_> = table.patches.iter().map(|patch| patch.file(root())).collect();
        for file in std::fs::read_dir(root().join("teeth/patches")).expect("a folder") {
            let path = file.expect("a file").path();
            assert!(named.contains(&path), "{} has no row in patches.toml", path.display());
        }
    }

    #[test]
    fn every_patch_applies_to_the_server_as_it_is() {
        let table = Table::read(root()).unwrap_or_else(|fault| panic!("{fault}"));
        let root = root().canonicalize().expect("the root");
        let refused: Vec<String> = table
            .patches
            .iter()
            .filter_map(|patch| {
                let mut git = Command::new("git");
                let tried = git.arg("-C").arg(&root).args(["apply", "--check"]).arg(patch.file(&root)).output();
                let tried = tried.expect("git");
                (!tried.status.success()).then(|| String::from_utf8_lossy(&tried.stderr).into_owned())
            })
            .collect();
        assert!(refused.is_empty(), "write these patches anew:\n{}", refused.concat());
    }
}
