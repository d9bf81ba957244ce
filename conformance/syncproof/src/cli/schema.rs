//! `syncproof schema`: the JSON schemas of the files that other programs read.

use clap::ValueEnum;

use super::console::print;
use syncproof_campaign::sequence;
use syncproof_harness::exit::{CliError, Exit};
use syncproof_history::file;
use syncproof_report as report;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The JSON report of `run`, the JSON report of `fuzz`, the JSON output of `compare`, the traces that `fuzz` and `diff` write and `replay` reads, or a line of a history that `judge` reads
    #[arg(value_enum, default_value = "report")]
    of: Of,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Of {
    Report,
    Fuzz,
    Compare,
    Trace,
    History,
}

pub(super) fn execute(args: &Args) -> Result<Exit, CliError> {
    print(&match args.of {
        Of::Report => report::schema(),
        Of::Fuzz => report::campaign_schema(),
        Of::Compare => report::comparison_schema(),
        Of::Trace => sequence::schema(),
        Of::History => file::schema(),
    });
    Ok(Exit::Conformant)
}
