//! `syncproof mutants`: the suite against servers with one known bug each.

use super::console::{Format, print};
use super::trial::{SECRET, Trial, Words, in_turn};
use crate::startup_mutant::STARTUP_MUTANTS;
use crate::{cases, reference};
use serde::Serialize;
use serde_json::json;
use syncproof_harness::case::{Case, CaseReport};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::selection::{chosen, select};
use syncproof_protocol::capability::Capability;
use syncproof_protocol::counted::counted;
use syncproof_protocol::failure::Phase;
use syncproof_report::{Analysis, Cause, Finished};
use syncproof_specimen as specimen;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Run only mutants whose id matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    filter: Vec<String>,
    /// List the mutants and run nothing
    #[arg(long)]
    list: bool,
    /// Stop the run of each mutant at the first case that kills it
    #[arg(long, conflicts_with = "all_cases")]
    first_kill: bool,
    /// Run every case against every mutant, instead of only those that cover the requirements that it violates
    #[arg(long)]
    all_cases: bool,
    /// Run only cases whose id, or one of whose requirements, matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    cases: Vec<String>,
    /// List the cases that kill no mutant, and exit with 1 if there are any; needs --all-cases
    #[arg(long, requires = "all_cases")]
    unused_cases: bool,
    /// Let mutants show only in workspaces whose log was collected: those of the chapters push, op, lww, tombstone, pull and
    /// snapshot
    #[arg(long)]
    after_collection: bool,
    /// Cases to run at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Mutants to run at once
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=64))]
    mutants: u16,
    /// Seed that repeats the random choices of an earlier run
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// A server with one bug.
#[derive(Clone, Copy)]
struct Subject {
    id: &'static str,
    summary: &'static str,
    requirements: &'static [&'static str],
    finding: Option<u8>,
    specimen: Option<specimen::Mutant>,
    /// Whether the target itself is a server that was started with the bug, and not only the servers that cases start.
    is_launched: bool,
}

impl Subject {
    /// Whether it is only about what a scope names, so that it can show in some workspaces and not in others.
    fn can_be_delayed(self) -> bool {
        let is_of_a_log = |id: &&str| {
            ["push", "op", "lww", "tombstone", "pull", "snapshot"]
                .iter()
                .any(|chapter| id.split('.').next() == Some(chapter))
        };
        self.specimen.is_some() && self.requirements.iter().all(is_of_a_log)
    }
}

/// The result of the suite for it.
#[derive(Serialize)]
struct Verdict {
    id: &'static str,
    summary: &'static str,
    requirements: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<u8>,
    killed: bool,
    killed_by: Vec<&'static str>,
    /// Every case that fails or warns because of the mutant, whichever requirement it names.
    failed_by: Vec<&'static str>,
    /// The causes as a report of these cases lists them, in its order.
    causes: Vec<NamedCause>,
    /// Requests of all cases up to the end of the first one that killed the mutant.
    requests: u64,
}

/// What a report of the run names as a cause.
#[derive(Serialize)]
struct NamedCause {
    requirement: &'static str,
    summary: String,
    shown_by: Option<&'static str>,
    /// How many cases it fails.
    cases: usize,
}

/// The causes that a report of these cases names, in its order.
fn named_causes(reports: Vec<CaseReport>) -> Vec<NamedCause> {
    let finished = Finished { reports, ..Finished::without_run(&[], "") };
    let named = |cause: &Cause<'_>| NamedCause {
        requirement: cause.failure.requirement,
        summary: cause.summary.to_owned(),
        shown_by: cause.shown_by.map(|report| report.case.id),
        cases: cause.size(),
    };
    Analysis::of(&finished).causes.iter().map(named).collect()
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let mut subjects = subjects(&args.filter)?;
    if args.after_collection {
        subjects.retain(|subject| subject.can_be_delayed());
    }
    if args.list {
        for subject in &subjects {
            print(&format!("{}\n    {} ({})\n", subject.id, subject.summary, subject.requirements.join(", ")));
        }
        return Ok(Exit::Conformant);
    }
    let cases = select(cases::all(), &args.cases)?;
    let covers = |subject: Subject, case: &Case| case.requirements.iter().any(|id| subject.requirements.contains(id));
    let tries = |subject: Subject, case: &Case| args.all_cases || covers(subject, case);
    let covering = |subject: Subject| cases.iter().copied().filter(|case| tries(subject, case)).collect::<Vec<_>>();
    // All that may kill one of them has to pass without a bug.
    let needed = cases.iter().copied().filter(|case| subjects.iter().any(|subject| tries(*subject, case)));
    let healthy = check_healthy(needed.collect(), &args);
    let trials = subjects.iter().map(|subject| try_out(*subject, trial(*subject, covering(*subject), &args)));
    let words = Words { tried: "mutants", bad: "survived" };
    let show = |verdict: &Verdict| {
        if args.format == Format::Human {
            print(&line(verdict));
        }
    };
    let verdicts = in_turn(trials, args.mutants.into(), words, |verdict| !verdict.killed, show);
    let (verdicts, ()) = futures_util::try_join!(verdicts, healthy)?;
    let survived = verdicts.iter().filter(|verdict| !verdict.killed).count();
    let killed = verdicts.len() - survived;
    let unused = if args.all_cases { unused(&cases, &verdicts) } else { Vec::new() };
    match args.format {
        Format::Human => {
            print(&format!("{}: {killed} killed, {survived} survived\n", counted(verdicts.len(), "mutant")));
            unused.iter().for_each(|case| print(&format!("no mutant is killed by {case}\n")));
        }
        Format::Json => {
            let summary = json!({"mutants": verdicts.len(), "killed": killed, "survived": survived});
            let mut report = json!({"seed": args.seed, "summary": summary, "mutants": verdicts});
            if args.all_cases {
                report["unused_cases"] = json!(unused);
            }
            print(&format!("{report:#}\n"));
        }
    }
    let complete = match args.unused_cases {
        true => unused.is_empty(),
        false => survived == 0,
    };
    Ok(if complete { Exit::Conformant } else { Exit::NotConformant })
}

