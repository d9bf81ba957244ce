//! The runner by itself: what is run again, when it ends, and what is reported of it. The cases are made up for these tests.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use rand::RngExt as _;
use syncproof_harness::baseline::Baseline;
use syncproof_harness::blocker::Blockers;
use syncproof_harness::case::{Case, CaseReport, Homes, Stability, Stage, Status};
use syncproof_harness::client::{RawClient, RawExchange, Request};
use syncproof_harness::credential::Credentials;
use syncproof_harness::event::Event;
use syncproof_harness::exit::Exit;
use syncproof_harness::gate::{Gate, Threshold};
use syncproof_harness::runner::{self, RunPlan};
use syncproof_harness::targets::{Target, TargetControls};
use syncproof_harness::tls::Tls;
use syncproof_harness::world::{Context, Run};
use syncproof_protocol::failure::{Checked, Failure, Stop};
use syncproof_report::{Finished, Selection};
use tokio::sync::watch;

const MUST: &str = "pull.complete";
const SHOULD: &str = "http.no-store";

fn broken(requirement: &'static str) -> Checked {
    Err(Failure::new(requirement, "made to fail", "nothing", "this").into())
}

/// A case that no target is asked for.
const fn case(id: &'static str, run: fn(Context) -> syncproof_harness::case::CaseFuture) -> Case {
    Case { id, requirements: &[MUST], needs: &[], stage: Stage::Main, homes: Homes::New, summary: "Made up.", run }
}

fn plan(cases: Vec<&'static Case>, reruns: u32, gate: Gate) -> RunPlan {
    RunPlan { cases, jobs: 1, deadline: Duration::from_secs(60), reruns, blockers: Blockers::default(), gate }
}

/// Nothing listens there, and few cases here send anything.
const NOBODY: &str = "http://127.0.0.1:9";

async fn run(plan: RunPlan) -> (Finished, usize) {
    run_at(NOBODY.to_owned(), plan).await
}

async fn run_at(base: String, plan: RunPlan) -> (Finished, usize) {
    let target = Target {
        base,
        tls: Tls::none().expect("TLS"),
        capabilities: BTreeSet::new(),
        undecided: BTreeSet::new(),
        tables_apart: Vec::new(),
        launcher: None,
        controls: TargetControls::default(),
        description: "nothing".to_owned(),
        flags: Vec::new(),
    };
    let run = Arc::new(Run::new(target, Credentials::jwt_secret(vec![0; 32]), 1));
    let (_interrupt, never) = watch::channel(false);
    let gate = plan.gate.clone();
    let mut events = runner::start(run, plan, never);
    let (started, duration) = (SystemTime::now(), Duration::ZERO);
    let (reports, blockers, aborted, selection) = (Vec::new(), Vec::new(), None, Selection::default());
    let mut finished = Finished { reports, blockers, aborted, gate, selection, started, duration };
    let mut repetitions = 0;
    while let Some(event) = events.recv().await {
        match event {
            Event::Finished(report) => finished.reports.push(*report),
            Event::Repeating(_) => repetitions += 1,
            Event::Started(_) => {}
            Event::Blocker(blocker) => finished.blockers.push(*blocker),
            Event::Aborted(reason) => finished.aborted = Some(reason),
        }
    }
    (finished, repetitions)
}

fn report<'a>(finished: &'a Finished, id: &str) -> &'a CaseReport {
    finished.reports.iter().find(|report| report.case.id == id).expect("a report")
}

fn baseline(cases: &[&str]) -> Gate {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let entry = |case: &&str| format!("[[known]]\ncase = '{case}'\nreason = 'r'\nowner = 'o'\nexpires = 2999-12-31\n");
    std::fs::write(file.path(), cases.iter().map(entry).collect::<String>()).expect("written");
    let read = Baseline::read(
        file.path().to_owned(),
        syncproof_harness::baseline::today(),
        syncproof::cases::all().iter().map(|case| case.id).collect(),
    )
    .expect("a baseline");
    Gate { baseline: Some(Arc::new(read)), ..Gate::default() }
}

static ALWAYS: Case = case("made/always-fails", |_| Box::pin(async { broken(MUST) }));
static PASSES: Case = case("made/passes", |_| Box::pin(async { Ok(()) }));

#[tokio::test]
async fn what_fails_every_time_is_deterministic() {
    let (finished, repetitions) = run(plan(vec![&ALWAYS, &PASSES], 3, Gate::default())).await;
    let failed = report(&finished, ALWAYS.id);
    assert_eq!((failed.status, failed.stability()), (Status::Failed, Some(Stability::Deterministic)));
    assert_eq!((failed.reruns.len(), repetitions), (3, 3));
    let passed = report(&finished, PASSES.id);
    assert_eq!((passed.status, passed.stability()), (Status::Passed, None));
    assert_eq!(finished.exit(), Exit::NotConformant);
    let (finished, _) = run(plan(vec![&ALWAYS], 0, Gate::default())).await;
    assert_eq!(report(&finished, ALWAYS.id).stability(), None, "nobody knows without a second run");
}

