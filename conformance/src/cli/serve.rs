//! `syncproof serve`.
use std::process::ExitCode;
#[derive(Debug, clap::Args)]
pub(super) struct Args {}
pub(super) fn execute(_args: Args) -> ExitCode {
    ExitCode::SUCCESS
}
