//! `syncproof power-loss`: what a server has kept when the power is lost, at many moments of one recording.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::campaign_target::{CampaignTargetArgs, OpenTarget};
use super::console::{Format, json, note, print};
use super::run::fresh_seed;
use super::{new_file, signal};
use crate::config::TargetArgs;
use syncproof_campaign::{CampaignTarget, TargetHandle};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::shell;
use syncproof_harness::targets::Launcher;
use syncproof_power::{LossKind, Model, Mount, Outcome, Point, REQUIREMENT, Recording, Trial, points, record};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// At how many moments the power is lost
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    points: u32,
    /// Decides what clients send, when the power is lost, and what is lost then [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// What a disk promises of what was not synced: a prefix of each file and of all names, as ext4 does (ordered), or
    /// nothing (posix)
    #[arg(long, value_enum, value_name = "MODEL", default_value = "ordered")]
    model: ModelArg,
    /// Judge this recording, in place of a new one
    #[arg(long, value_name = "FILE")]
    recording: Option<PathBuf>,
    /// Judge this point of the recording alone, as a report names it: 120, or 120.7
    #[arg(long, value_name = "K", requires = "recording", conflicts_with = "points")]
    point: Option<Point>,
    /// Where to write the recording, whatever is found [default, if something is lost: syncproof-power-SEED.jsonl in the
    /// working directory]
    #[arg(long, value_name = "FILE", conflicts_with = "recording")]
    keep: Option<PathBuf>,
    /// Format of the output
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
    #[command(flatten)]
    target: TargetArgs,
}

/// The models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ModelArg {
    Ordered,
    Posix,
}

impl ModelArg {
    fn model(self) -> Model {
        match self {
            ModelArg::Ordered => Model::Ordered,
            ModelArg::Posix => Model::Posix,
        }
    }
}

/// The report.
#[derive(Debug, Serialize)]
struct Report<'r> {
    seed: u64,
    model: &'static str,
    requirement: &'static str,
    changes: usize,
    #[serde(flatten)]
    outcome: &'r Outcome,
    repeat: Vec<String>,
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let recording = args.recording.as_deref().map(read).transpose()?;
    if let (Some(point), Some(recording)) = (args.point, &recording)
        && point.at > recording.changes.len()
    {
        let reason = format!("--point {point}: the recording has {} changes", recording.changes.len());
        return Err(CliError::usage(reason));
    }
    let seed = args.seed.or(recording.as_ref().map(|recording| recording.seed)).unwrap_or_else(fresh_seed);
    let opened = CampaignTargetArgs::of_target(args.target.clone()).open(seed).await?;
    let outcome = tokio::select! {
        outcome = work(&args, seed, recording, &opened) => outcome,
        () = signal::stop() => Err(CliError::target("interrupted: no verdict")),
    };
    let secrets = Arc::clone(&opened.secrets);
    opened.close().await;
    outcome.map_err(|problems| CliError { message: secrets.text(&problems.message), ..problems })
}

fn read(path: &Path) -> Result<Recording, CliError> {
    let wrong = |reason: String| CliError::usage(format!("{}: {reason}", path.display()));
    let opened = File::open(path).map_err(|error| wrong(error.to_string()))?;
    Recording::read(BufReader::with_capacity(1 << 20, opened)).map_err(wrong)
}

async fn work(args: &Args, seed: u64, recording: Option<Recording>, opened: &OpenTarget) -> Result<Exit, CliError> {
    let (handle, launcher) = startable(opened)?;
    let (recording, is_new) = match recording {
        Some(recording) => (recording, false),
        None => (new_recording(handle, launcher, seed).await?, true),
    };
    let chosen = match args.point {
        Some(point) => vec![point],
        None => points(&recording, args.points as usize, seed),
    };
    let model = args.model.model();
    let trial = Trial { handle, launcher, recording: &recording, model };
    let started = Instant::now();
    let at_once = std::thread::available_parallelism().map_or(2, |cores| cores.get() * 2);
    let outcome = trial.judge(&chosen, at_once).await.map_err(CliError::target)?;
    let path = match &args.recording {
        Some(path) => path.clone(),
        None => args.keep.clone().unwrap_or_else(|| PathBuf::from(format!("syncproof-power-{seed}.jsonl"))),
    };
    if is_new && (args.keep.is_some() || !outcome.losses.is_empty()) {
        new_file::write(&path, &recording.to_text().map_err(CliError::fault)?, true)?;
        note(&format!("the recording: {}", path.display()));
    }
    let repeat: Vec<String> = outcome.losses.iter().map(|loss| repeat(&path, &loss.point, model, opened)).collect();
    let text = match args.format {
        Format::Human => human(&outcome, &recording, model, &repeat, started, seed),
        Format::Json => json(&Report {
            seed,
            model: model.name(),
            requirement: REQUIREMENT,
            changes: recording.changes.len(),
            outcome: &outcome,
            repeat,
        })?,
    };
    print(&opened.secrets.text(&text));
    Ok(if outcome.losses.is_empty() { Exit::Conformant } else { Exit::NotConformant })
}

