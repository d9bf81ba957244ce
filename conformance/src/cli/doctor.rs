//! `syncproof doctor`.

use super::prepare::{prepare, settings};
use super::say;
use crate::capability::Capability;
use crate::cases;
use crate::config::TargetArgs;
use crate::exit::{Exit, Trouble};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
}

pub(super) async fn execute(args: Args) -> Result<Exit, Trouble> {
    let prepared = prepare(settings(&args.target)?, 0).await?;
    let target = &prepared.run.target;
    say(&format!("target        {} at {}\n", target.description, target.base));
    say("answers       yes\ncredentials   taken\n");
    say(&format!("capabilities  {}\n", prepared.capabilities_from));
    for capability in Capability::ALL {
        let word = if target.capabilities.contains(&capability) { "yes" } else { "no" };
        say(&format!("  {capability:22} {word}\n"));
    }
    let all = cases::all();
    let fit = all.iter().filter(|case| case.missing(&target.capabilities).is_empty()).count();
    say(&format!("{fit} of {} cases apply to this target\n", all.len()));
    if let Some(process) = prepared.process {
        process.stop().await;
    }
    Ok(Exit::Conformant)
}
