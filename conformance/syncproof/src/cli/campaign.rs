//! The flags of a campaign, and what all campaigns have in common: they report progress, and end on a signal.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::console::Format;
use super::progress::{ProgressLine, TICK};
use super::signal;
use syncproof_campaign as campaign;
use syncproof_campaign::sequence::Trace;
use syncproof_campaign::{CampaignPlan, CampaignState, Found, ShrinkLimits, Source, Trial};
use syncproof_harness::exit::CliError;
use syncproof_harness::selection::Shard;
use syncproof_harness::shell;
use syncproof_harness::targets::is_alive;
use syncproof_report::{CampaignSettings, Ending};

/// Seconds of a campaign, by default.
const DEFAULT_SECONDS: u64 = 60;
/// Seconds of a campaign without a limit of time: a year.
const UNLIMITED_SECONDS: u64 = 31_536_000;
/// How long to wait for another answer of a target that left a request unanswered.
const ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
pub(super) struct CampaignArgs {
    /// How long to run, in seconds; sequences that have started are finished [default: 60, or no limit with --cases]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    pub(super) time: Option<u64>,
    /// How many sequences to perform
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) cases: Option<u64>,
    /// Seed that repeats an earlier campaign [default: a random one]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Sequences to perform at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) jobs: u16,
    /// Perform only the I-th of N parts of the sequences, such as 2/4, while other machines perform the others with the
    /// same seed
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Shard>,
    /// Longest time to shrink one failing sequence, and all that are left at the end, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    pub(super) shrink: u64,
    /// Where to write the trace of a failing sequence; the name gets a number for each further one [default:
    /// syncproof-SEED-SEQUENCE.json in the working directory]
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
    /// Format of the output
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Format,
}

/// How a campaign ended.
pub(super) struct CampaignEnd<F> {
    /// What it did and found.
    pub(super) state: CampaignState<F>,
    /// Whether a signal ended it.
    pub(super) interrupted: bool,
    /// Whether it ended because the target does not answer any more.
    pub(super) is_dead: bool,
}

/// When a campaign ends, and what it passes over.
#[derive(Default)]
pub(super) struct Goal {
    /// Whether the first finding ends it.
    pub(super) fail_fast: bool,
    /// The ids of known findings.
    pub(super) known: BTreeSet<String>,
    /// The address of the target, if it may die.
    pub(super) base: Option<String>,
    /// Where the sequences come from.
    pub(super) source: Source,
}

impl<F> CampaignEnd<F> {
    /// What ended it.
    pub(super) fn ending(&self, settings: &CampaignSettings) -> Ending {
        if self.is_dead {
            Ending::TargetDied
        } else if self.interrupted {
            Ending::Interrupted
        } else if settings.fail_fast && !self.state.findings.is_empty() {
            Ending::Finding
        } else if settings.sequences.is_some_and(|sequences| self.state.progress.cases >= sequences) {
            Ending::Sequences
        } else {
            Ending::Time
        }
    }
}

