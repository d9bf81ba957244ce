//! The types of the JSON report. Its published schema, `report.schema.json`, is generated from them.

use schemars::JsonSchema;
use serde::Serialize;

use super::about::About;
use super::analysis::Analysis;
use super::causes::{Cause, Consequence};
use super::coverage::{ChapterCoverage, coverage};
use super::ladder::Rung;
use super::selection::Selection;
use super::story::{MAX_KEPT, Story};
use super::subject::{RunSettings, Subject};
use syncproof_harness::baseline::Judgement;
use syncproof_harness::case::{CaseReport, Stability, Status, Summary};
use syncproof_harness::gate::Threshold;
use syncproof_protocol::exchange::ShownExchange;
use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::milestone::Milestone;
use syncproof_protocol::requirement::{self, Level};

/// Version of the format of the report. A new optional field does not change it; any other change increments it.
pub(super) const SCHEMA_VERSION: u32 = 2;

/// A run of syncproof against one target.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(title = "syncproof report")]
pub(super) struct Document<'a> {
    /// Version of this format.
    #[schemars(extend("const" = SCHEMA_VERSION))]
    schema: u32,
    /// Version of syncproof.
    syncproof: &'static str,
    /// SHA-256 of the requirements (`planning/requirements.md`), in hexadecimal.
    requirements: String,
    /// What was checked, and how its capabilities are known.
    target: String,
    /// Capabilities that are used.
    capabilities: Vec<String>,
    /// Capabilities that the target shows and does not declare: the cases that need them were not run.
    undeclared: Vec<String>,
    /// The seed of the run. The same seed makes the same random choices.
    seed: u64,
    /// What the results may depend on.
    settings: RunSettings,
    /// Which of the cases were selected. Only a run of all of them has a verdict about conformance.
    selection: SelectionEntry,
    /// Which broken requirements make the run fail.
    level: Threshold,
    /// The verdict in one sentence.
    verdict: String,
    /// The exit code that the command ends with.
    exit: u8,
    /// Why the run ended early; absent when it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    aborted: Option<String>,
    /// The cases compared with the baseline; absent without a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Judgement<'a>>,
    /// Requests that all cases sent together.
    requests: u64,
    /// When the first case started (RFC 3339, UTC).
    #[schemars(extend("format" = "date-time"))]
    started_at: String,
    /// When the last case ended (RFC 3339, UTC).
    #[schemars(extend("format" = "date-time"))]
    ended_at: String,
    /// From the first case to the last, in milliseconds.
    duration_ms: u64,
    /// How many cases have which status.
    summary: Summary,
    /// What is wrong, in the order in which to fix it: failures that show the same fault are one cause.
    causes: Vec<CauseEntry>,
    /// The result for the requirements of each chapter.
    chapters: Vec<ChapterCoverage>,
    /// The levels of a server that is built step by step, the first one first.
    ladder: Vec<Rung>,
    /// Every selected case.
    cases: Vec<CaseEntry>,
}

/// Which of the cases were selected.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Selection")]
struct SelectionEntry {
    /// How many cases there are.
    all: usize,
    /// How many were selected.
    selected: usize,
    /// Whether every case was selected, or every case up to a level.
    whole: bool,
    /// The level up to which the target was judged (`--up-to`).
    up_to: Option<Milestone>,
    /// The globs of `--filter`.
    filters: Vec<String>,
    /// The part of the cases that was selected (`--shard`), such as `2/4`.
    shard: Option<String>,
}

/// What is wrong, and the cases that it fails or blocks.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Cause")]
struct CauseEntry {
    /// A short name that stays the same from run to run.
    id: String,
    /// What is wrong, in one sentence.
    summary: String,
    /// The requirement that is broken.
    requirement: &'static str,
    /// How binding it is.
    binding: Level,
    /// What the requirement asks for.
    expected: String,
    /// What the target did.
    actual: String,
    /// The cases that it fails, the one that shows it first.
    cases: Vec<&'static str>,
    /// The cases that it blocks.
    blocked: Vec<&'static str>,
    /// Other broken requirements that this cause probably breaks as well.
    consequences: Vec<ConsequenceEntry>,
    /// The shortest request and answer that show it.
    exchange: Option<ShownExchange>,
    /// The command that repeats it.
    repeat: String,
}

/// A broken requirement that is listed under the cause of another one.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Consequence")]
struct ConsequenceEntry {
    /// The requirement.
    requirement: &'static str,
    /// The cases that fail for it.
    cases: Vec<&'static str>,
}