async fn new_recording(handle: &TargetHandle, launcher: &Launcher, seed: u64) -> Result<Recording, CliError> {
    let no_fuse = |message| CliError { exit: Exit::NothingSelected, message };
    let mount = Mount::new().map_err(no_fuse)?;
    record(handle, launcher, &mount, seed).await.map_err(CliError::target)
}

/// The target, if the suite can start more of its kind, each with a folder of its own.
fn startable(opened: &OpenTarget) -> Result<(&TargetHandle, &Launcher), CliError> {
    let CampaignTarget::One(handle) = &*opened.target else { return Err(CliError::usage(CANNOT_START)) };
    let launcher = handle.run().and_then(|run| run.target.launcher.as_ref());
    let launcher = launcher.filter(|launcher| launcher.fixed_base.is_none());
    Ok((handle, launcher.ok_or_else(|| CliError::usage(CANNOT_START))?))
}

const CANNOT_START: &str = "power-loss starts servers on folders of its own: give --exec with a command that listens at \
    {port} and keeps its data in the folder of {database}, or no target for the reference server";

fn repeat(path: &Path, point: &str, model: Model, opened: &OpenTarget) -> String {
    let words = ["syncproof", "power-loss", "--recording"].map(str::to_owned).into_iter();
    let words = words.chain([path.display().to_string(), "--point".to_owned(), point.to_owned()]);
    let words = words.chain(["--model".to_owned(), model.name().to_owned()]).chain(opened.flags.iter().cloned());
    words.map(|word| shell::word(&word)).collect::<Vec<_>>().join(" ")
}

fn human(
    outcome: &Outcome,
    recording: &Recording,
    model: Model,
    repeat: &[String],
    started: Instant,
    seed: u64,
) -> String {
    let Outcome { points, disks, judged, broken_points, losses } = outcome;
    let (changes, seconds) = (recording.changes.len(), started.elapsed().as_secs_f64());
    let (users, pushes) = (recording.logins.len(), recording.batches.len());
    let mut text = format!(
        "{changes} changes recorded under {pushes} pushes and {users} logins, seed {seed}\n\
         {points} points, model {}: {disks} different disks, {judged} judged, {seconds:.1} s\n",
        model.name()
    );
    if losses.is_empty() {
        return text + "nothing lost that was acknowledged\n";
    }
    text += &format!("\n{REQUIREMENT}: something is lost at {broken_points} points\n");
    for (loss, repeat) in losses.iter().zip(repeat) {
        text += &format!("\nwhen the power is lost at point {}:\n", loss.point);
        let mut shown: BTreeMap<LossKind, usize> = BTreeMap::new();
        for one in &loss.contradictions {
            let of_kind = shown.entry(one.kind).or_default();
            *of_kind += 1;
            if *of_kind <= MAX_SHOWN {
                text += &format!("  {} (acknowledged at {})\n", one.says, one.acknowledged);
            }
        }
        let more: usize = shown.values().map(|of_kind| of_kind.saturating_sub(MAX_SHOWN)).sum();
        if more > 0 {
            text += &format!("  and {more} more\n");
        }
        text += "not on the disk:\n";
        for says in &loss.unsynced {
            text += &format!("  {says}\n");
        }
        text += &format!("repeat: {repeat}\n");
    }
    text
}

/// How much is shown of each kind of loss at one point.
const MAX_SHOWN: usize = 2;
