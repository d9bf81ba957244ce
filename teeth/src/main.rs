//! `teeth`: applies each patch of `teeth/patches/` to a copy of the reference server, builds it, runs the suite against it, and
//! compares what happened with what the table says has to happen. `teeth generated` does the same with mutants that
//! cargo-mutants finds, without building for each.
//!
//! It is no command of `syncproof`, because it needs what users of the suite do not have: the source of the server, and cargo.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a command, and this file is all of it that prints"
)]

mod bounded;
mod generated;
mod mutant_server;
mod outcome;
mod suite;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use globset::{Glob, GlobSet, GlobSetBuilder};

use mutant_server::MutantServer;
use outcome::{Further, Outcome, Tally};
use suite::{Server, Suite};
use table::{Patch, Table};

/// Applies patches to the reference server, and says which of them the suite notices
#[derive(Debug, Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,

    /// Only the patches whose id matches one of these globs
    #[arg(value_name = "GLOB")]
    filter: Vec<String>,

    /// Only print the table, as Markdown
    #[arg(long)]
    list: bool,

    /// Also run a campaign of this length against each; it is told, but does not decide
    #[arg(long, value_name = "SECONDS")]
    fuzz: Option<u64>,

    /// Also let the power fail at as many points against each; where the table says what has to happen, that decides
    #[arg(long, value_name = "POINTS", value_parser = clap::value_parser!(u32).range(1..))]
    power: Option<u32>,

    /// The command of the suite [default: `syncproof` beside this program]
    #[arg(long, value_name = "PATH")]
    syncproof: Option<PathBuf>,
}

/// What is tried in place of the patches
#[derive(Debug, Subcommand)]
enum Other {
    /// Tries the mutants that cargo-mutants finds, all built at once behind switches
    Generated(generated::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let tried = match &arguments.other {
        Some(Other::Generated(arguments)) => generated(arguments),
        None => teeth(arguments),
    };
    match tried {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Tries the chosen patches. Returns whether each did what the table says.
fn teeth(arguments: Arguments) -> Result<bool, String> {
    let root = root()?;
    let filter = globs(&arguments.filter)?;
    let patches = Table::read(&root)?.patches;
    let chosen: Vec<Patch> = patches.into_iter().filter(|patch| filter.is_match(&patch.id)).collect();
    if chosen.is_empty() {
        return Err("no patch has such an id; --list shows them".into());
    }
    if arguments.list {
        print!("{}", table::markdown(&chosen));
        return Ok(true);
    }
    let beside = beside()?;
    let suite = Suite::new(arguments.syncproof.unwrap_or_else(|| beside.join("syncproof")))?;
    let server = MutantServer::new(root, beside.parent().unwrap_or(&beside))?;
    server.build(None)?;
    suite.check_unchanged(&patched(&server, &[]))?;
    let mut tally = Tally::default();
    for patch in &chosen {
        let started = Instant::now();
        let outcome = attempt(&server, &suite, patch);
        let campaign = match (&outcome, arguments.fuzz) {
            (Ok(_), Some(seconds)) => {
                Some(suite.campaign(&patched(&server, &patch.arguments), Duration::from_secs(seconds))?)
            }
            _ => None,
        };
        let power = match (&outcome, arguments.power) {
            (Ok(_), Some(points)) => Some(suite.power_loss(&patched(&server, &patch.arguments), points)?),
            _ => None,
        };
        let further = Further { campaign, power };
        println!("{}", outcome::line(patch, &outcome, &further, started.elapsed()));
        tally.add(patch, outcome, further);
    }
    print!("{tally}");
    Ok(tally.is_as_expected())
}

/// Tries the chosen generated mutants. Returns whether every survivor has its reason.
fn generated(arguments: &generated::Arguments) -> Result<bool, String> {
    let (root, beside) = (root()?, beside()?);
    let target = beside.parent().unwrap_or(&beside);
    let paths = generated::Paths {
        root: &root,
        fates: target.join("teeth/generated.jsonl"),
        syncproof: arguments.syncproof.clone().unwrap_or_else(|| beside.join("syncproof")),
    };
    let server = MutantServer::new(root.clone(), target)?;
    let filter = globs(&arguments.filter)?;
    generated::generated(&server, &paths, arguments, &filter, &mut |line| println!("{line}"))
}

fn root() -> Result<PathBuf, String> {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().map_err(|error| error.to_string())
}

/// The folder of this program.
fn beside() -> Result<PathBuf, String> {
    let program = std::env::current_exe().map_err(|error| format!("the path of this program is unknown: {error}"))?;
    program.parent().map(Path::to_owned).ok_or_else(|| "this program is in no folder".to_owned())
}

fn patched<'a>(server: &MutantServer, arguments: &'a [String]) -> Server<'a> {
    Server { program: server.program(), arguments, switch: None }
}

/// Runs the cases of the chapters that the patch concerns, and, if they notice nothing, all of them.
fn attempt(server: &MutantServer, suite: &Suite, patch: &Patch) -> Result<Outcome, String> {
    server.build(Some(patch))?;
    let patched = patched(server, &patch.arguments);
    match suite.run(&patched, &patch.chapters())? {
        Outcome::Survives => suite.run(&patched, &[]),
        killed => Ok(killed),
    }
}

fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    let all = ["*".to_owned()];
    for pattern in if patterns.is_empty() { &all[..] } else { patterns } {
        set.add(Glob::new(pattern).map_err(|error| error.to_string())?);
    }
    set.build().map_err(|error| error.to_string())
}
