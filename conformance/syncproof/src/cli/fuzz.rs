//! `syncproof fuzz`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use super::campaign::{CampaignArgs, CampaignEnd, Goal, line};
use super::campaign_target::{CampaignTargetArgs, OpenTarget};
use super::console::{Format, note, print, say_error};
use super::run::fresh_seed;
use crate::config::RepeatFile;
use syncproof_campaign::oracle::Violation;
use syncproof_campaign::{CampaignReport, FindingEntry, REPORT_VERSION, Totals};
use syncproof_harness::baseline::{self, Baseline};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_report as report;
use syncproof_report::{CampaignSettings, EndedCampaign, Outputs};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: CampaignTargetArgs,
    #[command(flatten)]
    campaign: CampaignArgs,
    /// Stop at the first finding
    #[arg(long)]
    fail_fast: bool,
    /// TOML file with known, accepted findings, which are passed over; the file of `run --baseline` serves both
    #[arg(long, value_name = "FILE")]
    known: Option<PathBuf>,
    /// Write a report: human, json, junit or html, to a file, or to standard output (`-`); may be given more than once
    #[arg(long, value_name = "FORMAT=FILE")]
    report: Vec<String>,
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let seed = args.campaign.seed.unwrap_or_else(fresh_seed);
    let known = known(&args)?;
    let outputs = outputs(&args)?;
    if outputs.stdout() == report::Format::Human {
        print(&report::campaign_head(&args.target.described(), seed, &settings(&args)));
    }
    let opened = args.target.open(seed).await?;
    let secrets = Arc::clone(&opened.secrets);
    let outcome = fuzz(&args, seed, &opened, known, outputs).await;
    opened.close().await;
    outcome.map_err(|problems| CliError { message: secrets.text(&problems.message), ..problems })
}

/// The settings that are known before the target is reached.
fn settings(args: &Args) -> CampaignSettings {
    args.campaign.settings(args.fail_fast, args.known.as_deref())
}

/// The requested reports.
fn outputs(args: &Args) -> Result<Outputs, CliError> {
    if let Some(asked) = args.report.iter().find(|asked| asked.starts_with("github") || asked.starts_with("badge")) {
        let message = format!(
            "--report {asked}: campaigns have no badge and no report for GitHub; the formats are human, json, junit, html"
        );
        return Err(CliError::usage(message));
    }
    let wanted = args.report.iter().map(|asked| asked.parse()).collect::<Result<_, _>>()?;
    let stdout = (args.campaign.format == Format::Json).then_some(report::Format::Json);
    Outputs::open(wanted, stdout, None)
}

/// The ids of the findings that are passed over. Entries that are not in order are named, and count for nothing.
fn known(args: &Args) -> Result<BTreeSet<String>, CliError> {
    let Some(path) = &args.known else { return Ok(BTreeSet::new()) };
    let listed = Baseline::read(path.clone(), baseline::today(), Vec::new())?;
    let mut known = BTreeSet::new();
    for entry in &listed.findings {
        match entry.objection(listed.today) {
            Some(objection) => note(&format!("{}:{}: {objection}", path.display(), entry.line)),
            None => drop(known.insert(entry.id.clone())),
        }
    }
    Ok(known)
}

async fn fuzz(
    args: &Args,
    seed: u64,
    opened: &OpenTarget,
    known: BTreeSet<String>,
    outputs: Outputs,
) -> Result<Exit, CliError> {
    let started = std::time::SystemTime::now();
    let campaign = &args.campaign;
    let goal = Goal { fail_fast: args.fail_fast, known, base: opened.base.clone() };
    let ended = campaign.run(&opened.target, seed, goal).await?;
    let settings = opened.settings.iter().fold(settings(args), CampaignSettings::with_target);
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
        let trace = campaign.write(&entry.trace(seed), origin, &mut taken)?;
        let words = ["syncproof".to_owned(), "replay".to_owned(), trace.clone()];
        entry.repeat = Some(hidden(&line(&[&words[..], flags].concat())));
        entry.trace = Some(trace);
    }
    let missing_endpoints = opened.target.missing_endpoints();
    repeat.iter().filter(|_| !findings.is_empty()).try_for_each(RepeatFile::write)?;
    let (verdict, exit) = match (findings.is_empty(), interrupted) {
        (false, _) => ("found", Exit::NotConformant),
        (true, true) => ("interrupted", Exit::Target),
        (true, false) if state.progress.cases == 0 => ("silent", Exit::NothingSelected),
        // What needs them was not looked at: that is no success.
        (true, false) if !missing_endpoints.is_empty() => ("blocked", Exit::NotConformant),
        (true, false) if !state.known.is_empty() => ("known", Exit::Conformant),
        (true, false) => ("silent", Exit::Conformant),
    };
    let exit = if is_dead || interrupted { Exit::Target } else { exit };
    let mut command = [vec!["syncproof".to_owned(), "fuzz".to_owned()], campaign.repeating(seed)].concat();
    command.extend(args.fail_fast.then(|| "--fail-fast".to_owned()));
    command.extend(args.known.iter().flat_map(|path| ["--known".to_owned(), path.display().to_string()]));
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