impl CampaignArgs {
    /// Runs the campaign, and shows its progress. What was found and not yet shrunk when it ended early is among the
    /// findings.
    ///
    /// # Errors
    /// When a target cannot be reached.
    pub(super) async fn run<T: Trial>(
        &self,
        trial: &T,
        seed: u64,
        goal: Goal,
    ) -> Result<CampaignEnd<T::Found>, CliError> {
        let base = goal.base.clone();
        let plan = self.plan(seed, goal);
        let state = Mutex::new(CampaignState::default());
        let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut interrupted, mut is_dead) = (false, false);
        {
            let (began, mut progress) = (Instant::now(), ProgressLine::new());
            let mut clock = tokio::time::interval(TICK);
            let mut campaign = std::pin::pin!(campaign::run(trial, &plan, &state));
            let mut stop = std::pin::pin!(signal::stop());
            let outcome = loop {
                tokio::select! {
                    outcome = &mut campaign => break outcome,
                    () = &mut stop => {
                        interrupted = true;
                        break Ok(());
                    }
                    _ = clock.tick() => {
                        let left = self.seconds().map(|_| plan.time.saturating_sub(began.elapsed()));
                        progress.show(|| lock().text(began.elapsed(), left));
                        let is_unanswered = lock().unanswered.is_some();
                        if let Some(base) = base.as_deref().filter(|_| is_unanswered)
                            && !is_alive(base, ALIVE_TIMEOUT).await
                        {
                            is_dead = true;
                            break Ok(());
                        }
                    }
                }
            };
            progress.close();
            outcome.map_err(CliError::target)?;
        }
        let mut state = state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !is_dead
            && let Some(base) = &base
            && (state.unanswered.is_some() || state.findings.iter().any(is_unanswered::<T>))
        {
            is_dead = !is_alive(base, ALIVE_TIMEOUT).await;
        }
        if is_dead {
            state.target_is_gone::<T>();
        }
        for pending in std::mem::take(&mut state.pending) {
            if !state.findings.iter().any(|found| T::is_same_fault(found, &pending)) {
                state.findings.push(pending);
            }
        }
        Ok(CampaignEnd { state, interrupted, is_dead })
    }

    fn plan(&self, seed: u64, goal: Goal) -> CampaignPlan {
        let seconds = self.seconds().unwrap_or(UNLIMITED_SECONDS);
        let (first, stride) = self.shard.map_or((0, 1), |shard| (shard.place(), shard.count()));
        CampaignPlan {
            source: goal.source,
            seed,
            first,
            stride,
            cases: self.cases.unwrap_or(u64::MAX),
            time: Duration::from_secs(seconds),
            jobs: usize::from(self.jobs),
            shrinking: ShrinkLimits { time: Duration::from_secs(self.shrink), ..ShrinkLimits::default() },
            fail_fast: goal.fail_fast,
            known: goal.known,
        }
    }

    /// Writes the trace of a failing sequence into a file that this campaign has not written yet. Returns its path.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write(
        &self,
        trace: &Trace,
        (seed, sequence): (u64, u64),
        taken: &mut BTreeSet<PathBuf>,
    ) -> Result<String, CliError> {
        let first = self.trace.clone().unwrap_or_else(|| PathBuf::from(format!("syncproof-{seed}-{sequence}.json")));
        let (stem, end) = (first.with_extension(""), first.extension().map(|end| end.to_string_lossy().into_owned()));
        let numbered = |number: usize| {
            let end = end.as_ref().map(|end| format!(".{end}")).unwrap_or_default();
            PathBuf::from(format!("{}-{number}{end}", stem.display()))
        };
        let free = std::iter::once(first.clone()).chain((2..).map(numbered)).find(|path| !taken.contains(path));
        let path = free.unwrap_or(first);
        let written = trace.written().map_err(|error| error.to_string());
        let written = written.and_then(|text| std::fs::write(&path, text).map_err(|error| error.to_string()));
        let reason = |reason| CliError::usage(format!("the trace {} cannot be written: {reason}", path.display()));
        written.map_err(reason)?;
        let shown = path.display().to_string();
        taken.insert(path);
        Ok(shown)
    }

    /// The settings that the result may depend on, without those of the target.
    pub(super) fn settings(&self) -> CampaignSettings {
        CampaignSettings {
            jobs: usize::from(self.jobs),
            time_seconds: self.seconds(),
            sequences: self.cases,
            shard: self.shard.map(|shard| shard.to_string()),
            shrink_seconds: self.shrink,
            ..CampaignSettings::default()
        }
    }

    /// How long to run, if that is limited.
    fn seconds(&self) -> Option<u64> {
        self.time.or(self.cases.is_none().then_some(DEFAULT_SECONDS))
    }

    /// The flags that repeat the campaign, in addition to those of the targets.
    pub(super) fn repeating(&self, seed: u64) -> Vec<String> {
        let mut words = vec!["--seed".to_owned(), seed.to_string()];
        words.extend(self.cases.iter().flat_map(|cases| ["--cases".to_owned(), cases.to_string()]));
        words.extend(self.time.iter().flat_map(|time| ["--time".to_owned(), time.to_string()]));
        words.extend(self.shard.iter().flat_map(|shard| ["--shard".to_owned(), shard.to_string()]));
        words
    }
}

fn is_unanswered<T: Trial>(found: &Found<T::Found>) -> bool {
    T::is_unanswered(&found.shrunk.finding)
}

/// The words as one line for a shell.
pub(super) fn line(words: &[String]) -> String {
    words.iter().map(|word| shell::word(word)).collect::<Vec<_>>().join(" ")
}

/// Reads a trace from a file.
///
/// # Errors
/// When it cannot be read or is not a trace: the name of the file, and where it is wrong.
pub(super) fn read_trace(path: &Path) -> Result<Trace, CliError> {
    let named = |reason: String| CliError::usage(format!("{}: {reason}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| named(error.to_string()))?;
    Trace::read(&bytes).map_err(|error| named(error.to_string()))
}
