//! `syncproof fuzz`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::campaign::{CampaignArgs, CampaignEnd, Goal, line};
use super::campaign_target::{CampaignTargetArgs, OpenTarget};
use super::console::{print, say_error};
use super::findings::FindingArgs;
use super::run::fresh_seed;
use crate::config::RepeatFile;
use syncproof_campaign::oracle::Violation;
use syncproof_campaign::{CampaignReport, FindingEntry, REPORT_VERSION, Source, Totals};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_report as report;
use syncproof_report::{CampaignSettings, EndedCampaign, Ending, Outputs};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: CampaignTargetArgs,
    #[command(flatten)]
    campaign: CampaignArgs,
    #[command(flatten)]
    findings: FindingArgs,
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let seed = args.campaign.seed.unwrap_or_else(fresh_seed);
    let known = args.findings.known()?;
    let outputs = args.findings.outputs(args.campaign.format)?;
    if outputs.stdout() == report::Format::Human {
        print(&report::campaign_head(&args.target.described(), seed, &settings(&args)));
    }
    let opened = args.target.open(seed).await?;
    let secrets = Arc::clone(&opened.secrets);
    let mut command = [vec!["syncproof".to_owned(), "fuzz".to_owned()], args.campaign.repeating(seed)].concat();
    command.extend(args.findings.repeating());
    let goal = Goal { fail_fast: args.findings.fail_fast, known, base: opened.base.clone(), source: Source::Generated };
    let job = Job { campaign: &args.campaign, settings: settings(&args), seed, goal, command };
    let outcome = perform(job, &opened, outputs).await;
    opened.close().await;
    outcome.map_err(|problems| CliError { message: secrets.text(&problems.message), ..problems })
}

/// The settings that are known before the target is reached.
fn settings(args: &Args) -> CampaignSettings {
    args.findings.settings(args.campaign.settings())
}

/// What is performed, and how.
pub(super) struct Job<'a> {
    pub(super) campaign: &'a CampaignArgs,
    pub(super) settings: CampaignSettings,
    pub(super) seed: u64,
    pub(super) goal: Goal,
    /// The words that repeat it, without those of the target.
    pub(super) command: Vec<String>,
}

/// Performs sequences on the target, and reports what they did and found.
pub(super) async fn perform(job: Job<'_>, opened: &OpenTarget, outputs: Outputs) -> Result<Exit, CliError> {
    let started = std::time::SystemTime::now();
    let Job { campaign, settings, seed, goal, mut command } = job;
    let source = goal.source.clone();
    let ended = campaign.run(opened.target.as_ref(), seed, goal).await?;
    let settings = opened.settings.iter().fold(settings, CampaignSettings::with_target);
    let ended_by = ended.ending(&settings);
    let CampaignEnd { mut state, interrupted, is_dead } = ended;
    let hidden = |text: &str| opened.secrets.text(text);
    for finding in state.findings.iter_mut().map(|found| &mut found.shrunk.finding) {
        let Violation { message, expected, actual, .. } = &mut finding.violation;
        (*message, *expected, *actual) = (hidden(message), hidden(expected), hidden(actual));
        finding.exchange = finding.exchange.take().map(|exchange| Arc::new(opened.secrets.exchange(&exchange)));
    }
    let repeat = RepeatFile::of(&opened.flags, &opened.secrets, outputs.first_file(), false);
    let flags = repeat.as_ref().map_or(&opened.flags, |repeat| &repeat.flags);
    let mut taken = BTreeSet::new();
    let mut findings: Vec<FindingEntry> = state.findings.iter().map(FindingEntry::of).collect();
    for entry in &mut findings {
        let origin = (seed, entry.sequence.unwrap_or_default());
        let mut trace = entry.trace(seed);
        if !source.is_endless() {
            // No seed has led to it.
            trace.origin = None;
        }
        let trace = campaign.write(&trace, origin, &mut taken)?;
        let words = ["syncproof".to_owned(), "replay".to_owned(), trace.clone()];
        entry.repeat = Some(hidden(&line(&[&words[..], flags].concat())));
        entry.trace = Some(trace);
    }
    let extent = source.extent();
    let missing_endpoints = opened.target.missing_endpoints();
    repeat.iter().filter(|_| !findings.is_empty()).try_for_each(RepeatFile::write)?;
    let (verdict, exit) = match (findings.is_empty(), interrupted) {
        (false, _) => ("found", Exit::NotConformant),
        (true, true) => ("interrupted", Exit::Target),
        (true, false) if state.progress.cases == 0 => ("silent", Exit::NothingSelected),
        // What needs them was not looked at: that is no success.
        (true, false) if !missing_endpoints.is_empty() => ("blocked", Exit::NotConformant),
        (true, false) if !state.known.is_empty() => ("known", Exit::Conformant),
        (true, false) if ended_by == Ending::Time && extent.is_some() => ("incomplete", Exit::Conformant),
        (true, false) => ("silent", Exit::Conformant),
    };
    let exit = if is_dead || interrupted { Exit::Target } else { exit };
    command.extend_from_slice(if findings.is_empty() { &opened.flags } else { flags });
    let report_of_all = CampaignReport {
        schema: REPORT_VERSION,
        suite: env!("CARGO_PKG_VERSION"),
        target: hidden(&opened.description),
        started: report::in_utc(started),
        seed,
        verdict,
        exit: exit.code(),
        totals: Totals::from(&state.progress),
        exhaustive: extent,
        findings,
        missing_endpoints,
        known: state.known,
        repeat: hidden(&line(&command)),
    };
    let ended = EndedCampaign::new(report_of_all, settings, ended_by);
    let rendered = |format| report::campaign(format, &ended);
    // The head of the report for readers has been printed at the start.
    let printed = match outputs.stdout() {
        report::Format::Human => report::campaign_body(&ended),
        format => rendered(format).map_err(CliError::fault)?,
    };
    print(&hidden(&printed));
    outputs.write_as(rendered)?;
    if is_dead {
        say_error("the target does not answer any more");
    }
    if interrupted {
        say_error("interrupted");
    }
    Ok(exit)
}