#[tokio::test]
async fn what_failed_once_and_then_passed_is_flaky_and_counts_as_failed() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    static FLAKY: Case = case("made/fails-once", |_| {
        Box::pin(async { if RUNS.fetch_add(1, Ordering::SeqCst) == 0 { broken(MUST) } else { Ok(()) } })
    });
    let (finished, _) = run(plan(vec![&FLAKY], 5, Gate::default())).await;
    let flaky = report(&finished, FLAKY.id);
    assert_eq!((flaky.status, flaky.stability()), (Status::Failed, Some(Stability::Flaky)));
    assert_eq!(flaky.reruns, [Status::Passed], "once it is known, nothing is run for nothing");
    assert_eq!(finished.exit(), Exit::NotConformant);
    assert!(finished.verdict().contains("flaky"), "{}", finished.verdict());
}

#[tokio::test]
async fn a_rerun_makes_the_same_choices_with_other_users() {
    static SEEN: Mutex<Vec<(u64, String)>> = Mutex::new(Vec::new());
    static LOOKS: Case = case("made/looks", |context| {
        Box::pin(async move {
            let choice = context.rng().random::<u64>();
            SEEN.lock().expect("a list").push((choice, context.identity("anna").subject));
            broken(MUST)
        })
    });
    run(plan(vec![&LOOKS], 2, Gate::default())).await;
    let seen = SEEN.lock().expect("a list").clone();
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|(choice, _)| *choice == seen[0].0), "{seen:?}");
    assert_eq!(seen.iter().map(|(_, subject)| subject).collect::<BTreeSet<_>>().len(), 3, "{seen:?}");
}

#[tokio::test]
async fn what_failed_before_the_target_died_stays_a_failure_and_is_not_run_again() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    static DIES: Case = case("made/dies-in-its-rerun", |context| {
        Box::pin(async move {
            if RUNS.fetch_add(1, Ordering::SeqCst) > 0 {
                context.anonymous().send(Request::get("/api/auth/session")).await;
            }
            broken(MUST)
        })
    });
    let (finished, repetitions) = run(plan(vec![&DIES, &PASSES], 5, baseline(&[DIES.id]))).await;
    let dead = report(&finished, DIES.id);
    assert_eq!((dead.status, dead.stability(), repetitions), (Status::Failed, None, 1));
    assert_eq!(report(&finished, PASSES.id).status, Status::NotRun);
    assert_eq!(finished.exit(), Exit::Target, "no baseline excuses a dead target");
}

#[tokio::test]
async fn a_case_that_is_not_ready_shows_the_request_that_waits_and_breaks_no_rule_of_its_endpoint() {
    static HANGS: Case = case("made/waits-for-an-answer", |context| {
        Box::pin(async move {
            context.anonymous().send(Request::get("/api/workspaces")).await;
            Ok(())
        })
    });
    static HANGS_RAW: Case = case("made/waits-for-a-raw-answer", |context| {
        Box::pin(async move {
            let raw = RawClient::like(context.anonymous()).map_err(Stop::Skipped)?;
            raw.exchange(&RawExchange::ask("PUT", "/api/raw", b"no HTTP".to_vec())).await;
            Ok(())
        })
    });
    // It takes connections, and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let cases: Vec<&'static Case> = vec![&HANGS, &HANGS_RAW];
    let plan = RunPlan { deadline: Duration::from_millis(300), ..plan(cases, 0, Gate::default()) };
    let (finished, _) = run_at(base, plan).await;
    for (case, method, path) in [(HANGS, "GET", "/api/workspaces"), (HANGS_RAW, "PUT", "/api/raw")] {
        let failure = report(&finished, case.id).failures.first().expect("a failure");
        assert_eq!(failure.requirement, "http.no-5xx", "{failure}");
        assert!(failure.message.starts_with(&format!("no answer to {method} {path} within 0.3 s")), "{failure}");
        let exchange = failure.exchange.as_ref().expect("the request");
        assert_eq!((exchange.path.as_str(), exchange.status), (path, None));
        assert!(failure.actual.contains(&format!("for the answer to {method} {path}")), "{failure}");
    }
}

#[tokio::test]
async fn a_fault_is_not_run_again() {
    static FAULT: Case = case("made/panics", |_| Box::pin(async { panic!("a fault of the suite") }));
    let (finished, repetitions) = run(plan(vec![&FAULT], 5, baseline(&["made/panics"]))).await;
    assert_eq!((repetitions, finished.exit()), (0, Exit::Fault), "no baseline excuses a fault");
}

#[tokio::test]
async fn a_closing_case_would_read_the_same_again() {
    static CLOSING: Case = Case { stage: Stage::Closing, ..case("made/closes", |_| Box::pin(async { broken(MUST) })) };
    assert_eq!(run(plan(vec![&CLOSING], 5, Gate::default())).await.1, 0);
}

