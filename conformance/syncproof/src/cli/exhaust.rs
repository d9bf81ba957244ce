//! `syncproof exhaust`.

use std::path::PathBuf;
use std::sync::Arc;

use super::campaign::{CampaignArgs, Goal};
use super::campaign_target::{CampaignTargetArgs, OpenTarget};
use super::console::{Format, print};
use super::findings::FindingArgs;
use super::fuzz::{Job, perform};
use syncproof_campaign::{Scope, Source, Trial as _};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::selection::Shard;
use syncproof_report as report;
use syncproof_report::{CampaignSettings, Outputs};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The small world whose sequences are performed
    #[arg(long, value_enum)]
    scope: ScopeName,
    /// Perform every sequence up to this length; an action that changes nothing counts as two [default: one that takes a
    /// minute or two in process; over sockets only --pairs]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=12))]
    length: Option<u8>,
    /// Perform only what is needed to cover every pair of transitions that follow each other
    #[arg(long, conflicts_with = "length")]
    pairs: bool,
    /// How long to run at most, in seconds; what is not covered by then is told [default: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    time: Option<u64>,
    /// Sequences to perform at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Perform only the I-th of N parts of the sequences, such as 2/4, while other machines perform the others
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Longest time to shrink one failing sequence, and all that are left at the end, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    shrink: u64,
    /// Where to write the trace of a failing sequence; the name gets a number for each further one [default:
    /// syncproof-SCOPE.json in the working directory]
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    findings: FindingArgs,
    /// Format of the output
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    target: CampaignTargetArgs,
}

/// The scopes, by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ScopeName {
    /// Memberships, roles and deletions: three people and a workspace
    Members,
    /// Puts, deletes, replays and ties: two people, two workspaces, one record, two op ids, two clocks
    Ops,
    /// Cursors, age and collections: one record and two devices
    Collection,
    /// Logins, activations, removals and deletions: two people and three workspaces
    Sessions,
}

impl From<ScopeName> for Scope {
    fn from(name: ScopeName) -> Scope {
        match name {
            ScopeName::Members => Scope::Members,
            ScopeName::Ops => Scope::Ops,
            ScopeName::Collection => Scope::Collection,
            ScopeName::Sessions => Scope::Sessions,
        }
    }
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let outputs = args.findings.outputs(args.format)?;
    let opened = args.target.open(0).await?;
    let outcome = exhaust(&args, &opened, outputs).await;
    let secrets = Arc::clone(&opened.secrets);
    opened.close().await;
    outcome.map_err(|problems| CliError { message: secrets.text(&problems.message), ..problems })
}

async fn exhaust(args: &Args, opened: &OpenTarget, outputs: Outputs) -> Result<Exit, CliError> {
    let scope = Scope::from(args.scope);
    if let Some(lack) = scope.steps().iter().find_map(|step| opened.target.lacks(step)) {
        let message = format!("the scope {} cannot be performed: the target lacks the {lack}", scope.name());
        return Err(CliError { exit: Exit::NothingSelected, message });
    }
    let usual = || opened.target.can_skip_time().then(|| scope.usual_length());
    let length = if args.pairs { None } else { args.length.map(usize::from).or_else(usual) };
    let listed = scope.sequences(length);
    let (place, count) = args.shard.map_or((0, 1), |shard| (shard.place(), shard.count()));
    let campaign = CampaignArgs {
        time: args.time,
        cases: Some(listed.count().saturating_sub(place).div_ceil(count)),
        seed: None,
        jobs: args.jobs,
        shard: args.shard,
        shrink: args.shrink,
        trace: Some(args.trace.clone().unwrap_or_else(|| PathBuf::from(format!("syncproof-{}.json", scope.name())))),
        format: args.format,
    };
    let settings = CampaignSettings {
        scope: Some(match length {
            Some(length) => format!("{} up to length {length}", scope.name()),
            None => format!("{}, pairs of transitions", scope.name()),
        }),
        ..args.findings.settings(campaign.settings())
    };
    if outputs.stdout() == report::Format::Human {
        print(&opened.secrets.text(&report::campaign_head(&opened.description, 0, &settings)));
    }
    let known = args.findings.known()?;
    let source = Source::Listed(listed);
    let goal = Goal { fail_fast: args.findings.fail_fast, known, base: opened.base.clone(), source };
    let job = Job { campaign: &campaign, settings, seed: 0, goal, command: args.repeating(length) };
    perform(job, opened, outputs).await
}

impl Args {
    /// The words that repeat it, without those of the target.
    fn repeating(&self, length: Option<usize>) -> Vec<String> {
        let mut words = ["syncproof", "exhaust", "--scope", Scope::from(self.scope).name()].map(str::to_owned).to_vec();
        match length {
            Some(length) => words.extend(["--length".to_owned(), length.to_string()]),
            None => words.push("--pairs".to_owned()),
        }
        words.extend(self.time.iter().flat_map(|time| ["--time".to_owned(), time.to_string()]));
        words.extend(self.shard.iter().flat_map(|shard| ["--shard".to_owned(), shard.to_string()]));
        words.extend(self.findings.repeating());
        words
    }
}
