//! `syncproof export`: a recorded history in the form of another checker.

use std::io::{BufWriter, Write as _};
use std::path::PathBuf;

use super::console::took;
use super::judge::read_history;
use syncproof_harness::exit::{CliError, Exit};
use syncproof_history::export::{ExportError, Form, export};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The history: JSON Lines, each line an HTTP exchange with its times (`syncproof schema history`)
    #[arg(value_name = "FILE")]
    history: PathBuf,
    /// The checker that is to read it
    #[arg(long, value_enum, value_name = "CHECKER")]
    to: To,
}

/// The checker.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum To {
    /// EDN for elle.list-append: each log is a list of ops
    Elle,
    /// Lines for PolySI and Plume: each log is a register that holds its last op
    Plume,
    /// The text form of dbcop: the same registers
    Dbcop,
}

pub(super) fn execute(args: &Args) -> Result<Exit, CliError> {
    let history = read_history(&args.history)?;
    if history.is_empty() {
        return Ok(Exit::NothingSelected);
    }
    let form = match args.to {
        To::Elle => Form::Elle,
        To::Plume => Form::Plume,
        To::Dbcop => Form::Dbcop,
    };
    let mut out = BufWriter::new(std::io::stdout().lock());
    match export(&history, form, &mut out) {
        Err(ExportError::Io(error)) => took(Err(error)),
        Err(too_long @ ExportError::TooLong(_)) => return Err(CliError::usage(too_long.to_string())),
        Ok(()) => took(out.flush()),
    };
    Ok(Exit::Conformant)
}
