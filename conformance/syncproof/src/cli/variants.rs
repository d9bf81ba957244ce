//! `syncproof variants`: the suite against conformant servers that behave differently from the plain specimen.

use serde::Serialize;
use serde_json::json;

use super::console::{Format, print};
use super::trial::{Trial, Words, in_turn};
use crate::cases;
use syncproof_harness::case::{Case, CaseReport, Status, Summary};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::selection::{chosen, select};
use syncproof_protocol::counted::counted;
use syncproof_specimen as specimen;
use syncproof_specimen::Variant;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Run only variants whose id matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    filter: Vec<String>,
    /// List the variants and run nothing; with --together, those of each server on a line
    #[arg(long)]
    list: bool,
    /// Run only cases whose id, or one of whose requirements, matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    cases: Vec<String>,
    /// Combine on one server all variants that do not contradict each other, instead of one variant on each server
    #[arg(long)]
    together: bool,
    /// Cases to run at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Servers to run at once
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    servers: u16,
    /// Seed that repeats the random choices of an earlier run
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// What to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// The result of the suite for one server.
#[derive(Serialize)]
struct Verdict {
    variants: Vec<&'static str>,
    passed: bool,
    summary: Summary,
    /// The cases that fail although the server conforms, each with its message.
    wrong: Vec<FalseAlarm>,
}

/// A case that fails for a conformant server.
#[derive(Serialize)]
struct FalseAlarm {
    case: &'static str,
    status: Status,
    message: String,
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let variants = chosen(specimen::variants(), &args.filter, "variant", |variant| vec![variant.id])?;
    let servers = match args.together {
        true => specimen::bundles(&variants),
        false => variants.iter().map(|variant| vec![*variant]).collect(),
    };
    if args.list && args.together {
        servers.iter().for_each(|server| print(&format!("{}\n", ids(server).join(" "))));
        return Ok(Exit::Conformant);
    }
    if args.list {
        for variant in &variants {
            let without: Vec<&str> = variant.without.iter().map(|capability| capability.name()).collect();
            let without = if without.is_empty() { String::new() } else { format!(" (without {})", without.join(", ")) };
            print(&format!("{}\n    {}{without}\n", variant.id, variant.summary));
        }
        return Ok(Exit::Conformant);
    }
    let cases = select(cases::all(), &args.cases)?;
    let trials = servers.into_iter().map(|server| try_out(server, cases.clone(), args.jobs.into(), args.seed));
    let words = Words { tried: "servers", bad: "failed" };
    let show = |verdict: &Verdict| {
        if args.format == Format::Human {
            print(&lines(verdict));
        }
    };
    let verdicts = in_turn(trials, args.servers.into(), words, |verdict| !verdict.passed, show).await?;
    let passed = verdicts.iter().filter(|verdict| verdict.passed).count();
    let summary = json!({"variants": variants.len(), "servers": verdicts.len(), "passed": passed});
    match args.format {
        Format::Human => {
            let (count, servers) = (counted(variants.len(), "variant"), counted(verdicts.len(), "server"));
            print(&format!("{count} on {servers}: {passed} passed\n"));
        }
        Format::Json => print(&format!("{:#}\n", json!({"seed": args.seed, "summary": summary, "servers": verdicts}))),
    }
    Ok(if passed == verdicts.len() { Exit::Conformant } else { Exit::NotConformant })
}

fn ids(server: &[Variant]) -> Vec<&'static str> {
    server.iter().map(|variant| variant.id).collect()
}

fn lines(verdict: &Verdict) -> String {
    let word = if verdict.passed { "passes" } else { "FAILS " };
    let Summary { passed, skipped, not_applicable, .. } = verdict.summary;
    let mut lines = format!("{word} {}", verdict.variants.join(" "));
    lines.push_str(&format!(
        " ({} passed, {skipped} skipped, {not_applicable} not applicable)\n",
        counted(passed, "case")
    ));
    for wrong in &verdict.wrong {
        lines.push_str(&format!("       {}: {}\n", wrong.case, wrong.message));
    }
    lines
}

async fn try_out(server: Vec<Variant>, cases: Vec<&'static Case>, jobs: usize, seed: u64) -> Result<Verdict, CliError> {
    let ids = ids(&server);
    let warned: Vec<&str> = server.iter().flat_map(|variant| variant.warned).copied().collect();
    let mut trial = Trial::of(&ids.join(" "), cases.clone(), jobs, seed);
    trial.variants = server;
    let mut reports = trial.run().await?;
    let place = |report: &CaseReport| cases.iter().position(|case| case.id == report.case.id);
    reports.sort_by_key(place);
    let summary = Summary::of(&reports);
    let wrong: Vec<FalseAlarm> = reports.iter().filter_map(|report| wrong(report, &warned)).collect();
    // A case that did not run, or a server for which no case has a verdict, does not show that the variant passes.
    let passed = wrong.is_empty() && summary.judged() > 0;
    Ok(Verdict { variants: ids, passed, summary, wrong })
}

/// The false alarm of a case that did not pass, unless it warns of a SHOULD that the server does not follow on purpose.
fn wrong(report: &CaseReport, warned: &[&str]) -> Option<FalseAlarm> {
    let is_wrong = match report.status {
        Status::Failed | Status::Blocked | Status::NotRun => true,
        Status::Warned => report.failures.iter().any(|failure| !warned.contains(&failure.requirement)),
        _ => false,
    };
    let message = report.failures.first().map(ToString::to_string).or_else(|| report.reason.clone());
    is_wrong.then(|| FalseAlarm { case: report.case.id, status: report.status, message: message.unwrap_or_default() })
}
