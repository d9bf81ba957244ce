//! A campaign names a rule that the server really breaks, in as few steps as that takes.

use syncproof::in_process;
use syncproof_campaign::Found;
use syncproof_specimen as specimen;
use syncproof_specimen::Mutant;

use super::{plan, run, shown};

/// Sequences of each campaign.
const CASES: u64 = 60;
/// One mutant in this many is looked at, from this one on: all of them take minutes (`cargo bench --bench mutants`).
const PARTS: usize = 4;
/// See `PARTS`.
const PART: usize = 1;
/// At least so many mutants are found in so few sequences.
const LEAST: usize = 40;
/// More steps than a trace needs, unless their number is the fault.
const MOST_STEPS: usize = 6;
/// The mutants of which it is.
const NUMBERS: [&str; 2] = ["default-made-again", "members-cut-off"];
/// Mutants whose row in `specimen/mutants.md` leaves out a requirement that they break as well.
const ALSO: [(&str, &str); 18] = [
    // The owner of the default workspace may rename it.
    ("default-name-fixed", "workspace.rename"),
    // The session names the deleted workspace, also if it was the only one.
    ("rehome-others-only", "workspace.delete-last"),
    ("rehome-into-deleted", "workspace.delete-last"),
    // Whoever may pull anything may pull what is deleted.
    ("pull-open-to-all", "workspace.delete-closes-sync"),
    ("stranger-snapshots", "workspace.delete-closes-sync"),
    // An empty page leads back.
    ("cursor-inclusive", "pull.next-cursor"),
    // The empty page leads back.
    ("beyond-head-starts-over", "pull.next-cursor"),
    // With equal stamps, the clocks of the payloads decide.
    ("payload-clock-decides", "lww.op-id-breaks-tie"),
    // The tombstone goes with the log.
    ("tombstone-random-id", "gc.keeps-records"),
    // What is lost is young, or unseen by the device whose cursor another user has moved.
    ("tombstones-go-by-pk", "gc.keeps-young"),
    ("device-is-anyones", "gc.keeps-unseen"),
    // In this process there is no waiting for the late change.
    ("replica-lags", "pull.complete"),
    // The next op does not get the next version.
    ("cursor-takes-version", "push.contiguous-versions"),
    ("versions-in-blocks", "push.contiguous-versions"),
    // A word that is no role gets 400.
    ("hostile-role-is-viewer", "member.unknown-user"),
    // No device is registered in the shortest sequence.
    ("gap-untold", "gc.no-devices"),
    ("gap-untold-when-empty", "gc.no-devices"),
    ("gap-told-one-too-late", "gc.no-devices"),
];

/// What a short campaign finds on the specimen with that mutant.
fn found(mutant: Mutant) -> Option<Found> {
    run(&in_process::specimen(Some(mutant), Vec::new()), &plan(1, CASES)).1
}

#[test]
fn every_fault_is_named_after_a_rule_that_it_breaks() {
    let some = specimen::mutants().iter().skip(PART).step_by(PARTS);
    let found = some.filter_map(|mutant| Some((mutant, found(*mutant)?)));
    let found: Vec<_> = found.collect();
    let is_named = |mutant: &Mutant, found: &Found| {
        let requirement = found.shrunk.finding.violation.requirement;
        mutant.requirements.contains(&requirement)
            || ALSO.contains(&(mutant.id, requirement))
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
