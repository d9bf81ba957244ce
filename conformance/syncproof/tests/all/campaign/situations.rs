//! Campaigns come to every situation, also where time passes as it does for everybody.

use std::time::Duration;

use syncproof::in_process;
use syncproof_campaign as campaign;
use syncproof_campaign::generator::{self, Kind};
use syncproof_campaign::oracle::CoverageEvent;
use syncproof_campaign::{CampaignPlan, CampaignTarget, Clock};

use syncproof_protocol::family::Family;

use super::{block_on, mutant, plan, run_on, shown};

/// A server in this process whose clock cannot be set forward: what a target is that is reached over sockets.
fn in_real_time(target: &CampaignTarget) -> CampaignTarget {
    CampaignTarget::One(target.open().unwrap().by(Clock::of_machine()))
}

#[test]
fn a_sequence_comes_to_what_it_is_aimed_at() {
    for target in [in_process::reference(), in_process::specimen(None, Vec::new())] {
        // Servers in this process are not restarted.
        for event in CoverageEvent::ALL.into_iter().filter(|event| *event != CoverageEvent::Restart) {
            for turn in 0..2 {
                let steps = generator::sequence(3, Kind::Aimed(event).number(turn)).unwrap();
                let performed = block_on(campaign::execute_on_new_target(&target, &steps)).unwrap();
                assert!(performed.finding.is_none(), "{event:?} {turn}: {:?}", performed.finding);
                assert!(performed.coverage.count(event) > 0, "{event:?} {turn}: {steps:#?}");
            }
        }
    }
}

#[test]
fn right_servers_pass_every_catalogue() {
    for target in [in_process::reference(), in_process::specimen(None, Vec::new())] {
        for turn in 0..Family::ALL.len() as u64 {
            let steps = generator::sequence(5, Kind::Catalogue.number(turn)).unwrap();
            let performed = block_on(campaign::execute_on_new_target(&target, &steps)).unwrap();
            assert!(performed.finding.is_none(), "{turn}: {:?}", performed.finding);
        }
    }
}

#[test]
fn lives_are_lived_to_their_end_on_right_servers() {
    for target in [in_process::reference(), in_process::specimen(None, Vec::new())] {
        for turn in 0..6 {
            let steps = generator::sequence(4, Kind::Life.number(turn)).unwrap();
            let performed = block_on(campaign::execute_on_new_target(&target, &steps)).unwrap();
            assert!(performed.finding.is_none(), "{turn}: {:?}", performed.finding);
        }
    }
}

#[test]
fn everything_is_reached_where_time_takes_its_time() {
    let target = in_real_time(&in_process::specimen(None, Vec::new()));
    let state = run_on(&target, &CampaignPlan { fail_fast: false, jobs: 4, ..plan(1, 500) });
    if let Some(found) = state.findings.first() {
        panic!("{}", shown(found));
    }
    let progress = state.progress;
    assert_eq!(progress.missing(), [], "{progress:?}");
    assert!(progress.requests < 30_000, "{progress:?}");
}

#[test]
fn who_has_no_time_to_wait_is_not_begun() {
    let target = in_real_time(&in_process::specimen(None, Vec::new()));
    let time = Duration::from_secs(2);
    let state = run_on(&target, &CampaignPlan { fail_fast: false, jobs: 4, time, ..plan(1, u64::MAX) });
    assert!(state.progress.cases > 0, "{:?}", state.progress);
    // What is old after a wait of five seconds cannot have been looked at.
    assert_eq!(state.progress.coverage.count(CoverageEvent::ReplayAfterCollection), 0, "{:?}", state.progress);
}

/// What shows only in a large world, or in one that has grown old.
const RARE: [&str; 6] = [
    "old-replays-forgotten",
    "op-ids-forgotten",
    "members-cut-at-100",
    "list-cut-at-100",
    "snapshot-ends-after-1000",
    "gc-first-hundred-devices",
];

#[test]
fn what_is_rare_is_found_where_time_takes_its_time() {
    for id in RARE {
        let target = in_real_time(&mutant(id));
        let shrinking = campaign::ShrinkLimits { tries: 1, time: Duration::ZERO };
        let state = run_on(&target, &CampaignPlan { jobs: 4, shrinking, ..plan(1, 400) });
        assert!(!state.findings.is_empty(), "{id} survives {:?}", state.progress);
    }
}
