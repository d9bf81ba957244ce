//! `syncproof replay`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::campaign::read_trace;
use super::campaign_target::{CampaignTargetArgs, OpenTarget};
use super::console::{Format, json, print};
use syncproof_campaign::sequence::Trace;
use syncproof_campaign::{CampaignTarget, Finding, FindingEntry, Trial as _, left_out};
use syncproof_harness::exit::{CliError, Exit};

/// How many findings before that of the trace are passed over at most.
const MAX_PASSES: usize = 8;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Traces, as `fuzz` writes them
    #[arg(required = true, value_name = "FILE")]
    traces: Vec<PathBuf>,
    #[command(flatten)]
    target: CampaignTargetArgs,
    /// Format of the output
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

/// The result of one trace.
#[derive(Debug, Serialize)]
struct Replayed {
    trace: String,
    /// `fixed`, `fails`, or `undecided` if steps had to be left out and the other steps showed nothing wrong.
    verdict: &'static str,
    summary: String,
    /// Steps that were left out because the credentials cannot carry their users' names.
    left_out: u64,
    finding: Option<FindingEntry>,
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    // All files are read first, so that nothing is performed if one of them cannot be read.
    let traces = args.traces.iter().map(|path| read_trace(path)).collect::<Result<Vec<_>, _>>()?;
    let opened = args.target.open(0).await?;
    let outcome = replay(&args, &traces, &opened).await;
    opened.close().await;
    outcome
}

async fn replay(args: &Args, traces: &[Trace], opened: &OpenTarget) -> Result<Exit, CliError> {
    let mut replayed = Vec::with_capacity(traces.len());
    for (path, trace) in args.traces.iter().zip(traces) {
        let errs = |reason: String| CliError::target(format!("{}: errors: {reason}", path.display()));
        let (finding, left_out) = perform(&opened.target, trace).await.map_err(errs)?;
        let finding = finding.map(|finding| FindingEntry::of_steps(&trace.steps, &finding));
        let verdict = match (&finding, left_out) {
            (Some(_), _) => "fails",
            (None, 0) => "fixed",
            (None, _) => "undecided",
        };
        let (trace, summary) = (path.display().to_string(), trace.summary.clone());
        replayed.push(Replayed { trace, verdict, summary, left_out, finding });
    }
    let text = match args.format {
        Format::Human => replayed.iter().map(text).collect(),
        Format::Json => json(&replayed)?,
    };
    print(&opened.secrets.text(&text));
    let any = |verdict: &str| replayed.iter().any(|replayed| replayed.verdict == verdict);
    Ok(match (any("fails"), any("undecided")) {
        (true, _) => Exit::NotConformant,
        (false, true) => Exit::NothingSelected,
        (false, false) => Exit::Conformant,
    })
}

/// What the trace shows, and how many steps were left out. If another requirement than that of the trace is broken first,
/// it is passed over where that is possible, so that the answer is about the trace.
async fn perform(target: &CampaignTarget, trace: &Trace) -> Result<(Option<Finding>, u64), String> {
    let mut passed_over = BTreeSet::new();
    let (mut first, mut left_out) = (None, 0);
    for _ in 0..MAX_PASSES {
        let tried = target.attempt(&trace.steps, &Arc::new(passed_over.clone())).await?;
        left_out = tried.left_out;
        let Some(finding) = tried.found else { break };
        let is_of_trace = trace.requirement.as_deref().is_none_or(|wanted| wanted == finding.violation.requirement);
        let is_new = passed_over.insert(finding.symptom());
        if is_of_trace {
            return Ok((Some(finding), left_out));
        }
        first.get_or_insert(finding);
        if !is_new {
            break;
        }
    }
    Ok((first, left_out))
}

fn text(replayed: &Replayed) -> String {
    let finding = replayed.finding.as_ref().map(FindingEntry::text).unwrap_or_default();
    let left_out = left_out(replayed.left_out);
    format!("{} {}: {}\n{left_out}{finding}", replayed.verdict, replayed.trace, replayed.summary)
}
