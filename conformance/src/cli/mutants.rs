//! `syncproof mutants`: the suite against servers that are known to be wrong.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt as _};
use globset::Glob;
use serde::Serialize;
use serde_json::json;
use tokio::sync::watch;

use super::run::DEADLINE_SECONDS;
use super::{Format, say};
use crate::capability::{Capabilities, Capability};
use crate::case::{Case, CaseReport};
use crate::cases;
use crate::credential::{Credentials, Minter};
use crate::event::Event;
use crate::exit::{Exit, Trouble};
use crate::failure::Phase;
use crate::runner::{self, Plan};
use crate::specimen::{self, Settings};
use crate::startup_mutant::STARTUP_MUTANTS;
use crate::target::{Target, reference};
use crate::world::Run;

const SECRET: &str = "the secret of specimens that live for one run only";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Try only mutants whose id matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    filter: Vec<String>,
    /// Name the mutants and try none
    #[arg(long)]
    list: bool,
    /// Run every case against every mutant, instead of only those that cover what it breaks
    #[arg(long)]
    all_cases: bool,
    /// Cases at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Mutants at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    mutants: u16,
    /// Repeats the random choices of an earlier run
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// A server that is wrong in one way.
#[derive(Clone, Copy)]
struct Subject {
    id: &'static str,
    summary: &'static str,
    requirements: &'static [&'static str],
    finding: Option<u8>,
    specimen: Option<specimen::Mutant>,
}

/// What the suite made of it.
#[derive(Serialize)]
struct Verdict {
    id: &'static str,
    summary: &'static str,
    requirements: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<u8>,
    killed: bool,
    killed_by: Vec<&'static str>,
    /// Requests of all cases until the first one that killed it had ended.
    requests: u64,
}

pub(super) async fn execute(args: Args) -> Result<Exit, Trouble> {
    let subjects = subjects(&args.filter)?;
    if args.list {
        for subject in &subjects {
            say(&format!("{}\n    {} ({})\n", subject.id, subject.summary, subject.requirements.join(", ")));
        }
        return Ok(Exit::Conformant);
    }
    check_healthy(&args).await?;
    let mut verdicts = Vec::with_capacity(subjects.len());
    let mut trials = stream::iter(&subjects).map(|subject| try_out(*subject, &args)).buffered(args.mutants.into());
    while let Some(verdict) = trials.next().await {
        let verdict = verdict?;
        if args.format == Format::Human {
            say(&line(&verdict));
        }
        verdicts.push(verdict);
    }
    let survived = verdicts.iter().filter(|verdict| !verdict.killed).count();
    let killed = verdicts.len() - survived;
    match args.format {
        Format::Human => say(&format!("{} mutants: {killed} killed, {survived} survived\n", verdicts.len())),
        Format::Json => {
            let summary = json!({"mutants": verdicts.len(), "killed": killed, "survived": survived});
            say(&format!("{:#}\n", json!({"seed": args.seed, "summary": summary, "mutants": verdicts})));
        }
    }
    Ok(if survived == 0 { Exit::Conformant } else { Exit::NotConformant })
}

fn line(verdict: &Verdict) -> String {
    let word = if verdict.killed { "killed  " } else { "SURVIVED" };
    let mut line = format!("{word} {} ({} requests)\n", verdict.id, verdict.requests);
    for case in &verdict.killed_by {
        line.push_str(&format!("         {case}\n"));
    }
    line
}

fn subjects(filters: &[String]) -> Result<Vec<Subject>, Trouble> {
    let of_specimen = specimen::mutants().iter().map(|mutant| Subject {
        id: mutant.id,
        summary: mutant.summary,
        requirements: mutant.requirements,
        finding: mutant.finding,
        specimen: Some(*mutant),
    });
    let of_startup = STARTUP_MUTANTS.iter().map(|mutant| Subject {
        id: mutant.id,
        summary: mutant.summary,
        requirements: mutant.requirements,
        finding: Some(7),
        specimen: None,
    });
    let all: Vec<Subject> = of_specimen.chain(of_startup).collect();
    if filters.is_empty() {
        return Ok(all);
    }
    let mut wanted = vec![false; all.len()];
    for filter in filters {
        let glob = Glob::new(filter).map_err(|error| Trouble::usage(format!("--filter `{filter}`: {error}")))?;
        let matcher = glob.compile_matcher();
        let matching: Vec<usize> = (0..all.len()).filter(|index| matcher.is_match(all[*index].id)).collect();
        if matching.is_empty() {
            let message = format!("--filter `{filter}` matches no mutant");
            return Err(Trouble { exit: Exit::NothingSelected, message });
        }
        for index in matching {
            wanted[index] = true;
        }
    }
    Ok(all.into_iter().zip(wanted).filter_map(|(subject, wanted)| wanted.then_some(subject)).collect())
}

