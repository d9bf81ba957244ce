//! The causes of a finished run: failures that show the same fault, grouped, in the order in which to fix them.
//!
//! Failures with an answer 5xx are one cause where the endpoint and the error message are the same, whatever was being
//! checked. All others are one cause where the requirement is the same. When an endpoint shows many broken requirements,
//! those that fail few cases are most often consequences of the one that fails most: they are listed under it.

use std::collections::BTreeMap;

use super::finished::Finished;
use super::subject::Subject;
use syncproof_harness::blocker::Blocker;
use syncproof_harness::case::{CaseReport, Status};
use syncproof_protocol::counted::counted;
use syncproof_protocol::failure::{Failure, Phase};
use syncproof_protocol::requirement::{self, Level};
use syncproof_protocol::symptom::{Symptom, endpoint_of};

/// One cause: what is wrong, and the cases that it fails or blocks.
#[derive(Debug, Clone)]
pub struct Cause<'a> {
    /// A short name that stays the same from run to run.
    pub id: String,
    /// What is wrong, in one sentence.
    pub summary: &'a str,
    /// The failure with the shortest exchange that shows it.
    pub failure: &'a Failure,
    /// The case of that failure; none for what was found before the run.
    pub shown_by: Option<&'a CaseReport>,
    /// The cases that it fails, the one that shows it first.
    pub fails: Vec<&'static str>,
    /// The cases that it blocks.
    pub blocks: Vec<&'static str>,
    /// Other broken requirements that this cause probably breaks as well.
    pub consequences: Vec<Consequence>,
}

/// A broken requirement that is listed under the cause of another one.
#[derive(Debug, Clone)]
pub struct Consequence {
    /// The requirement.
    pub requirement: &'static str,
    /// The cases that fail for it.
    pub fails: Vec<&'static str>,
}

/// From this number of broken requirements at one endpoint on, the small ones may be consequences of the largest.
const MIN_SYSTEMIC: usize = 6;
/// A consequence fails at most this part of the cases that its cause fails.
const CONSEQUENCE_SHARE: usize = 4;

impl Cause<'_> {
    /// The cases that it fails, directly or as a consequence, or blocks.
    pub fn cases(&self) -> impl Iterator<Item = &'static str> {
        let consequences = self.consequences.iter().flat_map(|consequence| &consequence.fails);
        self.fails.iter().chain(&self.blocks).chain(consequences).copied()
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

/// A failure, and the case that it is of.
type Shown<'a> = (&'a CaseReport, &'a Failure);

/// The causes, in the order in which to fix them: first what blocks cases, then broken MUSTs before broken SHOULDs, then
/// what fails most cases.
#[must_use]
pub fn causes(finished: &Finished) -> Vec<Cause<'_>> {
    let mut groups: BTreeMap<Group, Vec<Shown<'_>>> = BTreeMap::new();
    for report in finished.reports.iter().filter(|report| !report.fault) {
        for failure in &report.failures {
            groups.entry(group(failure)).or_default().push((report, failure));
        }
    }
    let found_before = finished.blockers.iter().map(|blocker| blocking(blocker, finished));
    // What no selected case needs is no cause: a server may refuse what the cases know to do without.
    let mut causes: Vec<Cause<'_>> = found_before.filter(|cause| !cause.blocks.is_empty()).collect();
    let mut by_endpoint: BTreeMap<String, Vec<Cause<'_>>> = BTreeMap::new();
    for (group, shown) in groups {
        let (endpoint, cause) = (main_endpoint(&shown), failing(&group, shown));
        match group {
            Group::Breakdown { .. } => causes.extend(cause),
            Group::Violation { .. } => by_endpoint.entry(endpoint).or_default().extend(cause),
        }
    }
    causes.extend(by_endpoint.into_values().flat_map(with_consequences));
    causes.sort_by_key(|cause| (cause.blocks.is_empty(), cause.level() != Level::Must, usize::MAX - cause.size()));
    causes
}

/// What the failures of one cause have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// An answer 5xx, or none.
    Breakdown { endpoint: String, answer: String },
    /// The requirement that is broken.
    Violation { requirement: &'static str },
}

fn group(failure: &Failure) -> Group {
    let Symptom { requirement, endpoint, answer, .. } =
        Symptom::of(failure.requirement, &failure.message, failure.exchange.as_deref());
    let status = failure.exchange.as_ref().map(|exchange| exchange.status);
    match status {
        Some(None | Some(500..)) => Group::Breakdown { endpoint, answer },
        _ => Group::Violation { requirement },
    }
}

