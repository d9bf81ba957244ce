//! Campaigns: silent on right servers, loud on wrong ones, and short in what they say.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test says by panicking what is wrong")]

use std::time::Duration;

use syncproof::campaign::{self, Bound, Found, Plan, Progress, Venue, in_process};
use syncproof::specimen;

fn plan(seed: u64, cases: u64) -> Plan {
    let time = Duration::from_secs(600);
    Plan { seed, first: 0, stride: 1, cases, time, jobs: 1, shrinking: Bound::default() }
}

fn run(venue: &Venue, plan: &Plan) -> (Progress, Option<Found>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(campaign::run(venue, plan, |_| {})).unwrap()
}

fn shown(found: &Found) -> String {
    let steps = serde_json::to_string_pretty(&found.shrunk.steps).unwrap();
    format!("sequence {}: {}\n{steps}", found.sequence, campaign::FindingEntry::of(found).told())
}

#[test]
fn the_reference_server_is_silent() {
    let (progress, found) = run(&in_process::reference(), &plan(1, 300));
    if let Some(found) = found {
        panic!("{}", shown(&found));
    }
    eprintln!("{progress:?}");
}

#[test]
fn the_specimen_is_silent() {
    let (_, found) = run(&in_process::specimen(None, Vec::new()), &plan(2, 600));
    if let Some(found) = found {
        panic!("{}", shown(&found));
    }
}

#[test]
#[ignore = "exploration"]
fn mutants() {
    let wanted = std::env::var("MUTANT").ok();
    for mutant in specimen::mutants() {
        if wanted.as_ref().is_some_and(|wanted| wanted != mutant.id) {
            continue;
        }
        let began = std::time::Instant::now();
        let (progress, found) = run(&in_process::specimen(Some(*mutant), Vec::new()), &plan(1, 3000));
        match found {
            Some(found) => eprintln!(
                "FOUND {} after {} cases, {} requests, {:.1} s: {} steps ({} s) repeats {} | {}",
                mutant.id,
                progress.cases,
                progress.requests,
                began.elapsed().as_secs_f64(),
                found.shrunk.steps.len(),
                found.shrinking_seconds,
                found.shrunk.repeats,
                if wanted.is_some() {
                    shown(&found)
                } else {
                    found.shrunk.finding.breach.message.chars().take(160).collect()
                },
            ),
            None => eprintln!("MISSED {} in {:.1} s", mutant.id, began.elapsed().as_secs_f64()),
        }
    }
}
