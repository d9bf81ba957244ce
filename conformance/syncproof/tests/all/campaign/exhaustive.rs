//! Small worlds in which everything is tried: nothing wrong is found in right servers, and what goes wrong only on a path is found
//! without luck.

use std::sync::Arc;

use serde_json::Value;
use syncproof::in_process;
use syncproof_campaign::sequence::Step;
use syncproof_campaign::{
    CampaignPlan, CampaignState, CampaignTarget, Extent, Finding, Listed, Scope, ShrinkLimits, Source,
};
use syncproof_specimen as specimen;

use super::{mutant, plan, run_on, shown};
use crate::command::{Specimen, syncproof};

/// Performs every `stride`th of these sequences.
fn exhaust(target: &CampaignTarget, listed: &Arc<dyn Listed>, stride: u64) -> CampaignState<Finding> {
    let source = Source::Listed(listed.clone());
    let cases = listed.count().div_ceil(stride);
    let shrinking = ShrinkLimits { tries: 300, ..ShrinkLimits::default() };
    run_on(target, &CampaignPlan { source, stride, shrinking, ..plan(0, cases) })
}

/// Those of the sequences that cover a transition which no earlier one covers.
#[derive(Debug)]
struct Chosen {
    all: Arc<dyn Listed>,
    numbers: Vec<u64>,
}

impl Chosen {
    fn of(scope: Scope) -> Self {
        let (all, tried) = (scope.sequences(None), scope.sequences(None));
        let mut covered = 0;
        let is_new = |number: &u64| {
            tried.performed(*number, usize::MAX);
            let before = std::mem::replace(&mut covered, tried.extent().transitions.covered);
            covered > before
        };
        Chosen { numbers: (0..all.count()).filter(is_new).collect(), all }
    }

    fn number(&self, place: u64) -> u64 {
        self.numbers[usize::try_from(place).unwrap()]
    }
}

impl Listed for Chosen {
    fn count(&self) -> u64 {
        self.numbers.len() as u64
    }

    fn steps(&self, number: u64) -> Vec<Step> {
        self.all.steps(self.number(number))
    }

    fn performed(&self, number: u64, steps: usize) {
        self.all.performed(self.number(number), steps);
    }

    fn extent(&self) -> Extent {
        self.all.extent()
    }
}

#[test]
fn the_specimen_is_silent_and_every_transition_of_it_is_covered() {
    for scope in Scope::ALL {
        let chosen = Arc::new(Chosen::of(scope));
        let (cases, source) = (chosen.count(), Source::Listed(chosen.clone()));
        let state = run_on(&in_process::specimen(None, Vec::new()), &CampaignPlan { source, ..plan(0, cases) });
        assert!(state.findings.is_empty(), "{}", shown(&state.findings[0]));
        let extent = chosen.extent();
        assert!(extent.states.is_whole() && extent.transitions.is_whole(), "{}", extent.text());
        assert!(!extent.pairs.is_whole() && !extent.is_whole(), "{}", extent.text());
    }
}

#[test]
fn the_reference_server_is_silent() {
    for scope in Scope::ALL {
        let listed = scope.sequences(Some(2));
        let (state, extent) = (exhaust(&in_process::reference(), &listed, 61), listed.extent());
        assert!(state.findings.is_empty(), "{}", shown(&state.findings[0]));
        assert!(extent.sequences.covered as u64 == state.progress.cases && state.progress.cases > 30, "{extent:?}");
    }
}

#[test]
fn variants_are_left_alone() {
    let takes = |ids: &[&str]| ids.iter().map(|id| *specimen::find_variant(id).unwrap()).collect::<Vec<_>>();
    for scope in Scope::ALL {
        let listed = scope.sequences(None);
        for ids in [
            &["sync-in-active-only"][..],
            &["joining-activates", "adding-again-succeeds"],
            &["second-deletion-succeeds"],
        ] {
            let state = exhaust(&in_process::specimen(None, takes(ids)), &listed, 211);
            assert!(state.findings.is_empty(), "{ids:?} {}: {}", scope.name(), shown(&state.findings[0]));
        }
    }
}

