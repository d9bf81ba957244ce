//! `syncproof fuzz`.

use std::time::Duration;

use super::campaign::{CampaignArgs, CampaignEnd, line};
use super::campaign_target::{CampaignTargetArgs, OpenTarget};
use super::console::{Format, json, print, say_error};
use super::run::fresh_seed;
use syncproof_campaign::{CampaignReport, FindingEntry, REPORT_VERSION, Totals};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::targets::is_alive;

/// How long to wait for another answer of a target that left a request unanswered.
const ALIVE_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: CampaignTargetArgs,
    #[command(flatten)]
    campaign: CampaignArgs,
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let seed = args.campaign.seed.unwrap_or_else(fresh_seed);
    let opened = args.target.open(seed).await?;
    let secrets = std::sync::Arc::clone(&opened.secrets);
    let outcome = fuzz(&args.campaign, seed, &opened).await;
    opened.close().await;
    outcome.map_err(|problems| CliError { message: secrets.text(&problems.message), ..problems })
}

async fn fuzz(campaign: &CampaignArgs, seed: u64, opened: &OpenTarget) -> Result<Exit, CliError> {
    if campaign.format == Format::Human {
        let version = env!("CARGO_PKG_VERSION");
        print(&format!("syncproof {version}: sequences against {}, seed {seed}\n", opened.description));
    }
    let CampaignEnd { progress, found, interrupted } = campaign.run(&opened.target, seed).await?;
    let mut entry = found.as_ref().map(FindingEntry::of);
    let is_dead = match (&opened.base, entry.as_ref().and_then(|entry| entry.exchange.as_ref())) {
        (Some(base), Some(exchange)) if exchange.status.is_none() => !is_alive(base, ALIVE_TIMEOUT).await,
        _ => false,
    };
    if let Some(entry) = &mut entry {
        entry.trace = Some(campaign.write(&entry.trace(seed), seed, entry.sequence.unwrap_or_default())?);
    }
    let exit = match (&entry, is_dead || interrupted) {
        (_, true) => Exit::Target,
        (Some(_), false) => Exit::NotConformant,
        (None, false) if progress.cases == 0 => Exit::NothingSelected,
        (None, false) => Exit::Conformant,
    };
    let verdict = match (&entry, interrupted) {
        (Some(_), _) => "found",
        (None, true) => "interrupted",
        (None, false) => "silent",
    };
    let repeat = match entry.as_ref().and_then(|entry| entry.trace.clone()) {
        Some(trace) => vec!["syncproof".to_owned(), "replay".to_owned(), trace],
        None => [vec!["syncproof".to_owned(), "fuzz".to_owned()], campaign.repeating(seed)].concat(),
    };
    let report = CampaignReport {
        schema: REPORT_VERSION,
        target: opened.description.clone(),
        seed,
        verdict,
        exit: exit.code(),
        totals: Totals::from(&progress),
        finding: entry,
        repeat: line(&[repeat, opened.flags.clone()].concat()),
    };
    let text = match campaign.format {
        Format::Human => report.text(),
        Format::Json => json(&report)?,
    };
    print(&opened.secrets.text(&text));
    if is_dead {
        say_error("the target does not answer any more");
    }
    if interrupted {
        say_error("interrupted");
    }
    Ok(exit)
}
