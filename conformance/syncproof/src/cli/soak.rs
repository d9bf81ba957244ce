//! `syncproof soak`: concurrent clients, round after round, each judged by its history.

use std::path::PathBuf;
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
use syncproof_soak::{Crew, Faults, LoadUnder, Plan, Round, Smallest, Totals, perform, shrink, simulate};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How long to go on, in seconds; a round that has begun is finished
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    time: u64,
    /// Decides what clients send, and with `--in-process specimen` also when it arrives [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// End with the first round in which something is found
    #[arg(long)]
    fail_fast: bool,
    /// What goes wrong meanwhile: the network, the process (kills and standstills, of servers that the suite starts), both, or
    /// nothing. Every third round is without
    #[arg(long, value_enum, value_name = "WHAT", default_value = "both")]
    faults: FaultsArg,
    /// Perform this round only, from 0: once if the server is the specimen in this process, else again and again until
    /// something is found or the time is up
    #[arg(long, value_name = "N")]
    round: Option<u64>,
    /// With --round: which of its clients take part, by their numbers
    #[arg(long, value_name = "N,N", value_delimiter = ',', requires = "round")]
    clients: Option<Vec<usize>>,
    /// With --round: how long its clients go on, in milliseconds
    #[arg(long, value_name = "MS", requires = "round", value_parser = clap::value_parser!(u64).range(1..=600_000))]
    length: Option<u64>,
    /// With --round and --in-process specimen: decides anew who comes before whom
    #[arg(long, value_name = "N", requires = "round", default_value_t = 0)]
    schedule: u64,
    /// Where to write the history of the smallest round that shows what was found, and beside it a page with a picture of
    /// the calls around each contradiction; further ones get a number [default: syncproof-SEED-ROUND.jsonl in the working
    /// directory]
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
    let (mut totals, mut told, mut kept) = (Totals::default(), started, 0);
    let mut stopped = std::pin::pin!(signal::stop());
    let simulated = opened.target.is_on_one_thread();
    let perform = async |plan: Plan| match simulated {
        true => simulate(&opened.target, &opened.description, plan).await,
        false => perform(&opened.target.open()?, &opened.description, plan).await,
    };
    while Instant::now() < until {
        let number = args.round.unwrap_or(totals.rounds);
        let plan = plan(args, seed, number, simulated);
        let round = tokio::select! {
            round = perform(plan.clone()) => Arc::new(round.map_err(CliError::target)?),
            () = &mut stopped => break,
        };
        let mut new = totals.add(number, plan.faults, &round);
        let is_found = !new.is_empty();
        // The first of them may be the cause of the others.
        while let Some(requirement) = new.first().copied() {
            let shrunk = tokio::select! {
                shrunk = shrink(plan.clone(), Arc::clone(&round), requirement, simulated, &perform) => shrunk,
                () = &mut stopped => break,
            };
            totals.explain(requirement, number, &shrunk);
            let path = keep(args, (seed, number), kept, &shrunk.round, &opened.secrets)?;
            kept += 1;
            note(&opened.secrets.text(&format!("round {number}: {requirement}: {}", path.display())));
            new.retain(|requirement| !totals.is_explained(requirement));
        }
        if args.round.is_some() && (simulated || is_found) || is_found && args.fail_fast {
            break;
        }
        if told.elapsed() >= TICK {
            told = Instant::now();
            note(&line(&totals, started));
        }
    }
    let text = match args.format {
        Format::Human => text(&totals, started, simulated, &|further| repeat(args, seed, opened, further)),
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

/// The plan of a round.
fn plan(args: &Args, seed: u64, number: u64, simulated: bool) -> Plan {
    let plan = match simulated {
        true => Plan::of_simulated_round(seed, number, args.faults.faults()),
        false => Plan::of_round(seed, number, args.faults.faults()),
    };
    let length = args.length.map_or(plan.length, Duration::from_millis);
    Plan { length, crew: Crew(args.clients.clone()), schedule: args.schedule, ..plan }
}

/// Writes the history of a round of a seed, under a name that no other one has. That many were written before.
fn keep(
    args: &Args,
    (seed, number): (u64, u64),
    kept: usize,
    round: &Round,
    secrets: &Secrets,
) -> Result<PathBuf, CliError> {
    let path = match &args.history {
        Some(path) if kept == 0 => path.clone(),
        Some(path) => path.with_extension(format!("{kept}.jsonl")),
        None if kept == 0 => PathBuf::from(format!("syncproof-{seed}-{number}.jsonl")),
        None => PathBuf::from(format!("syncproof-{seed}-{number}.{kept}.jsonl")),
    };
    new_file::write(&path, &String::from_utf8_lossy(&round.file), true)?;
    let view = HistoryView::of(1, &path.display().to_string(), &round.history, &round.verdict());
    let page = histories_page(vec![view]).map_err(CliError::fault)?;
    new_file::write(&path.with_extension("html"), &secrets.text(&page), true)?;
    Ok(path)
}

fn line(totals: &Totals, started: Instant) -> String {
    let (seconds, broken) = (started.elapsed().as_secs_f64(), totals.broken.len());
    format!("{} rounds, {} calls, {seconds:.1} s, {broken} requirements broken", totals.rounds, totals.calls)
}

fn text(totals: &Totals, started: Instant, simulated: bool, repeat: &dyn Fn(&[String]) -> String) -> String {
    let mut text = format!("{}\n", line(totals, started));
    // Where time is simulated, it says nothing.
    text.extend(totals.load.iter().filter(|_| !simulated).map(load_text));
    if totals.not_decided > 0 {
        text += &not_decided_text(totals.not_decided);
    }
    for broken in totals.broken.iter().filter(|broken| broken.with.is_none()) {
        text += &format!("\nin {} rounds, first in round {}\n{}", broken.rounds, broken.first, broken.found.text());
        let requirement = broken.found.requirement;
        let others = totals.broken.iter().filter(|other| other.with == Some(requirement));
        let others: Vec<&str> = others.map(|other| other.found.requirement).collect();
        if !others.is_empty() {
            text += &format!("  broken with it: {}\n", others.join(", "));
        }
        if let Some(smallest) = &broken.smallest {
            let Smallest { clients, calls, length_ms, broke: (broke, rounds), arguments } = smallest;
            text += &format!("  seen in {broke} of {rounds} rounds of {calls} calls in {length_ms} ms, by {clients}\n");
            text += &format!("  {}", repeat(arguments));
        }
    }
    if totals.broken.is_empty() { text + &repeat(&[]) } else { text }
}

/// How much was done while that went wrong, and how long answers took.
fn load_text(LoadUnder { faults, load }: &LoadUnder) -> String {
    let name = match (faults.network, faults.process) {
        (false, false) => "nothing wrong",
        (true, false) => "a bad network",
        (false, true) => "kills and standstills",
        (true, true) => "a bad network, kills and standstills",
    };
    #[allow(clippy::cast_precision_loss)]
    let (ms, rate) =
        (|time_us: u64| time_us as f64 / 1000.0, load.calls as f64 / (load.lasted_us as f64 / 1e6).max(0.001));
    let (half, most) = (ms(load.within_us(0.5)), ms(load.within_us(0.99)));
    let mut text = format!(
        "  {name}: {} calls, {rate:.0} a second, {} without an answer; half of the answers within {half:.1} ms, 99 of 100 within \
         {most:.1} ms, the last after {:.1} ms",
        load.calls,
        load.calls - load.answered,
        ms(load.longest_us),
    );
    if load.faults > 0 {
        text += &format!("; {} of {} struck while a push was under way", load.met, load.faults);
    }
    text += "\n";
    if load.is_low() {
        text += "  Most of these struck an idle server, and prove nothing: there was too little load.\n";
    }
    text
}

fn repeat(args: &Args, seed: u64, opened: &OpenTarget, further: &[String]) -> String {
    let words = ["syncproof", "soak", "--seed"].map(str::to_owned).into_iter();
    let words = words.chain([seed.to_string(), "--time".to_owned(), args.time.to_string()]);
    let faults = args.faults.to_possible_value().filter(|_| args.faults != FaultsArg::Both);
    let words = words.chain(faults.iter().flat_map(|word| ["--faults".to_owned(), word.get_name().to_owned()]));
    let words = words.chain(further.iter().cloned()).chain(opened.flags.iter().cloned());
    let words: Vec<String> = words.map(|word| shell::word(&word)).collect();
    format!("repeat: {}\n", words.join(" "))
}
