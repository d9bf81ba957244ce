//! Which failures show the same fault.
//!
//! Failures that look alike are one fault, whichever requirements their cases look at: the same error of the server, the same
//! refusal, the same wrong field, or the same message at the same endpoint. What looks alike is named by one of its requirements,
//! and so are other failures that break that requirement. `explained.rs` says which fault explains what others show.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::{Cluster, Groups, Shown, cases};
use super::explained::{explain_at_few_endpoints, explain_further_failures, explain_in_passing, explain_single_cases};
use super::sign::Sign;
use syncproof_harness::case::{CaseReport, Status};
use syncproof_protocol::endpoint::ENDPOINTS;
use syncproof_protocol::requirement::{self, Level};

/// The rule that names an answer 5xx.
const NO_5XX: &str = "http.no-5xx";

/// Failures that show the same fault.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// What tells it from other groups, the same in every run.
    pub(super) key: String,
    /// The requirement that is broken; at least one of the failures names it.
    pub(super) requirement: &'static str,
    pub(super) shown: Vec<Shown<'a>>,
}

/// The failures of these reports, grouped by the fault that they show.
pub(super) fn grouped(reports: &[CaseReport]) -> Vec<Group<'_>> {
    let mut signs: BTreeMap<Sign, Vec<Shown<'_>>> = BTreeMap::new();
    for report in reports.iter().filter(|report| !report.fault) {
        for (place, failure) in report.failures.iter().enumerate() {
            let shown = Shown { report, failure, is_first: place == 0 };
            signs.entry(Sign::of(failure)).or_default().push(shown);
        }
    }
    let looked_at = looked_at(reports);
    let mut groups = Groups::new();
    for (sign, shown) in signs {
        let requirement = name(&sign, &shown, &looked_at);
        let key = match &sign {
            Sign::Breakdown { endpoint, answer } => format!("{endpoint} {answer}"),
            _ => requirement.to_owned(),
        };
        groups.entry(key).or_default().push(Cluster { sign, requirement, shown });
    }
    explain_in_passing(&mut groups);
    explain_further_failures(&mut groups);
    explain_at_few_endpoints(&mut groups);
    explain_single_cases(&mut groups);
    let group = groups.into_iter().filter_map(|(key, clusters)| {
        let requirement = clusters.first()?.requirement;
        Some(Group { key, requirement, shown: clusters.into_iter().flat_map(|cluster| cluster.shown).collect() })
    });
    group.collect()
}

/// How many cases with a verdict look at each requirement.
fn looked_at(reports: &[CaseReport]) -> BTreeMap<&'static str, usize> {
    let judged = |report: &&CaseReport| matches!(report.status, Status::Passed | Status::Warned | Status::Failed);
    let mut counts = BTreeMap::new();
    for requirement in reports.iter().filter(judged).flat_map(|report| report.case.requirements) {
        *counts.entry(*requirement).or_default() += 1;
    }
    counts
}

