//! `syncproof run`.

use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::{mpsc, watch};

use super::console::{Format, print, printed, say_error, took};
use super::ratchet::{Ratchet, sharded};
use super::settings::{settings, variable};
use super::signal;
use crate::cases;
use crate::collect::{Progress, collect};
use crate::config::gate::{self, GateArgs, GateSettings};
use crate::config::{RepeatFile, Settings, TargetArgs};
use crate::prepare::prepare;
use crate::suite::{DEADLINE_SECONDS, JOBS};
use syncproof_harness::baseline;
use syncproof_harness::blocker::Blocker;
use syncproof_harness::case::{Case, Status};
use syncproof_harness::event::Event;
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::redaction::Secrets;
use syncproof_harness::runner::{self, RunPlan};
use syncproof_harness::selection::{select, start_order};
use syncproof_protocol::counted::counted;
use syncproof_protocol::milestone::Milestone;
use syncproof_report as report;
use syncproof_report::repro::Bundles;
use syncproof_report::{Analysis, Finished, Human, Outputs, RunSettings, Selection, Subject};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Run only cases whose id, or one of whose requirements, matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    filter: Vec<String>,
    /// Judge a server that is still being built, up to this level: 1 session, 2 workspaces, 3 push and pull, 4 conflicts
    /// and idempotency, 5 several people, 6 snapshots and collection, 7 races and crashes; its number or its name
    #[arg(long, value_name = "LEVEL")]
    up_to: Option<Milestone>,
    /// Cases to run at once; those that only wait for time to pass do not count [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Seed that repeats the random choices of an earlier run [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Longest time for one case, in seconds [default: 120]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    deadline: Option<u64>,
    /// Let cases that look whether something expires wait so long, in seconds: for what is forgotten after minutes. Without
    /// a number it is 300 [default: 6]
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "300", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    long: Option<u64>,
    #[command(flatten)]
    gate: GateArgs,
    /// Show each case that did not pass, with its evidence, in addition to the causes
    #[arg(long, short)]
    verbose: bool,
    /// Format of the report on standard output [default: human]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Instead of the human report, print only a line for each cause, what was not judged, and the verdict
    #[arg(long, short, conflicts_with = "format")]
    quiet: bool,
    /// Write a report: human, json, junit, github, html, badge (SVG) or badge-json (for shields.io), to a file, or to
    /// standard output (`-`); may be given more than once. github=- annotates the run in addition to the human report,
    /// and writes $GITHUB_STEP_SUMMARY
    #[arg(long, value_name = "FORMAT=FILE")]
    report: Vec<String>,
    /// Write a folder for each failed case into this folder, with a script that repeats the case with curl
    #[arg(long, value_name = "DIR")]
    repro: Option<PathBuf>,
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let mut selected = select(cases::all(), &args.filter)?;
    selected.retain(|case| args.up_to.is_none_or(|up_to| case.is_due_by(up_to)));
    let shard = args.gate.shard(&variable)?;
    let selected = sharded(selected, shard)?;
    let selection = Selection::of(args.up_to, &selected, cases::all()).by(&args.filter, shard);
    let mut settings = settings(&args.target)?;
    if let Some(seconds) = args.long {
        settings.target.wait_for_expiry(seconds);
    }
    settings.target.secrets.keep_environment(std::env::vars());
    let secrets = Arc::clone(&settings.target.secrets);
    let outcome = check(args, (selected, selection), settings).await;
    outcome.map_err(|problems| CliError { message: secrets.text(&problems.message), ..problems })
}

