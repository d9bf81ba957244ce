//! `syncproof explain ID`, of a requirement or a case; an endpoint is explained by `explain_endpoint.rs`.

use std::fmt::Write as _;

use super::console::print;
use super::explain_endpoint;
use crate::cases;
use syncproof_harness::case::Case;
use syncproof_harness::coverage::RequirementCoverage;
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::suggestion::suggestion;
use syncproof_protocol::requirement::{self, LEDGER, Requirement};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Id of a requirement, such as isolation.same-pk, or of a case; or an endpoint, such as push or POST /api/sync/push
    #[arg(required = true, num_args = 1..=2, value_name = "ID")]
    id: Vec<String>,
}

pub(super) fn execute(args: &Args) -> Result<Exit, CliError> {
    let id = args.id.join(" ");
    if let Some(requirement) = requirement::find(&id) {
        print(&about_requirement(requirement));
        return Ok(Exit::Conformant);
    }
    if let Some(case) = cases::all().iter().find(|case| case.id == id) {
        print(&about_case(case));
        return Ok(Exit::Conformant);
    }
    let endpoints = explain_endpoint::endpoints(&id);
    if !endpoints.is_empty() {
        let pages: Vec<String> = endpoints.into_iter().map(explain_endpoint::about).collect();
        print(&pages.join("\n"));
        return Ok(Exit::Conformant);
    }
    let ids = LEDGER.iter().map(|requirement| requirement.id).chain(cases::all().iter().map(|case| case.id));
    let hint = suggestion(&id, ids.chain(explain_endpoint::names()));
    let message = format!("`{id}` is no requirement, no case and no endpoint (`syncproof list` names them all){hint}");
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
