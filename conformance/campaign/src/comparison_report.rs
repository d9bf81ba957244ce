//! The report of a comparison of two targets: what was compared and where they differ, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::found::Found;
use super::pair::{Difference, Side};
use super::report::{answer, listed, origin};
use super::run::Progress;
use super::totals::Totals;
use crate::sequence::{Origin, Step, Trace};
use syncproof_protocol::counted::counted;
use syncproof_protocol::exchange::ShownExchange;
use syncproof_protocol::visible::visible;

/// The version of the format of the JSON report.
const REPORT_VERSION: u32 = 1;

/// What was compared, and the result.
#[derive(Debug, Clone, Serialize)]
pub struct ComparisonReport {
    /// The version of this form.
    pub schema: u32,
    /// What the targets are called: left, right.
    pub targets: [String; 2],
    /// Repeats the campaign.
    pub seed: u64,
    /// `alike`, `different` or `interrupted`.
    pub verdict: &'static str,
    /// The exit code.
    pub exit: u8,
    /// What was done on both targets; the counters are those of the left one.
    #[serde(flatten)]
    pub totals: Totals,
    /// Where they differ.
    pub difference: Option<DifferenceEntry>,
    /// The command that repeats it.
    pub repeat: String,
}

/// Where two targets differ, and how to see it again.
#[derive(Debug, Clone, Serialize)]
pub struct DifferenceEntry {
    /// What was asked for, and the place in the answers; or the requirement that only one of them breaks.
    pub place: String,
    /// What the left one does.
    pub left: SideEntry,
    /// What the right one does.
    pub right: SideEntry,
    /// The number of the sequence; null for one of a file.
    pub sequence: Option<u64>,
    /// How many steps the sequence had before it was shrunk.
    pub shrunk_from: usize,
    /// The steps, as in the trace.
    pub steps: Vec<Step>,
    /// Whether it happened again when it was repeated.
    pub repeats: Option<bool>,
    /// The file that holds the trace.
    pub trace: Option<String>,
}

/// What one of two targets does where they differ.
#[derive(Debug, Clone, Serialize)]
pub struct SideEntry {
    /// A short description.
    pub shown: String,
    /// The requirement that it breaks there, if it does.
    pub broken: Option<&'static str>,
    /// The request and the answer.
    pub exchange: Option<ShownExchange>,
}

impl From<&Side> for SideEntry {
    fn from(side: &Side) -> Self {
        let exchange = side.exchange.as_deref().map(ShownExchange::from);
        SideEntry { shown: side.shown.clone(), broken: side.broken, exchange }
    }
}

impl DifferenceEntry {
    /// The entry of what a campaign has found.
    #[must_use]
    pub fn of(found: &Found<Difference>) -> Self {
        DifferenceEntry {
            sequence: Some(found.sequence),
            shrunk_from: found.steps,
            repeats: found.shrunk.repeats,
            ..DifferenceEntry::of_steps(&found.shrunk.steps, &found.shrunk.finding)
        }
    }

    /// The entry of what these steps show.
    #[must_use]
    pub fn of_steps(steps: &[Step], difference: &Difference) -> Self {
        DifferenceEntry {
            place: difference.place.clone(),
            left: SideEntry::from(&difference.left),
            right: SideEntry::from(&difference.right),
            sequence: None,
            shrunk_from: steps.len(),
            steps: steps.to_vec(),
            repeats: Some(true),
            trace: None,
        }
    }

    /// The trace that repeats it, found in the campaign of that seed.
    #[must_use]
    pub fn trace(&self, seed: u64) -> Trace {
        let origin = self.sequence.map(|sequence| Origin { seed, sequence, steps: self.shrunk_from });
        let summary = format!("Two targets differ in {}.", self.place);
        let requirement = self.left.broken.or(self.right.broken);
        Trace { requirement: requirement.map(str::to_owned), ..Trace::new(summary, "", origin, self.steps.clone()) }
    }

    /// Both sides, one after the other, as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            // A String takes everything.
            let _ = writeln!(text, "  {name:<15}{}", visible(value).replace('\n', "\n                 "));
        };
        for (name, side) in [("left", &self.left), ("right", &self.right)] {
            match side.broken {
                Some(requirement) => line(name, &format!("breaks {requirement}: {}", side.shown)),
                None => line(name, &side.shown),
            }
        }
        for (name, side) in [("left", &self.left), ("right", &self.right)] {
            let Some(exchange) = &side.exchange else { continue };
            let body = exchange.request.as_ref().map(Value::to_string).unwrap_or_default();
            line(&format!("{name} request"), &format!("{} {} {body}", exchange.method, exchange.path));
            line(&format!("{name} answer"), &answer(exchange));
        }
        text + &listed(&self.steps, self.shrunk_from)
    }
}

impl ComparisonReport {
    /// The report of sequences that were executed on both, without exit code and command.
    #[must_use]
    pub fn of(targets: [String; 2], seed: u64, progress: &Progress, difference: Option<DifferenceEntry>) -> Self {
        ComparisonReport {
            schema: REPORT_VERSION,
            targets,
            seed,
            verdict: if difference.is_some() { "different" } else { "alike" },
            exit: 0,
            totals: Totals { diverged: Some(progress.diverged), ..Totals::from(progress) },
            difference,
            repeat: String::new(),
        }
    }

    /// The report as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A String takes everything.
        if let Some(difference) = &self.difference {
            let origin = origin(difference.sequence, difference.repeats);
            let _ = writeln!(text, "DIFFERENT {}{origin}\n{}", difference.place, difference.text());
            if let Some(trace) = &difference.trace {
                let _ = writeln!(text, "  trace          {trace}");
            }
        }
        text.push_str(&self.totals.text());
        let totals = &self.totals;
        let verdict = match self.verdict {
            "alike" => "no difference",
            other => other,
        };
        let _ = writeln!(
            text,
            "{verdict}: {} on both, {} of them up to a choice that the protocol leaves; {}, {:.1} s, seed {}",
            counted(totals.cases, "sequence"),
            totals.diverged.unwrap_or_default(),
            counted(totals.requests, "request"),
            totals.seconds,
            self.seed
        );
        let _ = writeln!(text, "repeat: {}", self.repeat);
        text
    }
}
