//! The flags of a campaign, and what all campaigns have in common: they report progress, and end on a signal.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::console::{Format, note};
use super::signal;
use syncproof_campaign as campaign;
use syncproof_campaign::sequence::Trace;
use syncproof_campaign::{CampaignPlan, Found, Progress, ShrinkLimits, Trial};
use syncproof_harness::exit::CliError;
use syncproof_harness::selection::Shard;
use syncproof_harness::shell;

/// Seconds of a campaign, by default.
const DEFAULT_SECONDS: u64 = 60;
/// How often progress is reported.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub(super) struct CampaignArgs {
    /// How long to run, in seconds; sequences that have started are finished [default: 60, or no limit with --cases]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    time: Option<u64>,
    /// How many sequences to perform
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    cases: Option<u64>,
    /// Seed that repeats an earlier campaign [default: a random one]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Sequences to perform at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Perform only the I-th of N parts of the sequences, such as 2/4, while other machines perform the others with the
    /// same seed
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Longest time to shrink a failing sequence, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    shrink: u64,
    /// Where to write the trace of a failing sequence [default: syncproof-SEED-NUMBER.json in the working directory]
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Format of the output
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Format,
}

/// How a campaign ended.
pub(super) struct CampaignEnd<F> {
    pub(super) progress: Progress,
    pub(super) found: Option<Found<F>>,
    pub(super) interrupted: bool,
}

impl CampaignArgs {
    /// Runs the campaign, and reports its progress.
    ///
    /// # Errors
    /// When a target cannot be reached.
    pub(super) async fn run<T: Trial>(&self, trial: &T, seed: u64) -> Result<CampaignEnd<T::Found>, CliError> {
        let plan = self.plan(seed);
        let mut progress = Progress::default();
        let mut reported_at = Instant::now();
        let campaign = campaign::run(trial, &plan, |so_far| {
            progress.clone_from(so_far);
            if reported_at.elapsed() >= PROGRESS_INTERVAL {
                reported_at = Instant::now();
                note(&so_far.text());
            }
        });
        let (found, interrupted) = tokio::select! {
            outcome = campaign => (outcome.map_err(CliError::target)?.1, false),
            () = signal::stop() => (None, true),
        };
        Ok(CampaignEnd { progress, found, interrupted })
    }

    fn plan(&self, seed: u64) -> CampaignPlan {
        let seconds = self.time.unwrap_or(if self.cases.is_some() { 31_536_000 } else { DEFAULT_SECONDS });
        let (first, stride) = self.shard.map_or((0, 1), |shard| (shard.place(), shard.count()));
        CampaignPlan {
            seed,
            first,
            stride,
            cases: self.cases.unwrap_or(u64::MAX),
            time: Duration::from_secs(seconds),
            jobs: usize::from(self.jobs),
            shrinking: ShrinkLimits { time: Duration::from_secs(self.shrink), ..ShrinkLimits::default() },
        }
    }

    /// Writes the trace of a failing sequence. Returns the path of the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn write(&self, trace: &Trace, seed: u64, sequence: u64) -> Result<String, CliError> {
        let path = self.trace.clone().unwrap_or_else(|| PathBuf::from(format!("syncproof-{seed}-{sequence}.json")));
        let written = trace.written().map_err(|error| error.to_string());
        let written = written.and_then(|text| std::fs::write(&path, text).map_err(|error| error.to_string()));
        let reason = |reason| CliError::usage(format!("the trace {} cannot be written: {reason}", path.display()));
        written.map_err(reason)?;
        Ok(path.display().to_string())
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
