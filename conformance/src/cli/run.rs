//! `syncproof run`.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::{mpsc, watch};

use super::prepare::{Prepared, prepare, settings};
use super::{Format, cannot_write, say, signal};
use crate::case::{Case, CaseReport};
use crate::cases;
use crate::config::TargetArgs;
use crate::event::Event;
use crate::exit::{Exit, Trouble};
use crate::report::{Finished, Human, Subject, json};
use crate::runner::{self, Plan};
use crate::selection::select;

/// Cases at once, unless said otherwise.
pub(super) const JOBS: usize = 4;
/// Longest time for one case in seconds, unless said otherwise.
pub(super) const DEADLINE_SECONDS: u64 = 120;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Run only cases whose id, or one of whose requirements, matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    filter: Vec<String>,
    /// Cases at once [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// Repeats the random choices of an earlier run [default: a random one]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Longest time for one case, in seconds [default: 120]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    deadline: Option<u64>,
    /// What to print on standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

pub(super) async fn execute(args: Args) -> Result<Exit, Trouble> {
    let selected = select(cases::all(), &args.filter)?;
    let settings = settings(&args.target)?;
    let seed = args.seed.or(settings.seed).unwrap_or_else(fresh_seed);
    let jobs = args.jobs.map(usize::from).or(settings.jobs).unwrap_or(JOBS).max(1);
    let deadline = args.deadline.or(settings.deadline_seconds).unwrap_or(DEADLINE_SECONDS);
    // From here on a signal ends the run in good order, so that a server that was started is stopped, too.
    let interrupt = interrupts();
    let prepared = prepare(settings, seed).await?;
    let plan = Plan { cases: selected.clone(), jobs, deadline: Duration::from_secs(deadline) };
    let subject = subject(&prepared);
    let events = runner::start(Arc::clone(&prepared.run), plan, interrupt);
    let finished = match args.format {
        Format::Human => follow(events, &selected, Some(&subject)).await?,
        Format::Json => {
            let finished = follow(events, &selected, None).await?;
            say(&format!("{:#}\n", json(&subject, &finished)));
            finished
        }
    };
    if let Some(process) = prepared.process {
        process.stop().await;
    }
    Ok(finished.exit())
}

/// Short enough to be typed again.
fn fresh_seed() -> u64 {
    u64::from(uuid::Uuid::new_v4().as_fields().0)
}

fn subject(prepared: &Prepared) -> Subject {
    let target = &prepared.run.target;
    Subject {
        target: format!("{} (capabilities {})", target.description, prepared.capabilities_from),
        capabilities: target.capabilities.iter().map(|capability| capability.name()).collect(),
        seed: prepared.run.seed,
        flags: target.flags.clone(),
    }
}

/// Becomes true at the first Ctrl-C or SIGTERM, so that a server that was started is also stopped.
fn interrupts() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        signal::stop().await;
        let _ = sender.send(true);
        // The sender lives on, so that the receiver never takes its end for an interrupt.
        std::future::pending::<()>().await;
    });
    receiver
}

/// Takes in all events; with a subject, prints the report for people as they come.
async fn follow(
    mut events: mpsc::Receiver<Event>,
    selected: &[&'static Case],
    subject: Option<&Subject>,
) -> Result<Finished, Trouble> {
    let started = Instant::now();
    let mut human = subject.map(|subject| Human::new(anstream::stdout(), subject.clone()));
    if let Some(human) = &mut human {
        human.open(selected.len()).map_err(|error| cannot_write(&error))?;
    }
    let bar = progress_bar(selected.len(), human.is_some());
    let mut finished = Finished { reports: Vec::new(), aborted: None };
    while let Some(event) = events.recv().await {
        match event {
            Event::Started(case) => bar.set_message(case.id),
            Event::Aborted(reason) => finished.aborted = Some(reason),
            Event::Finished(report) => {
                bar.inc(1);
                if let Some(human) = &mut human {
                    bar.suspend(|| human.case(&report)).map_err(|error| cannot_write(&error))?;
                }
                finished.reports.push(*report);
            }
        }
    }
    bar.finish_and_clear();
    let place = |report: &CaseReport| selected.iter().position(|case| case.id == report.case.id);
    finished.reports.sort_by_key(place);
    if finished.reports.len() != selected.len() {
        return Err(Trouble::fault(format!("{} of {} cases were told", finished.reports.len(), selected.len())));
    }
    if let Some(human) = &mut human {
        human.close(&finished, started.elapsed().as_secs_f64()).map_err(|error| cannot_write(&error))?;
    }
    std::io::stdout().flush().map_err(|error| cannot_write(&error))?;
    Ok(finished)
}

/// Shown on a terminal only: indicatif draws nothing where standard error is none.
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
