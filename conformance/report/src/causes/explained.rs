//! Which groups of failures are explained by the fault of another group, and move to it.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::{Cluster, Groups, Shown, cases, is_breakdown, size};
use super::sign::{Manner, shows_ops};
use syncproof_protocol::milestone::Milestone;
use syncproof_protocol::requirement::{self, Level};

/// From this number of cases on that meet a fault at an endpoint although they look at something else, others will meet it.
const MIN_IN_PASSING: usize = 20;
/// What they explain fails at most this part of that number.
const SHARE: usize = 4;
/// What they explain of the cases that look at nothing but the requirement they fail for.
const DIRECT_SHARE: usize = 32;
/// Where no more endpoints than this answer wrongly, each of them has most likely one fault, …
const FEW_ENDPOINTS: usize = 5;
/// … if there are no more groups than this.
const FEW_GROUPS: usize = 15;
/// Where no more endpoints than this answer wrongly, those of them that show ops show one fault of what is stored.
const ONE_STORE: usize = 2;
/// What stands for all endpoints that show ops.
const OPS: &str = "ops";
/// What is explained there fails no more cases than this, or half as many as the fault that explains it.
const FEW_CASES: usize = 3;
/// From this number of cases on, a fault explains what a single case sees at the same endpoint.
const MIN_BESIDE_ONE: usize = 4;

/// Moves what few cases see to the group that many cases meet in passing at the same endpoint.
pub(super) fn explain_in_passing(groups: &mut Groups<'_>) {
    let mut keys: Vec<String> = groups.keys().cloned().collect();
    keys.sort_by_key(|key| usize::MAX - size(&groups[key]));
    for key in &keys {
        let Some(large) = groups.get(key).filter(|large| !is_breakdown(large)) else { continue };
        let mut passing: BTreeMap<String, usize> = BTreeMap::new();
        for endpoint in large.iter().map(|cluster| cluster.sign.endpoint()).filter(|endpoint| !endpoint.is_empty()) {
            let there = large.iter().filter(|cluster| cluster.sign.endpoint() == endpoint);
            let met = there.flat_map(|cluster| &cluster.shown).filter(|shown| !shown.is_about_it());
            passing.insert(endpoint.to_owned(), cases(met));
        }
        passing.retain(|_, met| *met >= MIN_IN_PASSING);
        let mut moved = Vec::new();
        for other in keys.iter().filter(|other| *other != key) {
            let Some(clusters) = groups.get_mut(other).filter(|clusters| !is_breakdown(clusters)) else { continue };
            let seen_by = size(clusters);
            let is_explained = |cluster: &mut Cluster<'_>| {
                passing.get(cluster.sign.endpoint()).is_some_and(|met| {
                    let is_direct = cluster.shown.iter().any(Shown::is_direct);
                    seen_by * if is_direct { DIRECT_SHARE } else { SHARE } <= *met
                })
            };
            moved.extend(clusters.extract_if(.., is_explained));
            if clusters.is_empty() {
                groups.remove(other);
            }
        }
        if let Some(large) = groups.get_mut(key) {
            large.extend(moved);
        }
    }
}

/// Where few groups are at few endpoints, moves the smaller groups of each to the main one there, unless cases that look at
/// nothing else show a rule that is due at a lower level of the ladder than what the main one breaks. The main one is of a
/// MUST, not of HTTP as such, shown by a case that looks at nothing else, and large, in this order.
pub(super) fn explain_at_few_endpoints(groups: &mut Groups<'_>) {
    let wrong = groups.values().map(|clusters| main_endpoint(clusters)).collect::<BTreeSet<_>>().len();
    if wrong > FEW_ENDPOINTS || groups.len() > FEW_GROUPS {
        return;
    }
    let mut endpoints: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, clusters) in groups.iter().filter(|(_, clusters)| !is_breakdown(clusters)) {
        let endpoint = main_endpoint(clusters);
        let endpoint = if wrong <= ONE_STORE && shows_ops(endpoint) { OPS } else { endpoint };
        endpoints.entry(endpoint.to_owned()).or_default().push(key.clone());
    }
    for (_, mut keys) in endpoints.into_iter().filter(|(endpoint, _)| !endpoint.is_empty()) {
        keys.sort_by_key(|key| {
            let clusters = &groups[key];
            let is_of_http = name(clusters).starts_with("http.");
            (!is_of_must(clusters), is_of_http, !is_direct(clusters), usize::MAX - size(clusters))
        });
        let Some((main, others)) = keys.split_first() else { continue };
        let broken = requirement::milestone(name(&groups[main]));
        for other in others {
            let clusters = &groups[other];
            let is_small = size(clusters) <= FEW_CASES.max(size(&groups[main]) / 2);
            // What only a later endpoint shows is not due before it.
            let due = Some(requirement::milestone(name(clusters))).max(Milestone::of_request(main_endpoint(clusters)));
            if is_small && (!is_direct(clusters) || due >= Some(broken)) {
                move_to(groups, other, main);
            }
        }
    }
}

