//! A campaign names a rule that the server really breaks, in as few steps as that takes.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use syncproof::in_process;
use syncproof_campaign::Found;
use syncproof_specimen as specimen;
use syncproof_specimen::Mutant;

use super::{plan, run, shown};

/// Sequences of each campaign.
const CASES: u64 = 60;
/// One mutant in this many is looked at, from this one on: all of them take minutes (`cargo bench --bench mutants`).
const PARTS: usize = 10;
/// See `PARTS`.
const PART: usize = 1;
/// At least so many mutants are found in so few sequences.
const LEAST: usize = 27;
/// More steps than a trace needs, unless their number is the fault.
const MOST_STEPS: usize = 6;
/// The mutants of which it is, or which take two workspaces, a device and a collection.
const NUMBERS: [&str; 4] =
    ["default-made-again", "members-cut-off", "cursor-shared-by-workspaces", "gc-first-hundred-devices"];

/// What a short campaign finds on the specimen with that mutant.
fn found(mutant: Mutant) -> Option<Found> {
    run(&in_process::specimen(Some(mutant), Vec::new()), &plan(1, CASES)).1
}

/// The same for each of these mutants, on every core.
fn found_on(mutants: &[Mutant]) -> Vec<(Mutant, Found)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mine = std::iter::from_fn(|| mutants.get(next.fetch_add(1, Ordering::Relaxed)));
        mine.filter_map(|mutant| Some((*mutant, found(*mutant)?))).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn every_fault_is_named_after_a_rule_that_it_breaks() {
    let some: Vec<Mutant> = specimen::mutants().iter().skip(PART).step_by(PARTS).copied().collect();
    let found = found_on(&some);
    let is_named = |mutant: &Mutant, found: &Found| {
        let requirement = found.shrunk.finding.violation.requirement;
        mutant.requirements.contains(&requirement)
            // Whoever decides wrongly who wins ends in another state for another order.
            || (requirement == "lww.order-free" && mutant.requirements.iter().any(|broken| broken.starts_with("lww.")))
    };
    let wrong = found.iter().filter(|(mutant, found)| !is_named(mutant, found));
    let wrong: Vec<String> = wrong.map(|(mutant, found)| format!("{}: {}", mutant.id, shown(found))).collect();
    assert!(wrong.is_empty(), "{}\n{} of {}", wrong.join("\n"), wrong.len(), found.len());
    assert!(found.len() >= LEAST, "{} of {LEAST}", found.len());
    let is_long = |steps: usize, id: &str| steps > MOST_STEPS && !NUMBERS.contains(&id);
    let long = found.iter().filter(|(mutant, found)| is_long(found.shrunk.steps.len(), mutant.id));
    let long: Vec<String> = long.map(|(mutant, found)| format!("{}: {}", mutant.id, shown(found))).collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}