/// One case. The fields of its first failure are among its own; further failures are in `more`.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Case")]
struct CaseEntry {
    /// Permanent name, `chapter/what-it-checks`.
    id: &'static str,
    /// What it does, in one sentence.
    summary: &'static str,
    /// The requirements that it can find broken, the main one first.
    requirements: &'static [&'static str],
    /// The strictest level of its requirements.
    level: Level,
    /// The level of the ladder that it belongs to.
    milestone: Milestone,
    /// Its status.
    status: Status,
    /// Whether it had this status every time; absent when it was run only once.
    #[serde(skip_serializing_if = "Option::is_none")]
    stability: Option<Stability>,
    /// The statuses of its other runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    reruns: Vec<Status>,
    /// Present and true when the suite itself is at fault.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(default)]
    fault: bool,
    /// From its start to its end, in milliseconds.
    duration_ms: u64,
    /// Requests that it sent.
    requests: u64,
    /// Why it was blocked, skipped, not applicable, or not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(flatten)]
    failure: Option<FailureEntry>,
    /// Further failures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    more: Vec<FailureEntry>,
    /// The requests that it sent; absent when it has no failure, or sent none.
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<Story>,
    /// The command that repeats the case.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat: Option<String>,
}

/// One broken requirement, with its evidence.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
pub(super) struct FailureEntry {
    /// The requirement that is broken.
    requirement: &'static str,
    /// Its sentence.
    text: &'static str,
    /// How binding it is.
    binding: Level,
    /// Whether the check itself failed, or the setup before it.
    phase: Phase,
    /// What is wrong, in one sentence.
    message: String,
    /// What the requirement asks for.
    expected: String,
    /// What the target did.
    actual: String,
    /// The request and the answer that show it.
    exchange: Option<ShownExchange>,
}

impl From<&Failure> for FailureEntry {
    fn from(failure: &Failure) -> Self {
        FailureEntry {
            requirement: failure.requirement,
            text: requirement::find(failure.requirement).map_or("", |requirement| requirement.text),
            binding: requirement::level(failure.requirement),
            phase: failure.phase,
            message: failure.message.clone(),
            expected: failure.expected.clone(),
            actual: failure.actual.clone(),
            exchange: failure.exchange.as_deref().map(ShownExchange::from),
        }
    }
}

impl<'a> Document<'a> {
    /// The report of that run.
    #[must_use]
    pub(super) fn of(subject: &Subject, finished: &Analysis<'a>) -> Self {
        let about = About::run(subject, finished);
        Document {
            schema: SCHEMA_VERSION,
            syncproof: about.suite,
            requirements: about.requirements,
            target: about.target,
            capabilities: subject.capabilities.iter().map(|name| (*name).to_owned()).collect(),
            undeclared: subject.undeclared.iter().map(|name| (*name).to_owned()).collect(),
            seed: about.seed,
            settings: subject.settings.clone(),
            selection: selection_entry(&finished.selection, finished.reports.len()),
            level: finished.gate.threshold,
            verdict: finished.verdict(),
            exit: finished.exit().code(),
            aborted: finished.aborted.clone(),
            baseline: finished.judgement.clone(),
            requests: finished.requests(),
            started_at: about.started,
            ended_at: about.ended,
            duration_ms: milliseconds(finished.duration),
            summary: finished.summary(),
            causes: finished.causes.iter().map(|cause| cause_entry(subject, cause)).collect(),
            chapters: coverage(&finished.reports),
            ladder: finished.ladder(),
            cases: finished.reports.iter().map(|report| entry(subject, report)).collect(),
        }
    }
}

fn selection_entry(selection: &Selection, selected: usize) -> SelectionEntry {
    SelectionEntry {
        all: selection.all,
        selected,
        whole: selection.is_whole(),
        up_to: selection.up_to,
        filters: selection.filters.clone(),
        shard: selection.shard.map(|shard| shard.to_string()),
    }
}

impl From<&Consequence> for ConsequenceEntry {
    fn from(Consequence { requirement, fails }: &Consequence) -> Self {
        ConsequenceEntry { requirement, cases: fails.clone() }
    }
}

fn cause_entry(subject: &Subject, cause: &Cause<'_>) -> CauseEntry {
    let failure = cause.failure;
    CauseEntry {
        id: cause.id.clone(),
        summary: cause.summary.to_owned(),
        requirement: failure.requirement,
        binding: cause.level(),
        expected: failure.expected.clone(),
        actual: failure.actual.clone(),
        cases: cause.fails.clone(),
        blocked: cause.blocks.clone(),
        consequences: cause.consequences.iter().map(ConsequenceEntry::from).collect(),
        exchange: failure.exchange.as_deref().map(ShownExchange::from),
        repeat: cause.repeat(subject),
    }
}

fn entry(subject: &Subject, report: &CaseReport) -> CaseEntry {
    let mut failures = report.failures.iter().map(FailureEntry::from);
    CaseEntry {
        id: report.case.id,
        summary: report.case.summary,
        requirements: report.case.requirements,
        level: report.case.level(),
        milestone: report.case.milestone(),
        status: report.status,
        stability: report.stability(),
        reruns: report.reruns.clone(),
        fault: report.fault,
        duration_ms: milliseconds(report.duration),
        requests: report.requests,
        reason: report.reason.clone(),
        failure: failures.next(),
        more: failures.collect(),
        story: subject.story(report, MAX_KEPT),
        repeat: (!report.failures.is_empty()).then(|| subject.repeat(report)),
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The schema of the report (JSON Schema, draft 2020-12), as text with a line break at its end.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let schema = schema.into_generator().into_root_schema_for::<Document<'_>>();
    format!("{:#}\n", schema.to_value())
}