/// Moves what a single case shows, which looks at several requirements, to a larger group that shows the same endpoint
/// wrong in the same manner.
pub(super) fn explain_single_cases(groups: &mut Groups<'_>) {
    let mut keys: Vec<String> = groups.keys().cloned().collect();
    keys.sort_by_key(|key| usize::MAX - size(&groups[key]));
    for single in &keys {
        let clusters = &groups[single];
        if is_breakdown(clusters) || is_direct(clusters) || size(clusters) > 1 {
            continue;
        }
        let places = places(clusters);
        let explains = |other: &&String| {
            groups.get(*other).is_some_and(|other| {
                let may = !is_breakdown(other) && is_of_must(other) && size(other) >= MIN_BESIDE_ONE;
                may && places.is_subset(&self::places(other))
            })
        };
        if let Some(larger) = keys.iter().find(explains) {
            move_to(groups, single, larger);
        }
    }
}

/// The endpoint that most of the cases show.
fn main_endpoint<'a>(clusters: &'a [Cluster<'_>]) -> &'a str {
    let main = clusters.iter().min_by_key(|cluster| usize::MAX - cases(cluster.shown.iter()));
    main.map_or("", |cluster| cluster.sign.endpoint())
}

/// The endpoints that answer wrongly, and in which manner.
fn places<'a>(clusters: &'a [Cluster<'_>]) -> BTreeSet<(&'a str, Option<Manner>)> {
    let manner = |cluster: &Cluster<'_>| cluster.shown.first().map(|shown| Manner::of(shown.failure));
    clusters.iter().map(|cluster| (cluster.sign.endpoint(), manner(cluster))).collect()
}

/// Whether a case shows it that looks at nothing else.
fn is_direct(clusters: &[Cluster<'_>]) -> bool {
    clusters.iter().flat_map(|cluster| &cluster.shown).any(Shown::is_direct)
}

/// The requirement that is broken.
fn name(clusters: &[Cluster<'_>]) -> &'static str {
    clusters.first().map_or("", |cluster| cluster.requirement)
}

fn is_of_must(clusters: &[Cluster<'_>]) -> bool {
    requirement::level(name(clusters)) == Level::Must
}

fn move_to(groups: &mut Groups<'_>, from: &str, to: &str) {
    let moved = groups.remove(from).unwrap_or_default();
    groups.entry(to.to_owned()).or_default().extend(moved);
}

/// Moves groups of what cases found beside the failure with which they ended to the group of that failure.
pub(super) fn explain_further_failures(groups: &mut Groups<'_>) {
    let keys: Vec<String> = groups.keys().cloned().collect();
    for key in keys {
        let shown = groups[&key].iter().flat_map(|cluster| &cluster.shown);
        let (further, first): (Vec<_>, Vec<_>) = shown.partition(|shown| !shown.is_first);
        let Some(case) = further.first().map(|shown| shown.report.case.id).filter(|_| first.is_empty()) else {
            continue;
        };
        let ends_it = |shown: &Shown<'_>| shown.is_first && shown.report.case.id == case;
        let host = groups.iter().find(|(_, clusters)| clusters.iter().flat_map(|cluster| &cluster.shown).any(ends_it));
        let Some(host) = host.map(|(host, _)| host.clone()) else { continue };
        move_to(groups, &key, &host);
    }
}
