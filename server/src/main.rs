//! The `syncproof-server` binary.

use std::process::ExitCode;

use clap::Parser;
use syncproof_server::{ServeArgs, openapi, run};

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
    if cli.print_openapi {
        return print_openapi();
    }
    run(cli.serve)
}

#[allow(clippy::print_stdout)]
fn print_openapi() -> ExitCode {
    match openapi().to_pretty_json() {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(_) => ExitCode::FAILURE,
    }
}
