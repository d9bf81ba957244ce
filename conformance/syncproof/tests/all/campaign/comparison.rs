//! Comparisons: right servers are alike whatever freedom they take, and a wrong one differs in a few steps.

use std::sync::Arc;

use syncproof::in_process;
use syncproof_campaign::sequence::Trace;
use syncproof_campaign::{DifferenceEntry, Pair, Trial as _};
use syncproof_specimen as specimen;

use super::{BUGS, block_on, mutant, plan, run};

#[test]
fn the_reference_and_the_specimen_are_alike() {
    let (reference, specimen) = (in_process::reference(), in_process::specimen(None, Vec::new()));
    let (progress, found) = run(&Pair { left: &reference, right: &specimen }, &plan(4, 150));
    if let Some(found) = found {
        panic!("{}", DifferenceEntry::of(&found).text());
    }
    // A comparison that parts at the first choice of a server compares nothing.
    assert!(progress.diverged * 3 < progress.cases && progress.requests > 1500, "{progress:?}");
}

#[test]
fn honest_servers_are_alike() {
    let plain = in_process::specimen(None, Vec::new());
    let quick: Vec<_> = specimen::variants().iter().filter(|variant| !variant.slow).copied().collect();
    for bundle in specimen::bundles(&quick) {
        let names: Vec<&str> = bundle.iter().map(|variant| variant.id).collect();
        let other = in_process::specimen(None, bundle.clone());
        let (_, found) = run(&Pair { left: &plain, right: &other }, &plan(5, 40));
        if let Some(found) = found {
            panic!("{names:?}: {}", DifferenceEntry::of(&found).text());
        }
    }
}

#[test]
fn a_wrong_server_differs_from_a_right_one_on_either_side() {
    let right = in_process::specimen(None, Vec::new());
    for (number, (id, _)) in (0..).zip(BUGS) {
        let wrong = mutant(id);
        let is_left = number % 2 == 0;
        let pair = if is_left { Pair { left: &wrong, right: &right } } else { Pair { left: &right, right: &wrong } };
        let (progress, found) = run(&pair, &plan(1, 2000));
        let found = found.unwrap_or_else(|| panic!("{id} makes no difference: {progress:?}"));
        let entry = DifferenceEntry::of(&found);
        assert!(found.shrunk.repeats == Some(true) && entry.steps.len() <= 6, "{id}: {}", entry.text());
        // The blame, where there is any, is put on the wrong one.
        let (of_wrong, of_right) = if is_left { (&entry.left, &entry.right) } else { (&entry.right, &entry.left) };
        assert_eq!(of_right.broken, None, "{id}: {}", entry.text());
        assert_ne!(of_wrong.shown, of_right.shown, "{id}: {}", entry.text());
        // Through the file and back, it shows again; and two right ones do not differ in it.
        let trace = entry.trace(1).written().unwrap();
        let trace = Trace::read(trace.as_bytes()).unwrap();
        let again = block_on(pair.attempt(&trace.steps, &Arc::default())).unwrap();
        assert_eq!(again.found.map(|difference| difference.place), Some(entry.place), "{id}");
        let reference = in_process::reference();
        let mended = block_on(Pair { left: &reference, right: &right }.attempt(&trace.steps, &Arc::default())).unwrap();
        assert!(mended.found.is_none(), "{id}: {:?}", mended.found);
    }
}
