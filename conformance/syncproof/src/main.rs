//! The `syncproof` command: turns an outcome into an exit code, and does nothing else.

use std::process::ExitCode;

use clap::Parser as _;

/// Campaigns allocate without end: with the system's allocator a third of their time is spent there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    syncproof::cli::Cli::parse().execute()
}
