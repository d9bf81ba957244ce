//! Campaigns: silent on right servers, loud on wrong ones, and short in what they say.
mod command_line;
mod comparison;
mod exhaustive;
mod goes_on;
mod honest;
mod metamorphic;
mod names;
mod restarting;
mod situations;
mod traces;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use syncproof::in_process;
use syncproof_campaign as campaign;
use syncproof_campaign::sequence::Trace;
use syncproof_campaign::{
    CampaignPlan, CampaignState, CampaignTarget, FindingEntry, Found, Progress, ShrinkLimits, Source, Trial,
};
use syncproof_specimen as specimen;

/// A plan that ends with the first finding.
fn plan(seed: u64, cases: u64) -> CampaignPlan {
    CampaignPlan {
        source: Source::default(),
        seed,
        first: 0,
        stride: 1,
        cases,
        time: Duration::from_secs(600),
        jobs: 1,
        // On a busy machine the usual time may not be enough to shrink to the end.
        shrinking: ShrinkLimits { time: Duration::from_secs(600), ..ShrinkLimits::default() },
        fail_fast: true,
        known: BTreeSet::new(),
    }
}

fn run<T: Trial>(trial: &T, plan: &CampaignPlan) -> (Progress, Option<Found<T::Found>>) {
    let mut state = run_on(trial, plan);
    assert!(state.findings.len() <= 1, "{:?}", state.findings);
    (state.progress, state.findings.pop())
}

fn run_on<T: Trial>(trial: &T, plan: &CampaignPlan) -> CampaignState<T::Found> {
    let state = Mutex::default();
    block_on(campaign::run(trial, plan, &state)).unwrap();
    state.into_inner().unwrap()
}

/// The specimen with that bug in it.
fn mutant(id: &str) -> CampaignTarget {
    let mutant = *specimen::find(id).unwrap_or_else(|| panic!("no mutant {id}"));
    in_process::specimen(Some(mutant), Vec::new())
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn shown(found: &Found) -> String {
    format!("sequence {}\n{}", found.sequence, FindingEntry::of(found).text())
}

#[test]
fn the_reference_server_is_silent() {
    let (progress, found) = run(&in_process::reference(), &plan(1, 400));
    if let Some(found) = found {
        panic!("{}", shown(&found));
    }
    assert_eq!(progress.missing(), [], "{progress:?}");
}

#[test]
fn the_specimen_is_silent() {
    let (_, found) = run(&in_process::specimen(None, Vec::new()), &plan(2, 600));
    if let Some(found) = found {
        panic!("{}", shown(&found));
    }
}

/// One bug of each kind that sequences are made for, and the most steps that are needed to show it.
const BUGS: [(&str, usize); 13] = [
    ("wrong-shape-breaks", 1),
    ("identity-ignores-provider", 2),
    ("viewer-pushes", 3),
    ("existence-leaks", 2),
    ("text-trimmed", 3),
    ("unknown-table-accepted", 2),
    ("types-unchecked", 2),
    ("proto-fields-dropped", 3),
    ("signature-ignored", 1),
    ("expiry-cached", 1),
    ("malformed-json-breaks", 1),
    ("unknown-fields-dropped", 3),
    ("stranger-activates", 2),
];

#[test]
fn what_is_found_on_a_wrong_server_is_short_repeats_there_and_is_fixed_on_the_reference() {
    for (id, most) in BUGS {
        let wrong = mutant(id);
        let (progress, found) = run(&wrong, &plan(1, 2000));
        let found = found.unwrap_or_else(|| panic!("{id} survives {progress:?}"));
        let steps = &found.shrunk.steps;
        assert!(found.shrunk.repeats == Some(true), "{id}: {}", shown(&found));
        assert!(steps.len() <= most, "{id}: {}", shown(&found));
        // Through the file and back.
        let trace = FindingEntry::of(&found).trace(1).written().unwrap();
        let trace = Trace::read(trace.as_bytes()).unwrap();
        assert_eq!(&trace.steps, steps, "{id}");
        let again = block_on(campaign::execute_on_new_target(&wrong, &trace.steps)).unwrap();
        let requirement = again.finding.map(|finding| finding.violation.requirement);
        assert_eq!(requirement, Some(found.shrunk.finding.violation.requirement), "{id}");
        let right = block_on(campaign::execute_on_new_target(&in_process::reference(), &trace.steps)).unwrap();
        assert!(right.finding.is_none(), "{id}: {:?}", right.finding);
    }
}

#[test]
fn what_once_was_a_false_alarm_is_none() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/campaign/false_alarms");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!files.is_empty());
    for file in files {
        let trace = Trace::read(&std::fs::read(&file).unwrap()).unwrap();
        for right in [in_process::reference(), in_process::specimen(None, Vec::new())] {
            let performed = block_on(campaign::execute_on_new_target(&right, &trace.steps)).unwrap();
            assert!(performed.finding.is_none(), "{}: {:?}", file.display(), performed.finding);
        }
    }
}

#[test]
fn honest_servers_are_left_alone() {
    for bundle in
        specimen::bundles(&specimen::variants().iter().filter(|variant| !variant.slow).copied().collect::<Vec<_>>())
    {
        let names: Vec<&str> = bundle.iter().map(|variant| variant.id).collect();
        let (_, found) = run(&in_process::specimen(None, bundle.clone()), &plan(3, 50));
        if let Some(found) = found {
            panic!("{names:?}: {}", shown(&found));
        }
    }
}

#[test]
fn shards_perform_different_sequences_that_make_up_the_whole() {
    let all: Vec<_> = (0..12).map(|number| campaign::generator::sequence(5, number).unwrap()).collect();
    let dealt: Vec<_> = (0..3)
        .flat_map(|first| (0..4).map(move |count| first + count * 3))
        .map(|number| campaign::generator::sequence(5, number).unwrap())
        .collect();
    assert!(all.iter().all(|sequence| dealt.contains(sequence)) && all.len() == dealt.len());
}
