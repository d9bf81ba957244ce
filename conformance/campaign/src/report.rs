//! The report of a campaign: what it did and what it found, as text and as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::performance::Finding;
use super::run::{Found, Progress};
use super::totals::Totals;
use crate::oracle::CoverageEvent;
use crate::sequence::{Origin, Step, Trace};
use syncproof_protocol::counted::counted;
use syncproof_protocol::exchange::ShownExchange;
use syncproof_protocol::requirement;
use syncproof_protocol::visible::visible;

/// The version of the format of the JSON report.
pub const REPORT_VERSION: u32 = 1;

/// What a campaign did and found.
#[derive(Debug, Clone, Serialize)]
pub struct CampaignReport {
    /// The version of this format.
    pub schema: u32,
    /// What the target is called.
    pub target: String,
    /// Repeats the campaign.
    pub seed: u64,
    /// `silent`, `found` or `interrupted`.
    pub verdict: &'static str,
    /// The exit code.
    pub exit: u8,
    /// What was done.
    #[serde(flatten)]
    pub totals: Totals,
    /// What was found.
    pub finding: Option<FindingEntry>,
    /// The command that repeats it.
    pub repeat: String,
}

/// What was found, and how to see it again.
#[derive(Debug, Clone, Serialize)]
pub struct FindingEntry {
    /// The requirement that is broken.
    pub requirement: &'static str,
    /// Its text.
    pub text: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What the protocol allows.
    pub expected: String,
    /// What the server answered.
    pub actual: String,
    /// The request and the answer.
    pub exchange: Option<ShownExchange>,
    /// The number of the sequence; null for one of a file.
    pub sequence: Option<u64>,
    /// How many steps the sequence had before it was shrunk.
    pub shrunk_from: usize,
    /// The steps, as in the trace.
    pub steps: Vec<Step>,
    /// Whether it happened again when it was repeated.
    pub repeats: bool,
    /// How long shrinking took, in seconds.
    pub shrinking_seconds: f64,
    /// The file that holds the trace.
    pub trace: Option<String>,
}

impl FindingEntry {
    /// The entry of what a campaign has found.
    #[must_use]
    pub fn of(found: &Found) -> Self {
        FindingEntry {
            sequence: Some(found.sequence),
            shrunk_from: found.steps,
            repeats: found.shrunk.repeats,
            shrinking_seconds: found.shrinking_seconds,
            ..FindingEntry::of_steps(&found.shrunk.steps, &found.shrunk.finding)
        }
    }

    /// The entry of what these steps show.
    #[must_use]
    pub fn of_steps(steps: &[Step], finding: &Finding) -> Self {
        let violation = &finding.violation;
        FindingEntry {
            requirement: violation.requirement,
            text: requirement::find(violation.requirement).map_or("", |requirement| requirement.text),
            message: violation.message.clone(),
            expected: violation.expected.clone(),
            actual: violation.actual.clone(),
            exchange: finding.exchange.as_deref().map(ShownExchange::from),
            sequence: None,
            shrunk_from: steps.len(),
            steps: steps.to_vec(),
            repeats: true,
            shrinking_seconds: 0.0,
            trace: None,
        }
    }

    /// The trace that repeats it, found in the campaign of that seed.
    #[must_use]
    pub fn trace(&self, seed: u64) -> Trace {
        let origin = self.sequence.map(|sequence| Origin { seed, sequence, steps: self.shrunk_from });
        Trace::new(self.message.clone(), self.requirement, origin, self.steps.clone())
    }

    /// The finding as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &str| {
            // A String takes everything.
            let _ = writeln!(text, "  {name:<9}{}", visible(value).replace('\n', "\n           "));
        };
        line("broken", &format!("{}: {}", self.requirement, self.text));
        line("what", &self.message);
        line("expected", &self.expected);
        line("actual", &self.actual);
        if let Some(exchange) = &self.exchange {
            let body = exchange.request.as_ref().map(Value::to_string).unwrap_or_default();
            line("request", &format!("{} {} of {} {body}", exchange.method, exchange.path, exchange.actor));
            line("answer", &answer(exchange));
        }
        text + &listed(&self.steps, self.shrunk_from)
    }
}

impl Progress {
    /// The progress in one line.
    #[must_use]
    pub fn text(&self) -> String {
        let seconds = self.seconds.max(0.001);
        #[allow(clippy::cast_precision_loss, reason = "for users to read")]
        let rate = |count: u64| count as f64 / seconds;
        let seen = CoverageEvent::ALL.len() - self.missing().len();
        format!(
            "{:.0} s · {} ({:.0}/s) · {} ({:.0}/s) · {seen} of {} situations seen",
            self.seconds,
            counted(self.cases, "sequence"),
            rate(self.cases),
            counted(self.requests, "request"),
            rate(self.requests),
            CoverageEvent::ALL.len()
        )
    }
}

impl CampaignReport {
    /// The report as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A String takes everything.
        if let Some(finding) = &self.finding {
            let origin = origin(finding.sequence, finding.repeats);
            let _ = writeln!(text, "FOUND {}{origin}\n{}", finding.requirement, finding.text());
            if let Some(trace) = &finding.trace {
                let _ = writeln!(text, "  trace    {trace}");
            }
        }
        text.push_str(&self.totals.text());
        let totals = &self.totals;
        let verdict = match &self.finding {
            Some(_) => "something is broken",
            None => "nothing found",
        };
        let _ = writeln!(
            text,
            "{verdict}: {}, {}, {:.1} s, seed {}",
            counted(totals.cases, "sequence"),
            counted(totals.requests, "request"),
            totals.seconds,
            self.seed
        );
        let _ = writeln!(text, "repeat: {}", self.repeat);
        text
    }
}

/// From which sequence it comes, and whether it happened only once, as the end of a headline.
pub(super) fn origin(sequence: Option<u64>, repeats: bool) -> String {
    let number = sequence.map(|number| format!(" in sequence {number}")).unwrap_or_default();
    let flaky = if repeats { "" } else { ", and not when it was tried again: flaky" };
    number + flaky
}

/// Status and body of a response.
pub(super) fn answer(exchange: &ShownExchange) -> String {
    let status = exchange.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    format!("{status} {}", exchange.response)
}

/// The steps, one on each line, with their numbers.
pub(super) fn listed(steps: &[Step], shrunk_from: usize) -> String {
    let mut text = format!("  {}, of {shrunk_from}:\n", counted(steps.len(), "step"));
    for (number, step) in (1..).zip(steps) {
        let step = serde_json::to_string(step).unwrap_or_else(|error| error.to_string());
        // A String takes everything.
        let _ = writeln!(text, "  {number:>3}. {}", visible(&step));
    }
    text
}