/// The endpoint that most of these failures show.
fn main_endpoint(shown: &[Shown<'_>]) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for exchange in shown.iter().filter_map(|(_, failure)| failure.exchange.as_deref()) {
        *counts.entry(endpoint_of(exchange)).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(endpoint, _)| endpoint).unwrap_or_default()
}

/// The causes that one endpoint shows. Where they are many, the small ones become consequences of the largest.
fn with_consequences(mut causes: Vec<Cause<'_>>) -> Vec<Cause<'_>> {
    causes.sort_by_key(|cause| usize::MAX - cause.fails.len());
    if causes.len() < MIN_SYSTEMIC {
        return causes;
    }
    let mut causes = causes.into_iter();
    let Some(mut largest) = causes.next() else { return Vec::new() };
    let most = largest.fails.len() / CONSEQUENCE_SHARE;
    let (small, others): (Vec<_>, Vec<_>) = causes.partition(|cause| cause.fails.len() <= most);
    let consequence = |cause: Cause<'_>| Consequence { requirement: cause.failure.requirement, fails: cause.fails };
    largest.consequences = small.into_iter().map(consequence).collect();
    std::iter::once(largest).chain(others).collect()
}

/// The cause that was found before the run.
fn blocking<'a>(blocker: &'a Blocker, finished: &'a Finished) -> Cause<'a> {
    let failure = &blocker.failure;
    let is_blocked = |report: &&CaseReport| {
        report.status == Status::Blocked && report.reason.as_deref() == Some(blocker.summary.as_str())
    };
    Cause {
        id: short_id(&format!("{} {}", failure.requirement, blocker.summary)),
        summary: &blocker.summary,
        failure,
        shown_by: None,
        fails: Vec::new(),
        blocks: finished.reports.iter().filter(is_blocked).map(|report| report.case.id).collect(),
        consequences: Vec::new(),
    }
}

/// The cause of these failures.
fn failing<'a>(group: &Group, mut shown: Vec<Shown<'a>>) -> Option<Cause<'a>> {
    shown.sort_by_key(|(report, failure)| (failure.phase == Phase::Setup, size(failure), report.requests));
    let (first, failure) = *shown.first()?;
    let mut fails: Vec<&'static str> = shown.iter().map(|(report, _)| report.case.id).collect();
    fails.dedup();
    Some(Cause {
        id: short_id(&match group {
            Group::Breakdown { endpoint, answer } => format!("{endpoint} {answer}"),
            Group::Violation { requirement } => (*requirement).to_owned(),
        }),
        summary: &failure.message,
        failure,
        shown_by: Some(first),
        fails,
        blocks: Vec::new(),
        consequences: Vec::new(),
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
    use syncproof_harness::case::{Case, Stage};
    use syncproof_protocol::exchange::Exchange;

    static CASES: [Case; 8] =
        [case("a/1"), case("a/2"), case("a/3"), case("a/4"), case("a/5"), case("a/6"), case("a/7"), case("a/8")];

    const fn case(id: &'static str) -> Case {
        Case {
            id,
            requirements: &["push.echoes-ops"],
            needs: &[],
            stage: Stage::Main,
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
        let found: Vec<Vec<&str>> = causes(&run).iter().map(|cause| cause.fails.clone()).collect();
        assert_eq!(found, [vec!["a/1", "a/2"], vec!["a/3"]]);
    }

    #[test]
    fn the_shortest_exchange_shows_a_cause() {
        let run = finished(vec![
            report(0, "lww.higher-clock", 200, "a long answer", "/api/sync/push"),
            report(1, "lww.higher-clock", 200, "short", "/api/sync/push"),
        ]);
        let found = causes(&run);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].shown_by.map(|report| report.case.id), Some("a/2"));
        assert_eq!(found[0].fails, ["a/2", "a/1"]);
    }

    #[test]
    fn of_many_broken_requirements_at_one_endpoint_the_small_ones_are_consequences() {
        let at = |place, requirement| report(place, requirement, 200, "", "/api/sync/pull");
        let others = ["pull.complete", "pull.has-more", "pull.next-cursor", "lww.higher-clock", "pull.limit-rules"];
        let mut reports: Vec<CaseReport> = (0..4).map(|place| at(place, "pull.after-cursor")).collect();
        reports.extend(others.iter().enumerate().map(|(number, requirement)| at(3 + number, requirement)));
        let run = finished(reports);
        let found = causes(&run);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].failure.requirement, "pull.after-cursor");
        assert_eq!(found[0].consequences.len(), 5);

        let few = finished(vec![at(0, "pull.complete"), at(1, "pull.has-more")]);
        assert_eq!(causes(&few).len(), 2);
    }
}
