//! `syncproof fuzz`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::run::fresh_seed;
use super::venue::{Opened, VenueArgs};
use super::{Format, say, say_error, signal};
use crate::campaign::{self, ACCOUNT_VERSION, Account, Bound, FindingEntry, Plan, Progress};
use crate::exit::{Exit, Trouble};
use crate::selection::Shard;
use crate::shell;
use crate::target::is_alive;

/// Seconds of a campaign, unless said otherwise.
const TIME: u64 = 60;
/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_secs(10);
/// How long a target that gave no answer may take to give one after all.
const ALIVE_WITHIN: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    venue: VenueArgs,
    /// How long, in seconds; what is under way is finished [default: 60, or no bound with --cases]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    time: Option<u64>,
    /// How many sequences
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    cases: Option<u64>,
    /// Repeats an earlier campaign [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Sequences at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Perform only the I-th of N parts of the sequences, such as 2/4, beside other machines with the same seed
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Longest time to shrink what is found, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    shrink: u64,
    /// Where to write the trace of what is found [default: syncproof-SEED-NUMBER.json in the working directory]
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub(super) async fn execute(args: Args) -> Result<Exit, Trouble> {
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let opened = args.venue.open(seed).await?;
    let secrets = std::sync::Arc::clone(&opened.secrets);
    let outcome = fuzz(&args, seed, &opened).await;
    opened.close().await;
    outcome.map_err(|trouble| Trouble { message: secrets.text(&trouble.message), ..trouble })
}

async fn fuzz(args: &Args, seed: u64, opened: &Opened) -> Result<Exit, Trouble> {
    let plan = plan(args, seed);
    if args.format == Format::Human {
        say(&format!(
            "syncproof {}: sequences against {}, seed {seed}\n",
            env!("CARGO_PKG_VERSION"),
            opened.description
        ));
    }
    let mut progress = Progress::default();
    let mut told_at = Instant::now();
    let campaign = campaign::run(&opened.venue, &plan, |so_far| {
        progress.clone_from(so_far);
        if told_at.elapsed() >= TOLD_EVERY {
            told_at = Instant::now();
            anstream::eprintln!("{}", so_far.told());
        }
    });
    let (found, interrupted) = tokio::select! {
        outcome = campaign => (outcome.map_err(Trouble::target)?.1, false),
        () = signal::stop() => (None, true),
    };
    let mut entry = found.as_ref().map(FindingEntry::of);
    let is_dead = match (&opened.base, entry.as_ref().and_then(|entry| entry.exchange.as_ref())) {
        (Some(base), Some(exchange)) if exchange.status.is_none() => !is_alive(base, ALIVE_WITHIN).await,
        _ => false,
    };
    if let Some(entry) = &mut entry {
        let number = entry.sequence.unwrap_or_default();
        let path = args.trace.clone().unwrap_or_else(|| PathBuf::from(format!("syncproof-{seed}-{number}.json")));
        write_trace(&path, entry, seed)?;
        entry.trace = Some(path.display().to_string());
    }
    let exit = match (&entry, is_dead || interrupted) {
        (_, true) => Exit::Target,
        (Some(_), false) => Exit::NotConformant,
        (None, false) if progress.cases == 0 => Exit::NothingSelected,
        (None, false) => Exit::Conformant,
    };
    let repeat = repeat(args, &plan, entry.as_ref(), opened);
    let verdict = match (&entry, interrupted) {
        (Some(_), _) => "found",
        (None, true) => "interrupted",
        (None, false) => "silent",
    };
    let account = Account {
        schema: ACCOUNT_VERSION,
        target: opened.description.clone(),
        seed,
        verdict,
        exit: exit.code(),
        cases: progress.cases,
        requests: progress.requests,
        seconds: progress.seconds,
        counters: progress.sights.counts().clone(),
        never_reached: progress.missing(),
        finding: entry,
        repeat,
    };
    let text = match args.format {
        Format::Human => account.told(),
        Format::Json => {
            serde_json::to_string_pretty(&account).map_err(|error| Trouble::fault(error.to_string()))? + "\n"
        }
    };
    say(&opened.secrets.text(&text));
    if is_dead {
        say_error("the target does not answer any more");
    }
    if interrupted {
        say_error("interrupted");
    }
    Ok(exit)
}

fn plan(args: &Args, seed: u64) -> Plan {
    let seconds = args.time.unwrap_or(if args.cases.is_some() { 31_536_000 } else { TIME });
    let (first, stride) = args.shard.map_or((0, 1), |shard| (shard.place(), shard.count()));
    Plan {
        seed,
        first,
        stride,
        cases: args.cases.unwrap_or(u64::MAX),
        time: Duration::from_secs(seconds),
        jobs: usize::from(args.jobs),
        shrinking: Bound { time: Duration::from_secs(args.shrink), ..Bound::default() },
    }
}

/// # Errors
/// When the file cannot be written.
fn write_trace(path: &Path, entry: &FindingEntry, seed: u64) -> Result<(), Trouble> {
    let written = entry.trace(seed).written().map_err(|error| error.to_string());
    let written = written.and_then(|text| std::fs::write(path, text).map_err(|error| error.to_string()));
    written.map_err(|reason| Trouble::usage(format!("the trace {} cannot be written: {reason}", path.display())))
}

/// The command that shows the same again.
fn repeat(args: &Args, plan: &Plan, entry: Option<&FindingEntry>, opened: &Opened) -> String {
    let mut words = vec!["syncproof".to_owned()];
    match entry.and_then(|entry| entry.trace.clone()) {
        Some(trace) => words.extend(["replay".to_owned(), trace]),
        None => {
            words.extend(["fuzz".to_owned(), "--seed".to_owned(), plan.seed.to_string()]);
            words.extend(args.cases.iter().flat_map(|cases| ["--cases".to_owned(), cases.to_string()]));
            words.extend(args.time.iter().flat_map(|time| ["--time".to_owned(), time.to_string()]));
            words.extend(args.shard.iter().flat_map(|shard| ["--shard".to_owned(), shard.to_string()]));
        }
    }
    words.extend(opened.flags.iter().cloned());
    words.iter().map(|word| shell::word(word)).collect::<Vec<_>>().join(" ")
}
