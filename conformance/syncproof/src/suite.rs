//! The suite for other programs: [`Suite`] runs cases against a [`Target`], and returns a [`Report`].

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::cases;
use crate::collect::collect;
use crate::config::{Reach, TargetSettings, TlsSettings, check_address};
use crate::prepare::{Prepared, prepare};
use syncproof_harness::baseline::{Baseline, today};
use syncproof_harness::case::{Case, CaseReport, Summary};
use syncproof_harness::credential::{Credentials, Minter};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::gate::{Gate, Threshold};
use syncproof_harness::runner::{self, RunPlan};
use syncproof_harness::selection::{select, start_order};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::milestone::Milestone;
use syncproof_report::{Analysis, Finished, RunSettings, Selection, Subject};

/// How many cases run at once by default.
pub(crate) const JOBS: usize = 8;
/// Longest time for one case in seconds, by default.
pub(crate) const DEADLINE_SECONDS: u64 = 120;

/// The server to check: one that is running already, or one that the suite starts and stops.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Target {
    reach: Reach,
    capabilities: Option<Vec<Capability>>,
}

impl Target {
    /// A running server at an address such as `http://127.0.0.1:8787`.
    #[must_use]
    pub fn at(address: &str) -> Self {
        let targets = vec![address.trim_end_matches('/').to_owned()];
        Target { reach: Reach { targets, ..Reach::default() }, capabilities: None }
    }

    /// A server that this shell command starts. `{port}` and `{database}` are replaced by the port to listen on and the
    /// path of the database; the port is also in the variable `PORT`.
    #[must_use]
    pub fn started_by(command: &str) -> Self {
        Target { reach: Reach { exec: Some(command.to_owned()), ..Reach::default() }, capabilities: None }
    }

    /// The same target at an `https` address, with a certificate that a CA in this PEM file has signed. Without one, the
    /// CAs of the system count.
    #[must_use]
    pub fn with_ca_file(mut self, file: impl Into<PathBuf>) -> Self {
        self.reach.tls = TlsSettings::CaFile(file.into());
        self
    }

    /// The same target, with just these capabilities beyond the core of the protocol. Without them, the target is
    /// probed.
    #[must_use]
    pub fn with_capabilities(self, capabilities: impl IntoIterator<Item = Capability>) -> Self {
        Target { capabilities: Some(capabilities.into_iter().collect()), ..self }
    }
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SuiteError {
    /// A setting is wrong; the sentence names it.
    #[error("{0}")]
    Usage(String),
    /// The target could not be reached or started.
    #[error("{0}")]
    Target(String),
    /// A filter matches no case.
    #[error("{0}")]
    NothingSelected(String),
    /// A bug in the suite itself.
    #[error("{0}")]
    Fault(String),
}

impl From<CliError> for SuiteError {
    fn from(error: CliError) -> Self {
        match error.exit {
            Exit::Usage => SuiteError::Usage(error.message),
            Exit::Target => SuiteError::Target(error.message),
            Exit::NothingSelected => SuiteError::NothingSelected(error.message),
            Exit::Conformant | Exit::NotConformant | Exit::ReaderGone | Exit::Fault => SuiteError::Fault(error.message),
        }
    }
}

/// A run of the suite: every setting has a default, and a method that changes it. `examples/embed.rs` shows how to use
/// it.
#[derive(Debug)]
pub struct Suite {
    target: Target,
    credentials: Credentials,
    own: Vec<&'static Case>,
    filters: Vec<String>,
    up_to: Option<Milestone>,
    baseline: Option<PathBuf>,
    threshold: Threshold,
    seed: u64,
    jobs: usize,
    deadline: Duration,
    reruns: u32,
}

impl Suite {
    /// A run of every case against this target, with users who have these credentials.
    #[must_use]
    pub fn new(target: Target, credentials: Credentials) -> Self {
        Suite {
            target,
            credentials,
            own: Vec::new(),
            filters: Vec::new(),
            up_to: None,
            baseline: None,
            threshold: Threshold::default(),
            seed: 0,
            jobs: JOBS,
            deadline: Duration::from_secs(DEADLINE_SECONDS),
            reruns: 1,
        }
    }

    /// Runs only cases whose id, or one of whose requirements, matches this glob. With several globs, one match is
    /// enough.
    #[must_use]
    pub fn filter(mut self, glob: impl Into<String>) -> Self {
        self.filters.push(glob.into());
        self
    }

    /// Adds your own cases. They are selected, run, reported and compared with the baseline like those of the suite.
    #[must_use]
    pub fn with_cases(mut self, cases: &'static [Case]) -> Self {
        self.own.extend(cases);
        self
    }

    /// Judges a server that is still being built, up to this level: only cases that are due by then run, and what is due
    /// later is not missing yet. A report of which all passes says that it is no verdict about conformance.
    #[must_use]
    pub fn up_to(self, level: Milestone) -> Self {
        Suite { up_to: Some(level), ..self }
    }

    /// Accepts the failures that this file lists (`planning/guide/ci.md`).
    #[must_use]
    pub fn baseline(self, file: impl Into<PathBuf>) -> Self {
        Suite { baseline: Some(file.into()), ..self }
    }

