//! A trial: runs cases against a specimen, plain, mutated or as a variant, or against a server that it starts.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use super::progress::{ProgressLine, TICK, of_trials};
use crate::suite::DEADLINE_SECONDS;
use syncproof_harness::blocker::Blockers;
use syncproof_harness::case::{Case, CaseReport};
use syncproof_harness::client::{Pace, PaceSettings};
use syncproof_harness::credential::Credentials;
use syncproof_harness::event::Event;
use syncproof_harness::exit::CliError;
use syncproof_harness::gate::Gate;
use syncproof_harness::runner::{self, RunPlan};
use syncproof_harness::targets::{Launcher, ManagedServer, Target, TargetControls};
use syncproof_harness::tls::Tls;
use syncproof_harness::world::Run;
use syncproof_protocol::capability::{Capabilities, Capability};
use syncproof_specimen as specimen;
use syncproof_specimen::{Mutant, Settings, Variant};

pub(super) const SECRET: &str = "the secret of specimens that live for one run only";

/// Deadlines are this many times longer for variants: some limit requests, which takes long on a busy machine, and none of
/// them leaves a request without an answer.
const VARIANT_TIME_SCALE: f64 = 5.0;

/// Whether the trial can stop after this report.
pub(super) type StopCondition = Box<dyn Fn(&CaseReport) -> bool + Send>;

/// A server and the cases to run against it.
pub(super) struct Trial {
    /// The name of the server.
    pub(super) name: String,
    /// The bug, if there is one.
    pub(super) mutant: Option<Mutant>,
    /// Whether the bug shows only in workspaces whose log was collected.
    pub(super) only_after_collection: bool,
    /// The freedoms of the protocol that the server takes.
    pub(super) variants: Vec<Variant>,
    /// How to start servers, for mutants of the start-up.
    pub(super) launcher: Option<Launcher>,
    /// Whether such a server is the target instead of the specimen.
    pub(super) is_launched: bool,
    /// When to stop the trial early.
    pub(super) enough: Option<StopCondition>,
    /// What else the suite can do to the target.
    pub(super) controls: TargetControls,
    cases: Vec<&'static Case>,
    jobs: usize,
    seed: u64,
}

impl Trial {
    /// A trial of the plain specimen.
    pub(super) fn of(name: &str, cases: Vec<&'static Case>, jobs: usize, seed: u64) -> Self {
        let (variants, controls) = (Vec::new(), TargetControls::default());
        Trial {
            name: name.to_owned(),
            mutant: None,
            only_after_collection: false,
            variants,
            launcher: None,
            is_launched: false,
            enough: None,
            controls,
            cases,
            jobs,
            seed,
        }
    }

