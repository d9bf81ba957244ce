//! `syncproof compare`: what was mended and what broke from one report to another.

use std::path::PathBuf;

use super::console::{Format, json, print};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_report::{Comparison, EarlierReport};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The JSON report of an earlier run
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The JSON report of a later run
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// Format of the output
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

pub(super) fn execute(args: &Args) -> Result<Exit, CliError> {
    let (old, new) = (EarlierReport::read(&args.old)?, EarlierReport::read(&args.new)?);
    let comparison = Comparison::of(&old, &new);
    print(&match args.format {
        Format::Human => comparison.text(),
        Format::Json => json(&comparison)?,
    });
    Ok(comparison.exit())
}
