//! The account of a comparison of two targets: what was compared and where they differ, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::pair::{Difference, Side};
use super::report::REPORT_VERSION;
use super::report::{left_out, situations};
use super::run::{Found, Progress};
use crate::oracle::CoverageEvent;
use crate::sequence::{Origin, Step, Trace};
use syncproof_protocol::exchange::ShownExchange;
use syncproof_protocol::visible::visible;

/// What was compared, and what came of it.
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
    /// Sequences performed on both.
    pub cases: u64,
    /// Requests sent to both together, without those of shrinking.
    pub requests: u64,
    /// Steps that were left out, since the credentials cannot carry the names of people who look alike
    /// (`session.case-and-width`): minted tokens, `{user:percent}` and `{user:base64}` can.
    pub left_out: u64,
    /// Time taken, in seconds, without shrinking.
    pub seconds: f64,
    /// Sequences that were compared only up to a choice that the protocol leaves.
    #[serde(rename = "parted")]
    pub diverged: u64,
    /// How often each situation came up on the left.
    pub counters: BTreeMap<CoverageEvent, u64>,
    /// The situations that never came up.
    pub never_reached: Vec<CoverageEvent>,
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
    /// What is done, as it stands in the trace.
    pub steps: Vec<Step>,
    /// Whether it showed again.
    pub repeats: bool,
    /// The file that holds the trace.
    pub trace: Option<String>,
}

/// What one of two targets does where they differ.
#[derive(Debug, Clone, Serialize)]
pub struct SideEntry {
    /// In some words.
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
            repeats: true,
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

    /// Both sides under each other, line by line.
    #[must_use]
    pub fn told(&self) -> String {
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
            let status = exchange.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
            line(&format!("{name} answer"), &format!("{status} {}", exchange.response));
        }
        let _ = writeln!(text, "  {} steps, of {}:", self.steps.len(), self.shrunk_from);
        for (number, step) in (1..).zip(&self.steps) {
            let step = serde_json::to_string(step).unwrap_or_else(|error| error.to_string());
            let _ = writeln!(text, "  {number:>3}. {}", visible(&step));
        }
        text
    }
}

impl ComparisonReport {
    /// The account of sequences that were performed on both, without verdict and command.
    #[must_use]
    pub fn of(targets: [String; 2], seed: u64, progress: &Progress, difference: Option<DifferenceEntry>) -> Self {
        ComparisonReport {
            schema: REPORT_VERSION,
            targets,
            seed,
            verdict: if difference.is_some() { "different" } else { "alike" },
            exit: 0,
            cases: progress.cases,
            requests: progress.requests,
            left_out: progress.left_out,
            seconds: progress.seconds,
            diverged: progress.diverged,
            counters: progress.coverage.counts().clone(),
            never_reached: progress.missing(),
            difference,
            repeat: String::new(),
        }
    }

    /// The account in some lines, for people.
    #[must_use]
    pub fn told(&self) -> String {
        let mut text = String::new();
        // A String takes everything.
        if let Some(difference) = &self.difference {
            let number = difference.sequence.map(|number| format!(" in sequence {number}")).unwrap_or_default();
            let flaky = if difference.repeats { "" } else { ", and not when it was tried again: flaky" };
            let _ = writeln!(text, "DIFFERENT {}{number}{flaky}\n{}", difference.place, difference.told());
            if let Some(trace) = &difference.trace {
                let _ = writeln!(text, "  trace          {trace}");
            }
        }
        text.push_str(&situations(&self.counters, &self.never_reached));
        text.push_str(&left_out(self.left_out));
        let verdict = match self.verdict {
            "alike" => "no difference",
            other => other,
        };
        let _ = writeln!(
            text,
            "{verdict}: {} sequences on both, {} of them up to a choice that the protocol leaves; {} requests, {:.1} s, seed {}",
            self.cases, self.diverged, self.requests, self.seconds, self.seed
        );
        let _ = writeln!(text, "repeat: {}", self.repeat);
        text
    }
}
