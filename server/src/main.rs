//! The `syncproof-server` binary.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use clap::Parser;
use syncproof_server::{OPENAPI, ServeArgs, run};

/// A minimal reference server of the sync protocol, on SQLite.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(flatten)]
    serve: ServeArgs,

    /// Print the OpenAPI document and exit
    #[arg(long)]
    print_openapi: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.print_openapi { print(OPENAPI) } else { run(cli.serve) }
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        // The reader may close the pipe at any time.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}
