//! `syncproof diff`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::campaign::{CampaignArgs, CampaignEnd, Goal, line, read_trace};
use super::campaign_target::{CampaignTargetArgs, OpenTarget};
use super::console::{Format, json, print, say_error};
use super::run::fresh_seed;
use crate::config::{CredentialArgs, TargetArgs, TlsArgs};
use crate::patience::PatienceArgs;
use syncproof_campaign::sequence::Trace;
use syncproof_campaign::{ComparisonReport, DifferenceEntry, Pair, Progress, Trial as _};
use syncproof_harness::exit::{CliError, Exit};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One target: an address, `reference`, `specimen`, `specimen:ID+ID` with the mutants and variants of these
    /// ids, or the path of a configuration file
    left: String,
    /// The other target, named in the same way
    right: String,
    /// Compare the sequences of these files instead of generated ones
    #[arg(long, value_name = "FILE")]
    replay: Vec<PathBuf>,
    #[command(flatten)]
    campaign: CampaignArgs,
    /// Credentials for targets that are addresses
    #[command(flatten)]
    credential: CredentialArgs,
    #[command(flatten)]
    tls: TlsArgs,
    #[command(flatten)]
    patience: PatienceArgs,
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let seed = args.campaign.seed.unwrap_or_else(fresh_seed);
    if args.left == args.right && CampaignTargetArgs::in_process(&args.left).is_none() {
        // Both would use the same users in one store.
        return Err(CliError::usage(format!("both targets are `{}`: compare two", args.left)));
    }
    // All files are read first, so that nothing is performed if one of them cannot be read.
    let traces = args.replay.iter().map(|path| read_trace(path)).collect::<Result<Vec<_>, _>>()?;
    let (left, right) = (args.side(&args.left)?, args.side(&args.right)?);
    let left = left.open(seed).await?;
    let right = match right.open(seed).await {
        Ok(right) => right,
        Err(problems) => {
            left.close().await;
            return Err(problems);
        }
    };
    let outcome = args.compare(seed, &left, &right, &traces).await;
    let secrets = [Arc::clone(&left.secrets), Arc::clone(&right.secrets)];
    left.close().await;
    right.close().await;
    let hidden = |text: &str| secrets.iter().fold(text.to_owned(), |text, secrets| secrets.text(&text));
    let (text, exit, interrupted) =
        outcome.map_err(|problems| CliError { message: hidden(&problems.message), ..problems })?;
    print(&hidden(&text));
    if interrupted {
        say_error("interrupted");
    }
    Ok(exit)
}

impl Args {
    /// How the target with this name is reached.
    ///
    /// # Errors
    /// When no target has this name.
    fn side(&self, word: &str) -> Result<CampaignTargetArgs, CliError> {
        if let Some(in_process) = CampaignTargetArgs::in_process(word) {
            return Ok(in_process);
        }
        let (credential, tls, patience) = (self.credential.clone(), self.tls.clone(), self.patience.clone());
        let target = if word.starts_with("http://") || word.starts_with("https://") {
            TargetArgs { target: vec![word.to_owned()], credential, tls, patience, ..TargetArgs::default() }
        } else if Path::new(word).exists() {
            TargetArgs { config: Some(PathBuf::from(word)), credential, tls, patience, ..TargetArgs::default() }
        } else {
            let known = "an address, `reference`, `specimen`, `specimen:ID+ID`, or the path of a configuration file";
            return Err(CliError::usage(format!("`{word}` is no target: {known}")));
        };
        Ok(CampaignTargetArgs::of_target(target))
    }

    /// The text to print, the exit code, and whether a signal ended the comparison.
    async fn compare(
        &self,
        seed: u64,
        left: &OpenTarget,
        right: &OpenTarget,
        traces: &[Trace],
    ) -> Result<(String, Exit, bool), CliError> {
        let pair = Pair { left: &left.target, right: &right.target };
        let (progress, mut entry, interrupted) = if traces.is_empty() {
            let goal = Goal { fail_fast: true, ..Goal::default() };
            let CampaignEnd { state, interrupted, .. } = self.campaign.run(&pair, seed, goal).await?;
            (state.progress, state.findings.first().map(DifferenceEntry::of), interrupted)
        } else {
            let (progress, entry) = replay(&pair, traces).await?;
            (progress, entry, false)
        };
        if let Some(entry) = &mut entry {
            let origin = (seed, entry.sequence.unwrap_or_default());
            entry.trace = Some(self.campaign.write(&entry.trace(seed), origin, &mut BTreeSet::new())?);
        }
        let exit = match (&entry, interrupted) {
            (_, true) => Exit::Target,
            (Some(_), false) => Exit::NotConformant,
            (None, false) if progress.cases == 0 => Exit::NothingSelected,
            (None, false) => Exit::Conformant,
        };
        let targets = [left.description.clone(), right.description.clone()];
        let mut comparison = ComparisonReport::of(targets, seed, &progress, entry);
        if interrupted && comparison.difference.is_none() {
            comparison.verdict = "interrupted";
        }
        comparison.exit = exit.code();
        comparison.repeat = self.repeat(seed, &comparison);
        let text = match self.campaign.format {
            Format::Human => comparison.text(),
            Format::Json => json(&comparison)?,
        };
        Ok((text, exit, interrupted))
    }

    fn repeat(&self, seed: u64, comparison: &ComparisonReport) -> String {
        let mut words = ["syncproof", "diff", &self.left, &self.right].map(str::to_owned).to_vec();
        match comparison.difference.as_ref().and_then(|difference| difference.trace.clone()) {
            Some(trace) => words.extend(["--replay".to_owned(), trace]),
            None if !self.replay.is_empty() => {
                let files = self.replay.iter().map(|path| path.display().to_string());
                words.extend(files.flat_map(|file| ["--replay".to_owned(), file]));
            }
            None => words.extend(self.campaign.repeating(seed)),
        }
        let flags = self.credential.flags().into_iter().chain(self.patience.given());
        words.extend(flags.filter_map(|(name, value)| Some([name.to_owned(), value?])).flatten());
        words.extend(self.tls.given());
        line(&words)
    }
}

/// The first difference that one of the traces shows. It is not shrunk any further.
async fn replay(pair: &Pair<'_>, traces: &[Trace]) -> Result<(Progress, Option<DifferenceEntry>), CliError> {
    let (began, mut progress) = (Instant::now(), Progress::default());
    for trace in traces {
        let tried = pair.attempt(&trace.steps, &Arc::default()).await.map_err(CliError::target)?;
        progress.add(&tried, began.elapsed());
        if let Some(difference) = tried.found {
            return Ok((progress, Some(DifferenceEntry::of_steps(&trace.steps, &difference))));
        }
    }
    Ok((progress, None))
}
