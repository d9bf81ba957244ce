//! `syncproof completions`: the script with which a shell completes command lines.

use clap::Command;
use clap_complete::Shell;

use super::console::print;
use syncproof_harness::exit::{CliError, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell; bash, for example, reads the script with `source <(syncproof completions bash)`
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn execute(args: &Args, mut command: Command) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "syncproof", &mut script);
    print(&String::from_utf8_lossy(&script));
    Ok(Exit::Conformant)
}
