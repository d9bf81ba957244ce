//! Metamorphic checks alone: writes, and then the same asked in several ways, on right servers and on wrong ones.

use syncproof::in_process;
use syncproof_campaign as campaign;
use syncproof_campaign::sequence::{Step, WorkspaceRef};
use syncproof_campaign::{CampaignTarget, generator};

use super::{block_on, mutant};

/// The writes of one sequence after another, each with `last` at its end.
fn sequences(last: &Step) -> impl Iterator<Item = Vec<Step>> {
    (0..400).map(move |number| {
        let steps = generator::sequence(11, number).unwrap();
        let writes = steps.into_iter().filter_map(|step| match step {
            Step::Push { ops, .. } => Some(Step::Push { by: 0, at: WorkspaceRef::Home(0), ops }),
            _ => None,
        });
        writes.chain([last.clone()]).collect()
    })
}

fn reread() -> Step {
    Step::Reread { by: 0, at: WorkspaceRef::Home(0), limit: 2, page_size: 2 }
}

fn rewrite() -> Step {
    Step::Rewrite { by: 0, at: WorkspaceRef::Home(0), order: 3, batch: 2 }
}

/// The requirement that the first of those sequences with a finding breaks there.
fn broken(target: &CampaignTarget, last: &Step) -> Option<&'static str> {
    sequences(last).find_map(|steps| {
        let performance = block_on(campaign::execute_on_new_target(target, &steps)).unwrap();
        performance.finding.map(|finding| finding.violation.requirement)
    })
}

#[test]
fn right_servers_show_the_same_however_they_are_asked() {
    for target in [in_process::reference(), in_process::specimen(None, Vec::new())] {
        for last in [reread(), rewrite()] {
            assert_eq!(broken(&target, &last), None, "{last:?}");
        }
    }
}

#[test]
fn small_pages_show_what_a_server_loses_between_them() {
    for (id, requirement) in [
        ("next-cursor-is-head", "pull.complete"),
        ("next-cursor-one-past", "pull.complete"),
        ("pages-skip", "snapshot.complete"),
        ("pages-overlap", "snapshot.complete"),
        ("snapshot-omits-tombstones", "snapshot.complete"),
    ] {
        assert_eq!(broken(&mutant(id), &reread()), Some(requirement), "{id}");
    }
}

#[test]
fn another_order_shows_a_winner_that_depends_on_it() {
    for id in ["last-arrival-wins", "first-of-equal-clocks-wins", "op-id-tie-last", "tombstone-is-final"] {
        assert_eq!(broken(&mutant(id), &rewrite()), Some("lww.order-free"), "{id}");
    }
}
