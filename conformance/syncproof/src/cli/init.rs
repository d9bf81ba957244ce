//! `syncproof init`: the first files for a server, and the level to aim for.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::console::{note, print};
use super::new_file::{check_free, write};
use super::settings::settings;
use crate::cases;
use crate::collect::collect;
use crate::config::{DEFAULT_FILE, Reach, Source, TargetArgs};
use crate::doctor::first_file;
use crate::prepare::{Prepared, prepare};
use crate::suite::{DEADLINE_SECONDS, JOBS};
use syncproof_harness::case::{Case, CaseReport};
use syncproof_harness::exit::{CliError, Exit};
use syncproof_harness::gate::Gate;
use syncproof_harness::redaction::Secrets;
use syncproof_harness::runner::{self, RunPlan};
use syncproof_protocol::milestone::Milestone;
use syncproof_report::{Rung, Selection, ladder, ladder_lines, level_reached, next_level};

/// Where GitHub looks for workflows.
const WORKFLOW: &str = ".github/workflows/syncproof.yml";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    target: TargetArgs,
    /// Overwrite existing files
    #[arg(long)]
    force: bool,
}

pub(super) async fn execute(args: Args) -> Result<Exit, CliError> {
    let (file, workflow) = (Path::new(DEFAULT_FILE), Path::new(WORKFLOW));
    check_free(file, args.force)?;
    check_free(workflow, args.force)?;
    let settings = settings(&args.target)?;
    let (reach, source) = (settings.target.reach.clone(), settings.source.clone());
    let secrets = Arc::clone(&settings.target.secrets);
    let mut prepared = prepare(settings.target, 0).await?;
    let process = prepared.process.take();
    let outcome = examine(&prepared, &secrets).await;
    if let Some(process) = process {
        process.stop().await;
    }
    let rungs = outcome?;
    let look = prepared.look.clone().unwrap_or_default();
    let text = first_file(&reach, source.as_ref(), &prepared.run.target.capabilities, &look);
    write(file, &text, args.force)?;
    print(&format!("\nwrote {DEFAULT_FILE}: how to reach the server, and what it can do\n"));
    let reached = level_reached(&rungs);
    write(workflow, &workflow_text(&reach, source.as_ref(), reached), args.force)?;
    let gate = match reached {
        Some(level) => format!("fails when the server no longer reaches {level}"),
        None => format!("fails until the server reaches {}", Milestone::Session),
    };
    print(&format!("wrote {WORKFLOW}: {gate}\n"));
    if let Some(next) = next_level(&rungs) {
        print(&format!(
            "\nAim for {next} first, and see what is missing:\n\n  syncproof run --up-to {}\n",
            next.number()
        ));
    }
    Ok(Exit::Conformant)
}

/// Says what was found, and judges level after level up to the first one that is not reached.
async fn examine(prepared: &Prepared, secrets: &Secrets) -> Result<Vec<Rung>, CliError> {
    let target = &prepared.run.target;
    print(&format!("target        {}\n", secrets.text(&prepared.name_and_address())));
    let names: Vec<_> = target.capabilities.iter().map(|capability| capability.name()).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    print(&format!("capabilities  {} ({names})\n", prepared.capabilities_from));
    for blocker in &prepared.blockers {
        match blocker.is_missing() {
            true => print(&format!("missing       {}\n", blocker.endpoint)),
            false => print(&format!("broken        {}\n", blocker.summary)),
        }
    }
    for problem in prepared.look.iter().flat_map(|look| &look.problems) {
        print(&format!("missing       {}\n", secrets.text(problem)));
    }
    let (mut selected, mut reports) = (Vec::new(), Vec::new());
    let mut rungs = Vec::new();
    for milestone in Milestone::ALL {
        let cases: Vec<&'static Case> = cases::all().iter().filter(|case| case.milestone() == milestone).collect();
        note(&format!("judging {milestone} ({} cases)", cases.len()));
        reports.extend(judge(prepared, &cases, secrets).await?);
        selected.extend(cases);
        rungs = ladder(&reports, &Selection::of(Some(milestone), &selected, cases::all()));
        if rungs.get(milestone.number() - 1).is_some_and(Rung::is_open) {
            break;
        }
    }
    print("\n");
    ladder_lines(&rungs).iter().for_each(|line| print(&format!("{line}\n")));
    Ok(rungs)
}

async fn judge(prepared: &Prepared, cases: &[&'static Case], secrets: &Secrets) -> Result<Vec<CaseReport>, CliError> {
    let gate = Gate::default();
    let deadline = Duration::from_secs(DEADLINE_SECONDS);
    let blockers = prepared.blockers.clone();
    let blockers = blockers.into();
    let plan = RunPlan { cases: cases.to_vec(), jobs: JOBS, deadline, reruns: 0, blockers, gate: gate.clone() };
    let (_interrupt, never) = watch::channel(false);
    let events = runner::start(Arc::clone(&prepared.run), plan, never);
    let finished = collect(events, gate, cases, secrets, &prepared.blockers, |_| ControlFlow::Continue(())).await;
    match finished.aborted {
        Some(reason) => Err(CliError::target(reason)),
        None => Ok(finished.reports),
    }
}

/// A workflow that fails when the server loses a level that it has reached.
fn workflow_text(reach: &Reach, source: Option<&Source>, reached: Option<Milestone>) -> String {
    let mut text = String::from(
        "# Checks the server with syncproof. Written by `syncproof init`.\n\
         name: syncproof\non: [push, pull_request]\npermissions:\n  contents: read\n\n\
         jobs:\n  syncproof:\n    runs-on: ubuntu-latest\n    timeout-minutes: 30\n",
    );
    if source == Some(&Source::SecretVariable) {
        text.push_str("    env:\n      SYNCPROOF_JWT_SECRET: ${{ secrets.SYNCPROOF_JWT_SECRET }}\n");
    }
    text.push_str(
        "    steps:\n      - uses: actions/checkout@v4\n      \
         # The repository variable SYNCPROOF_SOURCE holds the address of the repository of syncproof.\n      \
         - run: cargo install --locked --git \"${{ vars.SYNCPROOF_SOURCE }}\" syncproof\n",
    );
    if !reach.targets.is_empty() {
        text.push_str(
            "      # Start the server here, in the background, so that it answers at the address in syncproof.toml.\n",
        );
    }
    let up_to = match reached.unwrap_or(Milestone::Session) {
        Milestone::LAST => String::new(),
        level => {
            let _ =
                writeln!(text, "      # Raise the level when the next one is reached; without --up-to, all is judged.");
            format!(" --up-to {}", level.number())
        }
    };
    let _ = write!(
        text,
        "      - run: syncproof run --config {DEFAULT_FILE}{up_to} --report github=- --report junit=syncproof.xml\n      \
         - uses: actions/upload-artifact@v4\n        if: always()\n        with:\n          \
         name: syncproof\n          path: syncproof.xml\n"
    );
    text
}
