//! The report of a campaign: what it did and what it found, as text and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::exhaustive::Extent;
use super::fault_shape::needs_of;
use super::finding_id::finding_id;
use super::found::Found;
use super::performance::Finding;
use super::run::{CampaignState, Progress};
use super::totals::Totals;
use crate::oracle::CoverageEvent;
use crate::sequence::{Origin, Step, Trace, sentences};
use syncproof_protocol::counted::counted;
use syncproof_protocol::exchange::ShownExchange;
use syncproof_protocol::requirement;
use syncproof_protocol::visible::visible;

/// The version of the format of the JSON report.
pub const REPORT_VERSION: u32 = 2;

/// What a campaign did and found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CampaignReport {
    /// The version of this format.
    #[schemars(extend("const" = REPORT_VERSION))]
    pub schema: u32,
    /// The version of the suite.
    pub suite: &'static str,
    /// What the target is called.
    pub target: String,
    /// When the campaign began: `2026-10-01T12:00:00Z`.
    pub started: String,
    /// Repeats the campaign.
    pub seed: u64,
    /// `silent`, `found`, `known` (only what the file of known findings lists), `blocked` (nothing was found, but an
    /// endpoint is missing), `incomplete` (of `exhaust`: nothing was found until the time was up) or `interrupted`.
    pub verdict: &'static str,
    /// The exit code.
    pub exit: u8,
    /// What was done.
    #[serde(flatten)]
    pub totals: Totals,
    /// Only of `exhaust`: how much of the scope was covered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exhaustive: Option<Extent>,
    /// What was found, each fault once as far as that shows.
    pub findings: Vec<FindingEntry>,
    /// The endpoints that the target lacks, as `POST /api/sync/push`. What needs them was not tried.
    pub missing_endpoints: Vec<String>,
    /// How many sequences showed each known finding, by its id.
    pub known: BTreeMap<String, u64>,
    /// The command that repeats the campaign.
    pub repeat: String,
}

