//! What happened to a patch, beside what had to happen.

use std::fmt;
use std::time::Duration;

use crate::table::{Expected, Patch};

/// What the suite said of a patched server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// This case failed, for this requirement.
    Killed {
        /// The requirement that the case told.
        requirement: String,
        /// The first case that failed.
        case: String,
    },
    /// Nothing failed.
    Survives,
}

impl Outcome {
    fn is_killed(&self) -> bool {
        matches!(self, Self::Killed { .. })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Killed { requirement, case } => write!(f, "killed by {case} ({requirement})"),
            Self::Survives => f.write_str("survives"),
        }
    }
}

/// What else was tried.
#[derive(Debug, Default)]
pub(crate) struct Further {
    /// What a campaign said.
    pub(crate) campaign: Option<Outcome>,
    /// What losses of power said.
    pub(crate) power: Option<Outcome>,
}

impl Further {
    /// Whether losses of power said what the table says, if both do.
    fn agrees(&self, patch: &Patch) -> bool {
        self.power.as_ref().zip(patch.power).is_none_or(|(outcome, expected)| agrees(expected, outcome))
    }
}

/// Whether this is what the table says.
fn agrees(expected: Expected, outcome: &Outcome) -> bool {
    match expected {
        Expected::Killed => outcome.is_killed(),
        Expected::Survives => !outcome.is_killed(),
        Expected::ByChance => true,
    }
}

/// The line of one patch.
pub(crate) fn line(patch: &Patch, outcome: &Result<Outcome, String>, further: &Further, took: Duration) -> String {
    let told = match outcome {
        Ok(outcome) if agrees(patch.run, outcome) => outcome.to_string(),
        Ok(outcome) => format!("CHANGED: {outcome}; the table says: {}", patch.run),
        Err(error) => format!("ERROR: {error}"),
    };
    let campaign = further.campaign.as_ref().map(|outcome| format!(" · fuzz: {outcome}")).unwrap_or_default();
    let changed = if further.agrees(patch) { "" } else { "CHANGED: " };
    let power = further.power.as_ref().map(|outcome| format!(" · power: {changed}{outcome}")).unwrap_or_default();
    format!("{:<40} {told}{campaign}{power} · {:.1} s", patch.id, took.as_secs_f64())
}

/// How many patches did what.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    tried: usize,
    killed: usize,
    campaigns: usize,
    killed_by_campaigns: usize,
    power_losses: usize,
    killed_by_power_losses: usize,
    /// The patches that did not do what the table says.
    changed: Vec<String>,
}

impl Tally {
    /// Counts one.
    pub(crate) fn add(&mut self, patch: &Patch, outcome: Result<Outcome, String>, further: Further) {
        self.tried += 1;
        self.killed += usize::from(outcome.as_ref().is_ok_and(Outcome::is_killed));
        let as_expected = further.agrees(patch);
        let Further { campaign, power } = further;
        self.campaigns += usize::from(campaign.is_some());
        self.killed_by_campaigns += usize::from(campaign.is_some_and(|outcome| outcome.is_killed()));
        self.power_losses += usize::from(power.is_some());
        self.killed_by_power_losses += usize::from(power.is_some_and(|outcome| outcome.is_killed()));
        if !as_expected || !outcome.is_ok_and(|outcome| agrees(patch.run, &outcome)) {
            self.changed.push(patch.id.clone());
        }
    }

    /// Whether each did what the table says.
    pub(crate) fn is_as_expected(&self) -> bool {
        self.changed.is_empty()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} patches: {} killed, {} not", self.tried, self.killed, self.tried - self.killed)?;
        if self.campaigns > 0 {
            writeln!(f, "{} campaigns: {} killed theirs", self.campaigns, self.killed_by_campaigns)?;
        }
        if self.power_losses > 0 {
            writeln!(f, "{} with losses of power: {} lost something", self.power_losses, self.killed_by_power_losses)?;
        }
        match self.changed.as_slice() {
            [] => writeln!(f, "Each did what the table says."),
            changed => writeln!(f, "Not what the table says: {}", changed.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, agrees};
    use crate::table::Expected;

    #[test]
    fn a_change_in_either_direction_is_a_change() {
        let killed = Outcome::Killed { requirement: "a.b".into(), case: "a/b".into() };
        assert!(agrees(Expected::Killed, &killed) && !agrees(Expected::Killed, &Outcome::Survives));
        assert!(!agrees(Expected::Survives, &killed) && agrees(Expected::Survives, &Outcome::Survives));
        assert!(agrees(Expected::ByChance, &killed) && agrees(Expected::ByChance, &Outcome::Survives));
    }
}