async fn check(
    args: Args,
    (selected, selection): (Vec<&'static Case>, Selection),
    settings: Settings,
) -> Result<Exit, CliError> {
    let GateSettings { gate, reruns, update } =
        gate::resolve(&args.gate, &variable, &settings.gate, baseline::today())?;
    let seed = args.seed.or(settings.seed).unwrap_or_else(fresh_seed);
    let jobs = args.jobs.map(usize::from).or(settings.jobs).unwrap_or(JOBS).max(1);
    let deadline = args.deadline.or(settings.deadline_seconds).unwrap_or(DEADLINE_SECONDS);
    let reports = if args.report.is_empty() { &settings.reports } else { &args.report };
    let outputs = outputs(args.format, reports)?;
    let mut bundles =
        args.repro.as_ref().or(settings.repro.as_ref()).map(|folder| Bundles::open(folder)).transpose()?;
    let secrets = Arc::clone(&settings.target.secrets);
    // From here on a signal ends the run cleanly, so that a server that the suite started is stopped, too.
    let interrupt = interrupts();
    let described = settings.target.run_settings();
    let described = RunSettings { jobs, deadline_seconds: deadline, reruns, fail_fast: gate.fail_fast, ..described };
    let flags = settings.target.flags();
    let repeat = RepeatFile::of(&flags, &secrets, outputs.first_file(), !settings.reports.is_empty());
    let flags = repeat.as_ref().map_or(flags, |repeat| repeat.flags.clone());
    let about =
        |subject: Subject| Subject { settings: described.clone(), flags: flags.clone(), ..subject }.redacted(&secrets);
    let before = about(Subject::before(settings.target.reach.described(), seed));
    let prepared = match prepare(settings.target, seed).await {
        Ok(prepared) => prepared,
        Err(problems) => {
            // Without a new report, a CI server may show an old one or none, and the failure would go unnoticed.
            if problems.exit == Exit::Target {
                let finished = Finished::without_run(&selected, &secrets.text(&problems.message));
                let finished = Finished { selection, ..finished };
                let analysis = Analysis::of(&finished);
                print(&outputs.printed(&before, &analysis)?);
                outputs.write(&before, &analysis)?;
            }
            return Err(problems);
        }
    };
    let deadline = Duration::from_secs(deadline);
    let blockers = prepared.blockers_by(args.up_to);
    let (cases, known) = (start_order(&selected), blockers.clone().into());
    let plan = RunPlan { cases, jobs, deadline, reruns, blockers: known, gate: gate.clone() };
    let mut ratchet = Ratchet { gate, update, selection, note: None };
    let subject = about(prepared.subject());
    if let Some(bundles) = &mut bundles {
        bundles.about(&prepared.run, &subject);
    }
    let events = runner::start(Arc::clone(&prepared.run), plan, interrupt);
    let prints_human = outputs.stdout() == report::Format::Human;
    let mut human = (prints_human && !args.quiet)
        .then(|| Human::new(anstream::stdout(), subject.clone(), args.verbose).for_stdout());
    let is_read_only = !outputs.has_files() && bundles.is_none() && ratchet.update.is_none();
    let finished =
        follow(events, &selected, &mut ratchet, &mut human, (&secrets, &blockers), bundles.as_mut(), is_read_only)
            .await;
    if let Some(process) = prepared.process {
        process.stop().await;
    }
    let finished = finished?;
    let analysis = Analysis::of(&finished);
    print_to(&mut human, |human| human.close(&analysis, finished.duration.as_secs_f64()));
    if let Some(note) = ratchet.note {
        say_error(&note);
    }
    if prints_human && args.quiet {
        print(&report::quiet(&subject, &analysis));
    }
    print(&outputs.printed(&subject, &analysis)?);
    let names_settings =
        finished.reports.iter().any(|report| !report.failures.is_empty() || report.status == Status::Blocked);
    repeat.filter(|_| names_settings).map_or(Ok(()), |repeat| repeat.write())?;
    outputs.write(&subject, &analysis)?;
    bundles.map_or(Ok(()), Bundles::close)?;
    Ok(finished.exit())
}

/// The requested reports, which are opened.
pub(super) fn outputs(format: Option<Format>, asked: &[String]) -> Result<Outputs, CliError> {
    let wanted = asked.iter().map(|asked| asked.parse()).collect::<Result<_, _>>()?;
    let stdout = format.map(|format| match format {
        Format::Human => report::Format::Human,
        Format::Json => report::Format::Json,
    });
    Outputs::open(wanted, stdout, std::env::var_os("GITHUB_STEP_SUMMARY").as_deref())
}

/// A random seed that is short enough to be typed again.
pub(super) fn fresh_seed() -> u64 {
    u64::from(uuid::Uuid::new_v4().as_fields().0)
}

/// Becomes true at the first Ctrl-C or SIGTERM, so that a server that the suite started is stopped, too.
fn interrupts() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        signal::stop().await;
        let _ = sender.send(true);
        // The sender is kept, because the receiver would take a dropped sender for an interrupt.
        std::future::pending::<()>().await;
    });
    receiver
}

/// Collects the events of the run; with a human report, also writes it while it is running. If the reader of
/// that report goes away (`| head`), the run continues for the other reports. If there are none, the run ends.
async fn follow(
    events: mpsc::Receiver<Event>,
    selected: &[&'static Case],
    ratchet: &mut Ratchet,
    human: &mut Option<Human<impl io::Write>>,
    (secrets, blockers): (&Secrets, &[Blocker]),
    mut bundles: Option<&mut Bundles>,
    is_read_only: bool,
) -> Result<Finished, CliError> {
    let ends_with_reader = is_read_only && human.is_some();
    print_to(human, |human| human.open(selected.len()));
    let bar = progress_bar(selected.len(), human.is_some());
    let show = |progress: Progress<'_>| {
        match progress {
            Progress::Started(case) => bar.set_message(case.id),
            Progress::Ended { report, redacted } => {
                bar.inc(1);
                if let Some(bundles) = &mut bundles {
                    bundles.take(report);
                }
                bar.suspend(|| print_to(human, |human| human.case(redacted)));
            }
            Progress::Aborted => {}
        }
        if ends_with_reader && human.is_none() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut finished = collect(events, ratchet.gate.clone(), selected, secrets, blockers, show).await;
    bar.finish_and_clear();
    if ends_with_reader && human.is_none() {
        return printed().map_or(Ok(finished), Err);
    }
    if finished.reports.len() != selected.len() {
        let message = format!("{} of {} reported", finished.reports.len(), counted(selected.len(), "case"));
        return Err(CliError::fault(message));
    }
    finished.selection = ratchet.selection.clone();
    ratchet.turn(&mut finished)?;
    Ok(finished)
}

/// Writes to the human report, if there is one; after an error nothing more is written to it.
fn print_to<W: io::Write>(human: &mut Option<Human<W>>, say: impl FnOnce(&mut Human<W>) -> io::Result<()>) {
    if !took(human.as_mut().map_or(Ok(()), say)) {
        *human = None;
    }
}

/// The progress bar. It is shown on a terminal only: indicatif draws nothing when standard error is not a terminal.
fn progress_bar(cases: usize, wanted: bool) -> ProgressBar {
    if !wanted {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(cases as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar
}