/// The requirement that these failures break most likely: a MUST before a SHOULD, and then the one that most of them name.
/// Where as many name another one, it is the one of which the larger part of the cases fails that look at it. A refusal breaks
/// the rule that the endpoint serves, if any case names it, and else one of its chapter.
fn name(sign: &Sign, shown: &[Shown<'_>], looked_at: &BTreeMap<&'static str, usize>) -> &'static str {
    let is_must = |requirement: &&str| requirement::level(requirement) == Level::Must;
    let named: BTreeSet<&'static str> = shown.iter().map(|shown| shown.failure.requirement).collect();
    let musts: BTreeSet<&'static str> = named.iter().copied().filter(is_must).collect();
    let mut candidates = if musts.is_empty() { named } else { musts };
    let served_by = |endpoint: &str| {
        let endpoint = ENDPOINTS.iter().find(|known| known.method_and_path() == endpoint);
        endpoint.map(|endpoint| endpoint.served_by).unwrap_or_default()
    };
    let own = match sign {
        Sign::Breakdown { .. } => NO_5XX,
        Sign::Refusal { endpoint, .. } => served_by(endpoint),
        _ => "",
    };
    let chapter = own.split_inclusive('.').next().unwrap_or_default();
    if let Some(own) = [own, chapter].into_iter().find(|own| candidates.iter().any(|named| named.starts_with(own))) {
        candidates.retain(|candidate| candidate.starts_with(own));
    }
    let weight = |candidate: &&'static str| {
        let naming = cases(shown.iter().filter(|shown| shown.failure.requirement == *candidate));
        let looking = cases(shown.iter().filter(|shown| shown.report.case.requirements.contains(candidate)));
        let all = looked_at.get(candidate).copied().unwrap_or_default().max(1);
        // A whole number that compares as `naming + looking / all`, which is at most one more.
        naming * 10_000 + looking * 10_000 / all
    };
    candidates.into_iter().rev().max_by_key(weight).unwrap_or(NO_5XX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use syncproof_harness::case::{Case, Homes, Stage};
    use syncproof_protocol::exchange::Exchange;
    use syncproof_protocol::failure::Failure;

    const PULL: &str = "/api/sync/pull";

    /// The report of a case about these requirements that failed for another one, or for one of them.
    fn report(about: &'static [&'static str], broken: &'static str, message: &str, path: &str) -> CaseReport {
        let id: &'static str = Box::leak(format!("{broken}/{message}/{}", about.join("+")).into_boxed_str());
        let case = Case {
            id,
            requirements: about,
            needs: &[],
            stage: Stage::Main,
            homes: Homes::New,
            summary: "",
            run: |_| Box::pin(async { Ok(()) }),
        };
        let mut exchange = Exchange::unanswered("anna", "POST", path, None);
        exchange.status = Some(200);
        let mut failure = Failure::new(broken, message, "one", "another");
        failure.exchange = Some(Arc::new(exchange));
        let mut report = CaseReport::without_run(Box::leak(Box::new(case)), Status::Failed, String::new());
        report.failures = vec![failure];
        report
    }

    /// The requirement of each group, and how many cases it has.
    fn found(reports: &[CaseReport]) -> Vec<(&'static str, usize)> {
        grouped(reports).iter().map(|group| (group.requirement, cases(group.shown.iter()))).collect()
    }

    /// The same where more endpoints are wrong than those of these reports, so that each may have more than one fault.
    fn found_beside_others(reports: &[CaseReport]) -> Vec<(&'static str, usize)> {
        let others = ["/a", "/b", "/c", "/d", "/e"].map(|path| {
            let mut broken = report(&["http.no-5xx"], "http.no-5xx", "no answer", path);
            broken.failures[0].exchange = Some(Arc::new(Exchange::unanswered("anna", "POST", path, None)));
            broken
        });
        let mut found = found(&[reports, &others].concat());
        let all = found.len();
        found.retain(|(requirement, _)| *requirement != NO_5XX);
        assert_eq!(all - found.len(), others.len());
        found
    }

    #[test]
    fn what_looks_alike_is_one_fault_and_is_named_by_most() {
        let message = |kind: &str| format!("the state is wrong: kind of entry 3 is {kind}, and should be \"row\"");
        let reports = [
            report(&["lww.order-free"], "lww.order-free", &message("missing"), PULL),
            report(&["lww.order-free", "lww.loser-told"], "lww.order-free", &message("\"tombstone\""), PULL),
            report(&["lww.delete-competes"], "lww.delete-competes", &message("1"), PULL),
            report(
                &["lww.higher-clock"],
                "lww.higher-clock",
                "the state is wrong: pk of it is 1, and should be 2",
                PULL,
            ),
        ];
        assert_eq!(found_beside_others(&reports), [("lww.higher-clock", 1), ("lww.order-free", 3)]);
    }

    #[test]
    fn a_refusal_is_named_by_the_rule_that_the_endpoint_serves() {
        let refused = |broken| {
            let mut refused = report(&["workspace.names-may-repeat"], broken, "is refused", "/api/workspaces");
            let exchange =
                Exchange { status: Some(403), ..Exchange::unanswered("anna", "POST", "/api/workspaces", None) };
            refused.failures[0].exchange = Some(Arc::new(exchange));
            "status 200".clone_into(&mut refused.failures[0].expected);
            refused
        };
        let reports = ["workspace.names-may-repeat", "workspace.create-makes-owner"].map(refused);
        assert_eq!(found(&reports), [("workspace.create-makes-owner", 2)]);
    }

    #[test]
    fn one_fault_at_an_endpoint_is_one_cause_whatever_the_message() {
        const ACTIVE: &str = "/api/workspaces/active";
        let about: &'static [&'static str] = &["workspace.unknown-id"];
        let accepted = |message, expected: &str| {
            let mut wrong =
                report(about, if expected.len() > 10 { "workspace.stranger" } else { about[0] }, message, ACTIVE);
            wrong.failures[0].expected = expected.to_owned();
            wrong
        };
        let access = [
            accepted("a stranger may activate it", "status 403 or 404"),
            accepted("an unknown id is accepted", "status 404"),
        ];
        assert_eq!(found_beside_others(&access).len(), 1);
        let both = [
            accepted("a stranger may activate it", "status 403 or 404"),
            accepted("an invalid body is accepted", "status 400"),
        ];
        assert_eq!(found_beside_others(&both).len(), 2);
        let seen = [
            report(&["session.stable"], "session.stable", "it is another user", ACTIVE),
            report(&["session.case-and-width"], "session.case-and-width", "two are one user", ACTIVE),
        ];
        assert_eq!(found_beside_others(&seen).len(), 1);
        let heads = [
            report(&["gc.keeps-unseen"], "gc.keeps-unseen", "what must stay is removed: a device is new", PULL),
            report(&["isolation.cursor"], "isolation.cursor", "what must stay is removed: it has read elsewhere", PULL),
        ];
        assert_eq!(found_beside_others(&heads).len(), 1);
    }

    #[test]
    fn of_two_names_the_one_counts_of_which_more_of_the_cases_fail() {
        let mut reports = vec![
            report(&["push.payload-round-trips"], "push.payload-round-trips", "a delete fails", PULL),
            report(&["tombstone.delete-of-unknown"], "tombstone.delete-of-unknown", "a delete fails", PULL),
        ];
        let mut passed = report(&["push.payload-round-trips"], "push.payload-round-trips", "", PULL);
        (passed.status, passed.failures) = (Status::Passed, Vec::new());
        reports.push(passed);
        assert_eq!(found(&reports), [("tombstone.delete-of-unknown", 2)]);
    }

    #[test]
    fn what_many_cases_meet_in_passing_explains_what_few_see() {
        let about: Vec<&'static [&'static str]> =
            syncproof_protocol::requirement::LEDGER.iter().take(32).map(|known| &*vec![known.id].leak()).collect();
        let mut reports: Vec<CaseReport> =
            about.iter().map(|about| report(about, "pull.complete", "an op is missing", PULL)).collect();
        reports.push(report(&["gc.roles", "member.roles"], "op.replay-same-version", "it is not the same log", PULL));
        reports.push(report(&["gc.roles", "member.roles"], "gc.roles", "a viewer collects", "/api/sync/gc-change-log"));
        assert_eq!(found_beside_others(&reports), [("gc.roles", 1), ("pull.complete", 33)]);

        // A few more that look at one requirement only may have a cause of their own.
        for message in ["a page is short", "a page is long"] {
            reports.push(report(&["pull.after-cursor"], "pull.after-cursor", message, PULL));
        }
        let apart = [("gc.roles", 1), ("pull.after-cursor", 2), ("pull.complete", 33)];
        assert_eq!(found_beside_others(&reports), apart);
    }

    #[test]
    fn where_few_endpoints_are_wrong_each_has_one_fault() {
        let mut reports = vec![
            report(&["pull.has-more", "gc.gap-is-told"], "gc.gap-is-told", "the rest is missing", PULL),
            report(&["pull.has-more", "pull.complete"], "pull.has-more", "hasMore is wrong", PULL),
            report(&["pull.has-more"], "pull.has-more", "hasMore is wrong", PULL),
            report(&["pull.next-cursor"], "pull.next-cursor", "it is another", PULL),
            report(&["session.stable"], "session.stable", "it is another user", "/api/auth/session"),
        ];
        assert_eq!(found(&reports), [("pull.has-more", 4), ("session.stable", 1)]);
        let apart = [("gc.gap-is-told", 1), ("pull.has-more", 2), ("pull.next-cursor", 1), ("session.stable", 1)];
        assert_eq!(found_beside_others(&reports), apart);

        // What is due at a lower level is not broken by what is due at a higher one, if a case looks at nothing else.
        reports.push(report(&["gc.gap-is-told"], "gc.gap-is-told", "the rest comes twice", PULL));
        reports.push(report(&["gc.gap-is-told"], "gc.gap-is-told", "the rest comes late", PULL));
        let lower = [("gc.gap-is-told", 3), ("pull.has-more", 2), ("pull.next-cursor", 1), ("session.stable", 1)];
        assert_eq!(found(&reports), lower);

        // What a later endpoint shows is not due before that endpoint.
        let elsewhere = |broken| report(vec![broken].leak(), broken, "a record is missing", "/api/sync/snapshot");
        let mut reports = vec![elsewhere("snapshot.complete"), elsewhere("push.large-batch")];
        reports[1].failures[0].message = "a record of the batch is missing".to_owned();
        reports.push(report(&["snapshot.complete"], "snapshot.complete", "a record comes twice", "/api/sync/snapshot"));
        assert_eq!(found(&reports), [("snapshot.complete", 3)]);

        // Two endpoints that show ops show one fault; three, each its own.
        reports.push(report(&["snapshot.then-pull", "pull.complete"], "pull.complete", "an op is missing", PULL));
        assert_eq!(found(&reports), [("snapshot.complete", 4)]);
        reports.push(report(&["session.stable"], "session.stable", "it is another user", "/api/auth/session"));
        let three = [("pull.complete", 1), ("session.stable", 1), ("snapshot.complete", 3)];
        assert_eq!(found(&reports), three);
    }

    #[test]
    fn many_causes_are_several_faults_however_few_endpoints_show_them() {
        let ledger = syncproof_protocol::requirement::LEDGER.iter().map(|known| known.id);
        let musts = ledger.filter(|id| requirement::level(id) == Level::Must);
        let broken: Vec<&'static str> = musts.filter(|id| !id.starts_with("http.")).take(16).collect();
        let reports: Vec<CaseReport> =
            broken.iter().map(|id| report(vec![*id].leak(), id, &format!("{id} does not hold"), PULL)).collect();
        assert_eq!(found(&reports[..15]).len(), 1);
        assert_eq!(found(&reports).len(), 16);
    }

    #[test]
    fn where_few_endpoints_are_wrong_a_cause_of_many_cases_stays_apart() {
        let of = |requirement: &'static str, messages: &[&str]| -> Vec<CaseReport> {
            messages.iter().map(|message| report(vec![requirement].leak(), requirement, message, PULL)).collect()
        };
        let many = ["a page is short", "a page is long", "a page is odd", "a page is late"];
        let mut reports = of("pull.after-cursor", &many);
        reports.extend(of("pull.complete", &["an op comes twice", "an op comes late", "an op is another"]));
        assert_eq!(found(&reports), [("pull.after-cursor", 7)]);
        reports.extend(of("pull.complete", &["an op is missing"]));
        assert_eq!(found(&reports), [("pull.after-cursor", 4), ("pull.complete", 4)]);
    }

    #[test]
    fn a_single_case_about_several_rules_shows_the_larger_fault_beside_it() {
        let alone: &'static [&'static str] = &["pull.tables-filter", "pull.echoes-stamp"];
        let mut reports = vec![
            report(alone, "pull.tables-filter", "the filter gives other changes", PULL),
            report(
                &["push.contiguous-versions"],
                "push.contiguous-versions",
                "a version is left out",
                "/api/sync/push",
            ),
        ];
        let complete = |message| report(&["pull.complete"], "pull.complete", message, PULL);
        reports.extend(["an op is missing", "an op comes late", "an op comes twice"].map(complete));
        let apart = [("pull.complete", 3), ("pull.tables-filter", 1), ("push.contiguous-versions", 1)];
        assert_eq!(found_beside_others(&reports), apart);
        reports.push(complete("an op is another"));
        let together = [("pull.complete", 5), ("push.contiguous-versions", 1)];
        assert_eq!(found_beside_others(&reports), together);

        // A refusal is another fault, and so is what a case shows that looks at nothing else.
        let mut refused = report(alone, "pull.tables-filter", "a filter is refused", PULL);
        let exchange = Exchange { status: Some(400), ..Exchange::unanswered("anna", "POST", PULL, None) };
        refused.failures[0].exchange = Some(Arc::new(exchange));
        let direct = report(&["pull.tables-filter"], "pull.tables-filter", "the filter gives nothing", PULL);
        for other in [refused, direct] {
            let mut reports = reports[1..].to_vec();
            reports.push(other);
            assert_eq!(found_beside_others(&reports).len(), 3);
        }
    }
}
