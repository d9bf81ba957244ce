//! What happened to all generated mutants together.

use std::fmt;

use super::fate::Fate;
use super::mutant::Mutant;
use super::survivor::{Survivors, Told};

/// A mutant, and what happened to it.
pub(crate) struct Tried<'a> {
    pub(crate) mutant: &'a Mutant,
    /// What stands at its place.
    pub(crate) at: &'a str,
    /// `None` if it was not tried.
    pub(crate) fate: Option<&'a Fate>,
}

impl Tried<'_> {
    fn told(&self) -> Told<'_> {
        let killed = match self.fate {
            Some(fate) if fate.is_killed() => Some(true),
            Some(Fate::Survives) => Some(false),
            _ => None,
        };
        Told { file: self.mutant.short_file(), mutant: self.mutant.description(), at: self.at, killed }
    }
}

/// The counts, the survivors, and what does not agree with their table.
pub(crate) struct Tally<'a> {
    tried: Vec<Tried<'a>>,
    survivors: &'a Survivors,
    complaints: Vec<String>,
}

impl<'a> Tally<'a> {
    /// Of all mutants, tried or not.
    pub(crate) fn new(tried: Vec<Tried<'a>>, survivors: &'a Survivors) -> Self {
        let told: Vec<_> = tried.iter().map(Tried::told).collect();
        let complaints = survivors.complaints(&told);
        Self { complaints, tried, survivors }
    }

    fn with(&self, is_it: impl Fn(&Fate) -> bool) -> Vec<&Tried<'a>> {
        self.tried.iter().filter(|tried| tried.fate.is_some_and(&is_it)).collect()
    }

    /// Whether every run came to a verdict, and the table has a reason for every survivor and for nothing else.
    pub(crate) fn is_as_expected(&self) -> bool {
        self.complaints.is_empty() && self.with(|fate| matches!(fate, Fate::NoVerdict { .. })).is_empty()
    }
}

impl fmt::Display for Tally<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let survive = self.with(|fate| *fate == Fate::Survives);
        let no_verdict = self.with(|fate| matches!(fate, Fate::NoVerdict { .. }));
        let not_switchable = self.with(|fate| matches!(fate, Fate::NotSwitchable { .. }));
        writeln!(
            f,
            "{} mutants: {} not switchable, {} unviable, {} killed, {} survive, {} without a verdict",
            self.with(|_| true).len(),
            not_switchable.len(),
            self.with(|fate| matches!(fate, Fate::Unviable { .. })).len(),
            self.with(Fate::is_killed).len(),
            survive.len(),
            no_verdict.len(),
        )?;
        for tried in not_switchable.iter().chain(&no_verdict) {
            if let Some(fate) = tried.fate {
                writeln!(f, "{} · {fate}", tried.mutant.title())?;
            }
        }
        for tried in survive {
            let reason = self.survivors.reason(&tried.told()).unwrap_or("NO REASON");
            writeln!(f, "survives: {} · {reason}", tried.mutant.title())?;
        }
        self.complaints.iter().try_for_each(|complaint| writeln!(f, "{complaint}"))
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test says by panicking what is wrong")]
mod tests {
    use super::super::mutant::tests::listed;
    use super::{Fate, Survivors, Tally, Tried};

    #[test]
    fn everything_is_counted_and_a_survivor_without_a_reason_is_told() {
        let mutant = listed("a == b", "BinaryOperator", "==", "!=");
        let fates = [
            Fate::Survives,
            Fate::Stopped { said: String::new() },
            Fate::Unviable { said: String::new() },
            Fate::NotSwitchable { reason: "in a macro".into() },
        ];
        let tried = |fate| Tried { mutant: &mutant, at: "a == b", fate };
        let survivors = Survivors::default();
        let all = fates.iter().map(Some).chain([None]).map(tried).collect();
        let tally = Tally::new(all, &survivors);
        let title = "server/src/a.rs:1: replace == with !=";
        assert_eq!(
            tally.to_string().lines().collect::<Vec<_>>(),
            [
                "4 mutants: 1 not switchable, 1 unviable, 1 killed, 1 survive, 0 without a verdict",
                &format!("{title} · not switchable: in a macro"),
                &format!("survives: {title} · NO REASON"),
                "no reason: a.rs: replace == with != at `a == b`",
            ]
        );
        assert!(!tally.is_as_expected());
        assert!(Tally::new(vec![tried(fates.get(1))], &survivors).is_as_expected());
    }
}