/// What was found, and how to see it again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FindingEntry {
    /// The same in every campaign that finds it. Findings that look alike from outside share one.
    pub id: String,
    /// What is wrong, in one sentence that names the endpoint.
    pub summary: String,
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
    /// Whether it happened again when it was repeated; null when it was not.
    pub repeats: Option<bool>,
    /// How long shrinking took, in seconds.
    pub shrinking_seconds: f64,
    /// The file that holds the trace.
    pub trace: Option<String>,
    /// The command that repeats it, if there is a trace.
    pub repeat: Option<String>,
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
        let symptom = finding.symptom();
        let endpoint = if symptom.endpoint.is_empty() { String::new() } else { format!("{}: ", symptom.endpoint) };
        FindingEntry {
            id: finding_id(&symptom, &needs_of(steps, symptom.requirement)),
            summary: format!("{endpoint}{}", violation.message),
            requirement: violation.requirement,
            text: requirement::find(violation.requirement).map_or("", |requirement| requirement.text),
            message: violation.message.clone(),
            expected: violation.expected.clone(),
            actual: violation.actual.clone(),
            exchange: finding.exchange.as_deref().map(ShownExchange::from),
            sequence: None,
            shrunk_from: steps.len(),
            steps: steps.to_vec(),
            repeats: Some(true),
            shrinking_seconds: 0.0,
            trace: None,
            repeat: None,
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

impl<F> CampaignState<F> {
    /// The progress in one line, after that time and with that time left.
    #[must_use]
    pub fn text(&self, elapsed: Duration, left: Option<Duration>) -> String {
        let seconds = elapsed.as_secs_f64().max(0.001);
        #[allow(clippy::cast_precision_loss, reason = "for users to read")]
        let rate = |count: u64| count as f64 / seconds;
        let Progress { cases, requests, impossible, .. } = &self.progress;
        let all = CoverageEvent::ALL.len() - impossible.len();
        let reached = match all {
            0 => String::new(),
            all => format!("{} of {all} situations reached · ", all - self.progress.missing().len()),
        };
        let findings = match (self.findings.len(), self.pending.len()) {
            (0, 0) => "no findings".to_owned(),
            (found, 0) => format!("{found} found"),
            (found, pending) => format!("{found} found, {pending} to shrink"),
        };
        let left = left.map(|left| format!(" · {} s left", left.as_secs())).unwrap_or_default();
        format!(
            "{seconds:.0} s · {} ({:.0}/s) · {} ({:.0}/s) · {reached}{findings}{left}",
            counted(*cases, "sequence"),
            rate(*cases),
            counted(*requests, "request"),
            rate(*requests)
        )
    }
}

impl CampaignReport {
    /// The report as text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A String takes everything.
        for finding in &self.findings {
            let origin = origin(finding.sequence, finding.repeats);
            let _ = writeln!(text, "FOUND {} {}{origin}\n{}", finding.id, finding.requirement, finding.text());
            for (name, value) in [("trace", &finding.trace), ("repeat", &finding.repeat)] {
                if let Some(value) = value {
                    let _ = writeln!(text, "  {name:<9}{value}");
                }
            }
            text.push('\n');
        }
        for endpoint in &self.missing_endpoints {
            let _ = writeln!(text, "BLOCKED core endpoint missing: {endpoint}; what needs it was not tried");
        }
        match &self.exhaustive {
            Some(extent) => text.push_str(&(extent.text() + &self.totals.lacks_text())),
            None => text.push_str(&self.totals.text()),
        }
        for (id, sequences) in &self.known {
            let _ = writeln!(text, "known: {id} in {}", counted(sequences, "sequence"));
        }
        let totals = &self.totals;
        let verdict = match self.findings.len() {
            0 if !self.missing_endpoints.is_empty() => "nothing found, but blocked".to_owned(),
            0 if self.verdict == "incomplete" => "nothing found until the time was up".to_owned(),
            0 if self.known.is_empty() => "nothing found".to_owned(),
            0 => {
                let met = self.known.values().sum::<u64>().min(self.totals.cases);
                format!("nothing found that is not known; what known findings show in {met} sequences may hide others")
            }
            count => counted(count, "finding"),
        };
        let seed = if self.exhaustive.is_none() { format!(", seed {}", self.seed) } else { String::new() };
        let _ = writeln!(
            text,
            "{verdict}: {}, {}, {:.1} s{seed}",
            counted(totals.cases, "sequence"),
            counted(totals.requests, "request"),
            totals.seconds,
        );
        for (number, finding) in (1..).zip(&self.findings) {
            let FindingEntry { id, requirement, summary, steps, .. } = finding;
            let steps = counted(steps.len(), "step");
            let _ = writeln!(text, "  {number}. {id} {requirement}: {} ({steps})", visible(summary));
        }
        let _ = writeln!(text, "repeat: {}", self.repeat);
        text
    }
}

/// From which sequence it comes, and whether it happened only once, as the end of a headline.
pub(super) fn origin(sequence: Option<u64>, repeats: Option<bool>) -> String {
    let number = sequence.map(|number| format!(" in sequence {number}")).unwrap_or_default();
    let flaky = match repeats {
        Some(true) => "",
        Some(false) => ", and not when it was tried again: flaky",
        None => ", and was not tried again",
    };
    number + flaky
}

/// Status and body of a response.
pub(super) fn answer(exchange: &ShownExchange) -> String {
    let status = exchange.status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    format!("{status} {}", exchange.response)
}

/// The steps in plain words, one on each line, with their numbers.
pub(super) fn listed(steps: &[Step], shrunk_from: usize) -> String {
    let mut text = format!("  {}, of {shrunk_from}:\n", counted(steps.len(), "step"));
    for (number, sentence) in (1..).zip(sentences(steps)) {
        // A String takes everything.
        let _ = writeln!(text, "  {number:>3}. {}", visible(&sentence));
    }
    text
}
