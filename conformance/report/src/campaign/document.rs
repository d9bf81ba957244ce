//! The JSON report of a campaign: what it did and found, and under what settings. Its published schema, `fuzz.schema.json`,
//! is generated from these types.

use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

use crate::about::About;
use crate::finished::in_utc;
use crate::subject::{RunSettings, requirements_digest};
use syncproof_campaign::CampaignReport;
use syncproof_protocol::counted::counted;

/// A campaign that has ended, as its reports show it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "CampaignReport")]
pub struct EndedCampaign {
    /// What it did and found.
    #[serde(flatten)]
    pub report: CampaignReport,
    /// SHA-256 of the requirements (`planning/requirements.md`), in hexadecimal.
    requirements: String,
    /// What the result may depend on.
    pub settings: CampaignSettings,
    /// What ended it.
    pub ended_by: Ending,
    /// When it had ended, with all shrinking: `2026-10-01T12:00:00Z`.
    pub(super) ended: String,
}

/// The settings that the result of a campaign may depend on.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct CampaignSettings {
    /// Only of `exhaust`: what is enumerated, such as `members up to length 4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// How many sequences were performed at once.
    pub jobs: usize,
    /// How long to run, in seconds; null for no limit.
    pub time_seconds: Option<u64>,
    /// How many sequences to perform; null for no limit.
    pub sequences: Option<u64>,
    /// The part of the sequences that was performed, such as `2/4`.
    pub shard: Option<String>,
    /// Longest time to shrink one finding, in seconds.
    pub shrink_seconds: u64,
    /// Whether the first finding ends the campaign.
    pub fail_fast: bool,
    /// The file with known findings.
    pub known: Option<String>,
    /// Longest total wait for one request to a server that answers 429; null in process.
    pub max_wait_seconds: Option<f64>,
    /// Most requests a second; null for no limit.
    pub rate: Option<f64>,
    /// The authentication provider of the users that the suite created; null in process.
    pub provider: Option<String>,
}

/// What ended a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Its time was up.
    Time,
    /// It had performed as many sequences as it was asked to.
    Sequences,
    /// The first finding, with `--fail-fast`.
    Finding,
    /// Ctrl-C or SIGTERM.
    Interrupted,
    /// The target did not answer any more.
    TargetDied,
}

impl EndedCampaign {
    /// A campaign that has ended now.
    #[must_use]
    pub fn new(report: CampaignReport, settings: CampaignSettings, ended_by: Ending) -> Self {
        let ended = in_utc(SystemTime::now());
        EndedCampaign { report, requirements: requirements_digest(), settings, ended_by, ended }
    }

    /// What its report is of.
    pub(super) fn about(&self) -> About {
        let EndedCampaign { report, requirements, settings, ended, .. } = self;
        let (sequences, requests) =
            (counted(report.totals.cases, "sequence"), counted(report.totals.requests, "request"));
        let covered = report.exhaustive.as_ref().map(|extent| format!("; covered: {}", extent.covered()));
        let covered = covered.unwrap_or_default();
        About {
            suite: report.suite,
            requirements: requirements.clone(),
            target: report.target.clone(),
            seed: report.seed,
            settings: settings.text(),
            capabilities: None,
            started: report.started.clone(),
            ended: ended.clone(),
            extent: format!("{:.1} s, {sequences}, {requests}{covered}", report.totals.seconds),
        }
    }

    /// How it ended, in one sentence.
    pub(super) fn ending(&self) -> String {
        let CampaignSettings { time_seconds, sequences, .. } = &self.settings;
        match self.ended_by {
            Ending::Time => format!("The time was up ({} s).", time_seconds.unwrap_or_default()),
            Ending::Sequences => {
                format!("All {} were performed.", counted(sequences.unwrap_or_default(), "sequence"))
            }
            Ending::Finding => "The first finding ended it (--fail-fast).".to_owned(),
            Ending::Interrupted => "It was interrupted before its end.".to_owned(),
            Ending::TargetDied => "The target stopped answering, so the campaign ended early.".to_owned(),
        }
    }

    /// Whether it came to its end and performed a sequence: only then does it mean something that nothing was found.
    pub(super) fn is_complete(&self) -> bool {
        !matches!(self.ended_by, Ending::Interrupted | Ending::TargetDied) && self.report.totals.cases > 0
    }

    /// The result in a few words, and whether it is `good`, `fair`, `bad` or `none`.
    pub(super) fn headline(&self) -> (&'static str, String) {
        let report = &self.report;
        match (report.findings.len(), report.missing_endpoints.len()) {
            (0, 0) if !self.is_complete() => ("none", "No verdict".to_owned()),
            (0, 0) if report.verdict == "incomplete" => ("fair", "Nothing found in a part".to_owned()),
            (0, 0) if report.known.is_empty() => ("good", "Nothing found".to_owned()),
            (0, 0) => ("fair", "Only known findings".to_owned()),
            (0, missing) => ("bad", format!("{} missing", counted(missing, "endpoint"))),
            (found, _) => ("bad", counted(found, "finding")),
        }
    }
}

impl CampaignSettings {
    /// The same with those of the target.
    #[must_use]
    pub fn with_target(self, target: &RunSettings) -> Self {
        let RunSettings { max_wait_seconds, rate, provider, .. } = target;
        CampaignSettings {
            max_wait_seconds: Some(*max_wait_seconds),
            rate: *rate,
            provider: Some(provider.clone()),
            ..self
        }
    }

    /// All of them in one line.
    pub(crate) fn text(&self) -> String {
        let scope = self.scope.as_ref().map(|scope| format!("scope {scope}, ")).unwrap_or_default();
        let mut text = format!("{scope}jobs {}", self.jobs);
        let mut add = |setting: String| text.extend([", ".to_owned(), setting]);
        self.time_seconds.iter().for_each(|time| add(format!("time {time} s")));
        self.sequences.iter().for_each(|count| add(format!("cases {count}")));
        self.shard.iter().for_each(|shard| add(format!("shard {shard}")));
        add(format!("shrink {} s", self.shrink_seconds));
        self.known.iter().for_each(|file| add(format!("known {file}")));
        self.max_wait_seconds.iter().for_each(|wait| add(format!("max-wait {wait} s")));
        self.rate.iter().for_each(|rate| add(format!("rate {rate}")));
        self.provider.iter().for_each(|provider| add(format!("provider {provider}")));
        if self.fail_fast {
            add("fail-fast".to_owned());
        }
        text
    }
}

/// The schema of the report (JSON Schema, draft 2020-12), as text with a line break at its end.
#[must_use]
pub fn schema() -> String {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    format!("{:#}\n", settings.into_generator().into_root_schema_for::<EndedCampaign>().to_value())
}
