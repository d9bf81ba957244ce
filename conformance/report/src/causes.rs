//! The causes of a finished run: failures that show the same fault, grouped, in the order in which to fix them.
//!
//! `grouping.rs` decides which failures show the same fault. A cause is named by one requirement; the others that its
//! failures name are listed under it.

mod cluster;
mod explained;
mod grouping;
mod sign;

use std::collections::{BTreeMap, BTreeSet};

use self::cluster::Shown;
use self::grouping::{Group, grouped};
use super::finished::Finished;
use super::subject::Subject;
use syncproof_harness::blocker::Blocker;
use syncproof_harness::case::{CaseReport, Status};
use syncproof_protocol::counted::counted;
use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::requirement::{self, Level};

/// One cause: what is wrong, and the cases that it fails or blocks.
#[derive(Debug, Clone)]
pub struct Cause<'a> {
    /// A short name that stays the same from run to run.
    pub id: String,
    /// What is wrong, in one sentence.
    pub summary: &'a str,
    /// The failure with the shortest exchange that shows it.
    pub failure: &'a Failure,
    /// The core operation that does not work, if that is the cause.
    pub blocker: Option<&'a Blocker>,
    /// The case that shows it; none for what was found before the run.
    pub shown_by: Option<&'a CaseReport>,
    /// The cases that it fails, the one that shows it first.
    pub fails: Vec<&'static str>,
    /// The cases that it blocks.
    pub blocks: Vec<&'static str>,
    /// Of the cases that it fails, those that look at something else: it stops them before they come to it.
    pub stops: BTreeSet<&'static str>,
    /// Other broken requirements that this cause probably breaks as well.
    pub consequences: Vec<Consequence>,
    /// Whether the baseline accepts the failures of all of its cases.
    pub is_known: bool,
}

/// A broken requirement that is listed under the cause of another one.
#[derive(Debug, Clone)]
pub struct Consequence {
    /// The requirement.
    pub requirement: &'static str,
    /// The cases that fail for it.
    pub fails: Vec<&'static str>,
}

impl Cause<'_> {
    /// The cases that it fails, directly or as a consequence, or blocks; each once.
    pub fn cases(&self) -> impl Iterator<Item = &'static str> {
        let consequences = self.consequences.iter().flat_map(|consequence| &consequence.fails);
        let all = self.fails.iter().chain(&self.blocks).chain(consequences);
        all.copied().collect::<BTreeSet<_>>().into_iter()
    }

    /// Its id, requirement, sentence and size in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let summary = self.summary.replace('\n', " ");
        format!("{} {}: {summary} ({})", self.id, self.failure.requirement, counted(self.size(), "case"))
    }

    /// The level of the requirement that is broken.
    #[must_use]
    pub fn level(&self) -> Level {
        requirement::level(self.failure.requirement)
    }

    /// The command that shows it again.
    #[must_use]
    pub fn repeat(&self, subject: &Subject) -> String {
        self.shown_by.map_or_else(|| subject.doctor(), |report| subject.repeat(report))
    }

    /// How many cases it fails or blocks.
    #[must_use]
    pub fn size(&self) -> usize {
        self.cases().count()
    }
}

/// The causes, in the order in which to fix them: first what the baseline does not accept, then broken MUSTs before broken
/// SHOULDs, then what fails or blocks most cases. Of two that stop as many, the one that blocks comes first: what it blocks
/// is not judged at all.
/// `is_known` says which cases have a failure that the baseline accepts.
#[must_use]
pub(super) fn causes(finished: &Finished, is_known: impl Fn(&str) -> bool) -> Vec<Cause<'_>> {
    let found_before = finished.blockers.iter().map(|blocker| blocking(blocker, finished));
    // What no selected case needs is no cause: a server may refuse what the cases know to do without.
    let mut causes: Vec<Cause<'_>> = found_before.filter(|cause| !cause.blocks.is_empty()).collect();
    causes.extend(grouped(&finished.reports).into_iter().filter_map(failing));
    for cause in &mut causes {
        let accepted = cause.cases().all(&is_known);
        cause.is_known = accepted;
    }
    causes.sort_by_key(|cause| {
        (cause.is_known, cause.level() != Level::Must, usize::MAX - cause.size(), cause.blocks.is_empty())
    });
    causes
}

