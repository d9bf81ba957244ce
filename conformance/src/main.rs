//! The `syncproof` command: turns an outcome into an exit code, and does nothing else.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    syncproof::cli::Cli::parse().execute()
}
