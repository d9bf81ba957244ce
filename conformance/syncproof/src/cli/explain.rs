//! `syncproof explain ID`.

use std::fmt::Write as _;

use super::console::print;
use crate::cases;
use syncproof_harness::case::Case;
use syncproof_harness::coverage::RequirementCoverage;
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::suggestion::suggestion;
use syncproof_protocol::requirement::{self, LEDGER, Requirement};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Id of a requirement, such as isolation.same-pk, or of a case
    id: String,
}

pub(super) fn execute(args: &Args) -> Result<Exit, CliError> {
    if let Some(requirement) = requirement::find(&args.id) {
        print(&about_requirement(requirement));
        return Ok(Exit::Conformant);
    }
    if let Some(case) = cases::all().iter().find(|case| case.id == args.id) {
        print(&about_case(case));
        return Ok(Exit::Conformant);
    }
    let ids = LEDGER.iter().map(|requirement| requirement.id).chain(cases::all().iter().map(|case| case.id));
    let hint = suggestion(&args.id, ids);
    let message = format!("`{}` is no requirement and no case (`syncproof list` names them all){hint}", args.id);
    Err(CliError::usage(message))
}

fn about_requirement(requirement: &'static Requirement) -> String {
    let mut text = sentence(requirement);
    let covered = RequirementCoverage::of(requirement, cases::all());
    if covered.cases.is_empty() {
        let _ = writeln!(text, "\nNo case looks at it: {}.", covered.exemption().unwrap_or("no reason is given"));
    } else {
        text.push_str("\nCases:\n");
        for case in covered.cases {
            let _ = writeln!(text, "  {}\n    {}", case.id, case.summary);
        }
    }
    text
}

fn about_case(case: &Case) -> String {
    let needs: Vec<_> = case.needs.iter().map(|capability| capability.name()).collect();
    let needs = if needs.is_empty() { "nothing special".to_owned() } else { needs.join(", ") };
    let (id, summary, level) = (case.id, case.summary, case.milestone());
    let mut text = format!("{id}\n  {summary}\n  needs {needs}\n  {level}\n\nRequirements:\n");
    for requirement in case.requirements.iter().filter_map(|id| requirement::find(id)) {
        text.push_str(&sentence(requirement));
    }
    text
}

fn sentence(requirement: &Requirement) -> String {
    let Requirement { id, level, text, chapter, capabilities, milestone } = requirement;
    let names: Vec<_> = capabilities.iter().map(|capability| capability.name()).collect();
    let only = if names.is_empty() { String::new() } else { format!(" (only with {})", names.join(" or ")) };
    format!("{id} · {chapter} · {milestone}\n  {level}{only}: {text}\n")
}
