//! How soon generated sequences alone find each bug of the specimen, as a table: medians over several seeds.
//!
//! `cargo bench --bench mutants -- [SEEDS [SECONDS [SHARD/SHARDS [MUTANT…]]]]`: runs SEEDS campaigns of at most SECONDS
//! for each mutant, or for those that are named. If the first campaign does not find a bug, no other looks for it.
#![allow(clippy::unwrap_used, reason = "a measurement that fails has no result")]
#![allow(clippy::print_stdout, reason = "results go to standard output")]

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use syncproof::in_process;
use syncproof_campaign as campaign;
use syncproof_campaign::{CampaignPlan, CampaignState, Finding, ShrinkLimits, Source};
use syncproof_specimen as specimen;

/// As in the binary that is measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // Arguments that begin with a dash come from cargo.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let seeds: u64 = arguments.next().map_or(10, |seeds| seeds.parse().unwrap());
    let seconds: u64 = arguments.next().map_or(60, |seconds| seconds.parse().unwrap());
    let shard = arguments.next().unwrap_or_else(|| "1/1".to_owned());
    let (shard, shards) = shard.split_once('/').unwrap();
    let (shard, shards): (usize, usize) = (shard.parse().unwrap(), shards.parse().unwrap());
    let named: Vec<String> = arguments.collect();
    let is_asked = |id: &str| named.is_empty() || named.iter().any(|name| name == id);
    let mutants = specimen::mutants();
    let asked = mutants.iter().filter(|mutant| is_asked(mutant.id));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!(
        "| mutant | found | requests | seconds | slowest | steps | requirement | breaks |\n|---|---|---|---|---|---|---|---|"
    );
    for mutant in asked.skip(shard - 1).step_by(shards) {
        let target = in_process::specimen(Some(*mutant), Vec::new());
        let (mut requests, mut times, mut steps, mut requirement) = (Vec::new(), Vec::new(), Vec::new(), "");
        for seed in 1..=seeds {
            let time = Duration::from_secs(seconds);
            let plan = CampaignPlan {
                source: Source::default(),
                seed,
                first: 0,
                stride: 1,
                cases: u64::MAX,
                time,
                jobs: 1,
                shrinking: ShrinkLimits::default(),
                fail_fast: true,
                known: BTreeSet::new(),
            };
            let began = Instant::now();
            let state = Mutex::<CampaignState<Finding>>::default();
            runtime.block_on(campaign::run(&target, &plan, &state)).unwrap();
            let CampaignState { progress, mut findings, .. } = state.into_inner().unwrap();
            let Some(found) = findings.pop() else { if seed == 1 { break } else { continue } };
            requests.push(progress.requests);
            times.push(began.elapsed().as_secs_f64() - found.shrinking_seconds);
            steps.push(found.shrunk.steps.len());
            requirement = found.shrunk.finding.violation.requirement;
        }
        let id = mutant.id;
        if times.is_empty() {
            println!("| {id} | 0 | | | | | | |");
            continue;
        }
        requests.sort_unstable();
        times.sort_by(f64::total_cmp);
        steps.sort_unstable();
        let middle = times.len() / 2;
        let (slowest, seconds) = (times[times.len() - 1], times[middle]);
        let (found, requests, steps) = (times.len(), requests[middle], steps[middle]);
        let breaks = match mutant.requirements.contains(&requirement) {
            true => String::new(),
            false => mutant.requirements.join(", "),
        };
        println!("| {id} | {found} | {requests} | {seconds:.2} | {slowest:.2} | {steps} | {requirement} | {breaks} |");
    }
}