/// The cases that kill no mutant: nothing shows that they find what their requirements forbid. Cases that start servers are left out, since
/// they have mutants of their own.
fn unused(cases: &[&'static Case], verdicts: &[Verdict]) -> Vec<&'static str> {
    let kills = |case: &&&Case| verdicts.iter().any(|verdict| verdict.killed_by.contains(&case.id));
    let starts = |case: &&&Case| case.needs.iter().any(|need| matches!(need, Capability::Launch | Capability::Restart));
    cases.iter().filter(|case| !kills(case) && !starts(case)).map(|case| case.id).collect()
}

fn line(verdict: &Verdict) -> String {
    let word = if verdict.killed { "killed  " } else { "SURVIVED" };
    let mut line = format!("{word} {} ({})\n", verdict.id, counted(verdict.requests, "request"));
    for case in &verdict.killed_by {
        line.push_str(&format!("         {case}\n"));
    }
    line
}

fn subjects(filters: &[String]) -> Result<Vec<Subject>, CliError> {
    let of_specimen = specimen::mutants().iter().map(|mutant| Subject {
        id: mutant.id,
        summary: mutant.summary,
        requirements: mutant.requirements,
        finding: mutant.finding,
        specimen: Some(*mutant),
        is_launched: false,
    });
    let of_startup = STARTUP_MUTANTS.iter().map(|mutant| Subject {
        id: mutant.id,
        summary: mutant.summary,
        requirements: mutant.requirements,
        finding: mutant.finding,
        specimen: None,
        is_launched: mutant.fault.shows_in_the_store(),
    });
    let all: Vec<Subject> = of_specimen.chain(of_startup).collect();
    chosen(&all, filters, "mutant", |subject| vec![subject.id])
}

/// Checks that none of these cases fails for a server without a bug: such a case would kill every mutant, and prove nothing.
async fn check_healthy(cases: Vec<&'static Case>, args: &Args) -> Result<(), CliError> {
    let healthy =
        Subject { id: "none", summary: "", requirements: &[], finding: None, specimen: None, is_launched: false };
    let reports = trial(healthy, cases, args)?.run().await?;
    match reports.iter().find(|report| !report.failures.is_empty()) {
        None => Ok(()),
        Some(report) => {
            let words = report.failures.first().map(ToString::to_string).unwrap_or_default();
            Err(CliError::fault(format!("{} fails on the healthy specimen: {words}", report.case.id)))
        }
    }
}

async fn try_out(subject: Subject, trial: Result<Trial, CliError>) -> Result<Verdict, CliError> {
    let reports = trial?.run().await?;
    let mut verdict = Verdict {
        id: subject.id,
        summary: subject.summary,
        requirements: subject.requirements,
        finding: subject.finding,
        killed: false,
        killed_by: Vec::new(),
        failed_by: Vec::new(),
        causes: Vec::new(),
        requests: 0,
    };
    for report in &reports {
        if !verdict.killed {
            verdict.requests += report.requests;
        }
        if report.failures.iter().any(|failure| failure.phase == Phase::Check) {
            verdict.failed_by.push(report.case.id);
        }
        if kills(subject, report) {
            verdict.killed = true;
            verdict.killed_by.push(report.case.id);
        }
    }
    verdict.causes = named_causes(reports);
    Ok(verdict)
}

/// Whether the case fails for a requirement that the mutant violates.
fn kills(subject: Subject, report: &CaseReport) -> bool {
    let names = |failure: &syncproof_protocol::failure::Failure| {
        failure.phase == Phase::Check && subject.requirements.contains(&failure.requirement)
    };
    report.failures.iter().any(names)
}

/// A trial of the cases against a server with that bug.
fn trial(subject: Subject, cases: Vec<&'static Case>, args: &Args) -> Result<Trial, CliError> {
    let mut trial = Trial::of(subject.id, cases, args.jobs.into(), args.seed);
    trial.is_launched = subject.is_launched;
    if args.first_kill {
        trial.enough = Some(Box::new(move |report| kills(subject, report)));
    }
    trial.mutant = subject.specimen;
    trial.only_after_collection = args.after_collection;
    if subject.specimen.is_none() && !subject.requirements.is_empty() {
        trial.launcher = Some(reference::launcher(SECRET, &["--mutant", subject.id]).map_err(CliError::fault)?);
        (trial.controls.hooks, trial.controls.instances) = (reference::hooks().map_err(CliError::fault)?, 2);
    }
    Ok(trial)
}
