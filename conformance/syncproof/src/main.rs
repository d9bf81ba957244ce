//! The `syncproof` command: runs the command line, and returns its exit code.

use std::process::ExitCode;

use clap::Parser as _;

/// Campaigns allocate a lot: with the system's allocator they spend a third of their time on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    syncproof::cli::Cli::parse().execute()
}
