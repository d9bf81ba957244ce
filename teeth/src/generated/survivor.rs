//! The table of the generated mutants that nothing notices, `teeth/survivors.toml`: why that is so.

use std::path::Path;

use serde::Deserialize;

/// A row: a reason for one mutant, or for several that are described alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Survivor {
    /// From `server/src/`.
    file: String,
    /// cargo-mutants' description, which names the function.
    mutant: String,
    /// What stands at its place, where the function has several that are described alike.
    #[serde(default)]
    at: Option<String>,
    /// Why nothing notices it, or which case is missing.
    reason: String,
    /// Whether it depends on how the processes happen to run.
    #[serde(default)]
    by_chance: bool,
}

/// All rows.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Survivors {
    #[serde(default, rename = "survivor")]
    rows: Vec<Survivor>,
}

/// A mutant as the table tells it from others.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub(crate) file: &'a str,
    pub(crate) mutant: &'a str,
    pub(crate) at: &'a str,
    /// Whether it was killed; `None` if it was not tried.
    pub(crate) killed: Option<bool>,
}

fn in_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Survivor {
    fn is_about(&self, told: &Told<'_>) -> bool {
        let at = self.at.as_ref().is_none_or(|at| in_a_line(at) == in_a_line(told.at));
        at && self.file == told.file && self.mutant == told.mutant
    }

    fn title(&self) -> String {
        let at = self.at.as_ref().map(|at| format!(" at `{at}`")).unwrap_or_default();
        format!("{}: {}{at}", self.file, self.mutant)
    }
}

impl Survivors {
    /// Reads the table of the repository at `root`.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let path = root.join("teeth/survivors.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let table: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        match table.rows.iter().find(|row| !row.reason.ends_with('.')) {
            Some(row) => Err(format!("{}: `reason` is no sentence", row.title())),
            None => Ok(table),
        }
    }

    /// The reason for a mutant.
    pub(crate) fn reason(&self, told: &Told<'_>) -> Option<&str> {
        self.rows.iter().find(|row| row.is_about(told)).map(|row| &*row.reason)
    }

    /// What does not agree with the rows: survivors without one, and rows about what is killed or is not there.
    pub(crate) fn complaints(&self, mutants: &[Told<'_>]) -> Vec<String> {
        let survive = mutants.iter().filter(|told| told.killed == Some(false) && self.reason(told).is_none());
        let mut complaints: Vec<_> = survive
            .map(|told| format!("no reason: {}: {} at `{}`", told.file, told.mutant, in_a_line(told.at)))
            .collect();
        for row in &self.rows {
            let mut about = mutants.iter().filter(|told| row.is_about(told)).peekable();
            if about.peek().is_none() {
                complaints.push(format!("a reason for no mutant: {}", row.title()));
            } else if !row.by_chance && about.any(|told| told.killed == Some(true)) {
                complaints.push(format!("a reason for one that is killed: {}", row.title()));
            }
        }
        complaints
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a test says by panicking what is wrong")]
mod tests {
    use std::path::Path;

    use super::{Survivors, Told};

    #[test]
    fn the_table_is_sound() {
        let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        Survivors::read(root).unwrap_or_else(|fault| panic!("{fault}"));
        assert!(Survivors::parse("[[survivor]]\nfile = 'a.rs'\nmutant = 'b'\nreason = ''").is_err());
    }

    #[test]
    fn survivors_need_reasons_and_reasons_need_survivors() {
        let table = "
            [[survivor]]\nfile = 'a.rs'\nmutant = 'one'\nat = 'x\n == y'\nreason = 'R.'
            [[survivor]]\nfile = 'a.rs'\nmutant = 'two'\nreason = 'R.'\nby-chance = true
            [[survivor]]\nfile = 'a.rs'\nmutant = 'three'\nreason = 'R.'
        ";
        let table = Survivors::parse(&table.replace("x\n ==", "x  ==")).expect("a table");
        let told = |mutant, at, killed| Told { file: "a.rs", mutant, at, killed };
        let complaints = |one, other, two| {
            table.complaints(&[
                told("one", "x ==\n y", one),
                told("one", "z", other),
                told("two", "", two),
                told("three", "", None),
            ])
        };
        assert_eq!(complaints(Some(false), Some(true), Some(true)), [""; 0]);
        assert_eq!(
            complaints(Some(true), Some(false), Some(false)),
            ["no reason: a.rs: one at `z`", "a reason for one that is killed: a.rs: one at `x  == y`",]
        );
        assert_eq!(table.complaints(&[]).len(), 3);
    }
}
