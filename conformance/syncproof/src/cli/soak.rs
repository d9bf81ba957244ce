//! `syncproof soak`: concurrent clients, round after round, each judged by its history.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum as _;

use super::campaign_target::{CampaignTargetArgs, OpenTarget};
use super::console::{Format, json, note, print};
use super::run::fresh_seed;
use super::{new_file, signal};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::redaction::Secrets;
use syncproof_harness::shell;
use syncproof_history::not_decided_text;
use syncproof_protocol::requirement::Level;
use syncproof_report::{HistoryView, histories_page};
use syncproof_soak::{Faults, Plan, Round, Totals, perform};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How long to go on, in seconds; a round that has begun is finished
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    time: u64,
    /// Decides what clients send, but not when it arrives [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// End with the first round in which something is found
    #[arg(long)]
    fail_fast: bool,
    /// What goes wrong meanwhile: the network, the process (kills and standstills, of servers that the suite starts), both, or
    /// nothing. Every third round is without
    #[arg(long, value_enum, value_name = "WHAT", default_value = "both")]
    faults: FaultsArg,
    /// Where to write the history of the first round in which something is found, and beside it a page with a picture of the
    /// calls around each contradiction [default: syncproof-SEED-ROUND.jsonl in the working directory]
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,
    /// Format of the output
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    target: CampaignTargetArgs,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FaultsArg {
    None,
    Network,
    Process,
    Both,
}

impl FaultsArg {
    fn faults(self) -> Faults {
        let network = matches!(self, FaultsArg::Network | FaultsArg::Both);
        let process = matches!(self, FaultsArg::Process | FaultsArg::Both);
        Faults { network, process }
    }
}

/// Between two lines of progress.
const TICK: Duration = Duration::from_secs(60);

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let seed = args.seed.unwrap_or_else(fresh_seed);
    let opened = args.target.open(seed).await?;
    let outcome = soak(&args, seed, &opened).await;
    let secrets = Arc::clone(&opened.secrets);
    opened.close().await;
    outcome.map_err(|problems| CliError { message: secrets.text(&problems.message), ..problems })
}

async fn soak(args: &Args, seed: u64, opened: &OpenTarget) -> Result<Exit, CliError> {
    let started = Instant::now();
    let until = started + Duration::from_secs(args.time);
    let (mut totals, mut told) = (Totals::default(), started);
    let mut stopped = std::pin::pin!(signal::stop());
    while Instant::now() < until {
        let plan = Plan::of_round(seed, totals.rounds, args.faults.faults());
        let handle = opened.target.open().map_err(CliError::target)?;
        let round = tokio::select! {
            round = perform(&handle, &opened.description, plan) => round.map_err(CliError::target)?,
            () = &mut stopped => break,
        };
        let number = totals.rounds;
        let is_new = totals.add(&round);
        if is_new {
            let path = keep(args, seed, number, &round, &opened.secrets)?;
            note(&opened.secrets.text(&format!("round {number}: {}", path.display())));
            if args.fail_fast {
                break;
            }
        }
        if told.elapsed() >= TICK {
            told = Instant::now();
            note(&line(&totals, started));
        }
    }
    let text = match args.format {
        Format::Human => text(&totals, started, &repeat(args, seed, opened)),
        Format::Json => json(&totals)?,
    };
    print(&opened.secrets.text(&text));
    Ok(if totals.broken.iter().any(|broken| broken.found.level == Level::Must) {
        Exit::NotConformant
    } else if totals.rounds == 0 {
        Exit::NothingSelected
    } else {
        Exit::Conformant
    })
}

/// Writes the history of a round, under a name that no other round has.
fn keep(args: &Args, seed: u64, number: u64, round: &Round, secrets: &Secrets) -> Result<PathBuf, CliError> {
    let default = || PathBuf::from(format!("syncproof-{seed}-{number}.jsonl"));
    let path = match &args.history {
        Some(path) if number == 0 => path.clone(),
        Some(path) => path.with_extension(format!("{number}.jsonl")),
        None => default(),
    };
    new_file::write(Path::new(&path), &String::from_utf8_lossy(&round.file), true)?;
    let view = HistoryView::of(1, &path.display().to_string(), &round.history, &round.verdict());
    let page = histories_page(vec![view]).map_err(CliError::fault)?;
    new_file::write(&path.with_extension("html"), &secrets.text(&page), true)?;
    Ok(path)
}

fn line(totals: &Totals, started: Instant) -> String {
    let (seconds, broken) = (started.elapsed().as_secs_f64(), totals.broken.len());
    format!("{} rounds, {} calls, {seconds:.1} s, {broken} requirements broken", totals.rounds, totals.calls)
}

fn text(totals: &Totals, started: Instant, repeat: &str) -> String {
    let mut text = format!("{}\n", line(totals, started));
    if totals.not_decided > 0 {
        text += &not_decided_text(totals.not_decided);
    }
    for broken in &totals.broken {
        text += &format!("\nin {} rounds, first in round {}\n{}", broken.rounds, broken.first, broken.found.text());
    }
    text + repeat
}

fn repeat(args: &Args, seed: u64, opened: &OpenTarget) -> String {
    let words = ["syncproof", "soak", "--seed"].map(str::to_owned).into_iter();
    let words = words.chain([seed.to_string(), "--time".to_owned(), args.time.to_string()]);
    let faults = args.faults.to_possible_value().filter(|_| args.faults != FaultsArg::Both);
    let words = words.chain(faults.iter().flat_map(|word| ["--faults".to_owned(), word.get_name().to_owned()]));
    let words: Vec<String> = words.chain(opened.flags.iter().cloned()).map(|word| shell::word(&word)).collect();
    format!("repeat: {}\n", words.join(" "))
}