/// Bugs that only a path of states shows, with the scope and the length of that path.
const PATHS: [(&str, Scope, usize, usize); 3] = [
    ("changed-role-outlives-removal", Scope::Members, 3, 4),
    ("first-role-returns", Scope::Members, 3, 4),
    ("losers-forgotten-after-a-win", Scope::Collection, 5, 4),
];

#[test]
fn what_goes_wrong_only_on_a_path_is_found_by_the_length_of_that_path() {
    for (id, scope, length, steps) in PATHS {
        let state = exhaust(&mutant(id), &scope.sequences(Some(length)), 1);
        let Some(found) = state.findings.first() else { panic!("{id} survives every path of length {length}") };
        let breaks = specimen::find(id).unwrap().requirements;
        assert!(breaks.contains(&found.shrunk.finding.violation.requirement), "{id}: {}", shown(found));
        assert!(found.shrunk.repeats == Some(true) && found.shrunk.steps.len() <= steps, "{id}: {}", shown(found));
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn what_is_covered_is_told_and_nothing_more() {
    let target = ["--in-process", "specimen", "--format", "json"];
    let exhaust = |more: &[&str]| syncproof(&[&["exhaust", "--scope", "sessions"][..], more, &target].concat());
    let whole = exhaust(&["--length", "1", "--shard", "1/40"]);
    let report = json(&whole.stdout);
    assert_eq!((whole.code, &report["verdict"]), (0, &"silent".into()), "{whole:?}");
    assert_eq!(report["ended_by"], "sequences", "{report:#}");
    let of = |name: &str, which: &str| report["exhaustive"][name][which].as_u64().expect("a number");
    assert!(of("sequences", "covered") * 40 >= of("sequences", "all"), "{report:#}");
    assert!(0 < of("pairs", "covered") && of("pairs", "covered") < of("pairs", "all"), "a shard is a part: {report:#}");
    let repeat = report["repeat"].as_str().expect("a command");
    assert_eq!(repeat, "syncproof exhaust --scope sessions --length 1 --shard 1/40 --in-process specimen");
    let part = exhaust(&["--pairs", "--time", "1"]);
    let report = json(&part.stdout);
    assert_eq!((part.code, &report["verdict"], &report["ended_by"]), (0, &"incomplete".into(), &"time".into()));
    let human = syncproof(&["exhaust", "--scope", "sessions", "--time", "1", "--in-process", "specimen"]);
    assert!(human.stdout.contains("was not looked at") && human.stdout.contains("until the time was up"), "{human:?}");
}

#[test]
fn a_finding_is_1_and_its_trace_fails_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("t.json").to_string_lossy().into_owned();
    let target = ["--in-process", "specimen", "--mutant", "first-role-returns"];
    let scope = ["--scope", "members", "--length", "3", "--fail-fast", "--trace", &trace];
    let output = syncproof(&[&["exhaust"][..], &scope, &target].concat());
    assert_eq!(output.code, 1, "{output:?}");
    assert!(output.stdout.contains("not everything in the scope was covered"), "{output:?}");
    let again = syncproof(&[&["replay", &trace][..], &target].concat());
    assert_eq!(again.code, 1, "{again:?}");
}

#[test]
fn a_target_that_lacks_what_a_scope_needs_is_4_and_says_why() {
    let specimen = Specimen::start(&["--variant", "names-in-a-header"]);
    let target = ["--target", &specimen.base, "--header", "X-User: {user:percent}", "--capabilities", "snapshot"];
    let output = syncproof(&[&["exhaust", "--scope", "collection"][..], &target].concat());
    assert_eq!(output.code, 4, "{output:?}");
    assert!(output.stderr.contains("collection cannot be performed: the target lacks the capability"), "{output:?}");
}