/// The cause that is a blocker.
fn blocking<'a>(blocker: &'a Blocker, finished: &'a Finished) -> Cause<'a> {
    let failure = &blocker.failure;
    let is_blocked = |report: &&CaseReport| {
        report.status == Status::Blocked && report.reason.as_deref() == Some(blocker.summary.as_str())
    };
    Cause {
        id: short_id(&format!("{} {}", failure.requirement, blocker.summary)),
        summary: &blocker.summary,
        failure,
        blocker: Some(blocker),
        // What is found during the run is repeated by a case.
        shown_by: finished.reports.iter().find(is_blocked).filter(|_| blocker.is_late),
        fails: Vec::new(),
        blocks: finished.reports.iter().filter(is_blocked).map(|report| report.case.id).collect(),
        stops: BTreeSet::new(),
        consequences: Vec::new(),
        is_known: false,
    }
}

/// The cause that these failures show: its own requirement, and the others as its consequences.
fn failing(Group { key, requirement, mut shown }: Group<'_>) -> Option<Cause<'_>> {
    shown.sort_by_key(|Shown { report, failure, .. }| (failure.phase == Phase::Setup, size(failure), report.requests));
    let first = shown.iter().find(|shown| shown.failure.requirement == requirement)?;
    let (failure, shown_by) = (first.failure, first.report);
    let mut fails: BTreeMap<&'static str, Vec<&'static str>> = BTreeMap::new();
    for Shown { report, failure, .. } in &shown {
        let cases = fails.entry(failure.requirement).or_default();
        if !cases.contains(&report.case.id) {
            cases.push(report.case.id);
        }
    }
    let stops = shown.iter().filter(|shown| !shown.is_about_it()).map(|shown| shown.report.case.id).collect();
    let mut own = fails.remove(requirement).unwrap_or_default();
    if failure.exchange.as_ref().is_some_and(|exchange| exchange.status.is_none_or(|status| status >= 500)) {
        // The same error fails all of these cases, whatever they check.
        let others: Vec<&str> = shown.iter().map(|shown| shown.report.case.id).filter(|id| !own.contains(id)).collect();
        own.extend(others.into_iter().collect::<BTreeSet<_>>());
    }
    let mut consequences: Vec<Consequence> =
        fails.into_iter().map(|(requirement, fails)| Consequence { requirement, fails }).collect();
    consequences.sort_by_key(|consequence| usize::MAX - consequence.fails.len());
    Some(Cause {
        id: short_id(&key),
        summary: &failure.message,
        failure,
        blocker: None,
        shown_by: Some(shown_by),
        fails: own,
        blocks: Vec::new(),
        stops,
        consequences,
        is_known: false,
    })
}

/// How much there is to read in the exchange, in bytes. A failure without one shows the least.
fn size(failure: &Failure) -> usize {
    failure.exchange.as_ref().map_or(usize::MAX, |exchange| {
        exchange.request.as_ref().map_or(0, Vec::len) + exchange.path.len() + exchange.response.len()
    })
}

/// Eight hexadecimal digits: FNV-1a, because the hash of the standard library may change between releases.
fn short_id(text: &str) -> String {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use syncproof_harness::case::{Case, Homes, Stage};
    use syncproof_protocol::exchange::Exchange;

    static CASES: [Case; 8] =
        [case("a/1"), case("a/2"), case("a/3"), case("a/4"), case("a/5"), case("a/6"), case("a/7"), case("a/8")];

    const fn case(id: &'static str) -> Case {
        Case {
            id,
            requirements: &["push.echoes-ops"],
            needs: &[],
            stage: Stage::Main,
            homes: Homes::New,
            summary: "",
            run: |_| Box::pin(async { Ok(()) }),
        }
    }

    fn report(place: usize, requirement: &'static str, status: u16, body: &str, path: &str) -> CaseReport {
        let mut exchange = Exchange::unanswered("anna", "POST", path, None);
        exchange.status = Some(status);
        exchange.response = body.as_bytes().to_vec();
        let mut failure = Failure::new(requirement, "what is wrong", "one", "another");
        failure.exchange = Some(Arc::new(exchange));
        let mut report = CaseReport::without_run(&CASES[place], Status::Failed, String::new());
        report.failures = vec![failure];
        report
    }

    fn finished(reports: Vec<CaseReport>) -> Finished {
        Finished { reports, ..Finished::without_run(&[], "") }
    }

    #[test]
    fn answers_5xx_with_one_message_are_one_cause_whatever_was_checked() {
        let body = |number: usize| format!(r#"{{"message": "row {number} is locked"}}"#);
        let run = finished(vec![
            report(0, "lww.higher-clock", 500, &body(1), "/api/sync/push"),
            report(1, "op.replay-same-version", 500, &body(2), "/api/sync/push"),
            report(2, "op.replay-same-version", 500, &body(3), "/api/sync/pull"),
        ]);
        let found: Vec<Vec<&str>> = causes(&run, |_| false).iter().map(|cause| cause.fails.clone()).collect();
        assert_eq!(found, [vec!["a/1", "a/2"], vec!["a/3"]]);
    }

    #[test]
    fn what_fails_or_blocks_most_cases_comes_first() {
        let order = |blocked: usize, failed: usize| {
            let failure = Failure::new("cursor.forward-only", "no such endpoint", "success", "status 404");
            let blocker = Blocker {
                summary: "core endpoint missing".to_owned(),
                endpoint: String::new(),
                has_no_effect: false,
                is_late: false,
                failure,
            };
            let block = |place: usize| {
                CaseReport::without_run(&CASES[place], Status::Blocked, "core endpoint missing".to_owned())
            };
            let fail = |place: usize| report(place, "pull.complete", 200, "", "/api/sync/pull");
            let mut reports: Vec<CaseReport> = (0..blocked).map(block).collect();
            reports.extend((blocked..blocked + failed).map(fail));
            let run = Finished { blockers: vec![blocker], ..finished(reports) };
            causes(&run, |_| false).iter().map(|cause| cause.failure.requirement).collect::<Vec<_>>()
        };
        assert_eq!(order(2, 4), ["pull.complete", "cursor.forward-only"]);
        assert_eq!(order(4, 2), ["cursor.forward-only", "pull.complete"]);
        assert_eq!(order(3, 3), ["cursor.forward-only", "pull.complete"]);
    }

    #[test]
    fn the_shortest_exchange_shows_a_cause() {
        let run = finished(vec![
            report(0, "lww.higher-clock", 200, "a long answer", "/api/sync/push"),
            report(1, "lww.higher-clock", 200, "short", "/api/sync/push"),
        ]);
        let found = causes(&run, |_| false);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].shown_by.map(|report| report.case.id), Some("a/2"));
        assert_eq!(found[0].fails, ["a/2", "a/1"]);
    }

    #[test]
    fn a_cause_lists_the_other_requirements_and_the_cases_that_it_stops() {
        // All of these cases look at `push.echoes-ops`.
        let at = |place, requirement| report(place, requirement, 200, "", "/api/sync/pull");
        let run = finished(vec![at(0, "pull.complete"), at(1, "pull.complete"), at(2, "pull.has-more")]);
        let found = causes(&run, |_| false);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].failure.requirement, found[0].size()), ("pull.complete", 3));
        assert_eq!(found[0].consequences.len(), 1);
        assert_eq!(found[0].consequences[0].requirement, "pull.has-more");
        assert_eq!(found[0].stops, BTreeSet::from(["a/1", "a/2", "a/3"]));
    }
}
