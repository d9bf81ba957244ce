//! `syncproof merge`: the report of a whole run, from the reports of its shards.

use std::io;
use std::path::PathBuf;

use super::console::{Format, print, took};
use super::run::outputs;
use crate::cases;
use syncproof_harness::baseline::{Baseline, today};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_report as report;
use syncproof_report::{Analysis, EarlierReport, Human, Subject};

#[derive(Debug, clap::Args)]
#[command(after_help = CLOSING)]
pub(super) struct Args {
    /// The JSON reports of all shards of one run, which had the same target, seed and settings
    #[arg(required = true, value_name = "FILE")]
    reports: Vec<PathBuf>,
    /// TOML file with known, accepted failures [default: the one that the shards were judged by]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Show each case that did not pass, with its evidence, in addition to the causes
    #[arg(long, short)]
    verbose: bool,
    /// Format of the report on standard output [default: human]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write a report: human, json, junit, github or html, to a file, or to standard output (`-`); may be given more
    /// than once
    #[arg(long, value_name = "FORMAT=FILE")]
    report: Vec<String>,
}

const CLOSING: &str =
    "A closing case judges the answers of its own shard only. Each rule that one checks also has a case of its own.";

pub(super) fn execute(args: &Args) -> Result<Exit, CliError> {
    let shards = args.reports.iter().map(|path| EarlierReport::read(path)).collect::<Result<Vec<_>, _>>()?;
    let of_shards = shards.iter().find_map(EarlierReport::baseline_file);
    let known = || cases::all().iter().map(|case| case.id).collect();
    let baseline = args.baseline.as_deref().or(of_shards);
    let baseline = baseline.map(|path| Baseline::read(path.to_owned(), today(), known())).transpose()?;
    let (subject, finished) = report::merge(&shards, cases::all(), baseline)?;
    let analysis = Analysis::of(&finished);
    let outputs = outputs(args.format, &args.report)?;
    if outputs.stdout() == report::Format::Human {
        took(human(&subject, &analysis, args.verbose));
    }
    print(&outputs.printed(&subject, &analysis)?);
    outputs.write(&subject, &analysis)?;
    Ok(finished.exit())
}

fn human(subject: &Subject, finished: &Analysis<'_>, is_verbose: bool) -> io::Result<()> {
    let mut human = Human::new(anstream::stdout(), subject.clone(), is_verbose);
    human.open(finished.reports.len())?;
    finished.reports.iter().try_for_each(|report| human.case(report))?;
    human.close(finished, finished.duration.as_secs_f64())
}