/// A case that fails on a healthy server would kill every mutant: then no kill means anything.
async fn check_healthy(args: &Args) -> Result<(), Trouble> {
    let healthy = Subject { id: "none", summary: "", requirements: &[], finding: None, specimen: None };
    let reports = trial(healthy, cases::all().iter().collect(), args).await?;
    match reports.iter().find(|report| !report.failures.is_empty()) {
        None => Ok(()),
        Some(report) => {
            let words = report.failures.first().map(ToString::to_string).unwrap_or_default();
            Err(Trouble::fault(format!("{} fails on the healthy specimen: {words}", report.case.id)))
        }
    }
}

async fn try_out(subject: Subject, args: &Args) -> Result<Verdict, Trouble> {
    let covers = |case: &&Case| case.requirements.iter().any(|id| subject.requirements.contains(id));
    let cases = cases::all().iter().filter(|case| args.all_cases || covers(case)).collect();
    let reports = trial(subject, cases, args).await?;
    let mut verdict = Verdict {
        id: subject.id,
        summary: subject.summary,
        requirements: subject.requirements,
        finding: subject.finding,
        killed: false,
        killed_by: Vec::new(),
        requests: 0,
    };
    for report in &reports {
        if !verdict.killed {
            verdict.requests += report.requests;
        }
        let names = |failure: &crate::failure::Failure| {
            failure.phase == Phase::Check && subject.requirements.contains(&failure.requirement)
        };
        if report.failures.iter().any(names) {
            verdict.killed = true;
            verdict.killed_by.push(report.case.id);
        }
    }
    Ok(verdict)
}

/// Runs the cases against a server that is wrong in that way, and returns their reports in the order of their ends.
async fn trial(subject: Subject, cases: Vec<&'static Case>, args: &Args) -> Result<Vec<CaseReport>, Trouble> {
    let no_socket = |error: std::io::Error| Trouble::target(format!("a specimen cannot serve: {error}"));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(no_socket)?;
    let base = format!("http://{}", listener.local_addr().map_err(no_socket)?);
    let settings = Settings { secret: SECRET.as_bytes().to_vec(), mutant: subject.specimen };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(specimen::serve(listener, settings, stopped));

    let mut capabilities: Capabilities = specimen_capabilities();
    let mut launcher = None;
    if subject.specimen.is_none() && !subject.requirements.is_empty() {
        launcher = Some(reference::launcher(SECRET, &["--mutant", subject.id]).map_err(Trouble::fault)?);
        capabilities.extend([Capability::Launch, Capability::Restart]);
    }
    let target = Target { base, capabilities, launcher, description: subject.id.to_owned(), flags: Vec::new() };
    let credentials = Credentials::Minted(Minter::new(SECRET.as_bytes().to_vec()));
    let run = Arc::new(Run::new(target, credentials, args.seed));
    let plan = Plan { cases, jobs: args.jobs.into(), deadline: Duration::from_secs(DEADLINE_SECONDS) };
    let (_interrupt, never) = watch::channel(false);
    let mut events = runner::start(run, plan, never);
    let mut reports = Vec::new();
    while let Some(event) = events.recv().await {
        if let Event::Finished(report) = event {
            reports.push(*report);
        }
    }
    // The server may have ended already; then there is nobody to stop.
    let _ = stop.send(());
    server.abort();
    Ok(reports)
}

/// What the specimen can do.
fn specimen_capabilities() -> Capabilities {
    use Capability::{Applied, BadCredentials, Members, OpIdTieBreak, Providers, Snapshot};
    [BadCredentials, Providers, Members, Snapshot, OpIdTieBreak, Applied].into()
}
