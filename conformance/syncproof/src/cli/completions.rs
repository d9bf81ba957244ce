//! `syncproof completions`: the script with which a shell completes command lines.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::Cli;
use super::console::print;
use syncproof_harness::exit::{CliError, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell; bash, for example, reads the script with `source <(syncproof completions bash)`
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn execute(args: &Args) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "syncproof", &mut script);
    print(&String::from_utf8_lossy(&script));
    Ok(Exit::Conformant)
}
