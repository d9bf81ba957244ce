//! `syncproof doctor`.

use std::path::PathBuf;

use super::console::print;
use super::new_file::{check_free, write};
use super::settings::settings;
use crate::cases;
use crate::config::{DEFAULT_FILE, TargetArgs};
use crate::doctor::{ProbeReport, ProbeResult, first_file};
use crate::prepare::prepare;
use syncproof_harness::blocker::Blocker;
use syncproof_harness::exit::{CliError, Exit};
use syncproof_protocol::capability::Capability;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Write a first configuration file from the results [default: syncproof.toml]
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = DEFAULT_FILE)]
    write: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long, requires = "write")]
    force: bool,
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    if let Some(path) = &args.write {
        check_free(path, args.force)?;
    }
    let settings = settings(&args.target)?;
    let (reach, source) = (settings.target.reach.clone(), settings.source.clone());
    let prepared = prepare(settings.target, 0).await?;
    let target = &prepared.run.target;
    print(&format!("target        {}\n", prepared.name_and_address()));
    print("answers       yes\ncredentials   taken\n");
    print(&format!("capabilities  {}\n", prepared.capabilities_from));
    let look = prepared.look.unwrap_or_default();
    for capability in Capability::ALL {
        let word = match capability.is_met_by(&target.capabilities) {
            true => "yes",
            false if prepared.undeclared.contains(&capability) => "no, but shown: not declared",
            false if target.undecided.contains(&capability) => "not known",
            false => "no",
        };
        let words = look.findings.iter().find(|finding| finding.capability == capability);
        let words = words.map(|finding| format!(" ({})", finding.words)).unwrap_or_default();
        print(&format!("  {capability:22} {word}{words}\n"));
    }
    let all = cases::all();
    let fit = all.iter().filter(|case| case.missing(&target.capabilities).is_empty()).count();
    print(&format!("{fit} of {} cases apply to this target\n", all.len()));
    print_problems(&look, &prepared.blockers);
    if let Some(path) = &args.write {
        if look.problems.is_empty() {
            let text = first_file(&reach, source.as_ref(), &target.capabilities, &look);
            write(path, &text, args.force)?;
            print(&format!("wrote {}\n", path.display()));
        } else {
            print(&format!("{} was not written: too little is known of this target\n", path.display()));
        }
    }
    if let Some(process) = prepared.process {
        process.stop().await;
    }
    Ok(if look.is_clear() && prepared.blockers.is_empty() { Exit::Conformant } else { Exit::NotConformant })
}

/// Prints what is wrong with the target.
fn print_problems(look: &ProbeReport, blockers: &[Blocker]) {
    for blocker in blockers {
        print(&format!("TROUBLE {}\n", blocker.summary));
    }
    for problems in &look.problems {
        print(&format!("TROUBLE {problems}\n"));
    }
    for finding in look.findings.iter().filter(|finding| finding.seen == ProbeResult::Unclear) {
        print(&format!("TROUBLE {} is there and does not work: {}\n", finding.capability, finding.words));
    }
}
