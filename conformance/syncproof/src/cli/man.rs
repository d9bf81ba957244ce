//! `syncproof man`: the manual pages.

use clap::Command;
use clap_mangen::Man;

use super::console::print;
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::suggestion::suggestion;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The subcommand that the page is about, such as run [default: the command as a whole]
    #[arg(value_name = "SUBCOMMAND")]
    of: Option<String>,
}

pub(super) fn execute(args: &Args, mut command: Command) -> Result<Exit, CliError> {
    // Gives subcommands their full names and the global flags.
    command.build();
    let about = match &args.of {
        None => command,
        Some(name) => command.find_subcommand(name).cloned().ok_or_else(|| {
            let hint = suggestion(name, command.get_subcommands().map(Command::get_name));
            CliError::usage(format!("there is no subcommand `{name}`{hint}"))
        })?,
    };
    let mut page = Vec::new();
    let rendered = Man::new(about).render(&mut page);
    rendered.map_err(|error| CliError::fault(format!("the manual page cannot be written: {error}")))?;
    print(&String::from_utf8_lossy(&page));
    Ok(Exit::Conformant)
}