    /// Which violated requirements make the report not conformant.
    #[must_use]
    pub fn threshold(self, threshold: Threshold) -> Self {
        Suite { threshold, ..self }
    }

    /// The seed, which repeats the random choices of an earlier run.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Suite { seed, ..self }
    }

    /// How many cases run at once, at least 1.
    #[must_use]
    pub fn jobs(self, jobs: usize) -> Self {
        Suite { jobs, ..self }
    }

    /// How long one case may take.
    #[must_use]
    pub fn deadline(self, deadline: Duration) -> Self {
        Suite { deadline, ..self }
    }

    /// How often a failed case is run again, to see whether it fails every time.
    #[must_use]
    pub fn reruns(self, reruns: u32) -> Self {
        Suite { reruns, ..self }
    }

    /// Runs the cases on the caller's tokio runtime, which needs time and I/O enabled.
    ///
    /// # Errors
    /// When a setting is wrong, a filter matches nothing, or the target cannot be reached. A target that fails a case
    /// or dies during the run is not an error: the report says so.
    pub async fn run(self) -> Result<Report, SuiteError> {
        let all: Vec<&'static Case> = cases::all().iter().chain(self.own).collect();
        if let Some(twice) = (1..all.len()).find(|place| all[..*place].iter().any(|case| case.id == all[*place].id)) {
            return Err(SuiteError::Usage(format!("there are two cases `{}`", all[twice].id)));
        }
        self.target.reach.targets.iter().try_for_each(|address| check_address(address))?;
        let known = || all.iter().map(|case| case.id).collect();
        let baseline = self.baseline.map(|path| Baseline::read(path, today(), known())).transpose()?;
        let mut selected = select(all.iter().copied(), &self.filters)?;
        selected.retain(|case| self.up_to.is_none_or(|up_to| case.is_due_by(up_to)));
        let settings = TargetSettings {
            reach: self.target.reach,
            capabilities: self.target.capabilities.map(|capabilities| capabilities.into_iter().collect()),
            secret: self.credentials.minter().and_then(Minter::secret_text),
            provider: self.credentials.provider().to_owned(),
            credentials: Some(self.credentials),
            ..TargetSettings::default()
        };
        let secrets = Arc::clone(&settings.secrets);
        let described = RunSettings {
            jobs: self.jobs,
            deadline_seconds: self.deadline.as_secs(),
            reruns: self.reruns,
            ..settings.run_settings()
        };
        let prepared = prepare(settings, self.seed).await?;
        let gate = Gate { threshold: self.threshold, fail_fast: false, baseline: baseline.map(Arc::new) };
        let subject = Subject { settings: described, ..prepared.subject() }.redacted(&secrets);
        let blockers = prepared.blockers_by(self.up_to);
        let plan = RunPlan {
            cases: start_order(&selected),
            jobs: self.jobs,
            deadline: self.deadline,
            reruns: self.reruns,
            blockers: blockers.clone().into(),
            gate: gate.clone(),
        };
        let (_interrupt, never) = watch::channel(false);
        let Prepared { run, process, .. } = prepared;
        let events = runner::start(run, plan, never);
        let mut finished = collect(events, gate, &selected, &secrets, &blockers, |_| ControlFlow::Continue(())).await;
        if let Some(process) = process {
            process.stop().await;
        }
        finished.selection = Selection::of(self.up_to, &selected, all).by(&self.filters, None);
        Ok(Report { subject, finished })
    }
}

/// The result of a run. It holds no secrets.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    subject: Subject,
    finished: Finished,
}

impl Report {
    /// Whether no violation reaches the threshold, the baseline agrees, and at least one case has a verdict. A run with a
    /// filter says that of the selected cases only, as [`Report::verdict`] points out.
    #[must_use]
    pub fn is_conformant(&self) -> bool {
        self.exit() == Exit::Conformant
    }

    /// The verdict as the exit code of `syncproof run`.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.finished.exit()
    }

    /// The verdict in one sentence.
    #[must_use]
    pub fn verdict(&self) -> String {
        self.finished.verdict()
    }

    /// How many cases ended with which status.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.finished.summary()
    }

    /// The report of each case, in the order of the list of cases.
    #[must_use]
    pub fn cases(&self) -> &[CaseReport] {
        &self.finished.reports
    }

    /// The JSON report (`report.schema.json`).
    ///
    /// # Errors
    /// When it cannot be written as JSON, which is a bug in the suite.
    pub fn json(&self) -> Result<String, SuiteError> {
        syncproof_report::json(&self.subject, &Analysis::of(&self.finished)).map_err(SuiteError::Fault)
    }

    /// The JUnit report.
    ///
    /// # Errors
    /// When it cannot be written as XML, which is a bug in the suite.
    pub fn junit(&self) -> Result<String, SuiteError> {
        syncproof_report::junit(&self.subject, &Analysis::of(&self.finished)).map_err(SuiteError::Fault)
    }

    /// The HTML report: one page that loads nothing from elsewhere.
    ///
    /// # Errors
    /// When the page cannot be rendered, which is a bug in the suite.
    pub fn html(&self) -> Result<String, SuiteError> {
        syncproof_report::html(&self.subject, &Analysis::of(&self.finished)).map_err(SuiteError::Fault)
    }
}
