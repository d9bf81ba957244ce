//! `syncproof list`.

use serde_json::{Value, json};

use super::console::{Format, print};
use crate::cases;
use syncproof_harness::case::Case;
use syncproof_harness::coverage::{Chapter, RequirementCoverage, ledger};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::selection::select;
use syncproof_protocol::counted::counted;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// List only cases whose id, or one of whose requirements, matches this glob; may be given more than once
    #[arg(long, value_name = "GLOB")]
    filter: Vec<String>,
    /// List the requirements with the number of cases of each
    #[arg(long)]
    requirements: bool,
    /// Format of the output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

pub(super) fn execute(args: &Args) -> Result<Exit, CliError> {
    let cases = select(cases::all(), &args.filter)?;
    let ledger: Vec<RequirementCoverage> =
        ledger(cases::all()).into_iter().filter(|covered| is_asked_for(covered, args, &cases)).collect();
    match args.format {
        Format::Json => {
            let cases: Vec<Value> = cases.iter().map(|case| case_json(case)).collect();
            let requirements: Vec<Value> = ledger.iter().map(requirement_json).collect();
            let whole = json!({"cases": cases, "requirements": requirements, "coverage": Chapter::all(cases::all())});
            print(&format!("{whole:#}\n"));
        }
        Format::Human if args.requirements => {
            ledger.iter().for_each(|covered| print(&requirement_line(covered)));
            print(&format!("{}\n", counted(ledger.len(), "requirement")));
        }
        Format::Human => {
            for case in &cases {
                print(&format!("{:6} {}\n       {}\n", case.level(), case.id, case.requirements.join(", ")));
            }
            print(&format!("{}\n", counted(cases.len(), "case")));
            if args.filter.is_empty() {
                print(&table());
            }
        }
    }
    Ok(Exit::Conformant)
}

/// With a filter, only the requirements that the selected cases check.
fn is_asked_for(covered: &RequirementCoverage, args: &Args, cases: &[&Case]) -> bool {
    args.filter.is_empty() || covered.cases.iter().any(|case| cases.iter().any(|other| other.id == case.id))
}

fn requirement_line(covered: &RequirementCoverage) -> String {
    let exemption = match covered.exemption() {
        Some(reason) if covered.cases.is_empty() => format!(" ({reason})"),
        _ => String::new(),
    };
    format!(
        "{:6} {:38} {:3} cases{exemption}\n",
        covered.requirement.level,
        covered.requirement.id,
        covered.cases.len()
    )
}

/// The coverage, one line for each chapter.
fn table() -> String {
    let head = format!("\n{:30} {:>12} {:>5} {:>9} {:>9}\n", "chapter", "requirements", "cases", "MUST", "SHOULD");
    let line = |chapter: &Chapter| {
        let musts = format!("{}/{}", chapter.musts_covered, chapter.musts);
        let shoulds = format!("{}/{}", chapter.shoulds_covered, chapter.shoulds);
        let Chapter { chapter, requirements, cases, .. } = chapter;
        format!("{chapter:30} {requirements:12} {cases:5} {musts:>9} {shoulds:>9}\n")
    };
    head + &Chapter::all(cases::all()).iter().map(line).collect::<String>()
}

fn case_json(case: &Case) -> Value {
    json!({
        "id": case.id,
        "requirements": case.requirements,
        "level": case.level(),
        "needs": case.needs,
        "milestone": case.milestone(),
        "summary": case.summary,
    })
}

fn requirement_json(covered: &RequirementCoverage) -> Value {
    let requirement = covered.requirement;
    let cases: Vec<&str> = covered.cases.iter().map(|case| case.id).collect();
    json!({
        "id": requirement.id,
        "chapter": requirement.chapter,
        "level": requirement.level,
        "capabilities": requirement.capabilities,
        "milestone": requirement.milestone,
        "text": requirement.text,
        "cases": cases,
        "excuse": covered.exemption(),
    })
}