    /// Runs the cases, and returns their reports in the order in which the cases ended.
    pub(super) async fn run(mut self) -> Result<Vec<CaseReport>, CliError> {
        let no_socket = |error: std::io::Error| CliError::target(format!("a specimen cannot serve: {error}"));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(no_socket)?;
        let mut base = format!("http://{}", listener.local_addr().map_err(no_socket)?);
        let mut capabilities = specimen::capabilities(&[]);
        if self.launcher.is_some() {
            capabilities.extend([Capability::Launch, Capability::Restart, Capability::Instances]);
        }
        let mut server = None;
        if let Some(launcher) = self.launcher.as_ref().filter(|_| self.is_launched) {
            let started = ManagedServer::start(launcher).await;
            let started = started.map_err(|reason| CliError::target(format!("{}: {reason}", self.name)))?;
            base = started.base().to_owned();
            self.controls.database = started.database().map(std::path::Path::to_owned);
            capabilities.insert(Capability::Inspect);
            server = Some(started);
        }
        for variant in &self.variants {
            capabilities.retain(|capability| !variant.without.contains(capability));
        }
        let time_scale = if self.variants.is_empty() { 1.0 } else { VARIANT_TIME_SCALE };
        let settings = Settings::new(SECRET.as_bytes(), self.mutant.into_iter().collect(), self.variants);
        let settings = Settings { only_after_collection: self.only_after_collection, ..settings };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(specimen::serve(listener, settings, stopped));

        let target = Target {
            base,
            tls: Tls::none().map_err(CliError::fault)?,
            capabilities,
            undecided: Capabilities::new(),
            tables_apart: Vec::new(),
            launcher: self.launcher,
            controls: self.controls,
            description: self.name,
            flags: Vec::new(),
        };
        let credentials = Credentials::jwt_secret(SECRET);
        let pace = Arc::new(Pace::new(PaceSettings { time_scale, ..PaceSettings::default() }));
        let run = Arc::new(Run { pace, ..Run::new(target, credentials, self.seed) });
        let plan = RunPlan {
            cases: self.cases,
            jobs: self.jobs,
            deadline: Duration::from_secs(DEADLINE_SECONDS),
            reruns: 0,
            blockers: Blockers::default(),
            gate: Gate::default(),
        };
        let (_interrupt, never) = watch::channel(false);
        let mut events = runner::start(run, plan, never);
        let mut reports = Vec::new();
        while let Some(event) = events.recv().await {
            if let Event::Finished(report) = event {
                let enough = self.enough.as_ref().is_some_and(|enough| enough(&report));
                reports.push(*report);
                if enough {
                    break;
                }
            }
        }
        drop(events);
        // Sending fails if the server has ended already, and then there is nothing to stop.
        let _ = stop.send(());
        serving.abort();
        if let Some(server) = server {
            server.stop().await;
        }
        Ok(reports)
    }
}

/// How the progress line of several trials names what is tried, and those that came out badly.
pub(super) struct Words {
    /// What is tried, such as `mutants`.
    pub(super) tried: &'static str,
    /// What happened to the bad ones, such as `survived`.
    pub(super) bad: &'static str,
}

/// A trial that runs, and what it comes to in the end.
type Running<T> = JoinHandle<Result<T, CliError>>;

/// Runs each trial as a task of its own, at most `at_once` at a time, so that they use all cores, while a line shows the
/// progress. Calls `each` for every result, and returns all of them, in the order of the trials.
///
/// # Errors
/// As the first trial that fails.
pub(super) async fn in_turn<T, F>(
    trials: impl ExactSizeIterator<Item = F>,
    at_once: usize,
    words: Words,
    is_bad: impl Fn(&T) -> bool,
    each: impl Fn(&T),
) -> Result<Vec<T>, CliError>
where
    T: Send + 'static,
    F: Future<Output = Result<T, CliError>> + Send + 'static,
{
    let (count, permits) = (trials.len(), Arc::new(Semaphore::new(at_once)));
    // Not `buffered`: there a long trial keeps those far behind it from starting.
    let tasks: Vec<Running<T>> = trials.map(|trial| tokio::spawn(with_permit(trial, Arc::clone(&permits)))).collect();
    let mut results: Vec<T> = Vec::with_capacity(count);
    let (mut progress, began, mut clock) = (ProgressLine::new(), Instant::now(), tokio::time::interval(TICK));
    for mut task in tasks {
        let result = loop {
            tokio::select! {
                joined = &mut task => break joined,
                _ = clock.tick() => {
                    let bad = results.iter().filter(|result| is_bad(result)).count();
                    progress.show(|| of_trials(words.tried, (results.len(), count), (bad, words.bad), began));
                }
            }
        };
        let result = result.map_err(|error| CliError::fault(format!("a trial ended early: {error}")))??;
        progress.beside(|| each(&result));
        results.push(result);
    }
    progress.close();
    Ok(results)
}

async fn with_permit<R>(trial: impl Future<Output = R>, permits: Arc<Semaphore>) -> R {
    let _permit = permits.acquire().await;
    trial.await
}
