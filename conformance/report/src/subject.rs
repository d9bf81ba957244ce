//! What a run is about: requirements, target, capabilities, seed, settings and flags, which every report shows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::story::Story;
use syncproof_harness::case::CaseReport;
use syncproof_harness::redaction::Secrets;
use syncproof_harness::shell;

/// SHA-256 of `planning/requirements.md`, in hexadecimal, as `sha256sum` prints it.
#[must_use]
pub fn requirements_digest() -> String {
    let digest = Sha256::digest(include_bytes!("../../../planning/requirements.md"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The settings that the results of a run may depend on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Settings")]
pub struct RunSettings {
    /// How many cases ran at once.
    pub jobs: usize,
    /// Longest time for one case.
    pub deadline_seconds: u64,
    /// How often a failed case was run again.
    pub reruns: u32,
    /// Whether the first failure ended the run.
    pub fail_fast: bool,
    /// Longest total wait for one request to a server that answers 429.
    pub max_wait_seconds: f64,
    /// Most requests a second; null for no limit.
    pub rate: Option<f64>,
    /// The factor for every deadline.
    pub time_scale: f64,
    /// The authentication provider of the users that the suite created.
    pub provider: String,
    /// Names of the operator's commands that the run had.
    pub hooks: Vec<String>,
}

impl RunSettings {
    /// All of them in one line.
    #[must_use]
    pub(super) fn text(&self) -> String {
        let RunSettings { jobs, deadline_seconds, reruns, max_wait_seconds, time_scale, provider, .. } = self;
        let mut text = format!(
            "jobs {jobs}, deadline {deadline_seconds} s, reruns {reruns}, max-wait {max_wait_seconds} s, time-scale \
             {time_scale}, provider {provider}"
        );
        text.extend(self.rate.iter().map(|rate| format!(", rate {rate}")));
        text.push_str(if self.fail_fast { ", fail-fast" } else { "" });
        text.extend(self.hooks.iter().map(|hook| format!(", hook {hook}")));
        text
    }
}

/// What a run is about: target, capabilities, seed, settings and flags, which every report shows.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The name of the target.
    pub target: String,
    /// Names of the capabilities that are used.
    pub capabilities: Vec<&'static str>,
    /// Names of capabilities that the target shows and does not declare: the cases that need them were not run.
    pub undeclared: Vec<&'static str>,
    /// The seed of the run. The same seed makes the same random choices.
    pub seed: u64,
    /// What the results may depend on.
    pub settings: RunSettings,
    /// The flags that reach the target again.
    pub flags: Vec<String>,
    /// The commands that repeat cases, where an earlier report gives them: by the id of the case.
    pub recorded: BTreeMap<String, String>,
    /// The stories of cases with failures, where an earlier report gives them: by the id of the case.
    pub stories: BTreeMap<String, Story>,
    /// The command that looks at the core operations again, where an earlier report gives it.
    pub recorded_doctor: Option<String>,
}

impl Subject {
    /// The subject of a run whose target could not be reached.
    #[must_use]
    pub fn before(target: String, seed: u64) -> Self {
        Subject {
            target,
            capabilities: Vec::new(),
            undeclared: Vec::new(),
            seed,
            settings: RunSettings::default(),
            flags: Vec::new(),
            recorded: BTreeMap::new(),
            stories: BTreeMap::new(),
            recorded_doctor: None,
        }
    }

    /// The same without secrets. In the command that repeats a case, a flag that contains one becomes a variable.
    #[must_use]
    pub fn redacted(&self, secrets: &Secrets) -> Self {
        let mut flags: Vec<String> = Vec::new();
        for flag in &self.flags {
            let hidden = secrets.text(flag) != *flag;
            let variable = match flags.last().map(String::as_str) {
                Some("--target") if hidden => Some("SYNCPROOF_TARGET"),
                Some("--exec") if hidden => Some("SYNCPROOF_EXEC"),
                Some("--header") if hidden => Some("SYNCPROOF_HEADER"),
                // Any word of it may be a secret.
                Some("--credential-command") => Some("SYNCPROOF_CREDENTIAL_COMMAND"),
                _ => None,
            };
            flags.push(variable.map_or_else(|| secrets.text(flag), |variable| format!("{FROM_ENVIRONMENT}{variable}")));
        }
        Subject { target: secrets.text(&self.target), flags, ..self.clone() }
    }

    /// The command that runs a case again, with the other cases that its failures come from.
    #[must_use]
    pub fn repeat(&self, report: &CaseReport) -> String {
        if let Some(command) = self.recorded.get(report.case.id) {
            return command.clone();
        }
        let mut command = self.command("run");
        command.push_str(&format!(" --seed {}", self.seed));
        for id in report.repeated_by() {
            command.push_str(&format!(" --filter {}", shell::word(id)));
        }
        command
    }

    /// The story of a case with failures, with about `most` requests; None when it sent none.
    pub(super) fn story(&self, report: &CaseReport, most: usize) -> Option<Story> {
        let recorded = self.stories.get(report.case.id).cloned();
        recorded.map(|story| story.with_failures(report).shortened(most)).or_else(|| Story::of(report, most))
    }

    /// The command that looks at the core operations again.
    #[must_use]
    pub fn doctor(&self) -> String {
        self.recorded_doctor.clone().unwrap_or_else(|| self.command("doctor"))
    }

    fn command(&self, name: &str) -> String {
        let mut command = format!("syncproof {name}");
        for flag in &self.flags {
            command.push(' ');
            match flag.strip_prefix(FROM_ENVIRONMENT) {
                Some(variable) => command.push_str(&format!("\"${variable}\"")),
                None => command.push_str(&shell::word(flag)),
            }
        }
        command
    }
}

/// Begins the value of a flag that must come from an environment variable, whose name follows. NUL cannot be part of a
/// real flag.
const FROM_ENVIRONMENT: &str = "\0";
