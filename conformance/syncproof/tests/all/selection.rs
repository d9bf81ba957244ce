//! Which cases a run is about: globs and shards over the whole list.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use syncproof::cases;
use syncproof_harness::case::{Case, Homes, Stage};
use syncproof_harness::exit::Exit;
use syncproof_harness::selection::{MAX_SHARDS, Shard, select, start_order};

use crate::command::Specimen;
use crate::reports::assert_valid;

#[test]
fn shards_neither_drop_nor_double_a_case_and_are_even() {
    let all: Vec<&'static Case> = cases::all().iter().collect();
    for count in (1..=40).chain([all.len() - 1, all.len(), all.len() + 1, MAX_SHARDS]) {
        let mut dealt: BTreeMap<&str, usize> = BTreeMap::new();
        let (mut sizes, mut chapters) = (Vec::new(), BTreeMap::<&str, Vec<usize>>::new());
        for number in 1..=count {
            let shard: Shard = format!("{number}/{count}").parse().expect("a shard");
            let part = shard.part_of(cases::all(), all.clone());
            sizes.push(part.len());
            for case in &part {
                *dealt.entry(case.id).or_default() += 1;
                chapters.entry(case.chapter()).or_insert_with(|| vec![0; count])[number - 1] += 1;
            }
        }
        assert!(dealt.len() == all.len() && dealt.values().all(|times| *times == 1), "{count} shards");
        for (name, sizes) in chapters.into_iter().chain([("all", sizes)]) {
            let (least, most) = (sizes.iter().min(), sizes.iter().max());
            assert!(most <= least.map(|least| least + 1).as_ref(), "{name} in {count} shards: {sizes:?}");
        }
    }
}

#[test]
fn what_waits_starts_first_or_beside_the_rest_and_nothing_is_lost() {
    let all: Vec<&'static Case> = cases::all().iter().collect();
    let started = start_order(&all);
    let ids = |cases: &[&'static Case]| cases.iter().map(|case| case.id).collect::<Vec<_>>();
    let with = |homes: Homes, cases: &[&'static Case]| {
        cases.iter().copied().filter(|case| case.homes == homes).collect::<Vec<_>>()
    };
    let (early, rest): (Vec<_>, Vec<_>) =
        with(Homes::New, &all).into_iter().partition(|case| case.stage == Stage::Early);
    assert!(!early.is_empty() && ids(&started).starts_with(&ids(&early)));
    assert_eq!(ids(&with(Homes::New, &started)), ids(&[early, rest].concat()));
    assert_eq!(ids(&with(Homes::Collected, &started)), ids(&with(Homes::Collected, &all)));
    assert_eq!(started.len(), all.len());
    assert!(started.last().is_some_and(|case| case.homes == Homes::New), "{:?}", started.last());
    let waiting = with(Homes::Collected, &all);
    assert_eq!(ids(&start_order(&waiting)), ids(&waiting));
}

#[test]
fn a_case_stays_in_its_shard_whatever_else_is_selected() {
    let some = select(cases::all(), &["pull/*".to_owned()]).expect("cases");
    for number in 1..=3 {
        let shard: Shard = format!("{number}/3").parse().expect("a shard");
        let whole = shard.part_of(cases::all(), cases::all().iter().collect());
        for case in shard.part_of(cases::all(), some.clone()) {
            assert!(whole.iter().any(|other| other.id == case.id), "{} is elsewhere", case.id);
        }
    }
}

#[test]
fn a_shard_that_is_none_is_refused() {
    for text in ["0/8", "9/8", "x/y", "1", "1/0", "0/0", "-1/2", "1/2/3", "", "1/1001", " 1/2"] {
        assert!(text.parse::<Shard>().is_err(), "{text}");
    }
}

fn selected(filter: &str) -> Result<usize, Exit> {
    select(cases::all(), &[filter.to_owned()]).map(|cases| cases.len()).map_err(|trouble| trouble.exit)
}

#[test]
fn globs_match_cases_and_requirements() {
    assert_eq!(select(cases::all(), &[]).expect("all").len(), cases::all().len());
    assert!(selected("isolation/*").expect("cases") > 0);
    assert!(selected("isolation.same-pk").expect("a requirement") > 0);
    assert_eq!(selected("no-such-thing"), Err(Exit::NothingSelected));
    assert_eq!(selected("["), Err(Exit::Usage));
}

#[test]
fn a_report_names_what_it_is_of() {
    let specimen = Specimen::start(&[]);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../planning/requirements.md");
    let sum = Command::new("sha256sum").arg(page).output().expect("sha256sum runs");
    let sum = String::from_utf8(sum.stdout).expect("text");
    let arguments = ["--filter", "pull/*", "--shard", "1/2", "--seed", "7", "--jobs", "3", "--rate", "500"];
    let output = specimen.run(&[&arguments[..], &["--format", "json"]].concat());
    let report = assert_valid(&output.stdout);
    assert_eq!(report["requirements"], sum[..64], "the digest of the page");
    assert_eq!((&report["seed"], &report["settings"]["jobs"]), (&7.into(), &3.into()));
    assert_eq!((&report["settings"]["rate"], &report["settings"]["time_scale"]), (&500.0.into(), &1.0.into()));
    let selection = &report["selection"];
    assert_eq!((&selection["whole"], &selection["shard"]), (&false.into(), &"1/2".into()), "{selection}");
    assert_eq!(
        (&selection["filters"][0], &selection["selected"]),
        (&"pull/*".into(), &report["summary"]["cases"]),
        "{selection}"
    );
    let verdict = report["verdict"].as_str().expect("a verdict");
    assert!(verdict.ends_with("Not a verdict. Selected by --filter 'pull/*' --shard 1/2."), "{verdict}");
    let time =
        |name: &str| chrono::DateTime::parse_from_rfc3339(report[name].as_str().expect("a time")).expect("RFC 3339");
    assert!(time("started_at") <= time("ended_at"), "{report:#}");
}
