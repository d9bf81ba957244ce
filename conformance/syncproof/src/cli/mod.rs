//! The command line: one file a subcommand. This is the only part of the library that prints.
//!
//! Internal: public for the command and the project's own tests and benchmarks only.

use std::process::ExitCode;

use anstream::ColorChoice;
use clap::{CommandFactory as _, Parser, Subcommand};

use console::{printed, say_error};
use syncproof_harness::exit::{CliError, Exit};

mod campaign;
mod campaign_target;
mod compare;
mod completions;
mod console;
mod diff;
mod doctor;
mod exhaust;
mod explain;
mod explain_endpoint;
mod export;
mod findings;
mod fuzz;
mod init;
mod judge;
mod list;
mod man;
mod merge;
mod mutants;
mod new_file;
mod power_loss;
mod progress;
mod ratchet;
mod replay;
mod run;
mod schema;
mod secret;
mod serve;
mod serve_mutant;
mod settings;
mod signal;
mod soak;
mod trial;
mod variants;

/// Checks servers of a local-first sync protocol.
#[derive(Debug, Parser)]
#[command(name = "syncproof", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to print colours: auto (on a terminal, unless NO_COLOR is set), always, or never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    color: clap::ColorChoice,
}

const EXIT_CODES: &str = "Exit codes: 0 conformant · 1 a MUST failed or the baseline was broken (mutants: one survived; compare: something broke) · 2 wrong usage or \
    configuration · 3 target unreachable or died · 4 nothing selected or judged · 70 fault in the suite · 141 the reader of the output went away";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the cases against a target: the reference server, unless another is named
    Run(run::Args),
    /// List the cases with their requirements
    List(list::Args),
    /// Explain a requirement, a case or an endpoint
    Explain(explain::Args),
    /// Perform generated sequences against a target, and report what breaks a requirement
    Fuzz(fuzz::Args),
    /// Perform every sequence of a small world against a target, and report what breaks a requirement
    Exhaust(exhaust::Args),
    /// Perform the sequence of a file against a target: is the bug fixed, or does it still fail?
    Replay(replay::Args),
    /// Let concurrent clients work on a target, round after round, and judge the history of each round
    Soak(soak::Args),
    /// Let the power fail at many moments, and judge what a server has kept: did it sync what it acknowledged?
    PowerLoss(power_loss::Args),
    /// Judge recorded histories of concurrent clients: does any answer contradict another?
    Judge(judge::Args),
    /// Write a recorded history in the form of another checker, for a second opinion
    Export(export::Args),
    /// Perform generated sequences on two targets, and shrink one for which they differ
    Diff(diff::Args),
    /// Examine a target: does it answer, does it accept the credentials, which capabilities does it have?
    Doctor(doctor::Args),
    /// Write a first syncproof.toml and a CI workflow for a target, and say which level to aim for
    Init(init::Args),
    /// Serve the reference server, or the specimen, healthy or with a bug in it
    Serve(serve::Args),
    /// Merge the JSON reports of the shards of a run into one report, with a verdict
    Merge(merge::Args),
    /// Compare two JSON reports: what was mended, and what broke?
    Compare(compare::Args),
    /// Print the JSON schema of the JSON report, of traces, or of histories
    Schema(schema::Args),
    /// Print the script with which bash, zsh, fish and other shells complete command lines
    Completions(completions::Args),
    /// Print a manual page, for man
    Man(man::Args),
    /// Run the suite against servers with one known bug each, and show which cases detect it
    Mutants(mutants::Args),
    /// Run the suite against conformant servers that differ from the specimen, and show which cases fail for them
    Variants(variants::Args),
}

impl Cli {
    /// Runs the command, and returns its exit code.
    #[must_use]
    pub fn execute(self) -> ExitCode {
        match self.color {
            clap::ColorChoice::Auto => ColorChoice::Auto,
            clap::ColorChoice::Always => ColorChoice::Always,
            clap::ColorChoice::Never => ColorChoice::Never,
        }
        .write_global();
        let outcome = match self.command {
            // A server has its own runtime and its own exit codes.
            Command::Serve(args) => return serve::execute(args),
            Command::Run(args) => block_on(run::execute(args)),
            Command::List(args) => list::execute(&args),
            Command::Explain(args) => explain::execute(&args),
            Command::Fuzz(args) => block_on(fuzz::execute(args)),
            Command::Exhaust(args) => block_on(exhaust::execute(args)),
            Command::Replay(args) => block_on(replay::execute(args)),
            Command::Soak(args) => block_on(soak::execute(args)),
            Command::PowerLoss(args) => block_on(power_loss::execute(args)),
            Command::Judge(args) => judge::execute(&args),
            Command::Export(args) => export::execute(&args),
            Command::Diff(args) => block_on(diff::execute(args)),
            Command::Doctor(args) => block_on(doctor::execute(args)),
            Command::Init(args) => block_on(init::execute(args)),
            Command::Merge(args) => merge::execute(&args),
            Command::Compare(args) => compare::execute(&args),
            Command::Schema(args) => schema::execute(&args),
            Command::Completions(args) => completions::execute(&args, Cli::command()),
            Command::Man(args) => man::execute(&args, Cli::command()),
            Command::Mutants(args) => block_on(mutants::execute(args)),
            Command::Variants(args) => block_on(variants::execute(args)),
        };
        let outcome = outcome.and_then(|exit| printed().map_or(Ok(exit), Err));
        let exit = outcome.unwrap_or_else(|problems| {
            if problems.exit != Exit::ReaderGone {
                say_error(&problems.message);
            }
            problems.exit
        });
        ExitCode::from(exit.code())
    }
}

fn block_on(work: impl Future<Output = Result<Exit, CliError>>) -> Result<Exit, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::fault(format!("no runtime: {error}")))?;
    runtime.block_on(work)
}