#[tokio::test]
async fn a_listed_case_that_passes_is_looked_at_twice() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    static LUCKY: Case = case("made/passes-by-luck", |_| {
        Box::pin(async { if RUNS.fetch_add(1, Ordering::SeqCst) == 0 { Ok(()) } else { broken(MUST) } })
    });
    let (finished, _) = run(plan(vec![&LUCKY, &PASSES], 1, baseline(&[LUCKY.id]))).await;
    let lucky = report(&finished, LUCKY.id);
    assert_eq!((lucky.status, lucky.stability()), (Status::Failed, Some(Stability::Flaky)));
    assert_eq!(lucky.reruns, [Status::Passed]);
    assert_eq!(finished.exit(), Exit::Conformant, "{}", finished.verdict());
    assert!(finished.verdict().contains("flaky"), "{}", finished.verdict());

    let (finished, _) = run(plan(vec![&PASSES], 1, baseline(&[PASSES.id]))).await;
    assert_eq!(report(&finished, PASSES.id).reruns, [Status::Passed]);
    assert_eq!(finished.exit(), Exit::NotConformant, "an entry that passes has to go");
}

#[tokio::test]
async fn fail_fast_ends_with_the_first_failure_that_is_not_known() {
    static SECOND: Case = case("made/fails-too", |_| Box::pin(async { broken(MUST) }));
    let gate = Gate { fail_fast: true, ..baseline(&[ALWAYS.id]) };
    let (finished, _) = run(plan(vec![&ALWAYS, &PASSES, &SECOND, &PASSES, &PASSES], 1, gate)).await;
    let statuses: Vec<Status> = finished.reports.iter().map(|report| report.status).collect();
    assert_eq!(statuses, [Status::Failed, Status::Passed, Status::Failed, Status::NotRun, Status::NotRun]);
    assert_eq!(report(&finished, SECOND.id).stability(), Some(Stability::Deterministic));
    let reason = finished.reports[3].reason.clone().expect("a reason");
    assert!(reason.contains("--fail-fast") && reason.contains(SECOND.id), "{reason}");
    assert_eq!(finished.exit(), Exit::NotConformant);
    assert!(finished.verdict().contains("2 cases were not run"), "{}", finished.verdict());
}

#[tokio::test]
async fn the_level_says_which_broken_requirements_break_the_run() {
    static ADVISED: Case =
        Case { requirements: &[SHOULD], ..case("made/warns", |_| Box::pin(async { broken(SHOULD) })) };
    for (threshold, exit) in [(Threshold::Must, Exit::Conformant), (Threshold::Should, Exit::NotConformant)] {
        for fail_fast in [false, true] {
            let gate = Gate { threshold, fail_fast, ..Gate::default() };
            let (finished, _) = run(plan(vec![&ADVISED, &PASSES], 1, gate)).await;
            let warned = report(&finished, ADVISED.id);
            assert_eq!((warned.status, warned.stability()), (Status::Warned, Some(Stability::Deterministic)));
            assert_eq!(finished.exit(), exit, "{}", finished.verdict());
            let ended = fail_fast && threshold == Threshold::Should;
            assert_eq!(report(&finished, PASSES.id).status == Status::NotRun, ended);
        }
    }
    let gate = Gate { threshold: Threshold::Should, ..baseline(&[ADVISED.id]) };
    assert_eq!(run(plan(vec![&ADVISED], 1, gate)).await.0.exit(), Exit::Conformant);
    // A listed case that still warns is not mended.
    assert_eq!(run(plan(vec![&ADVISED], 1, baseline(&[ADVISED.id]))).await.0.exit(), Exit::Conformant);
}

#[tokio::test]
async fn who_only_waits_for_time_to_pass_lets_others_act_meanwhile() {
    static ACTING: AtomicU32 = AtomicU32::new(0);
    async fn act() {
        assert_eq!(ACTING.fetch_add(1, Ordering::SeqCst), 0, "with one job, two cases act at one time");
        tokio::task::yield_now().await;
        ACTING.fetch_sub(1, Ordering::SeqCst);
    }
    static WAITS: Case = case("made/waits", |context| {
        Box::pin(async move {
            act().await;
            context.next_second().await;
            act().await;
            Ok(())
        })
    });
    static ACTS: Case = case("made/acts", |_| {
        Box::pin(async {
            act().await;
            Ok(())
        })
    });
    let ids = |finished: &Finished| finished.reports.iter().map(|report| report.case.id).collect::<Vec<_>>();
    let (finished, _) = run(plan(vec![&WAITS, &ACTS], 0, Gate::default())).await;
    assert_eq!(finished.exit(), Exit::Conformant, "{}", finished.verdict());
    assert_eq!(ids(&finished), [ACTS.id, WAITS.id]);

    static ALONE: Case = Case { stage: Stage::Alone, ..case("made/waits-alone", WAITS.run) };
    static ALONE_TOO: Case = Case { stage: Stage::Alone, ..case("made/acts-alone", ACTS.run) };
    let (finished, _) = run(plan(vec![&ALONE, &ALONE_TOO], 0, Gate::default())).await;
    assert_eq!(finished.exit(), Exit::Conformant, "{}", finished.verdict());
    assert_eq!(ids(&finished), [ALONE.id, ALONE_TOO.id], "who has to be alone is so while it waits, too");
}
