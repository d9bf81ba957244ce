//! The suite inside another program: the facade, with cases of one's own.

use std::time::Duration;

use syncproof::{
    Capability, Checked, Context, Credentials, Exit, Failure, Milestone, Status, Suite, SuiteError, Target, cases,
};

use crate::command::{SECRET, Specimen};

cases! {
    /// Holds whatever the server does.
    "mine/holds" checks ["push.empty-batch"] by holds;
    /// Fails whatever the server does.
    "mine/fails" checks ["pull.complete"] by fails;
}

async fn holds(context: Context) -> Checked {
    context.user("anna").await.map(|_| ())
}

async fn fails(_: Context) -> Checked {
    Err(Failure::new("pull.complete", "made to fail", "nothing", "this").into())
}

fn suite(server: &Specimen) -> Suite {
    Suite::new(Target::at(&server.base), Credentials::jwt_secret(SECRET)).jobs(4).reruns(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_server_is_conformant_and_the_report_says_so_in_every_form() {
    let server = Specimen::start(&[]);
    let report = suite(&server).filter("cursor/*").filter("pull.limit-range").run().await.expect("a report");
    assert!(report.is_conformant(), "{}", report.verdict());
    assert!(report.summary().passed > 5 && report.cases().iter().all(|case| case.status == Status::Passed));
    assert!(report.json().expect("JSON").contains("cursor/"));
    assert!(report.junit().expect("XML").contains("<testsuite"));
    assert!(report.html().expect("a page").contains("<html"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_server_is_found_by_what_its_target_declares() {
    let server = Specimen::start(&["--mutant", "pull-descends"]);
    let target = Target::at(&format!("{}/", server.base)).with_capabilities([Capability::Members]);
    let suite = Suite::new(target, Credentials::jwt_secret(SECRET)).deadline(Duration::from_secs(60));
    let report = suite.filter("pull/from-every-cursor").filter("snapshot/one-moment").run().await.expect("a report");
    assert_eq!(report.exit(), Exit::NotConformant, "{}", report.verdict());
    assert_eq!(report.summary().not_applicable, 1, "snapshots are not declared");
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_cases_are_selected_judged_and_known_to_the_baseline() {
    let server = Specimen::start(&[]);
    let report = suite(&server).with_cases(CASES).filter("mine/*").run().await.expect("a report");
    assert_eq!((report.exit(), report.summary().passed, report.summary().failed), (Exit::NotConformant, 1, 1));

    let file = tempfile::NamedTempFile::new().expect("a file");
    let entry = "[[known]]\ncase = 'mine/fails'\nreason = 'r'\nowner = 'o'\nexpires = 2999-12-31\n";
    std::fs::write(file.path(), entry).expect("written");
    let accepted = || suite(&server).baseline(file.path());
    let report = accepted().with_cases(CASES).filter("mine/*").run().await.expect("a report");
    assert!(report.is_conformant(), "{}", report.verdict());
    let report = accepted().filter("pull/from-every-cursor").run().await.expect("a report");
    assert_eq!(
        report.exit(),
        Exit::NotConformant,
        "without one's own cases the entry names none: {}",
        report.verdict()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_judged_up_to_a_level_without_what_is_due_later() {
    // This server breaks what is due at level 3.
    let server = Specimen::start(&["--mutant", "pull-descends"]);
    let report = suite(&server).up_to(Milestone::Session).run().await.expect("a report");
    assert_eq!(report.exit(), Exit::Conformant, "{}", report.verdict());
    assert!(report.verdict().starts_with("Not a verdict: only the cases up to a level"), "{}", report.verdict());
    assert!(report.cases().iter().all(|report| report.case.is_due_by(Milestone::Session)));
    let report = suite(&server).up_to(Milestone::PushAndPull).filter("pull/*").run().await.expect("a report");
    assert_eq!(report.exit(), Exit::NotConformant, "{}", report.verdict());
    let selected_by = "Not a verdict. Selected by --up-to 3 --filter 'pull/*'.";
    assert!(report.verdict().contains(selected_by), "{}", report.verdict());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_comes_as_an_error_of_its_kind() {
    let server = Specimen::start(&[]);
    let nothing = suite(&server).filter("no-such-case").run().await;
    assert!(matches!(nothing, Err(SuiteError::NothingSelected(_))), "{nothing:?}");
    let twice = suite(&server).with_cases(CASES).with_cases(CASES).run().await;
    assert!(matches!(&twice, Err(SuiteError::Usage(reason)) if reason.contains("mine/holds")), "{twice:?}");
    let away = Suite::new(Target::at("http://127.0.0.1:9"), Credentials::jwt_secret(SECRET)).run().await;
    assert!(matches!(away, Err(SuiteError::Target(_))), "{away:?}");
    let address = Suite::new(Target::at("ftp://127.0.0.1"), Credentials::jwt_secret(SECRET)).run().await;
    assert!(matches!(&address, Err(SuiteError::Usage(reason)) if reason.contains("ftp://")), "{address:?}");
    assert!(Credentials::header("Authorization: Bearer").is_err());
}
